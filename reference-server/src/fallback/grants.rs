//! Main's side of fallbacks: nonces, grants, issue logs (decision D4).
//!
//! A fallback is known by its key's thumbprint, which an operator enrolled. Nonces are authenticated
//! instead of stored, so that a stranger who asks for many fills nothing; each is burnt before
//! anything else of a signed request counts. A suspended fallback gets no grant and may still upload.

use std::sync::Arc;

use axum::{Json, extract::State};
use chitty_client::{
    error::Code,
    id::Class,
    issuance::{
        grant::{Confirmation, GRANT_TYPE, GrantClaims},
        keyset::KeySet,
        receipt::{CLOCK_SKEW, CheckedReceipt, Expected, RECEIPT_TYPE, ReceiptClaims},
    },
    wire::fallback::{
        GrantResponse, LogEntry, LogResponse, MAX_LOG_ENTRIES, NonceResponse, REQUEST_TYPE,
        RequestClaims, SignedRequest,
    },
};
use spooky_core::{
    encoding::{base64url, canonical_json, from_base64url, labelled_sha256},
    entropy::{Entropy, OsEntropy},
    jose::{UnverifiedJws, VerifyingKey},
};

use crate::{
    error::Refusal,
    extract::JsonBody,
    id::{MainService, Scribe, mint::year_month, random_name},
    keys::{Keys, Purpose},
    store::{DebtProof, Enrolled, GrantOrder, Mint, Quota, SignGrant, Slot},
};

const NONCE_LIFE: i64 = 300;
/// How long a grant lasts, in seconds.
const GRANT_LIFE: i64 = 72 * 3600;
/// How long relying parties accept a fallback receipt, in seconds.
const RECEIPT_LIFE: i64 = 30 * 86_400;

pub(crate) async fn nonce(
    State(service): State<Arc<MainService>>,
) -> Result<Json<NonceResponse>, Refusal> {
    let expires = service.now().div_euclid(1000) + NONCE_LIFE;
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&expires.to_be_bytes());
    OsEntropy
        .fill(&mut bytes[8..])
        .map_err(|_| Code::EntropyFailed)?;
    let mac = service.nonces.derive("chitty/nonce/v1", &bytes);
    let nonce = base64url(&[bytes.as_slice(), mac.expose_secret()].concat());
    Ok(Json(NonceResponse { nonce }))
}

pub(crate) async fn grant(
    State(service): State<Arc<MainService>>,
    JsonBody(request): JsonBody<SignedRequest>,
) -> Result<Json<GrantResponse>, Refusal> {
    let (fallback, holder) = authentic(&service, &request, "grant").await?;
    if fallback.suspended {
        return Err(Code::FallbackSuspended.into());
    }
    let now = service.now();
    let seconds = now.div_euclid(1000);
    let mut months = vec![year_month(now)];
    let last = year_month(now + GRANT_LIFE * 1000);
    if !months.contains(&last) {
        months.push(last);
    }
    let jti = random_name()?;
    let enrolment = &fallback.enrolment;
    let signer = Signer {
        keys: service.keys.current(),
        now: seconds,
        claims: GrantClaims {
            iss: service.issuer.clone(),
            sub: enrolment.name.clone(),
            jti: jti.clone(),
            nbf: seconds,
            exp: seconds + GRANT_LIFE,
            cnf: Confirmation {
                jwk: holder.to_jwk(),
            },
            ns: enrolment.namespaces.clone(),
            ym: months.clone(),
            cyc: Vec::new(),
            max: enrolment.max,
            rttl: RECEIPT_LIFE,
        },
    };
    let order = GrantOrder {
        fallback: &enrolment.name,
        thumbprint: &enrolment.thumbprint,
        months: &months,
        cycles: enrolment.cycles,
        jti: &jti,
        now,
    };
    let grant = service.store.grant(&order, &signer).await?;
    tracing::info!(fallback = enrolment.name, "a grant was issued");
    Ok(Json(GrantResponse { grant }))
}

struct Signer {
    keys: Arc<Keys>,
    claims: GrantClaims,
    now: i64,
}

impl SignGrant for Signer {
    fn sign(&self, cycles: &[String]) -> Result<String, Code> {
        let key = self.keys.active(Purpose::Grant, self.now)?;
        let mut claims = self.claims.clone();
        claims.cyc = cycles.to_vec();
        // A fallback whose clock is a little behind can use it at once.
        claims.nbf = claims.nbf.saturating_sub(CLOCK_SKEW).max(key.nbf);
        key.key
            .sign_jws(&key.kid, GRANT_TYPE, &claims)
            .map_err(|_| Code::Internal)
    }
}

