//! `GET /api/chittyid/lifecycle/{id}`: what happened to an id, for its owner and the audit scope.
//! An owner sees only its own part, so that no tenant learns another's name.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use chitty_client::{
    error::Code,
    wire::id::{LifecycleEvent, LifecycleResponse},
};
use http::HeaderMap;

use super::MainService;
use crate::{
    error::Refusal,
    extract::{id as parse_id, rfc3339},
};

pub(super) async fn lifecycle(
    State(service): State<Arc<MainService>>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Json<LifecycleResponse>, Refusal> {
    let caller = service.gate.caller(&headers).await?;
    let audit = caller.has("audit");
    if !audit {
        caller.need("verify")?;
    }
    let id = parse_id(&text)?;
    let part = (!audit).then(|| caller.tenant());
    let steps = service.store.lifecycle(id.as_str(), part).await?;
    if steps.is_empty() {
        return Err(Code::NotFound.into());
    }
    let events = steps
        .into_iter()
        .map(|step| LifecycleEvent {
            event: step.event,
            at: rfc3339(step.at),
            by: step.by,
            why: step.why,
            other: step.other,
        })
        .collect();
    Ok(Json(LifecycleResponse { events }))
}
