//! Device keys that live in a platform's hardware: P-256, reached through a trait.
//!
//! What a platform returns is believed only after it was verified: read as DER or as 64 bytes,
//! brought to the lower of its two values of s, checked under the key that the caller expects.
//! Nothing is retried here, since every attempt may show a prompt to a person, and nothing is
//! signed under a lock.

use p256::ecdsa::Signature;

use crate::{
    Error,
    entropy::Entropy,
    jose::{JwsSigner, SigningKey, VerifyingKey},
};

/// Why a device key did not sign. Later versions may know more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The person turned the prompt down. Ask again only when they ask for it.
    #[error("the person cancelled")]
    Cancelled,
    /// The person has to unlock the device or show who they are first.
    #[error("the key needs an authentication first")]
    AuthenticationRequired,
    /// The platform destroyed the key, for example when fingerprints changed. Register anew.
    #[error("the key was invalidated")]
    Invalidated,
    /// The hardware does something else; try later.
    #[error("the hardware is busy")]
    Busy,
    /// There is no such hardware, or it does not answer.
    #[error("the hardware is not available")]
    Unavailable,
    /// Another key than the expected one answered: a wrong alias, or a key that was replaced.
    #[error("another key answered")]
    WrongKey,
    /// What came back is no signature of P-256.
    #[error("what came back is no signature")]
    Malformed,
}

impl SignerError {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Cancelled,
        Self::AuthenticationRequired,
        Self::Invalidated,
        Self::Busy,
        Self::Unavailable,
        Self::WrongKey,
        Self::Malformed,
    ];

    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "signer_cancelled",
            Self::AuthenticationRequired => "signer_authentication_required",
            Self::Invalidated => "signer_invalidated",
            Self::Busy => "signer_busy",
            Self::Unavailable => "signer_unavailable",
            Self::WrongKey => "signer_wrong_key",
            Self::Malformed => "signer_malformed",
        }
    }
}

/// Where the platform says that a key lives. A claim: only attestation proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SecurityLevel {
    /// In the memory of the program.
    Software,
    /// In a trusted execution environment.
    TrustedEnvironment,
    /// In a separate chip: StrongBox, Secure Enclave.
    SecureElement,
}

/// A P-256 key that the platform holds. Implementations stand for one key, by its alias.
pub trait HardwareSigner: Send + Sync {
    /// The public key: 33 or 65 bytes of SEC 1, or a SubjectPublicKeyInfo of 91 bytes.
    ///
    /// # Errors
    /// What keeps the platform from answering.
    fn public_key(&self) -> Result<Vec<u8>, SignerError>;

    /// ECDSA with SHA-256 over `message`, which the platform hashes: DER, or 64 bytes r ‖ s.
    ///
    /// # Errors
    /// What keeps the platform from signing.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;

    /// Where the platform says that the key lives.
    fn security_level(&self) -> SecurityLevel;
}

/// Lets `signer` sign `message` and answers 64 bytes with the lower s, verified under `expected`:
/// the key that was registered.
///
/// # Errors
/// The platform's, [`SignerError::Malformed`] for what is no signature, [`SignerError::WrongKey`]
/// when it does not verify.
///
/// ```
/// use spooky_core::{entropy::OsEntropy, jose::VerifyingKey, keys::*};
/// let signer = SoftwareSigner::make(&OsEntropy)?;
/// let expected = VerifyingKey::from_platform(&signer.public_key()?)?;
/// let signature = sign_with(&signer, &expected, b"message")?;
/// expected.verify_message(b"message", &signature)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sign_with(
    signer: &dyn HardwareSigner,
    expected: &VerifyingKey,
    message: &[u8],
) -> Result<[u8; 64], SignerError> {
    accept_signature(&signer.sign(message)?, expected, message)
}

/// Reads and checks what a platform returned, for platforms that answer later than a call lasts:
/// DER or 64 bytes over `message`, verified under `expected`; 64 bytes with the lower s.
///
/// # Errors
/// [`SignerError::Malformed`] for what is no signature, [`SignerError::WrongKey`] when it does not
/// verify.
pub fn accept_signature(
    bytes: &[u8],
    expected: &VerifyingKey,
    message: &[u8],
) -> Result<[u8; 64], SignerError> {
    // A DER signature may have 64 bytes too: then both readings are tried.
    let raw = Signature::from_slice(bytes).ok();
    let der = Signature::from_der(bytes).ok();
    let candidates = [raw, der];
    let mut read = candidates.iter().flatten().peekable();
    if read.peek().is_none() {
        return Err(SignerError::Malformed);
    }
    for signature in read {
        let low: [u8; 64] = signature.normalize_s().to_bytes().into();
        if expected.verify_message(message, &low).is_ok() {
            return Ok(low);
        }
    }
    Err(SignerError::WrongKey)
}

