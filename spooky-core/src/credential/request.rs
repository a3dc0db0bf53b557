//! The request for a credential: the blinded pseudonym secret, in a statement of the anchor key
//! (`spec/credentials.md`, section 4). The anchor is known to the issuer and to nobody else: nothing
//! of this is in a credential.

use serde::{Deserialize, Serialize};

use super::{CREDENTIAL_REQUEST_TYPE, HolderSecrets, IssuanceRefusal, IssuerId, Nonce, Schema};
use crate::{
    Error,
    anchor::AnchorCommitment,
    bbs::CommitmentWithProof,
    clock,
    encoding::{base64url, bytes_32, from_base64url},
    entropy::Entropy,
    jose::{
        Algorithm, Ed25519VerifyingKey, MAX_JWS_LENGTH, StatementKey, UnverifiedJws, sign_compact,
    },
    keys::AnchorKey,
    secret::constant_time_eq,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    aud: String,
    sub: String,
    key: String,
    nonce: String,
    iat: u64,
    schema: String,
    commitment: String,
}

/// Asks the issuer of `secrets` for a credential of `schema`, on behalf of an anchor. `nonce` is the
/// issuer's; `now` is in seconds since 1970.
///
/// # Errors
/// [`Error::Entropy`] when the source fails.
pub fn request_credential(
    secrets: &HolderSecrets,
    anchor: &AnchorKey,
    schema: &Schema,
    nonce: &Nonce,
    now: u64,
    source: &dyn Entropy,
) -> Result<String, Error> {
    let key = anchor.public();
    let claims = Claims {
        aud: secrets.issuer().as_str().to_owned(),
        sub: AnchorCommitment::of(&key).to_text(),
        key: base64url(&key.to_bytes()),
        nonce: nonce.to_text(),
        iat: now,
        schema: schema.digest().to_text(),
        commitment: base64url(&secrets.commit(source)?.to_bytes()),
    };
    sign_compact(anchor, "anchor", CREDENTIAL_REQUEST_TYPE, &claims)
}

/// A request as it came.
pub struct UnverifiedCredentialRequest(UnverifiedJws);

impl UnverifiedCredentialRequest {
    /// Parses a compact JWS; only EdDSA counts.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`] for another type or algorithm.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let only = [Algorithm::EdDsa];
        UnverifiedJws::parse_as(text, CREDENTIAL_REQUEST_TYPE, &only, MAX_JWS_LENGTH).map(Self)
    }

    /// Checks statement and form, for the issuer's own burnt `nonce`. The proof of the commitment
    /// is checked when a credential is issued.
    ///
    /// # Errors
    /// [`IssuanceRefusal`].
    pub fn verify(
        &self,
        issuer: &IssuerId,
        schema: &Schema,
        nonce: &Nonce,
        now: u64,
    ) -> Result<CredentialRequest, IssuanceRefusal> {
        use IssuanceRefusal as Refusal;
        let malformed = |_| Refusal::Malformed;
        let claims: Claims = self.0.dangerous_unverified_claims().map_err(malformed)?;
        let key = bytes_32(&claims.key)
            .and_then(|bytes| Ed25519VerifyingKey::from_bytes(&bytes))
            .map_err(malformed)?;
        self.0
            .verify_statement::<Claims>(&StatementKey::EdDsa(key.clone()))
            .map_err(|_| Refusal::AnchorSignature)?;
        let anchor = AnchorCommitment::of(&key);
        if bytes_32(&claims.sub).map_err(malformed)? != *anchor.as_bytes() {
            return Err(Refusal::OtherAnchor);
        }
        if claims.aud != issuer.as_str() {
            return Err(Refusal::OtherIssuer);
        }
        if !constant_time_eq(claims.nonce.as_bytes(), nonce.to_text().as_bytes()) {
            return Err(Refusal::OtherNonce);
        }
        if clock::is_apart(claims.iat, now) {
            return Err(Refusal::Clock);
        }
        if claims.schema != schema.digest().to_text() {
            return Err(Refusal::OtherSchema);
        }
        let octets = from_base64url(&claims.commitment).map_err(malformed)?;
        // The pseudonym secret and nothing else: seen by the length, before a point is decoded.
        if octets.len() != CommitmentWithProof::bytes_for(1) {
            return Err(Refusal::Malformed);
        }
        let commitment = CommitmentWithProof::from_bytes(&octets).map_err(malformed)?;
        Ok(CredentialRequest { anchor, commitment })
    }
}

/// A verified request: from the holder of the anchor key, for this issuer, schema and occasion.
pub struct CredentialRequest {
    pub(super) anchor: AnchorCommitment,
    pub(super) commitment: CommitmentWithProof,
}

impl CredentialRequest {
    /// Whose anchor asks: look up whether it is active, and which [`super::Lineage`] it has.
    pub fn anchor(&self) -> AnchorCommitment {
        self.anchor
    }
}

impl core::fmt::Debug for CredentialRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CredentialRequest")
    }
}
