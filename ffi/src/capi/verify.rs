//! Asking about ids.

use std::ffi::c_void;

use super::{
    about::About,
    block::block_on,
    client::{ChittyCancelToken, ChittyClient},
    entry::{Slot, enter},
    handle::{self, Object},
    input,
    later::{ChittyVerificationCallback, Token, address, later},
    lists,
    types::{ChittyError, ChittyStatus, ChittyStr, ChittyVerification, number},
};
use crate::facade::{Code, LifecycleEvent};

/// What an offline check says.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyVerdict {
    /// 1 when the check passed. Only 1 passes.
    pub valid: u32,
    /// One of `ChittyVerdictState`.
    pub state: i32,
    /// Why it did not pass: one of `ChittyCode`, else 0.
    pub code: i32,
}

/// A list of what happened to an id. Not an address: a number that is never given out twice.
pub enum ChittyHistory {}

/// One step in the life of an id. The texts stay until the list is freed; they are not terminated.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyLifecycleEvent {
    /// `issued`, `reconciled`, `superseded` or `refused`.
    pub event: ChittyStr,
    /// RFC 3339 time.
    pub at: ChittyStr,
    /// The tenant or service that caused it.
    pub by: ChittyStr,
    /// Why: a code or a short reason.
    pub why: ChittyStr,
    /// The other id of a replacement, or none.
    pub other: ChittyStr,
}

impl ChittyLifecycleEvent {
    fn of(step: &LifecycleEvent) -> Self {
        Self {
            event: ChittyStr::of(&step.event),
            at: ChittyStr::of(&step.at),
            by: ChittyStr::of(&step.by),
            why: ChittyStr::of(&step.why),
            other: ChittyStr::of_option(step.other.as_deref()),
        }
    }
}

/// Asks main whether an id is real and current. Waits as `chitty_client_request_id` does, at most
/// `deadline_ms` (0: the client's deadline). `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_verify(
    client: *const ChittyClient,
    id: ChittyStr,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    out: *mut ChittyVerification,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let on = About::new(client, id, deadline_ms, token)?;
        let answer = block_on(on.client.verify(&on.id, on.limit, on.token))?;
        out.write(ChittyVerification::of(&answer));
        Ok(())
    })
}

/// As `chitty_client_verify`, but returns at once; `callback` is called once, on a thread of the SDK.
/// When this function itself fails, the callback is not called. `user` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_verify_async(
    client: *const ChittyClient,
    id: ChittyStr,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    callback: ChittyVerificationCallback,
    user: *mut c_void,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let callback = callback.ok_or(Code::ArgumentInvalid)?;
        let on = About::new(client, id, deadline_ms, token)?;
        let user = Token::new(user);
        let future = async move { on.client.verify(&on.id, on.limit, on.token).await };
        later(future, move |status, error, answer| {
            let answer = answer.as_ref().map(ChittyVerification::of);
            callback(user.get(), status, error, address(answer.as_ref()));
        })
    })
}

/// Checks that `receipt` proves `id`, with the trusted key set: offline, unless a fetched set is too
/// old or lacks the key. Out of main's reach one that is too old gives an indeterminate verdict
/// (`CHITTY_CODE_KEY_SET_STALE`). What the check says is the verdict; the status is about the call.
/// `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_verify_receipt(
    client: *const ChittyClient,
    id: ChittyStr,
    receipt: ChittyStr,
    out: *mut ChittyVerdict,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let client = handle::client(client)?;
        let (id, receipt) = (input::id(id)?, input::text(receipt)?);
        let verdict = block_on(client.verify_receipt(&id, receipt))?;
        out.write(ChittyVerdict {
            valid: verdict.valid.into(),
            state: verdict.state as i32,
            code: number(verdict.code),
        });
        Ok(())
    })
}

/// Fetches main's key set now; writes 1 to `newer`, which may be NULL, if it is a newer one. `token`
/// and `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_refresh(
    client: *const ChittyClient,
    token: *const ChittyCancelToken,
    newer: *mut u32,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let (client, token) = (handle::client(client)?, handle::token(token)?);
        let changed = block_on(client.refresh(token))?;
        if !newer.is_null() {
            Slot::new(newer)?.write(changed.into());
        }
        Ok(())
    })
}

/// What happened to an id at main, oldest first, for the owning tenant. Waits as
/// `chitty_client_verify` does. Release the list with `chitty_history_free`. `error` may be NULL. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_history(
    client: *const ChittyClient,
    id: ChittyStr,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    out: *mut *mut ChittyHistory,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let on = About::new(client, id, deadline_ms, token)?;
        let steps = block_on(on.client.history(&on.id, on.limit, on.token))?;
        lists::give(out, Object::History, steps)
    })
}

/// How many steps the list holds; 0 for NULL and for what is no list. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_history_len(history: *const ChittyHistory) -> usize {
    lists::len(handle::history(history))
}

/// Writes step number `index` to `out`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_history_get(
    history: *const ChittyHistory,
    index: usize,
    out: *mut ChittyLifecycleEvent,
    error: *mut ChittyError,
) -> ChittyStatus {
    let found = || handle::history(history);
    lists::get(found, index, out, error, ChittyLifecycleEvent::of)
}

/// Frees the list and its texts. NULL is fine; freeing twice is refused. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_history_free(history: *mut ChittyHistory) -> ChittyStatus {
    lists::free(history, |object| matches!(object, Object::History(_)))
}
