//! `POST /api/chittyid/generate`: one id per idempotency key, for ever (decision D6).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequest;
use axum::{Json, extract::State};
use chitty_client::{
    issuance::{key_digest, tenant_digest},
    wire::id::{GenerateRequest, GenerateResponse},
};
use http::{HeaderMap, Request};
use spooky_core::encoding::base64url;

use super::{
    MainService,
    scribe::{Scribe, Source},
};
use crate::{
    error::Refusal,
    extract::{IntentBody, idempotency_key, salt},
    store::NewIntent,
};

pub(super) async fn generate(
    State(service): State<Arc<MainService>>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<Json<GenerateResponse>, Refusal> {
    // Strangers are refused before their body is read.
    let caller = service.gate.caller(&headers).await?;
    caller.need("generate")?;
    let idk = key_digest(&idempotency_key(&headers)?);
    let IntentBody { body, refuses } =
        IntentBody::<GenerateRequest>::from_request(request, &()).await?;
    body.intent.validate()?;
    caller.need_namespace(&body.intent.namespace)?;
    let salt = salt(&body.request_salt)?;
    let rqd = base64url(&body.intent.request_digest(&salt)?);
    let tnd = tenant_digest(&salt, caller.tenant());
    let now = service.now();
    let source = Source::new(&service.minting, &body.intent, now)?;
    let slot = source.slot();
    let idk_text = base64url(&idk);
    let scribe = Scribe::standard(&service, source, (&rqd, &idk_text, tnd), now).refusing(refuses);
    let metadata = serde_json::Value::Object(body.intent.metadata.clone()).to_string();
    let _guard = service.in_flight.enter(caller.tenant(), idk)?;
    let answer = service
        .store
        .generate(
            &NewIntent {
                tenant: caller.tenant(),
                idk: &idk_text,
                fingerprint: body.intent.fingerprint()?,
                rqd: &rqd,
                metadata: &metadata,
                slot: &slot,
                quota: caller.quota(),
                now,
            },
            &scribe,
        )
        .await?;
    if !answer.repeated {
        service.metrics.issued();
    }
    service.metrics.answered_for(&answer.settled, now);
    tracing::debug!(repeated = answer.repeated, "an intent was answered");
    Ok(Json(GenerateResponse {
        identifier: answer.identifier,
        receipt: Some(answer.receipt),
    }))
}
