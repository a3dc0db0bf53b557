//! Temporary ids: listed, replaced, resolved, given up.

use std::ffi::c_void;

use super::{
    about::About,
    block::block_on,
    client::{ChittyCancelToken, ChittyClient},
    entry::{Slot, enter},
    handle::{self, Object},
    input,
    later::{ChittyDrainCallback, ChittyIssuedCallback, Token, address, later},
    lists,
    request::{give_issued, limit, tell_issued},
    types::{
        ChittyDrainReport, ChittyError, ChittyIdText, ChittyIssued, ChittyStatus, ChittyStr, fixed,
        number,
    },
};
use crate::facade::{self, Code, Pending};

/// A list of fallback ids. Not an address: a number that is never given out twice.
pub enum ChittyPendingList {}

/// A fallback id that is still owed a permanent one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyPending {
    /// The fallback id.
    pub fallback_id: ChittyIdText,
    /// One of `ChittyPendingState`.
    pub state: i32,
    /// Attempts to replace it so far.
    pub attempts: u32,
    /// When it was asked for, in milliseconds since 1970.
    pub since_ms: i64,
    /// Why the last attempt failed, or why it is wedged: one of `ChittyCode`, else 0.
    pub last_code: i32,
}

impl From<&Pending> for ChittyPending {
    fn from(debt: &Pending) -> Self {
        Self {
            fallback_id: fixed(&debt.fallback_id),
            state: debt.state as i32,
            attempts: debt.attempts,
            since_ms: debt.since_ms,
            last_code: number(debt.last_code),
        }
    }
}

/// The fallback ids that are still owed a permanent one. Release the list with
/// `chitty_pending_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_pending(
    client: *const ChittyClient,
    out: *mut *mut ChittyPendingList,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let debts = block_on(handle::client(client)?.pending_reconciliations())?;
        lists::give(out, Object::Pending, debts)
    })
}

/// How many ids the list holds; 0 for NULL and for what is no list. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_pending_len(list: *const ChittyPendingList) -> usize {
    lists::len(handle::pending(list))
}

/// Writes number `index` of the list to `out`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_pending_get(
    list: *const ChittyPendingList,
    index: usize,
    out: *mut ChittyPending,
    error: *mut ChittyError,
) -> ChittyStatus {
    let found = || handle::pending(list);
    lists::get(found, index, out, error, |debt| debt.into())
}

/// Frees the list. NULL is fine; freeing twice is refused. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_pending_free(list: *mut ChittyPendingList) -> ChittyStatus {
    lists::free(list, |object| matches!(object, Object::Pending(_)))
}

/// Replaces one fallback id now. Waits as `chitty_client_request_id` does, at most `deadline_ms` (0:
/// the client's deadline). Release `out` with `chitty_issued_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_reconcile(
    client: *const ChittyClient,
    fallback_id: ChittyStr,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    out: *mut ChittyIssued,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let on = About::new(client, fallback_id, deadline_ms, token)?;
        give_issued(out, on.client.reconcile(&on.id, on.limit, on.token))
    })
}

/// As `chitty_client_reconcile`, but returns at once; `callback` is called once, on a thread of the
/// SDK. When this function itself fails, the callback is not called. `user` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_reconcile_async(
    client: *const ChittyClient,
    fallback_id: ChittyStr,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    callback: ChittyIssuedCallback,
    user: *mut c_void,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let on = About::new(client, fallback_id, deadline_ms, token)?;
        let future = async move { on.client.reconcile(&on.id, on.limit, on.token).await };
        tell_issued(callback, user, future)
    })
}

/// The id to use in the place of `old`: the permanent one, for ever. Waits as
/// `chitty_client_reconcile` does. Release `out` with `chitty_issued_free`. `error` may be NULL. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_resolve(
    client: *const ChittyClient,
    old: ChittyStr,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    out: *mut ChittyIssued,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let on = About::new(client, old, deadline_ms, token)?;
        give_issued(out, on.client.resolve(&on.id, on.limit, on.token))
    })
}

/// As `chitty_client_resolve`, but returns at once; `callback` is called once, on a thread of the
/// SDK. When this function itself fails, the callback is not called. `user` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_resolve_async(
    client: *const ChittyClient,
    old: ChittyStr,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    callback: ChittyIssuedCallback,
    user: *mut c_void,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let on = About::new(client, old, deadline_ms, token)?;
        let future = async move { on.client.resolve(&on.id, on.limit, on.token).await };
        tell_issued(callback, user, future)
    })
}

/// Answers open requests and replaces fallback ids until nothing is due or `deadline_ms` (0: the
/// client's deadline) passes. Trouble with a service is in the report. `out` may be NULL, `error` too.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_drain(
    client: *const ChittyClient,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    out: *mut ChittyDrainReport,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let (client, token) = (handle::client(client)?, handle::token(token)?);
        let report = block_on(drained(&client, deadline_ms, token))?;
        if !out.is_null() {
            Slot::new(out)?.write(report.into());
        }
        Ok(())
    })
}

/// As `chitty_client_drain`, but returns at once; `callback` is called once, on a thread of the SDK.
/// When this function itself fails, the callback is not called. `user` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_drain_async(
    client: *const ChittyClient,
    deadline_ms: u64,
    token: *const ChittyCancelToken,
    callback: ChittyDrainCallback,
    user: *mut c_void,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let callback = callback.ok_or(Code::ArgumentInvalid)?;
        let (client, token) = (handle::client(client)?, handle::token(token)?);
        let user = Token::new(user);
        let future = async move { drained(&client, deadline_ms, token).await };
        later(future, move |status, error, report| {
            let report = report.map(ChittyDrainReport::from);
            callback(user.get(), status, error, address(report.as_ref()));
        })
    })
}

async fn drained(
    client: &facade::Client,
    deadline_ms: u64,
    token: Option<facade::CancelToken>,
) -> Result<facade::DrainReport, facade::ChittyError> {
    match limit(deadline_ms) {
        Some(limit) => client.drain(limit, token).await,
        None => client.trigger_reconciliation(token).await,
    }
}

/// Gives refused debts another chance; writes how many to `out`, which may be NULL. `error` may be
/// NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_retry_wedged(
    client: *const ChittyClient,
    out: *mut u64,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let retried = block_on(handle::client(client)?.retry_wedged())?;
        if !out.is_null() {
            Slot::new(out)?.write(retried);
        }
        Ok(())
    })
}

/// Gives one debt up for good, with the reason on record. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_abandon(
    client: *const ChittyClient,
    fallback_id: ChittyStr,
    why: ChittyStr,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let client = handle::client(client)?;
        let (id, why) = (input::id(fallback_id)?, input::text(why)?);
        block_on(client.abandon(&id, why))
    })
}
