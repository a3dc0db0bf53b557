//! Answering sites. The host comes from what authenticated the site, never from a field of the
//! request (`decisions.md` D11).

use std::sync::Arc;

use spooky_core::{
    credential::{
        Consent, Presentation, PresentationRequest, SiteKeys, UnverifiedRequest, VerifiedRequest,
    },
    jose::StatementKeys,
    pseudonym::{AuthenticatedRp, Host},
};
use url::Url;

use super::{Inner, errors};
use crate::{
    broker::off_thread,
    error::{Code, Error, Stage},
    resilience::BreakerPolicy,
    service::{Call, Peer},
    shared::remaining,
    transport::{MAX_ANSWER, Method},
};

/// Where a site publishes the keys that sign its requests.
const SITE_KEYS: &str = "/.well-known/jwks.json";

pub(super) async fn present(
    inner: &Inner,
    rp: &AuthenticatedRp,
    request: &PresentationRequest,
    consent: &Consent,
) -> Result<Presentation, Error> {
    let opened = inner.vault.registered().await?;
    opened.refuse_revoked_key(&request.policy.schema())?;
    let held = opened.held(request.policy.schema()).await?;
    let (rp, request, consent) = (rp.clone(), request.clone(), consent.clone());
    let (entropy, now) = (Arc::clone(&inner.broker.line.entropy), inner.broker.now());
    off_thread(move || held.present(&rp, &request, &consent, now, entropy.as_ref()))
        .await?
        .map_err(errors::present)
}

pub(super) async fn open(inner: &Inner, signed: &str) -> Result<VerifiedRequest, Error> {
    let refused = || Error::new(Code::SignedRequestRefused).named("request_malformed");
    let unverified = UnverifiedRequest::parse(signed).map_err(|_| refused())?;
    let origin = unverified.dangerous_unverified_origin();
    let origin = origin.map_err(|_| refused())?;
    Host::of_https_origin(&origin).map_err(|_| Code::SiteInvalid)?;
    let site = site(origin.clone());
    let (start, limit) = (inner.broker.line.clock.now_ms(), inner.broker.deadline);
    let call = Call::get(SITE_KEYS);
    let line = &inner.broker.line;
    let answer = line.call(&site, &call, |now| remaining(start, limit, now));
    let answer = answer.await.map_err(|failure| failure.error)?;
    let invalid = |_| Error::new(Code::KeySetInvalid).at(Stage::Answered);
    let keys = StatementKeys::from_json(&answer.body).map_err(invalid)?;
    let keys = SiteKeys::fetched_from(&origin, keys).map_err(invalid)?;
    errors::request(unverified.verify(&keys, inner.broker.now()))
}

pub(super) async fn post(
    inner: &Inner,
    url: &str,
    request: &PresentationRequest,
    consent: &Consent,
) -> Result<Vec<u8>, Error> {
    let invalid = || Error::new(Code::SiteInvalid);
    let url = Url::parse(url).map_err(|_| invalid())?;
    let bare = url.username().is_empty() && url.password().is_none();
    let origin = url.origin().ascii_serialization();
    let rp = AuthenticatedRp::posting_to(&origin).map_err(|_| invalid())?;
    if !bare {
        return Err(invalid());
    }
    let presentation = present(inner, &rp, request, consent).await?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let call = Call {
        method: Method::Post,
        path,
        headers: vec![("content-type", "application/cbor".to_owned())],
        body: presentation.to_cbor(),
        max_answer: MAX_ANSWER,
    };
    let line = &inner.broker.line;
    let site = site(origin);
    let sent = line.exchange(&site, &call, inner.broker.deadline).await;
    Ok(sent.map_err(|failure| failure.error)?.body)
}

fn site(origin: String) -> Peer {
    Peer::new("site", origin, None, BreakerPolicy::default())
}