pub(crate) async fn issue_log(
    State(service): State<Arc<MainService>>,
    JsonBody(request): JsonBody<SignedRequest>,
) -> Result<Json<LogResponse>, Refusal> {
    if request.entries.len() > MAX_LOG_ENTRIES {
        return Err(
            Refusal::new(Code::BatchTooLarge).detail(format!("at most {MAX_LOG_ENTRIES} entries"))
        );
    }
    let (fallback, holder) = authentic(&service, &request, "issue-log").await?;
    let keys = service.key_set();
    let checked: Vec<_> = request
        .entries
        .iter()
        .filter_map(|entry| {
            let receipt = check_logged(&entry.receipt, &keys)?;
            (receipt.grant()?.holder() == &holder).then_some((entry, receipt))
        })
        .collect();
    if checked.len() < request.entries.len() {
        tracing::warn!(
            fallback = fallback.enrolment.name,
            refused = request.entries.len() - checked.len(),
            "issue-log entries did not verify"
        );
    }
    let now = service.now();
    // An upload makes no new id, so there is no slot to count in and nothing to charge.
    let no_slot = Slot {
        name: String::new(),
        capacity: 0,
        family: String::new(),
    };
    let scribes: Vec<Scribe> = checked
        .iter()
        .map(|(_, receipt)| Scribe::restating(&service, receipt, now))
        .collect();
    let proofs: Vec<(DebtProof<'_>, &dyn Mint)> = checked
        .iter()
        .zip(&scribes)
        .map(|((entry, receipt), scribe)| {
            let proof = DebtProof {
                tenant: &entry.tenant,
                receipt,
                proven: None,
                slot: &no_slot,
                quota: Quota { daily: None },
                now,
            };
            (proof, scribe as &dyn Mint)
        })
        .collect();
    let logged = service.store.log(&proofs).await?;
    service.metrics.answered_for(&logged.settled, now);
    Ok(Json(LogResponse {
        accepted: logged.known,
    }))
}

/// A receipt of an issue log, when it is a fallback receipt that counts.
pub(crate) fn check_logged(receipt: &str, keys: &KeySet) -> Option<CheckedReceipt> {
    let hint: ReceiptClaims = UnverifiedJws::parse(receipt, RECEIPT_TYPE)
        .and_then(|jws| jws.dangerous_unverified_claims())
        .ok()?;
    let expected = Expected {
        class: Some(Class::Fallback),
        ..Expected::default()
    };
    CheckedReceipt::check(receipt, &hint.sub.parse().ok()?, keys, expected).ok()
}

/// Who signed this request, after everything about it was checked.
async fn authentic(
    service: &MainService,
    request: &SignedRequest,
    purpose: &str,
) -> Result<(Enrolled, VerifyingKey), Refusal> {
    let refused = |why: &str| Refusal::new(Code::FallbackRequestInvalid).detail(why);
    let key = VerifyingKey::from_jwk(&request.jwk).map_err(|_| Code::FallbackNotEnrolled)?;
    let thumbprint = key.thumbprint();
    let fallback = service
        .store
        .enrolled(&thumbprint)
        .await?
        .ok_or(Code::FallbackNotEnrolled)?;
    let jws = UnverifiedJws::parse(&request.request, REQUEST_TYPE)
        .map_err(|_| refused("it is not a request of the agreed type"))?;
    let hint: RequestClaims = jws
        .dangerous_unverified_claims()
        .map_err(|_| refused("its claims are incomplete"))?;
    burn(service, &hint.nonce).await?;
    let claims: RequestClaims = jws
        .verify(&key)
        .map_err(|_| refused("the signature does not fit the key"))?;
    let now = service.now().div_euclid(1000);
    if claims.iss != fallback.enrolment.name {
        return Err(Code::FallbackNotEnrolled.into());
    }
    if claims.aud != service.issuer || claims.purpose != purpose {
        return Err(refused("it is meant for another service or purpose"));
    }
    if claims.iat.abs_diff(now) > CLOCK_SKEW.unsigned_abs() {
        return Err(refused("the fallback's clock differs too much"));
    }
    if purpose == "issue-log" && claims.digest != Some(log_digest(&request.entries)?) {
        return Err(refused("the entries are not those that were signed"));
    }
    Ok((fallback, key))
}

async fn burn(service: &MainService, nonce: &str) -> Result<(), Refusal> {
    let bytes = from_base64url(nonce).map_err(|_| Code::NonceInvalid)?;
    let (body, mac) = bytes.split_at_checked(24).ok_or(Code::NonceInvalid)?;
    if !service.nonces.derive("chitty/nonce/v1", body).matches(mac) {
        return Err(Code::NonceInvalid.into());
    }
    let expires = body.first_chunk().copied().map_or(0, i64::from_be_bytes);
    let now = service.now().div_euclid(1000);
    // One from a time ahead was made by a clock that is now set back: too long a life.
    let alive = (now..=now + 2 * NONCE_LIFE).contains(&expires);
    if !alive || !service.store.burn_nonce(nonce, expires, now).await? {
        return Err(Code::NonceInvalid.into());
    }
    Ok(())
}

/// What a fallback signs of its entries.
pub(crate) fn log_digest(entries: &[LogEntry]) -> Result<String, Code> {
    let value = serde_json::to_value(entries).map_err(|_| Code::Internal)?;
    let canonical = canonical_json(&value).map_err(|_| Code::BodyInvalid)?;
    Ok(base64url(&labelled_sha256(
        "chitty/issue-log/v1",
        &[&canonical],
    )))
}
