//! Shapes on the wire, shared with the reference server: one module per service, no behaviour.
//!
//! Readers ignore unknown members; writers send exactly these.

pub mod broker;
pub mod fallback;
pub mod id;

use serde::{Deserialize, Serialize};

/// The name of the header that carries the idempotency key.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The name of the header that carries the API key.
pub const API_KEY: &str = "x-api-key";
/// The name of the header that marks a call to the fallback service (value `true`).
pub const FALLBACK_REQUEST: &str = "x-fallback-request";
/// The name of the header with which either side names a request for its logs.
pub const REQUEST_ID: &str = "x-request-id";
/// The name of the header that carries the caller's trace (W3C Trace Context).
pub const TRACE_PARENT: &str = "traceparent";

/// Whether a name for a request may stand in a log: short, plain, and neither an id nor an API key.
pub fn is_request_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.parse::<crate::id::ChittyId>().is_err()
        && !text.starts_with("chk_")
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Every refusal of a service: `{"error": {…}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The refusal.
    pub error: ErrorDetail,
}

/// What a service says about a refusal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetail {
    /// Stable code such as `CHT-2007`.
    pub code: String,
    /// Which check failed, by the stable name that `spec/anchors.md` or `spec/credentials.md` gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What happened, for people.
    #[serde(default)]
    pub message: String,
    /// What to do next, for people.
    #[serde(default)]
    pub hint: String,
    /// The request's name in the service's logs.
    #[serde(default)]
    pub request_id: String,
}
