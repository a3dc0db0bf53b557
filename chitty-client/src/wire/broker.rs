//! The broker: anchors, nonces, credentials, presentations (`spec/broker.md`). Signed objects travel as
//! the texts that were signed, binary ones as base64url of their CBOR form.

use serde::{Deserialize, Serialize};
use spooky_core::credential::{Attributes, IssuerId, Policy};

/// `GET /api/oidc/nonce`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NonceResponse {
    /// 32 bytes, base64url: for one signed request or one presentation.
    pub nonce: String,
    /// Seconds for which it can be used.
    pub expires_in: u64,
}

/// `POST /api/anchor/register`.
#[derive(Clone, Serialize, Deserialize)]
pub struct RegisterRequest {
    /// The broker's nonce, burnt first.
    pub nonce: String,
    /// The JWS JSON serialisation that A, R and D signed (`spec/anchors.md`, section 3), as text.
    pub registration: String,
}

/// The answer to a registration.
#[derive(Clone, Serialize, Deserialize)]
pub struct RegisterResponse {
    /// The broker's statement that the anchor is registered (`spec/anchors.md`, section 4).
    pub statement: String,
}

/// Where an anchor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnchorStanding {
    /// Nobody registered it.
    Unknown,
    /// Registered and not revoked.
    Active,
    /// Revoked, for good.
    Revoked,
}

/// `GET /api/anchor/status?anchor=…`. What counts for others is the statement and a snapshot; the
/// word is for the anchor's owner.
#[derive(Clone, Serialize, Deserialize)]
pub struct StatusResponse {
    /// Where it stands now.
    pub state: AnchorStanding,
    /// The broker's statement, while the anchor is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// `POST /api/anchor/revoke`.
#[derive(Clone, Serialize, Deserialize)]
pub struct RevokeRequest {
    /// The certificate of A or R (`spec/anchors.md`, section 5).
    pub certificate: String,
}

/// The answer to a revocation, the same when it is repeated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevokeResponse {
    /// Always `revoked`.
    pub state: AnchorStanding,
}

/// `GET /api/anchor/snapshot`.
#[derive(Clone, Serialize, Deserialize)]
pub struct SnapshotResponse {
    /// The newest snapshot (`spec/anchors.md`, section 6).
    pub snapshot: String,
}

/// `POST /api/oidc/credential`.
#[derive(Clone, Serialize, Deserialize)]
pub struct CredentialRequest {
    /// The broker's nonce, burnt first.
    pub nonce: String,
    /// The schema's digest, base64url.
    pub schema: String,
    /// The request that the anchor key signed (`spec/credentials.md`, section 4).
    pub request: String,
    /// The operator's one-time code, the first time: it ties the enrolled attributes to the anchor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment_code: Option<String>,
}

/// A credential for its wallet alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct CredentialResponse {
    /// The issued credential (`spec/credentials.md`, section 7): base64url of its CBOR form.
    pub credential: String,
}

/// `POST /api/oidc/verify`: a site asks, and its API key says which site it is.
#[derive(Clone, Serialize, Deserialize)]
pub struct VerifyRequest {
    /// The nonce that the asking session kept, which this site fetched with its API key: burnt first. The
    /// presentation must name the same one.
    pub expected_nonce: String,
    /// The presentation (`spec/credentials.md`, section 7): base64url of its CBOR form.
    pub presentation: String,
    /// What the site asked for.
    pub policy: Policy,
}

/// What a presentation that passed says. There is no other answer with status 200.
#[derive(Clone, Serialize, Deserialize)]
pub struct VerifyResponse {
    /// Who vouches for it.
    pub issuer: IssuerId,
    /// The last day of the credential, `YYYY-MM-DD`.
    pub not_after: String,
    /// Exactly what the policy asks for.
    pub attributes: Attributes,
    /// The person's tag at this site, 48 bytes base64url, when the policy wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}
