//! The identifier service: generate, reconcile, verify, resolve, lifecycle (`spec/receipts.md`,
//! decisions D3–D6, D20).

use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Map, Value};

use super::ErrorDetail;
use crate::issuance::Intent;

/// `POST /api/chittyid/generate` at main and `POST /api/chittyid/fallback` at the fallback. The
/// idempotency key travels in the header: K at main, its digest at the fallback.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GenerateRequest {
    /// What is asked for.
    #[serde(flatten)]
    pub intent: Intent,
    /// Base64url of the 32-byte request salt.
    pub request_salt: String,
}

/// The answer to either request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GenerateResponse {
    /// The issued id.
    pub identifier: String,
    /// Its receipt, a compact JWS.
    #[serde(default)]
    pub receipt: Option<String>,
}

/// `POST /api/chittyid/reconcile`: many items, or the seed's single form; never both, which would be
/// answered as one of them only.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, try_from = "Forms")]
pub enum ReconcileRequest {
    /// Items that prove themselves.
    Items {
        /// At most [`MAX_RECONCILE_ITEMS`].
        items: Vec<ReconcileItem>,
    },
    /// The seed's form: answered only to the tenant that owns a debt known to main.
    #[serde(rename_all = "camelCase")]
    Single {
        /// The fallback id.
        fallback_id: String,
        /// Always `reconcile`.
        action: String,
        /// RFC 3339 time of the call; informative.
        #[serde(default)]
        timestamp: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Forms {
    Both {
        #[serde(rename = "items")]
        _items: IgnoredAny,
        #[serde(rename = "fallbackId")]
        _fallback_id: String,
        #[serde(rename = "action")]
        _action: String,
    },
    Items {
        items: Vec<ReconcileItem>,
    },
    Single {
        fallback_id: String,
        action: String,
        #[serde(default)]
        timestamp: Option<String>,
    },
}

impl TryFrom<Forms> for ReconcileRequest {
    type Error = &'static str;

    fn try_from(forms: Forms) -> Result<Self, Self::Error> {
        match forms {
            Forms::Both { .. } => Err("items and a single fallback id exclude each other"),
            Forms::Items { items } => Ok(Self::Items { items }),
            Forms::Single {
                fallback_id,
                action,
                timestamp,
            } => Ok(Self::Single {
                fallback_id,
                action,
                timestamp,
            }),
        }
    }
}

/// Most items in one reconcile call.
pub const MAX_RECONCILE_ITEMS: usize = 100;

/// One debt with everything that proves it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReconcileItem {
    /// The fallback id.
    pub fallback_id: String,
    /// The receipt that came with it.
    pub fallback_receipt: String,
    /// The original intent.
    pub request: Intent,
    /// Base64url of the 32-byte request salt.
    pub request_salt: String,
    /// Base64url of K, the 32-byte idempotency key: only its holder can reconcile.
    pub idempotency_key: String,
}

/// The answer to the many-items form: one result per item, in any order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReconcileResponse {
    /// Results; match them by `fallbackId` and `jti`.
    pub results: Vec<ReconcileResult>,
}

/// What became of one debt: `identifier` and `receipt`, or `error`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReconcileResult {
    /// The fallback id of the item.
    pub fallback_id: String,
    /// The `jti` of the item's receipt, when it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The permanent id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// The receipt of the permanent id, with `sup` and `spd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// Why this item was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDetail>,
}

/// The answer to the single form, and to `GET /api/chittyid/resolve/{id}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PermanentResponse {
    /// The permanent id.
    pub identifier: String,
    /// Its receipt.
    pub receipt: String,
}

/// `GET /api/chittyid/verify/{id}`. Strangers get the first three members, of the same shape for
/// unknown ids; the owner and holders of the audit scope get the rest too.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyResponse {
    /// Whether this service issued the id (or authorised it) and it has not been superseded.
    pub valid: bool,
    /// `standard`, `fallback` or `unknown`.
    pub class: String,
    /// `active`, `pending`, `superseded` or `unknown`.
    pub status: String,
    /// The id, repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chitty_id: Option<String>,
    /// The permanent id that replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permanent_id: Option<String>,
    /// The metadata of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// RFC 3339 time of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<String>,
    /// RFC 3339 time of this answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<String>,
}

/// `GET /api/chittyid/lifecycle/{id}`, for the owner and holders of the audit scope.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LifecycleResponse {
    /// What happened, oldest first.
    pub events: Vec<LifecycleEvent>,
}

/// One step in the life of an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleEvent {
    /// `issued`, `reconciled`, `superseded` or `refused`.
    pub event: String,
    /// RFC 3339 time.
    pub at: String,
    /// The tenant or service that caused it.
    pub by: String,
    /// Why: a code or a short reason.
    pub why: String,
    /// The other id of a replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
}

/// `GET /health`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HealthResponse {
    /// `ok` or the reason why the service cannot issue.
    pub status: String,
    /// The service's role.
    pub service: String,
    /// The service's version.
    pub version: String,
    /// RFC 3339 time.
    pub timestamp: String,
}
