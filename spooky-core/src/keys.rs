//! The keys of a person: what comes from the seed, and what is made on the device (chain 1;
//! `decisions.md` D15; byte formats in `spec/anchors.md`, section 2).
//!
//! The seed yields the recovery key R and the pseudonym secret, and nothing else. The anchor key A
//! and the device key D are made on the device, which keeps neither the seed nor R. Every type here
//! is wiped on drop and can be neither printed, copied nor serialised; words and shares of the seed
//! are no business of this room.

mod hardware;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

pub use hardware::{
    HardwareSigner, SecurityLevel, SignerError, SoftwareSigner, accept_signature, sign_with,
};

use crate::{
    Error,
    encoding::labelled_sha256,
    entropy::Entropy,
    jose::{Algorithm, Ed25519SigningKey, Ed25519VerifyingKey, JwsSigner},
    secret::Secret32,
};

/// HKDF's salt: separates the seed's keys from those that others derive from the same bytes.
const SEED_SALT: &[u8] = b"spookyid/seed/v1";

/// How long a seed is. More words, and a larger margin, come with the longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedSize {
    /// 128 bits, 16 bytes.
    Bits128,
    /// 256 bits, 32 bytes.
    Bits256,
}

/// The secret that a person's shares restore: 16 or 32 bytes.
///
/// ```compile_fail
/// fn printable<T: core::fmt::Debug>() {}
/// printable::<spooky_core::keys::Seed>();
/// ```
/// ```compile_fail
/// fn copied<T: Clone>() {}
/// copied::<spooky_core::keys::Seed>();
/// ```
pub struct Seed(Zeroizing<Vec<u8>>);

impl Seed {
    /// Makes a fresh seed.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(size: SeedSize, source: &dyn Entropy) -> Result<Self, Error> {
        let length = match size {
            SeedSize::Bits128 => 16,
            SeedSize::Bits256 => 32,
        };
        let mut bytes = Zeroizing::new(vec![0; length]);
        source.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads 16 or 32 bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`] for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        match bytes.len() {
            16 | 32 => Ok(Self(Zeroizing::new(bytes.to_vec()))),
            _ => Err(Error::Malformed("seed")),
        }
    }

    /// The bytes. Every use is a place to review.
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }

    /// How long it is.
    pub fn size(&self) -> SeedSize {
        if self.0.len() == 16 {
            SeedSize::Bits128
        } else {
            SeedSize::Bits256
        }
    }

    /// The recovery key R.
    ///
    /// # Errors
    /// None in practice: the lengths are HKDF's.
    pub fn recovery_key(&self) -> Result<RecoveryKey, Error> {
        let secret = self.expand("spookyid/recovery-key/v1")?;
        Ok(RecoveryKey(Ed25519SigningKey::from_secret(&secret)))
    }

    /// The pseudonym secret, from which the secrets towards every issuer come.
    ///
    /// # Errors
    /// None in practice: the lengths are HKDF's.
    pub fn pseudonym_secret(&self) -> Result<PseudonymSecret, Error> {
        Ok(PseudonymSecret(
            self.expand("spookyid/pseudonym-secret/v1")?,
        ))
    }

    fn expand(&self, info: &str) -> Result<Secret32, Error> {
        let mut out = Zeroizing::new([0; 32]);
        expand(SEED_SALT, &self.0, &[info.as_bytes()], out.as_mut_slice())?;
        Secret32::from_slice(out.as_slice())
    }
}

/// HKDF-SHA256 (RFC 5869) with the concatenation of `info`.
pub(crate) fn expand(
    salt: &[u8],
    material: &[u8],
    info: &[&[u8]],
    out: &mut [u8],
) -> Result<(), Error> {
    Hkdf::<Sha256>::new(Some(salt), material)
        .expand_multi_info(info, out)
        .map_err(|_| Error::Unsupported("output length"))
}

/// The secret behind all pseudonyms of a person, 32 bytes: it comes from the seed, and stays on the
/// device while credentials are asked for and renewed.
pub struct PseudonymSecret(Secret32);

impl PseudonymSecret {
    /// Reads the 32 bytes that [`PseudonymSecret::expose_secret`] gave.
    ///
    /// # Errors
    /// [`Error::Malformed`] for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(Secret32::from_slice(bytes)?))
    }

    /// The 32 bytes, for storage in an owner-only place.
    pub fn expose_secret(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

/// The recovery key R: an Ed25519 key from the seed. It signs the registration and what replaces or
/// revokes an anchor that is lost; no device keeps it.
pub struct RecoveryKey(Ed25519SigningKey);

impl RecoveryKey {
    /// The public key.
    pub fn public(&self) -> Ed25519VerifyingKey {
        self.0.verifying_key()
    }
}

/// SHA-256("spookyid/recovery/v1" ‖0‖ R): what a broker remembers of R.
pub fn recovery_commitment(recovery: &Ed25519VerifyingKey) -> [u8; 32] {
    labelled_sha256("spookyid/recovery/v1", &[&recovery.to_bytes()])
}

/// The anchor key A: an Ed25519 key made on the device.
///
/// ```compile_fail
/// fn printable<T: core::fmt::Debug>() {}
/// printable::<spooky_core::keys::AnchorKey>();
/// ```
pub struct AnchorKey(Ed25519SigningKey);

impl AnchorKey {
    /// Makes a fresh key.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(source: &dyn Entropy) -> Result<Self, Error> {
        Ok(Self(Ed25519SigningKey::make(source)?))
    }

