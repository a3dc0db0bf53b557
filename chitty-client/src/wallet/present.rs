//! Answering sites. The host comes from what authenticated the site, never from a field of the
//! request (`decisions.md` D11). What answers a signed request is posted to the site and given to nobody
//! else, the app included (D30).

use std::sync::Arc;

use spooky_core::{
    credential::{
        Arrival, Consent, Flow, Presentation, PresentationRequest, RequestReason, SiteKeys,
        UnverifiedRequest, VerifiedRequest,
    },
    encoding::bytes_32,
    jose::StatementKeys,
    pseudonym::{AuthenticatedRp, Host, RpEvidence},
};
use url::Url;

use super::{Inner, SiteAnswer, errors};
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
    if rp.evidence() == RpEvidence::SignedRequest {
        // Whoever brought the request would bring the answer to the site as their own.
        let reason = RequestReason::ResponseUri;
        return Err(Error::new(Code::SignedRequestRefused).named(reason.code()));
    }
    make(inner, rp, request, consent).await
}

async fn make(
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

pub(super) async fn open(
    inner: &Inner,
    signed: &str,
    arrival: Arrival,
) -> Result<VerifiedRequest, Error> {
    let refused =
        |reason: RequestReason| Error::new(Code::SignedRequestRefused).named(reason.code());
    let unverified = UnverifiedRequest::parse(signed).map_err(refused)?;
    let origin = unverified.dangerous_unverified_origin();
    let origin = origin.map_err(|_| refused(RequestReason::Malformed))?;
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
    errors::request(unverified.verify(&keys, arrival, inner.broker.now()))
}

/// Answers a signed request: to its `response_uri` and nowhere else.
pub(super) async fn answer(
    inner: &Inner,
    asked: &VerifiedRequest,
    consent: &Consent,
) -> Result<SiteAnswer, Error> {
    let uri = asked.response_uri();
    let (url, posted_to) = target(uri.as_str())?;
    // Two parsers read the address; they must mean the same host.
    if posted_to.host() != asked.rp().host() {
        return Err(Code::SiteInvalid.into());
    }
    let presentation = make(inner, &asked.rp(), asked.request(), consent).await?;
    let body = send(inner, &url, &presentation).await?;
    if asked.flow() == Flow::CrossDevice {
        return Ok(SiteAnswer {
            response_code: None,
            return_uri: None,
            body,
        });
    }
    let read = serde_json::from_slice::<serde_json::Value>(&body).ok();
    let code = read
        .as_ref()
        .and_then(|json| json["response_code"].as_str());
    let code = code.filter(|code| bytes_32(code).is_ok());
    let code = code.ok_or_else(|| Error::new(Code::ResponseCodeMissing).at(Stage::Answered))?;
    Ok(SiteAnswer {
        response_code: Some(code.to_owned()),
        return_uri: Some(uri.with_code(code)),
        body,
    })
}

pub(super) async fn post(
    inner: &Inner,
    url: &str,
    request: &PresentationRequest,
    consent: &Consent,
) -> Result<Vec<u8>, Error> {
    let (url, rp) = target(url)?;
    let presentation = make(inner, &rp, request, consent).await?;
    send(inner, &url, &presentation).await
}

/// An https address without a user, and whose it is.
fn target(url: &str) -> Result<(Url, AuthenticatedRp), Error> {
    let invalid = || Error::new(Code::SiteInvalid);
    let url = Url::parse(url).map_err(|_| invalid())?;
    let bare = url.username().is_empty() && url.password().is_none();
    let origin = url.origin().ascii_serialization();
    let rp = AuthenticatedRp::posting_to(&origin).map_err(|_| invalid())?;
    if !bare {
        return Err(invalid());
    }
    Ok((url, rp))
}

/// Posts once, without following redirects.
async fn send(inner: &Inner, url: &Url, presentation: &Presentation) -> Result<Vec<u8>, Error> {
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
    let site = site(url.origin().ascii_serialization());
    let sent = line.exchange(&site, &call, inner.broker.deadline).await;
    Ok(sent.map_err(|failure| failure.error)?.body)
}

fn site(origin: String) -> Peer {
    Peer::new("site", origin, None, BreakerPolicy::default())
}
