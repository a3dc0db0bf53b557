//! What a wallet shows to a site.

use super::{
    block::block_on,
    client::ChittyCancelToken,
    entry::{Slot, enter},
    handle,
    input::{self, Grows},
    types::{ChittyBuffer, ChittyError, ChittyStatus, ChittyStr},
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

/// Answers a request that its site signed, whoever brought it: the site's keys are fetched and decide.
/// Otherwise as `chitty_wallet_present`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_wallet_present_signed(
    wallet: *const ChittyWallet,
    signed_request: ChittyStr,
    agreed: *const ChittyConsent,
    token: *const ChittyCancelToken,
    out: *mut ChittyBuffer,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (wallet, token) = (handle::wallet(wallet)?, handle::token(token)?);
        let request = input::text(signed_request)?;
        let shown = block_on(wallet.present_signed(request, consent(agreed)?, token))?;
        out.write(ChittyBuffer::of_bytes(shown)?);
        Ok(())
    })
}
