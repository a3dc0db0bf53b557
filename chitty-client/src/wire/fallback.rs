//! Between the fallback and main: nonce, grant request, issue log (`spec/receipts.md`, decision D4).

use serde::{Deserialize, Serialize};
use spooky_core::jose::Jwk;

/// `typ` of the JWS with which a fallback asks for a grant or uploads its log.
pub const REQUEST_TYPE: &str = "chitty-fallback-request+jwt";
/// Most entries in one upload of the issue log.
pub const MAX_LOG_ENTRIES: usize = 500;

/// `GET /api/chittyid/fallback/nonce`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NonceResponse {
    /// Base64url, one use, short-lived.
    pub nonce: String,
}

/// `POST /api/chittyid/fallback/grant` and `…/issue-log`: a body signed by the enrolled key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedRequest {
    /// A JWS of type [`REQUEST_TYPE`] over [`RequestClaims`].
    pub request: String,
    /// The fallback's public key; main compares its thumbprint with the enrolled one.
    pub jwk: Jwk,
    /// For `issue-log`: the entries, bound by `RequestClaims::digest`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<LogEntry>,
}

/// What the fallback signs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestClaims {
    /// The fallback's name.
    pub iss: String,
    /// Main's issuer name.
    pub aud: String,
    /// The nonce from main.
    pub nonce: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// `grant` or `issue-log`.
    pub purpose: String,
    /// For `issue-log`: base64url of SHA-256("chitty/issue-log/v1" ‖ 0 ‖ canonical JSON of the entries).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// One id that the fallback issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The tenant that asked.
    pub tenant: String,
    /// The receipt, which names the id, the key digest and the request digest.
    pub receipt: String,
}

/// The answer to a grant request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GrantResponse {
    /// A JWS of type `chitty-fallback-grant+jwt`.
    pub grant: String,
}

/// The answer to an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogResponse {
    /// How many entries main now knows of this upload.
    pub accepted: usize,
}
