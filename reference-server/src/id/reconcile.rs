//! `POST /api/chittyid/reconcile`: permanent ids in the place of fallback ids (decision D4).
//!
//! Checks each item in D4's order; expiry never matters here, since it binds relying parties. The
//! receipt alone settles nothing: the item must also hold K, the salt and the intent. The seed's
//! single form settles only what a fallback's issue log or an earlier answer ties to the tenant.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{FromRequest, State},
    response::{IntoResponse, Response},
};
use chitty_client::{
    error::{Code, ErrorKind},
    id::{ChittyId, Class},
    issuance::{
        Intent, key_digest,
        receipt::{CheckedReceipt, Expected, RECEIPT_TYPE, ReceiptClaims},
        tenant_digest,
    },
    wire::id::{
        MAX_RECONCILE_ITEMS, PermanentResponse, ReconcileItem, ReconcileRequest, ReconcileResponse,
        ReconcileResult,
    },
};
use http::{HeaderMap, Request};
use spooky_core::{
    encoding::{base64url, bytes_32},
    jose::UnverifiedJws,
    secret::constant_time_eq,
};

use super::{
    MainService,
    scribe::{Scribe, Source},
};
use crate::{
    auth::Caller,
    error::Refusal,
    extract::{IntentBody, id as parse_id},
    fallback::witness::look_at_grant,
    server::RequestId,
    store::{Answer, DebtProof, Known, ProvenIntent},
};

pub(super) async fn reconcile(
    State(service): State<Arc<MainService>>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<Response, Refusal> {
    let caller = service.gate.caller(&headers).await?;
    caller.need("reconcile")?;
    let request_id = request.extensions().get::<RequestId>().cloned();
    // A fallback id is there already: its receipt's digest judges the intent, whatever its numbers.
    let IntentBody { body, .. } =
        IntentBody::<ReconcileRequest>::from_request(request, &()).await?;
    let items = match body {
        ReconcileRequest::Items { items } => items,
        ReconcileRequest::Single {
            fallback_id,
            action,
            ..
        } => {
            if action != "reconcile" {
                return Err(Refusal::new(Code::BodyInvalid).detail("action is not `reconcile`"));
            }
            let answer = single(&service, &caller, &fallback_id).await;
            let answer =
                answer.inspect_err(|refusal| service.metrics.not_reconciled(refusal.code()))?;
            return Ok(Json(answer).into_response());
        }
    };
    if items.len() > MAX_RECONCILE_ITEMS {
        return Err(Refusal::new(Code::BatchTooLarge)
            .detail(format!("at most {MAX_RECONCILE_ITEMS} items")));
    }
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        let outcome = settle(&service, &caller, &item).await;
        if let Err(refusal) = &outcome {
            service.metrics.not_reconciled(refusal.code());
            record(&service, &caller, &item.fallback_id, refusal).await;
        }
        let (answer, error) = match outcome {
            Ok(answer) => (Some(answer), None),
            Err(refusal) => (None, Some(refusal)),
        };
        let (identifier, receipt) = answer
            .map(|answer| (answer.identifier, answer.receipt))
            .unzip();
        let name = request_id.as_ref().map_or("", |id| id.0.as_str());
        results.push(ReconcileResult {
            jti: name_of(&item.fallback_receipt),
            fallback_id: item.fallback_id,
            identifier,
            receipt,
            error: error.map(|refusal| refusal.to_detail(name)),
        });
    }
    Ok(Json(ReconcileResponse { results }).into_response())
}

async fn settle(
    service: &MainService,
    caller: &Caller,
    item: &ReconcileItem,
) -> Result<Answer, Refusal> {
    let id = parse_id(&item.fallback_id)?;
    let intent = &item.request;
    intent.validate()?;
    caller.need_namespace(&intent.namespace)?;
    let expected = Expected {
        class: Some(Class::Fallback),
        ..Expected::default()
    };
    let receipt = CheckedReceipt::check(&item.fallback_receipt, &id, &service.key_set(), expected)?;
    if let Some(grant) = receipt.grant() {
        look_at_grant(service, grant).await?;
    }
    let claims = receipt.claims();
    let same = |left: &str, right: &str| constant_time_eq(left.as_bytes(), right.as_bytes());
    let key = bytes_32(&item.idempotency_key).map_err(|_| Code::DebtKeyMismatch)?;
    if !same(&base64url(&key_digest(&key)), &claims.idk) {
        return Err(Code::DebtKeyMismatch.into());
    }
    let salt = bytes_32(&item.request_salt).map_err(|_| Code::DebtRequestMismatch)?;
    let fits_id = intent.namespace == id.namespace()
        && intent.entity_type == id.entity_type().to_string()
        && intent.parsed_profile()? == id.profile();
    if !fits_id || !same(&base64url(&intent.request_digest(&salt)?), &claims.rqd) {
        return Err(Code::DebtRequestMismatch.into());
    }
    let tenant = tenant_digest(&salt, caller.tenant());
    if !claims.tnd.as_deref().is_some_and(|tnd| same(tnd, &tenant)) {
        return Err(Code::DebtForeign.into());
    }
    let metadata = serde_json::Value::Object(intent.metadata.clone()).to_string();
    let proven = ProvenIntent {
        fingerprint: intent.fingerprint()?,
        metadata: &metadata,
    };
    // The row that generate would use; a generate under way must not make a second id.
    let _guard = service.in_flight.enter(caller.tenant(), key_digest(&key))?;
    pay(service, caller, &receipt, intent, Some(proven)).await
}

