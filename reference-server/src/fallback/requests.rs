//! Main's side of fallbacks: nonces, and who signed a request (decisions D4, D27).
//!
//! Nonces are authenticated instead of stored, so that a stranger who asks for many fills nothing. Each
//! serves one epoch of main's database, and the fallback and purpose that it was asked for; it is burnt
//! before anything else of a signed request counts.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
};
use chitty_client::{
    error::Code,
    issuance::receipt::CLOCK_SKEW,
    wire::fallback::{
        EpochClaims, LogEntry, NonceResponse, REQUEST_TYPE, RequestClaims, SignedRequest,
    },
};
use spooky_core::{
    encoding::{base64url, bytes_32, canonical_json, labelled_sha256},
    entropy::{Entropy, OsEntropy},
    jose::{UnverifiedJws, VerifyingKey},
    secret::constant_time_eq,
};
use url::form_urlencoded;

use super::witness::{joined, look_at_acknowledgement};
use crate::{error::Refusal, id::MainService, store::Enrolled};

const NONCE_LIFE: i64 = 300;

/// Who wants a nonce for what; empty where a fallback does not say it.
#[derive(Default)]
struct For {
    fallback: String,
    purpose: String,
}

impl For {
    /// What a query says. Members that are not known say nothing.
    fn read(query: &str) -> Self {
        let mut wanted = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "fallback" => wanted.fallback = value.into_owned(),
                "purpose" => wanted.purpose = value.into_owned(),
                _ => {}
            }
        }
        wanted
    }
}

pub(crate) async fn nonce(
    State(service): State<Arc<MainService>>,
    RawQuery(query): RawQuery,
) -> Result<Json<NonceResponse>, Refusal> {
    let wanted = For::read(query.as_deref().unwrap_or_default());
    let expires = service.now().div_euclid(1000) + NONCE_LIFE;
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&expires.to_be_bytes());
    OsEntropy
        .fill(&mut bytes[8..16])
        .map_err(|_| Code::EntropyFailed)?;
    let mac = nonce_mac(&service, &wanted, &bytes[..16]);
    bytes[16..].copy_from_slice(&mac);
    Ok(Json(NonceResponse {
        nonce: base64url(&bytes),
        epoch: Some(service.store.known_epoch().to_string()),
    }))
}

/// Authenticates the first half of a nonce, for one epoch, purpose and fallback.
fn nonce_mac(service: &MainService, wanted: &For, half: &[u8]) -> [u8; 16] {
    let message = joined(&[
        service.store.known_epoch().to_string().as_bytes(),
        wanted.purpose.as_bytes(),
        wanted.fallback.as_bytes(),
        half,
    ]);
    let mac = service.nonces.derive("chitty/nonce/v2", &message);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&mac.expose_secret()[..16]);
    bytes
}

/// A request after everything about it was checked.
pub(super) struct Authentic {
    pub(super) fallback: Enrolled,
    pub(super) holder: VerifyingKey,
    pub(super) epochs: EpochClaims,
}

/// Who signed this request, after everything about it was checked.
pub(super) async fn authentic(
    service: &MainService,
    request: &SignedRequest,
    purpose: &str,
) -> Result<Authentic, Refusal> {
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
    burn(service, &hint).await?;
    let claims: RequestClaims = jws
        .verify(&key)
        .map_err(|_| refused("the signature does not fit the key"))?;
    // The same bytes, which were verified.
    let epochs: EpochClaims = jws
        .dangerous_unverified_claims()
        .map_err(|_| refused("its claims about epochs are not of the agreed form"))?;
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
    let own = service.store.known_epoch().to_string();
    if epochs.epoch.as_ref().is_some_and(|epoch| *epoch != own) {
        return Err(Code::EpochOld.into());
    }
    look_at_acknowledgement(service, &thumbprint, &epochs).await?;
    Ok(Authentic {
        fallback,
        holder: key,
        epochs,
    })
}

/// Burns the nonce of a request: one that this main gave out in this epoch, for this purpose and
/// fallback, or for whoever did not say.
async fn burn(service: &MainService, claims: &RequestClaims) -> Result<(), Refusal> {
    let bytes = bytes_32(&claims.nonce).map_err(|_| Code::NonceInvalid)?;
    let (half, mac) = bytes.split_at(16);
    let named = For {
        fallback: claims.iss.clone(),
        purpose: claims.purpose.clone(),
    };
    let good = [named, For::default()]
        .iter()
        .any(|wanted| constant_time_eq(&nonce_mac(service, wanted, half), mac));
    let expires = half.first_chunk().copied().map_or(0, i64::from_be_bytes);
    let now = service.now().div_euclid(1000);
    let alive = (now..=now + NONCE_LIFE + CLOCK_SKEW).contains(&expires);
    if !good
        || !alive
        || !service
            .store
            .burn_nonce(&claims.nonce, expires, now)
            .await?
    {
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