/// A device key in memory: for tests, servers, and devices without hardware for keys.
pub struct SoftwareSigner(SigningKey);

impl SoftwareSigner {
    /// Makes a fresh key.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(source: &dyn Entropy) -> Result<Self, Error> {
        SigningKey::make(source).map(Self)
    }

    /// Takes a key over.
    pub fn new(key: SigningKey) -> Self {
        Self(key)
    }
}

impl HardwareSigner for SoftwareSigner {
    fn public_key(&self) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.verifying_key().to_sec1().into_vec())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature = self
            .0
            .sign_input(message)
            .map_err(|_| SignerError::Unavailable)?;
        Ok(signature.to_vec())
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    /// Answers with whatever it is told to.
    struct Scripted(Result<Vec<u8>, SignerError>);

    impl HardwareSigner for Scripted {
        fn public_key(&self) -> Result<Vec<u8>, SignerError> {
            self.0.clone()
        }
        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
            self.0.clone()
        }
        fn security_level(&self) -> SecurityLevel {
            SecurityLevel::SecureElement
        }
    }

    fn high_s(signature: &[u8; 64]) -> Signature {
        let (r, s) = Signature::from_slice(signature).unwrap().split_scalars();
        Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap()
    }

    #[test]
    fn der_raw_and_high_s_all_end_as_the_same_low_s() -> Result<(), Box<dyn std::error::Error>> {
        let key = SigningKey::make(&OsEntropy)?;
        let public = key.verifying_key();
        let low = sign_with(&SoftwareSigner::new(key), &public, b"message")?;
        let signature = Signature::from_slice(&low)?;
        let high = high_s(&low);
        assert_ne!(high.to_bytes().as_slice(), low);
        for answer in [
            low.to_vec(),
            signature.to_der().as_bytes().to_vec(),
            high.to_bytes().to_vec(),
            high.to_der().as_bytes().to_vec(),
        ] {
            let got = sign_with(&Scripted(Ok(answer)), &public, b"message")?;
            assert_eq!(got, low);
        }
        Ok(())
    }

    #[test]
    fn each_failure_keeps_its_own_reason() -> Result<(), Box<dyn std::error::Error>> {
        let signer = SoftwareSigner::make(&OsEntropy)?;
        let public = VerifyingKey::from_platform(&signer.public_key()?)?;
        let good = signer.sign(b"message")?;
        let judge = |answer| sign_with(&Scripted(answer), &public, b"message");
        assert!(judge(Ok(good.clone())).is_ok());
        for error in SignerError::ALL {
            assert_eq!(judge(Err(error)), Err(error));
        }
        let other = SoftwareSigner::make(&OsEntropy)?.sign(b"message")?;
        assert_eq!(judge(Ok(other)), Err(SignerError::WrongKey));
        assert_eq!(
            judge(Ok(signer.sign(b"another")?)),
            Err(SignerError::WrongKey)
        );
        for nonsense in [vec![], vec![0; 64], good[..63].to_vec(), vec![0x30; 71]] {
            assert_eq!(judge(Ok(nonsense)), Err(SignerError::Malformed));
        }
        Ok(())
    }

    #[test]
    fn a_platform_key_is_read_in_its_three_forms() -> Result<(), Box<dyn std::error::Error>> {
        let key = SigningKey::make(&OsEntropy)?.verifying_key();
        let point = key.to_sec1();
        let mut compressed = point[..33].to_vec();
        compressed[0] = 2 + (point[64] & 1);
        let mut spki = crate::jose::SPKI_PREFIX.to_vec();
        spki.extend_from_slice(&point);
        for form in [&*point, &compressed, &spki] {
            assert_eq!(VerifyingKey::from_platform(form)?, key);
        }
        spki[5] ^= 1;
        assert!(VerifyingKey::from_platform(&spki).is_err());
        assert!(VerifyingKey::from_platform(&[]).is_err());
        Ok(())
    }
}
