//! Asking for ids.

use std::ffi::c_void;

use super::{
    block::block_on,
    client::{ChittyCancelToken, ChittyClient},
    entry::{Slot, enter},
    handle,
    input::{self, Grows},
    later::{ChittyIssuedCallback, Token, address, later},
    types::{ChittyBytes, ChittyError, ChittyIssued, ChittyStatus, ChittyStr, Shown},
};
use crate::facade::{self, Code, IdRequest};

/// What to ask for. Set all to zero (`= {0}`), then `struct_size` and what is needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyRequest {
    /// `sizeof(ChittyRequest)`.
    pub struct_size: usize,
    /// Three letters A-Z.
    pub id_namespace: ChittyStr,
    /// One letter A-Z.
    pub entity_type: ChittyStr,
    /// Names the thing, 1 to 256 bytes of any kind: repeating the request yields the same id. Or none.
    pub handle: ChittyBytes,
    /// The app's own data: the text of one JSON object. Or none.
    pub metadata_json: ChittyStr,
    /// The id of the thing that this one belongs to. Or none.
    pub parent: ChittyStr,
    /// `secure-fallback` or `canonical`. None: the first.
    pub profile: ChittyStr,
    /// Not 0: refuses a temporary id; the call fails instead.
    pub require_standard: u64,
    /// Another deadline than the client's; 0 means the client's.
    pub deadline_ms: u64,
}

// SAFETY: `repr(C)`, `struct_size` first; zero is NULL or 0 in every member.
unsafe impl Grows for ChittyRequest {}

fn wanted(request: *const ChittyRequest) -> Result<IdRequest, facade::ChittyError> {
    let given = input::record(request)?;
    Ok(IdRequest {
        namespace: input::text(given.id_namespace)?,
        entity_type: input::text(given.entity_type)?,
        handle: input::bytes(given.handle)?,
        metadata_json: input::optional_text(given.metadata_json)?,
        parent: input::optional_id(given.parent)?,
        profile: input::optional_text(given.profile)?,
        require_standard: given.require_standard != 0,
        deadline_ms: limit(given.deadline_ms),
    })
}

/// 0 is the client's own deadline.
pub(super) fn limit(deadline_ms: u64) -> Option<u64> {
    Some(deadline_ms).filter(|limit| *limit != 0)
}

/// Requests an id and waits for it. An outage of main yields a temporary id, which is replaced later;
/// when no service can answer there is no id.
///
/// Waits at most for the deadline, or until `token` (NULL: none) is cancelled, or the client is
/// closed; whoever stops waiting loses nothing. Release `out` with `chitty_issued_free`. `error` may
/// be NULL. Any thread, also from within a callback, but that of the clock.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_request_id(
    client: *const ChittyClient,
    request: *const ChittyRequest,
    token: *const ChittyCancelToken,
    out: *mut ChittyIssued,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (client, token) = (handle::client(client)?, handle::token(token)?);
        give_issued(out, client.request_id(wanted(request)?, token))
    })
}

/// As `chitty_client_request_id`, but returns at once; `callback` is called once, on a thread of the
/// SDK. When this function itself fails, the callback is not called. `user` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_request_id_async(
    client: *const ChittyClient,
    request: *const ChittyRequest,
    token: *const ChittyCancelToken,
    callback: ChittyIssuedCallback,
    user: *mut c_void,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let (client, token) = (handle::client(client)?, handle::token(token)?);
        let wanted = wanted(request)?;
        tell_issued(callback, user, async move {
            client.request_id(wanted, token).await
        })
    })
}

/// Waits for an id and writes it to `out`.
pub(super) fn give_issued(
    out: Slot<ChittyIssued>,
    future: impl Future<Output = Result<facade::Issued, facade::ChittyError>>,
) -> Result<(), facade::ChittyError> {
    out.write(ChittyIssued::of(block_on(future)?)?);
    Ok(())
}

/// Tells `callback` of an id when `future` has one.
pub(super) fn tell_issued(
    callback: ChittyIssuedCallback,
    user: *mut c_void,
    future: impl Future<Output = Result<facade::Issued, facade::ChittyError>> + Send + 'static,
) -> Result<(), facade::ChittyError> {
    let callback = callback.ok_or(Code::ArgumentInvalid)?;
    let user = Token::new(user);
    // What C can hold is made within the call, so that a failure there is told as well.
    let shown = async move { ChittyIssued::of(future.await?).map(Shown) };
    later(shown, move |status, error, shown| {
        let issued = shown.as_ref().map(|shown| &shown.0);
        callback(user.get(), status, error, address(issued));
    })
}
