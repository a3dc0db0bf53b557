//! Registration: one statement that A, R and, when there is one, D sign (`spec/anchors.md`,
//! section 3). Refuses to remember nonces: the broker burns its nonce before it looks here.

use serde::{Deserialize, Serialize};

use super::{AnchorCommitment, REGISTRATION_TYPE};
use crate::{
    Error, clock,
    encoding::{base64url, bytes_32, json, labelled_sha256},
    jose::{
        Algorithm, Ed25519VerifyingKey, GeneralJws, Jwk, OkpJwk, StatementKey, Unsigned,
        VerifyingKey,
    },
    keys::{
        AnchorKey, HardwareSigner, RecoveryKey, SignerError, accept_signature, recovery_commitment,
    },
    reason::reasons,
    secret::constant_time_eq,
};

const ANCHOR: &str = "anchor";
const RECOVERY: &str = "recovery";
const DEVICE: &str = "device";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    aud: String,
    nonce: String,
    iat: u64,
    challenge: String,
    anchor: OkpJwk,
    recovery: OkpJwk,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<Jwk>,
}

/// SHA-256("spookyid/register/v1" ‖0‖ nonce ‖ A ‖ R), 32 bytes.
pub fn challenge(
    nonce: &[u8; 32],
    anchor: &Ed25519VerifyingKey,
    recovery: &Ed25519VerifyingKey,
) -> [u8; 32] {
    let (anchor, recovery) = (anchor.to_bytes(), recovery.to_bytes());
    labelled_sha256("spookyid/register/v1", &[nonce, &anchor, &recovery])
}

/// Why a registration could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The device key did not sign, or not as it should.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// Something else failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// A registration that A and R have signed and that waits for the device key.
pub struct RegistrationDraft {
    unsigned: Unsigned,
    device: Option<VerifyingKey>,
}

impl RegistrationDraft {
    /// Signs with A and R. `nonce` comes from the broker `audience`; `now` is in seconds since 1970;
    /// `device` is the public key D of a device that has one.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the claims do not serialise.
    pub fn new(
        nonce: &[u8; 32],
        audience: &str,
        now: u64,
        anchor: &AnchorKey,
        recovery: &RecoveryKey,
        device: Option<VerifyingKey>,
    ) -> Result<Self, Error> {
        let (a, r) = (anchor.public(), recovery.public());
        let claims = Claims {
            aud: audience.to_owned(),
            nonce: base64url(nonce),
            iat: now,
            challenge: base64url(&challenge(nonce, &a, &r)),
            anchor: a.to_jwk(),
            recovery: r.to_jwk(),
            device: device.as_ref().map(VerifyingKey::to_jwk),
        };
        let mut unsigned = Unsigned::new(REGISTRATION_TYPE, &claims)?;
        unsigned.sign(ANCHOR, anchor)?;
        unsigned.sign(RECOVERY, recovery)?;
        Ok(Self { unsigned, device })
    }

    /// What the device key has to sign, for platforms that answer later; `None` without one.
    pub fn device_input(&self) -> Option<Vec<u8>> {
        let input = || self.unsigned.input(Algorithm::Es256, DEVICE).into_bytes();
        self.device.is_some().then(input)
    }

    /// Takes the device's signature over [`RegistrationDraft::device_input`] (DER or 64 bytes) and
    /// answers the statement. Without a device key there is nothing to take.
    ///
    /// # Errors
    /// [`RegistrationError::Signer`]: `WrongKey` or `Malformed` for a bad signature, `Unavailable`
    /// for none where one is needed.
    pub fn finish(mut self, device_signature: Option<&[u8]>) -> Result<String, RegistrationError> {
        if let Some(device) = &self.device {
            let bytes = device_signature.ok_or(SignerError::Unavailable)?;
            let input = self.unsigned.input(Algorithm::Es256, DEVICE);
            let signature = accept_signature(bytes, device, input.as_bytes())?;
            self.unsigned.add(Algorithm::Es256, DEVICE, &signature);
        }
        Ok(self.unsigned.finish()?)
    }
}

/// Makes a registration in one go, with a device key that answers at once.
///
/// # Errors
/// As [`RegistrationDraft::finish`], and what the signer says.
///
/// ```
/// use spooky_core::{anchor, entropy::OsEntropy, keys::*};
/// let seed = Seed::make(SeedSize::Bits128, &OsEntropy)?;
/// let (a, r) = (AnchorKey::make(&OsEntropy)?, seed.recovery_key()?);
/// let device = SoftwareSigner::make(&OsEntropy)?;
/// let (nonce, broker) = ([9; 32], "https://broker.example");
/// let text = anchor::register(&nonce, broker, 1_800_000_000, &a, &r, Some(&device))?;
/// let unverified = anchor::UnverifiedRegistration::parse(&text)?;
/// let registration = unverified.verify(&nonce, broker, 1_800_000_010)?;
/// assert_eq!(registration.commitment(), anchor::AnchorCommitment::of(&a.public()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn register(
    nonce: &[u8; 32],
    audience: &str,
    now: u64,
    anchor: &AnchorKey,
    recovery: &RecoveryKey,
    device: Option<&dyn HardwareSigner>,
) -> Result<String, RegistrationError> {
    let key = match device {
        Some(signer) => Some(
            VerifyingKey::from_platform(&signer.public_key()?)
                .map_err(|_| SignerError::Malformed)?,
        ),
        None => None,
    };
    let draft = RegistrationDraft::new(nonce, audience, now, anchor, recovery, key)?;
    let signature = match (device, draft.device_input()) {
        (Some(signer), Some(input)) => Some(signer.sign(&input)?),
        _ => None,
    };
    draft.finish(signature.as_deref())
}

