//! `POST /api/chittyid/fallback`: an id of domain E inside the grant, with a receipt that carries
//! the grant, so that whoever pins only main's keys can check it offline (decision D4).
//!
//! Refuses other profiles, and everything outside the grant. The caller sends idk and never K.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{FromRequest, State},
};
use chitty_client::{
    error::Code,
    id::{Class, Profile},
    issuance::{
        receipt::{RECEIPT_TYPE, ReceiptClaims},
        tenant_digest,
    },
    wire::{
        FALLBACK_REQUEST,
        id::{GenerateRequest, GenerateResponse},
    },
};
use http::{HeaderMap, Request};
use spooky_core::encoding::base64url;

use super::{FallbackService, HeldGrant};
use crate::{
    error::Refusal,
    extract::{IntentBody, idempotency_key, salt},
    id::{
        mint::{PER_CYCLE, SecureFallback},
        random_name,
    },
    keys::{Keys, Purpose},
    store::{Mint, Minted, NewFallback, Slot},
};

pub(super) async fn issue(
    State(service): State<Arc<FallbackService>>,
    headers: HeaderMap,
    request: Request<Body>,
) -> Result<Json<GenerateResponse>, Refusal> {
    let caller = service.gate.caller(&headers).await?;
    caller.need("generate")?;
    if headers.get(FALLBACK_REQUEST).map(|value| value.as_bytes()) != Some(b"true") {
        return Err(Refusal::new(Code::BodyInvalid)
            .detail("the header X-Fallback-Request: true is missing; ask main first"));
    }
    let idk = base64url(&idempotency_key(&headers)?);
    let IntentBody { body, refuses } =
        IntentBody::<GenerateRequest>::from_request(request, &()).await?;
    let intent = &body.intent;
    intent.validate()?;
    if intent.parsed_profile()? != Profile::SecureFallback {
        return Err(Code::ProfileUnsupported.into());
    }
    caller.need_namespace(&intent.namespace)?;
    let salt = salt(&body.request_salt)?;
    let now = service.now();
    let source = SecureFallback::fallback(&service.prefix, intent, now);
    let grant = usable_for(&service, &intent.namespace, now);
    // A repeat is answered from the store, whatever became of the grant.
    let slots: Vec<Slot> = match &grant {
        Ok(grant) => grant
            .claims
            .cyc
            .iter()
            .map(|c| source.slot_in_cycle(c))
            .collect(),
        Err(_) => Vec::new(),
    };
    let shared = source.slot_in_cycles(slots.len());
    let scribe = Scribe {
        source,
        refuses,
        keys: service.keys.current(),
        grant: grant.as_ref().ok().cloned(),
        name: &service.name,
        rqd: base64url(&intent.request_digest(&salt)?),
        idk: &idk,
        tnd: tenant_digest(&salt, caller.tenant()),
        iat: now.div_euclid(1000),
    };
    let held = grant.as_ref().ok().map(|grant| &grant.claims);
    let order = NewFallback {
        tenant: caller.tenant(),
        idk: &idk,
        fingerprint: intent.fingerprint()?,
        slots: &slots,
        shared: &shared,
        grant_jti: held.map_or("", |claims| claims.jti.as_str()),
        max: held.map_or(0, |claims| claims.max),
        quota: caller.quota(),
        now,
    };
    let answer = match (service.store.issue(&order, &scribe).await, &grant) {
        (Err(refusal), Err(why)) if refusal.code() == Code::GrantExhausted => {
            return Err((*why).into());
        }
        (answer, _) => answer?,
    };
    if !answer.repeated {
        service.metrics.issued_fallback();
    }
    tracing::debug!(repeated = answer.repeated, "a fallback intent was answered");
    Ok(Json(GenerateResponse {
        identifier: answer.identifier,
        receipt: Some(answer.receipt),
    }))
}

fn usable_for(
    service: &FallbackService,
    namespace: &str,
    now: i64,
) -> Result<Arc<HeldGrant>, Code> {
    let grant = service.usable(now)?;
    match grant.claims.ns.iter().any(|ns| ns == namespace) {
        true => Ok(grant),
        false => Err(Code::NamespaceForbidden),
    }
}

/// Writes fallback ids and receipts.
struct Scribe<'a> {
    source: SecureFallback,
    /// Why no new id may be made, if so.
    refuses: Option<Code>,
    keys: Arc<Keys>,
    grant: Option<Arc<HeldGrant>>,
    name: &'a str,
    rqd: String,
    idk: &'a str,
    tnd: String,
    iat: i64,
}

impl Mint for Scribe<'_> {
    fn mint(&self, counter: u64) -> Result<Minted, Code> {
        self.refuses.map_or(Ok(()), Err)?;
        let grant = self.grant.as_ref().ok_or(Code::GrantNotHeld)?;
        let cycle = usize::try_from(counter / PER_CYCLE)
            .ok()
            .and_then(|index| grant.claims.cyc.get(index)?.chars().next())
            .ok_or(Code::GrantExhausted)?;
        let id = self.source.mint_in_cycle(cycle, counter % PER_CYCLE)?;
        Ok(Minted {
            identifier: id.to_string(),
            receipt: self.receipt_for(id.as_str())?,
        })
    }

    fn receipt_for(&self, identifier: &str) -> Result<String, Code> {
        let grant = self.grant.as_ref().ok_or(Code::GrantNotHeld)?;
        let key = self.keys.active(Purpose::Holder, self.iat)?;
        let claims = ReceiptClaims {
            iss: self.name.to_owned(),
            sub: identifier.to_owned(),
            jti: random_name()?,
            iat: self.iat,
            cls: Class::Fallback.as_str().to_owned(),
            rqd: self.rqd.clone(),
            idk: self.idk.to_owned(),
            exp: Some(self.iat + grant.claims.rttl),
            grant: Some(grant.text.clone()),
            tnd: Some(self.tnd.clone()),
            sup: None,
            spd: None,
        };
        key.key
            .sign_jws(&key.kid, RECEIPT_TYPE, &claims)
            .map_err(|_| Code::Internal)
    }
}
