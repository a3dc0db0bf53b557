//! The broker's statement that an anchor is registered (`spec/anchors.md`, section 4). It says
//! nothing about revocation: for that there is the snapshot.

use serde::{Deserialize, Serialize};

use super::{AnchorCommitment, REGISTERED_TYPE, REGISTERED_USE, StatusReason};
use crate::{
    Error, clock,
    encoding::bytes_32,
    jose::{JwsSigner, StatementKeys, UnverifiedJws, sign_compact, unix_time},
    verdict::Verdict,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    sub: String,
    iat: u64,
}

/// A verified statement that an anchor is registered.
#[derive(Clone, PartialEq, Eq)]
pub struct Registered {
    issuer: String,
    commitment: AnchorCommitment,
    since: u64,
}

impl Registered {
    /// Signs the statement, as broker `issuer`, with the key that it published as `kid` for
    /// [`REGISTERED_USE`], at `since`: when the anchor was registered, or, when the key of that statement was
    /// revoked, when it was confirmed again.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a time beyond the year 9999; what the signer says.
    pub fn sign(
        signer: &dyn JwsSigner,
        kid: &str,
        issuer: &str,
        commitment: &AnchorCommitment,
        since: u64,
    ) -> Result<String, Error> {
        let claims = Claims {
            iss: issuer.to_owned(),
            sub: commitment.to_text(),
            iat: unix_time(since)?,
        };
        sign_compact(signer, kid, REGISTERED_TYPE, &claims)
    }

    /// The broker.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The anchor.
    pub fn commitment(&self) -> AnchorCommitment {
        self.commitment
    }

    /// When the broker signed this, in seconds since 1970: the anchor is registered since then at the latest.
    pub fn since(&self) -> u64 {
        self.since
    }
}

impl core::fmt::Debug for Registered {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Registered")
    }
}

/// The statement as it came.
pub struct UnverifiedRegistered(UnverifiedJws);

impl UnverifiedRegistered {
    /// Parses a compact JWS.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`] for another type or algorithm.
    pub fn parse(text: &str) -> Result<Self, Error> {
        UnverifiedJws::parse_statement(text, REGISTERED_TYPE).map(Self)
    }

    /// Checks it against the broker's keys, for this anchor.
    pub fn verify(
        &self,
        keys: &StatementKeys,
        commitment: &AnchorCommitment,
        now: u64,
    ) -> Verdict<Registered, StatusReason> {
        let Some(key) = keys.find(&self.0, REGISTERED_USE) else {
            return Verdict::Indeterminate(StatusReason::UnknownKey);
        };
        let claims: Claims = match self.0.verify_statement(&key.key) {
            Ok(claims) => claims,
            Err(Error::Signature) => return Verdict::Invalid(StatusReason::Signature),
            Err(_) => return Verdict::Invalid(StatusReason::Malformed),
        };
        if !key.counts_at(claims.iat) {
            return Verdict::Invalid(StatusReason::KeyNotValid);
        }
        if claims.iss != keys.issuer() {
            return Verdict::Invalid(StatusReason::OtherIssuer);
        }
        match bytes_32(&claims.sub) {
            Ok(sub) if sub == *commitment.as_bytes() => {}
            Ok(_) => return Verdict::Invalid(StatusReason::OtherAnchor),
            Err(_) => return Verdict::Invalid(StatusReason::Malformed),
        }
        if clock::is_ahead(claims.iat, now) {
            return Verdict::Indeterminate(StatusReason::AheadOfClock);
        }
        Verdict::Valid(Registered {
            issuer: claims.iss,
            commitment: *commitment,
            since: claims.iat,
        })
    }
}