reasons! {
    /// Why a broker refuses a registration.
    pub enum RegistrationRefusal {
        /// The claims or keys cannot be read.
        Malformed = "registration_malformed",
        /// It was made for another broker.
        OtherAudience = "registration_other_audience",
        /// It carries another nonce than the one that was burnt for it.
        OtherNonce = "registration_other_nonce",
        /// Its time differs from this clock by more than 300 seconds.
        Clock = "registration_clock",
        /// A and R are one key, so losing one loses both.
        SameKey = "registration_same_key",
        /// The challenge does not fit nonce and keys.
        Challenge = "registration_challenge",
        /// The signatures are not those of A, R and, when it is named, D, in this order.
        Signers = "registration_signers",
        /// A's signature does not verify.
        AnchorSignature = "registration_anchor_signature",
        /// R's signature does not verify.
        RecoverySignature = "registration_recovery_signature",
        /// D's signature does not verify.
        DeviceSignature = "registration_device_signature",
    }
}

/// A registration as it came, with nothing checked but its form.
pub struct UnverifiedRegistration(GeneralJws);

impl UnverifiedRegistration {
    /// Parses at most 16 KiB of JSON.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`] for another type or algorithm.
    pub fn parse(text: &str) -> Result<Self, Error> {
        GeneralJws::parse(text, REGISTRATION_TYPE, 3).map(Self)
    }

    /// Checks everything. `nonce` is the broker's own, and burnt.
    ///
    /// # Errors
    /// [`RegistrationRefusal`].
    pub fn verify(
        &self,
        nonce: &[u8; 32],
        audience: &str,
        now: u64,
    ) -> Result<Registration, RegistrationRefusal> {
        use RegistrationRefusal as Refusal;
        let malformed = |_| Refusal::Malformed;
        let payload = self.0.payload().map_err(malformed)?;
        let claims: Claims = json::read(&payload).map_err(|_| Refusal::Malformed)?;
        let anchor = Ed25519VerifyingKey::from_jwk(&claims.anchor).map_err(malformed)?;
        let recovery = Ed25519VerifyingKey::from_jwk(&claims.recovery).map_err(malformed)?;
        let device = match &claims.device {
            Some(jwk) => Some(VerifyingKey::from_jwk(jwk).map_err(malformed)?),
            None => None,
        };
        if claims.aud != audience {
            return Err(Refusal::OtherAudience);
        }
        let named = bytes_32(&claims.nonce).map_err(malformed)?;
        if !constant_time_eq(&named, nonce) {
            return Err(Refusal::OtherNonce);
        }
        if clock::is_apart(claims.iat, now) {
            return Err(Refusal::Clock);
        }
        if anchor == recovery {
            return Err(Refusal::SameKey);
        }
        let wanted = challenge(nonce, &anchor, &recovery);
        if bytes_32(&claims.challenge).map_err(malformed)? != wanted {
            return Err(Refusal::Challenge);
        }
        let signers: &[&str] = match device {
            Some(_) => &[ANCHOR, RECOVERY, DEVICE],
            None => &[ANCHOR, RECOVERY],
        };
        if self.0.kids() != signers {
            return Err(Refusal::Signers);
        }
        let check = |kid, key, refusal| self.0.check(kid, &key).map_err(|_| refusal);
        let eddsa = StatementKey::EdDsa;
        check(ANCHOR, eddsa(anchor.clone()), Refusal::AnchorSignature)?;
        check(
            RECOVERY,
            eddsa(recovery.clone()),
            Refusal::RecoverySignature,
        )?;
        if let Some(device) = &device {
            let key = StatementKey::Es256(device.clone());
            check(DEVICE, key, Refusal::DeviceSignature)?;
        }
        Ok(Registration {
            anchor,
            recovery,
            device,
        })
    }
}

/// A verified registration: what a broker writes down.
#[derive(Clone, PartialEq, Eq)]
pub struct Registration {
    anchor: Ed25519VerifyingKey,
    recovery: Ed25519VerifyingKey,
    device: Option<VerifyingKey>,
}

impl Registration {
    /// The anchor's commitment.
    pub fn commitment(&self) -> AnchorCommitment {
        AnchorCommitment::of(&self.anchor)
    }

    /// The recovery key's commitment, 32 bytes.
    pub fn recovery_commitment(&self) -> [u8; 32] {
        recovery_commitment(&self.recovery)
    }

    /// The device key, when there is one.
    pub fn device(&self) -> Option<&VerifyingKey> {
        self.device.as_ref()
    }
}

impl core::fmt::Debug for Registration {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Registration")
    }
}
