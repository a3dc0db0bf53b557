//! `GET /api/chittyid/verify/{id}` and `…/resolve/{id}` (decision D20).
//!
//! Strangers learn three words, of the same shape for unknown ids. Only the owner and the audit
//! scope learn the rest. What is answered here proves nothing by itself: the receipt does.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use chitty_client::{
    error::Code,
    wire::id::{PermanentResponse, VerifyResponse},
};
use http::HeaderMap;

use super::MainService;
use crate::{
    auth::Caller,
    error::Refusal,
    extract::{id as parse_id, rfc3339},
    store::Known,
};

pub(super) async fn verify(
    State(service): State<Arc<MainService>>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Json<VerifyResponse>, Refusal> {
    let caller = service.gate.stranger_or_caller(&headers).await?;
    let id = parse_id(&text)?;
    let known = service.store.look_up(id.as_str()).await?;
    let own = caller
        .as_ref()
        .filter(|caller| caller.has("verify") || caller.has("audit"))
        .and_then(|caller| known.iter().find(|row| may_see(caller, row)));
    let Some(row) = own.or(known.first()) else {
        return Ok(Json(words(false, "unknown", "unknown")));
    };
    let status = match (row.class, &row.permanent) {
        ("fallback", Some(_)) => "superseded",
        ("fallback", None) => "pending",
        _ => "active",
    };
    let mut answer = words(status != "superseded", row.class, status);
    if own.is_some() {
        answer.chitty_id = Some(id.to_string());
        answer.permanent_id.clone_from(&row.permanent);
        answer.metadata = row
            .metadata
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        answer.issued_at = Some(rfc3339(row.issued_at));
        answer.verified_at = Some(rfc3339(service.now()));
    }
    Ok(Json(answer))
}

fn words(valid: bool, class: &str, status: &str) -> VerifyResponse {
    VerifyResponse {
        valid,
        class: class.to_owned(),
        status: status.to_owned(),
        chitty_id: None,
        permanent_id: None,
        metadata: None,
        issued_at: None,
        verified_at: None,
    }
}

fn may_see(caller: &Caller, row: &Known) -> bool {
    caller.has("audit") || row.tenant == caller.tenant()
}

pub(super) async fn resolve(
    State(service): State<Arc<MainService>>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Json<PermanentResponse>, Refusal> {
    let caller = service.gate.caller(&headers).await?;
    if !caller.has("audit") {
        caller.need("verify")?;
    }
    let id = parse_id(&text)?;
    let mut known = service.store.look_up(id.as_str()).await?;
    known.retain(|row| may_see(&caller, row));
    if known.len() > 1 {
        return Err(Code::DuplicateFallbackId.into());
    }
    let row = known.pop().ok_or(Code::DebtUnknown)?;
    let identifier = match row.class {
        "standard" => Some(id.to_string()),
        _ => row.permanent,
    };
    match (identifier, row.receipt) {
        (Some(identifier), Some(receipt)) => Ok(Json(PermanentResponse {
            identifier,
            receipt,
        })),
        _ => Err(Refusal::new(Code::DebtUnknown).detail("it is not reconciled yet")),
    }
}
