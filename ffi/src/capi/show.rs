//! What a wallet shows to a site.

use std::ffi::c_char;

use super::{
    block::block_on,
    client::ChittyCancelToken,
    entry::{Slot, enter},
    handle,
    input::{self, Grows},
    numbers::arrival_of,
    types::{ChittyBuffer, ChittyError, ChittyStatus, ChittyStr, fixed, release},
    wallet::ChittyWallet,
};
use crate::facade;

/// What the person agreed to show. Nothing is shown that is not in it. Set all to zero (`= {0}`), then
/// `struct_size` and what they agreed to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyConsent {
    /// `sizeof(ChittyConsent)`.
    pub struct_size: usize,
    /// The names of the attributes.
    pub attributes: *const ChittyStr,
    /// How many.
    pub attributes_len: usize,
    /// Not 0: the site may recognise the person again.
    pub tag: u64,
}

// SAFETY: `repr(C)`, `struct_size` first; zero is NULL or 0 in every member.
unsafe impl Grows for ChittyConsent {}

fn consent(given: *const ChittyConsent) -> Result<facade::Consent, facade::ChittyError> {
    let given = input::record(given)?;
    let names = input::array(given.attributes, given.attributes_len)?;
    Ok(facade::Consent {
        attributes: names
            .into_iter()
            .map(input::text)
            .collect::<Result<_, _>>()?,
        tag: given.tag != 0,
    })
}

/// Answers a site's request and writes the presentation (CBOR) to `out`. `origin` is the https origin of
/// the site as the platform verified it, never what the request or a page says. Works without a network
/// while what is cached is fresh. Waits as `chitty_wallet_register` does. Release `out` with
/// `chitty_buffer_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_present(
    wallet: *const ChittyWallet,
    origin: ChittyStr,
    request_json: ChittyStr,
    agreed: *const ChittyConsent,
    token: *const ChittyCancelToken,
    out: *mut ChittyBuffer,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        let (origin, request) = (input::text(origin)?, input::text(request_json)?);
        let shown = block_on(wallet.present(&origin, &request, consent(agreed)?, token))?;
        out.write(ChittyBuffer::of_bytes(shown)?);
        Ok(())
    })
}

/// Answers a request that its site signed, whoever brought it: the site's keys are fetched and decide, and the
/// presentation is posted to the address in the request and handed to nobody else. Writes what the site said to
/// `out`; send the browser that asked to `out->return_uri`. `arrival` is one of `ChittyArrival`. Waits as
/// `chitty_wallet_register` does. Release `out->return_uri` and `out->body` with `chitty_buffer_free`. `error` may
/// be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_present_signed(
    wallet: *const ChittyWallet,
    signed_request: ChittyStr,
    arrival: i32,
    agreed: *const ChittyConsent,
    token: *const ChittyCancelToken,
    out: *mut ChittySiteAnswer,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        let (request, arrival) = (input::text(signed_request)?, arrival_of(arrival)?);
        let consent = consent(agreed)?;
        let answer = block_on(wallet.present_signed(request, arrival, consent, token))?;
        out.write(ChittySiteAnswer::of(answer)?);
        Ok(())
    })
}

/// A signed request that was checked, for the person to look at. Release `policy_json` with
/// `chitty_buffer_free`.
#[repr(C)]
pub struct ChittySignedRequestInfo {
    /// How the session that asks gets to know of the answer: one of `ChittyFlow`.
    pub flow: i32,
    /// The site that signed it, and that the answer goes to.
    pub host: [c_char; 256],
    /// What the person has to be told before they agree; empty for `CHITTY_FLOW_SAME_DEVICE`.
    pub warning: [c_char; 512],
    /// What the site wants to know.
    pub policy_json: ChittyBuffer,
}

/// What a site said to the answer that the wallet posted to it. Release `return_uri` and `body` with
/// `chitty_buffer_free`.
#[repr(C)]
pub struct ChittySiteAnswer {
    /// The one-time response code, for `CHITTY_FLOW_SAME_DEVICE`, else empty: it belongs to the browser that asked,
    /// on this device.
    pub response_code: [c_char; 48],
    /// Where the app sends that browser: the site's own address with the response code; else empty.
    pub return_uri: ChittyBuffer,
    /// The whole body.
    pub body: ChittyBuffer,
}

impl ChittySiteAnswer {
    fn of(answer: facade::SiteAnswer) -> Result<Self, facade::ChittyError> {
        let mut return_uri = match answer.return_uri {
            Some(uri) => ChittyBuffer::of(uri)?,
            None => ChittyBuffer::EMPTY,
        };
        let body = ChittyBuffer::of_bytes(answer.body).inspect_err(|_| {
            let _ = release(&raw mut return_uri);
        })?;
        Ok(Self {
            response_code: fixed(answer.response_code.as_deref().unwrap_or_default()),
            return_uri,
            body,
        })
    }
}

/// Opens a request that its site signed, for the person to look at, and writes it to `out`: the site's keys are
/// fetched and decide. `arrival` is one of `ChittyArrival`. Waits as `chitty_wallet_register` does. Release
/// `out->policy_json` with `chitty_buffer_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_open_request(
    wallet: *const ChittyWallet,
    signed_request: ChittyStr,
    arrival: i32,
    token: *const ChittyCancelToken,
    out: *mut ChittySignedRequestInfo,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        let (request, arrival) = (input::text(signed_request)?, arrival_of(arrival)?);
        let asked = block_on(wallet.open_request(request, arrival, token))?;
        out.write(ChittySignedRequestInfo {
            flow: asked.flow as i32,
            host: fixed(&asked.host),
            warning: fixed(asked.warning.as_deref().unwrap_or_default()),
            policy_json: ChittyBuffer::of(asked.policy_json)?,
        });
        Ok(())
    })
}