    /// Reads the 32 secret bytes that [`AnchorKey::expose_secret`] gave.
    ///
    /// # Errors
    /// [`Error::Malformed`] for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let secret = Secret32::from_slice(bytes)?;
        Ok(Self(Ed25519SigningKey::from_secret(&secret)))
    }

    /// The 32 secret bytes, for storage sealed by the platform.
    pub fn expose_secret(&self) -> Zeroizing<[u8; 32]> {
        self.0.expose_secret()
    }

    /// The public key.
    pub fn public(&self) -> Ed25519VerifyingKey {
        self.0.verifying_key()
    }
}

impl JwsSigner for AnchorKey {
    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    fn sign_input(&self, input: &[u8]) -> Result<[u8; 64], Error> {
        self.0.sign_input(input)
    }
}

impl JwsSigner for RecoveryKey {
    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    fn sign_input(&self, input: &[u8]) -> Result<[u8; 64], Error> {
        self.0.sign_input(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn a_seed_gives_the_same_keys_again_and_another_seed_gives_others() -> Result<(), Error> {
        for size in [SeedSize::Bits128, SeedSize::Bits256] {
            let seed = Seed::make(size, &OsEntropy)?;
            assert!(seed.size() == size);
            let again = Seed::from_bytes(seed.expose_secret())?;
            assert_eq!(
                seed.recovery_key()?.public(),
                again.recovery_key()?.public()
            );
            let secret = seed.pseudonym_secret()?;
            assert_eq!(
                secret.expose_secret(),
                again.pseudonym_secret()?.expose_secret()
            );
            let other = Seed::make(size, &OsEntropy)?;
            assert_ne!(
                secret.expose_secret(),
                other.pseudonym_secret()?.expose_secret()
            );
        }
        // A short seed is not a long one with zeros behind it.
        let short = Seed::from_bytes(&[7; 16])?.recovery_key()?.public();
        let mut padded = [0; 32];
        padded[..16].fill(7);
        assert_ne!(short, Seed::from_bytes(&padded)?.recovery_key()?.public());
        for length in [0, 15, 17, 31, 33] {
            assert!(Seed::from_bytes(&vec![1; length]).is_err());
        }
        Ok(())
    }

    #[test]
    fn a_failing_source_makes_no_key() {
        struct Broken;
        impl Entropy for Broken {
            fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
                Err(Error::Entropy)
            }
        }
        assert!(matches!(
            Seed::make(SeedSize::Bits128, &Broken),
            Err(Error::Entropy)
        ));
        assert!(matches!(AnchorKey::make(&Broken), Err(Error::Entropy)));
    }
}
