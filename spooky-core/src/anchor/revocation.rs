//! Revocation certificates: A or R says that an anchor is over, for good (`spec/anchors.md`,
//! section 5). One can be made on the first day and kept in a drawer; it needs no nonce, since
//! revoking twice changes nothing.

use serde::{Deserialize, Serialize};

use super::{AnchorCommitment, REVOCATION_TYPE};
use crate::{
    Error,
    encoding::{base64url, bytes_32},
    jose::{
        Algorithm, Ed25519VerifyingKey, JwsSigner, MAX_JWS_LENGTH, StatementKey, UnverifiedJws,
        sign_compact, unix_time,
    },
    keys::{AnchorKey, RecoveryKey, recovery_commitment},
    reason::reasons,
    secret::constant_time_eq,
};

const ANCHOR: &str = "anchor";
const RECOVERY: &str = "recovery";

/// What the person says about the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RevocationReason {
    /// Nothing.
    Unspecified,
    /// The device is gone.
    Lost,
    /// Somebody else may hold the key.
    Compromised,
    /// Another anchor takes its place.
    Replaced,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    sub: String,
    key: String,
    iat: u64,
    reason: RevocationReason,
}

fn sign(
    signer: &dyn JwsSigner,
    kid: &str,
    key: &Ed25519VerifyingKey,
    commitment: &AnchorCommitment,
    now: u64,
    reason: RevocationReason,
) -> Result<String, Error> {
    let claims = Claims {
        sub: commitment.to_text(),
        key: base64url(&key.to_bytes()),
        iat: unix_time(now)?,
        reason,
    };
    sign_compact(signer, kid, REVOCATION_TYPE, &claims)
}

/// The certificate of an anchor about itself.
///
/// # Errors
/// [`Error::Malformed`] for a time beyond the year 9999.
pub fn revoke_by_anchor(
    anchor: &AnchorKey,
    now: u64,
    reason: RevocationReason,
) -> Result<String, Error> {
    let key = anchor.public();
    let commitment = AnchorCommitment::of(&key);
    sign(anchor, ANCHOR, &key, &commitment, now, reason)
}

/// The certificate of a recovery key about the anchor that was registered with it.
///
/// # Errors
/// [`Error::Malformed`] for a time beyond the year 9999.
pub fn revoke_by_recovery(
    recovery: &RecoveryKey,
    commitment: &AnchorCommitment,
    now: u64,
    reason: RevocationReason,
) -> Result<String, Error> {
    sign(
        recovery,
        RECOVERY,
        &recovery.public(),
        commitment,
        now,
        reason,
    )
}

reasons! {
    /// Why a broker refuses a revocation certificate.
    pub enum RevocationRefusal {
        /// The claims or the key cannot be read.
        Malformed = "revocation_malformed",
        /// It is about another anchor.
        OtherAnchor = "revocation_other_anchor",
        /// Its key is neither this anchor's A nor the R that was registered with it.
        OtherKey = "revocation_other_key",
        /// The signature does not verify.
        Signature = "revocation_signature",
    }
}

/// Who revoked, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The anchor that is over.
    pub commitment: AnchorCommitment,
    /// Whether R signed, and not A.
    pub by_recovery: bool,
    /// When the certificate was made, in seconds since 1970; it may be old.
    pub made: u64,
    /// What the person said.
    pub reason: RevocationReason,
}

/// A certificate as it came.
pub struct UnverifiedRevocation(UnverifiedJws);

impl UnverifiedRevocation {
    /// Parses a compact JWS; only EdDSA counts.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`] for another type or algorithm.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let only = [Algorithm::EdDsa];
        UnverifiedJws::parse_as(text, REVOCATION_TYPE, &only, MAX_JWS_LENGTH).map(Self)
    }

    /// The anchor that it speaks of, **before** anything was checked: to find the row to check with.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn dangerous_unverified_commitment(&self) -> Result<AnchorCommitment, Error> {
        let claims: Claims = self.0.dangerous_unverified_claims()?;
        Ok(AnchorCommitment::from_bytes(bytes_32(&claims.sub)?))
    }

    /// Checks it for the anchor `commitment`, registered with the recovery key of `recovery`
    /// ([`super::Registration::recovery_commitment`]).
    ///
    /// # Errors
    /// [`RevocationRefusal`].
    pub fn verify(
        &self,
        commitment: &AnchorCommitment,
        recovery: &[u8; 32],
    ) -> Result<Revocation, RevocationRefusal> {
        use RevocationRefusal as Refusal;
        let claims: Claims = self
            .0
            .dangerous_unverified_claims()
            .map_err(|_| Refusal::Malformed)?;
        let sub = bytes_32(&claims.sub).map_err(|_| Refusal::Malformed)?;
        let key = bytes_32(&claims.key)
            .and_then(|bytes| Ed25519VerifyingKey::from_bytes(&bytes))
            .map_err(|_| Refusal::Malformed)?;
        if sub != *commitment.as_bytes() {
            return Err(Refusal::OtherAnchor);
        }
        let by_recovery = match self.0.kid() {
            ANCHOR if AnchorCommitment::of(&key) == *commitment => false,
            RECOVERY if constant_time_eq(&recovery_commitment(&key), recovery) => true,
            _ => return Err(Refusal::OtherKey),
        };
        self.0
            .verify_statement::<Claims>(&StatementKey::EdDsa(key))
            .map_err(|_| Refusal::Signature)?;
        Ok(Revocation {
            commitment: *commitment,
            by_recovery,
            made: claims.iat,
            reason: claims.reason,
        })
    }
}
