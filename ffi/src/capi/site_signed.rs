//! Sites: signed requests, the answers that wallets post, and the session that brings a response code.

use std::ffi::c_char;

use super::{
    block::block_on,
    client::ChittyCancelToken,
    entry::{Slot, enter},
    handle, input,
    numbers::flow_of,
    site::{ChittyPresentationVerdict, ChittySite},
    types::{ChittyBuffer, ChittyBytes, ChittyError, ChittyStatus, ChittyStr, fixed},
};
use crate::facade::{self, ResponseAnswer, SiteRequest};

/// A site's question for one session. Release `text` with `chitty_buffer_free`.
#[repr(C)]
pub struct ChittySiteRequest {
    /// What the wallet gets: JSON or, signed, a compact JWS.
    pub text: ChittyBuffer,
    /// What the session keeps on the server, where its visitor cannot change it, and passes when the answer is
    /// judged: 43 characters and a 0.
    pub nonce: [c_char; 48],
}

impl ChittySiteRequest {
    pub(super) fn of(request: SiteRequest) -> Result<Self, facade::ChittyError> {
        Ok(Self {
            nonce: fixed(&request.nonce),
            text: ChittyBuffer::of(request.text)?,
        })
    }
}

/// What a site thinks of what was posted to it, and what it answers the wallet. Release `answer_json` with
/// `chitty_buffer_free`.
#[repr(C)]
pub struct ChittyResponseAnswer {
    /// 1 when it passed. Only 1 passes. It logs nobody in: whose session asked is not known yet.
    pub valid: u32,
    /// One of `ChittyVerdictState`.
    pub state: i32,
    /// Why it did not pass: a stable name; else empty.
    pub reason: [c_char; 64],
    /// When it passed: the body of the answer to the wallet, `application/json`. Not to be cached or logged.
    pub answer_json: ChittyBuffer,
}

impl ChittyResponseAnswer {
    fn of(answer: ResponseAnswer) -> Result<Self, facade::ChittyError> {
        Ok(Self {
            valid: answer.valid.into(),
            state: answer.state as i32,
            reason: fixed(answer.reason.as_deref().unwrap_or_default()),
            answer_json: match answer.answer_json {
                Some(text) => ChittyBuffer::of(text)?,
                None => ChittyBuffer::EMPTY,
            },
        })
    }
}

/// Writes a signed request with a fresh nonce to `out`: a compact JWS, to be handed to a wallet by a link or as a
/// picture, whose answer is posted to the site's `response_uri`. `flow` is one of `ChittyFlow`. Waits as
/// `chitty_site_request` does. Release `out->text` with `chitty_buffer_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_signed_request(
    site: *const ChittySite,
    policy_json: ChittyStr,
    flow: i32,
    token: *const ChittyCancelToken,
    out: *mut ChittySiteRequest,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (site, token) = (handle::site(site)?, handle::token(token)?);
        let (policy, flow) = (input::text(policy_json)?, flow_of(flow)?);
        let request = block_on(site.signed_request(&policy, flow, token))?;
        out.write(ChittySiteRequest::of(request)?);
        Ok(())
    })
}

/// Takes what a wallet posted to `response_uri` (CBOR), judges it and writes what to answer to `out`. The request
/// is used up by that. Logs nobody in. Waits as `chitty_site_request` does. Release `out->answer_json` with
/// `chitty_buffer_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_receive(
    site: *const ChittySite,
    presentation: ChittyBytes,
    token: *const ChittyCancelToken,
    out: *mut ChittyResponseAnswer,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (site, token) = (handle::site(site)?, handle::token(token)?);
        let shown = input::bytes(presentation)?.unwrap_or_default();
        let answer = block_on(site.receive(&shown, token))?;
        out.write(ChittyResponseAnswer::of(answer)?);
        Ok(())
    })
}

/// Writes what was shown to the session that brings `response_code` and kept `expected_nonce` to `out`: once,
/// within 300 seconds. Waits as `chitty_site_request` does. Release `out` with
/// `chitty_presentation_verdict_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_accept(
    site: *const ChittySite,
    response_code: ChittyStr,
    expected_nonce: ChittyStr,
    token: *const ChittyCancelToken,
    out: *mut ChittyPresentationVerdict,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (site, token) = (handle::site(site)?, handle::token(token)?);
        let (code, nonce) = (input::text(response_code)?, input::text(expected_nonce)?);
        let verdict = block_on(site.accept(code, &nonce, token))?;
        out.write(ChittyPresentationVerdict::of(verdict)?);
        Ok(())
    })
}

/// Writes what was shown in answer to a `CHITTY_FLOW_CROSS_DEVICE` request to `out`, once, and 1 to `arrived`; 0
/// to `arrived` and nothing to `out` as long as there is none. Waits as `chitty_site_request` does. Release `out`
/// with `chitty_presentation_verdict_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_collect(
    site: *const ChittySite,
    nonce: ChittyStr,
    token: *const ChittyCancelToken,
    arrived: *mut u32,
    out: *mut ChittyPresentationVerdict,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let (arrived, out) = (Slot::new(arrived)?, Slot::new(out)?);
        let (site, token) = (handle::site(site)?, handle::token(token)?);
        let nonce = input::text(nonce)?;
        let verdict = block_on(site.collect(&nonce, token))?;
        arrived.write(verdict.is_some().into());
        if let Some(verdict) = verdict {
            out.write(ChittyPresentationVerdict::of(verdict)?);
        }
        Ok(())
    })
}
