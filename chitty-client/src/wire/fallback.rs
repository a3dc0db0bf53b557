//! Between the fallback and main: nonce, grant request, issue log (`spec/receipts.md`, decision D4).

use serde::{Deserialize, Serialize};
use spooky_core::jose::Jwk;

/// `typ` of the JWS with which a fallback asks for a grant or uploads its log.
pub const REQUEST_TYPE: &str = "chitty-fallback-request+jwt";
/// Most entries in one upload of the issue log.
pub const MAX_LOG_ENTRIES: usize = 500;
/// Most grants that a request for a grant shows.
pub const MAX_SHOWN_GRANTS: usize = 16;

/// `GET /api/chittyid/fallback/nonce`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NonceResponse {
    /// Base64url, one use, short-lived.
    pub nonce: String,
    /// Main's epoch: when it is another one than before, main was restored, and the issue log is uploaded
    /// from its first entry. Absent from servers that know none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
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
    /// For `grant`: grants that main signed for this key, newest first, at most [`MAX_SHOWN_GRANTS`].
    /// After a restore main renews what it is shown and nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
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

/// What a fallback signs beside [`RequestClaims`], in the same object, so that it and main notice when one
/// of them was restored. Every member may be absent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EpochClaims {
    /// Main's epoch, as the nonce's answer named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// Main's newest acknowledgement, as it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<String>,
    /// The fallback's own epoch, which names its issue log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// For `issue-log`: the places of the entries in the log, in the entries' order. None for entries
    /// that are sent again because they were refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<i64>,
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
    /// Those that main does not take. Absent from servers that say only how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Vec<RefusedEntry>>,
    /// How far main knows the log now, when the request named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
}

/// An entry that main does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEntry {
    /// Its number in the upload, from 0.
    pub index: usize,
    /// The code.
    pub code: String,
}

/// How far main knows an issue log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Which log it knows: the fallback's epoch.
    pub log: String,
    /// The last place. A fallback whose log ends before it, or has another name, was restored.
    pub through: i64,
    /// Main's own proof of this, to be shown to it with the next request.
    pub acknowledgement: String,
}