async fn pay(
    service: &MainService,
    caller: &Caller,
    receipt: &CheckedReceipt,
    intent: &Intent,
    proven: Option<ProvenIntent<'_>>,
) -> Result<Answer, Refusal> {
    let now = service.now();
    let source = Source::new(&service.minting, intent, now)?;
    let slot = source.slot();
    let scribe = Scribe::permanent(service, source, receipt, now);
    let debt = DebtProof {
        tenant: caller.tenant(),
        receipt,
        proven,
        slot: &slot,
        quota: caller.quota(),
        now,
    };
    let answer = service.store.settle(&debt, &scribe).await?.answer;
    let age = now.div_euclid(1000) - receipt.claims().iat;
    let outcome = if answer.repeated {
        "repeated"
    } else {
        "settled"
    };
    service.metrics.reconciled(outcome, age);
    service.metrics.answered_for(&answer.settled, now);
    Ok(answer)
}

/// The seed's form: an id alone, answered to the tenant that owns the debt.
async fn single(
    service: &MainService,
    caller: &Caller,
    text: &str,
) -> Result<PermanentResponse, Refusal> {
    let id = parse_id(text)?;
    let mut known = service.store.look_up(id.as_str()).await?;
    known.retain(|row| row.class == "fallback");
    if known.is_empty() {
        return Err(Code::DebtUnknown.into());
    }
    known.retain(|row| row.tenant == caller.tenant());
    let row = match known.as_slice() {
        [] => return Err(Code::DebtForeign.into()),
        [row] => row,
        _ => {
            return Err(Refusal::new(Code::DuplicateFallbackId)
                .detail("send the full item with receipt and key"));
        }
    };
    let answer = match row {
        Known {
            permanent: Some(identifier),
            receipt: Some(receipt),
            ..
        } => {
            return Ok(PermanentResponse {
                identifier: identifier.clone(),
                receipt: receipt.clone(),
            });
        }
        Known {
            pending_receipt: Some(logged),
            ..
        } => settle_logged(service, caller, &id, logged).await?,
        _ => return Err(Code::DebtUnknown.into()),
    };
    Ok(PermanentResponse {
        identifier: answer.identifier,
        receipt: answer.receipt,
    })
}

async fn settle_logged(
    service: &MainService,
    caller: &Caller,
    id: &ChittyId,
    logged: &str,
) -> Result<Answer, Refusal> {
    caller.need_namespace(id.namespace())?;
    let receipt = CheckedReceipt::check(logged, id, &service.key_set(), Expected::default())?;
    // The log does not hold the intent; namespace and type are in the id.
    let intent = Intent {
        profile: id.profile().as_str().to_owned(),
        namespace: id.namespace().to_owned(),
        entity_type: id.entity_type().to_string(),
        parent: None,
        metadata: serde_json::Map::new(),
    };
    pay(service, caller, &receipt, &intent, None).await
}

/// The `jti` of a receipt, as far as it can be read.
fn name_of(receipt: &str) -> Option<String> {
    let jws = UnverifiedJws::parse(receipt, RECEIPT_TYPE).ok()?;
    let claims: ReceiptClaims = jws.dangerous_unverified_claims().ok()?;
    Some(claims.jti)
}

/// Writes a refusal into the id's life, unless it will pass by itself.
async fn record(service: &MainService, caller: &Caller, text: &str, refusal: &Refusal) {
    let code = refusal.code();
    // What asking again later may change is no step of a life: it would stand there as refused for ever.
    let passes = matches!(
        code.kind(),
        ErrorKind::Retry | ErrorKind::Unavailable | ErrorKind::Internal
    );
    let Ok(id) = text.parse::<ChittyId>() else {
        return;
    };
    if passes {
        return;
    }
    let (tenant, now) = (caller.tenant(), service.now());
    if let Err(error) = service.store.refused(id.as_str(), tenant, code, now).await {
        tracing::warn!(code = error.code().as_str(), "a refusal was not recorded");
    }
}
