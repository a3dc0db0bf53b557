//! How a client is, and letting go of its files.

use super::{
    block::block_on,
    client::{ChittyCancelToken, ChittyClient},
    entry::{Slot, enter},
    handle,
    types::{ChittyError, ChittyStatus, number},
};
use crate::facade::{self, Health, Metrics, ServiceHealth};

/// Counters since the client was made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyMetrics {
    /// Calls of `chitty_client_request_id`.
    pub requests: u64,
    /// Requests answered with a permanent id.
    pub issued_standard: u64,
    /// Requests answered with a fallback id.
    pub issued_fallback: u64,
    /// Requests answered from the store.
    pub repeated: u64,
    /// Requests that failed.
    pub failed: u64,
    /// HTTP requests to main.
    pub sent_main: u64,
    /// HTTP requests to the fallback.
    pub sent_fallback: u64,
    /// HTTP requests that repeated an earlier one.
    pub retries: u64,
    /// Retries not made because the quota was used up.
    pub retries_refused: u64,
    /// HTTP requests not sent because the service refused most of the latest ones.
    pub held_back: u64,
    /// Times a circuit opened.
    pub circuit_opened: u64,
    /// Answers that did not verify.
    pub answers_rejected: u64,
    /// Fallback ids replaced.
    pub reconciled: u64,
    /// Fallback ids whose replacement failed for now.
    pub reconcile_failed: u64,
    /// Fallback ids whose replacement was refused.
    pub wedged: u64,
    /// Open requests answered after their caller went away.
    pub recovered: u64,
    /// Sum of the times from fallback id to permanent id, in milliseconds.
    pub reconcile_ms: u64,
    /// Failures of the listener and the clock that the app handed in.
    pub foreign_failures: u64,
    /// Zero.
    pub reserved: [u64; 7],
}

impl From<Metrics> for ChittyMetrics {
    fn from(counters: Metrics) -> Self {
        Self {
            requests: counters.requests,
            issued_standard: counters.issued_standard,
            issued_fallback: counters.issued_fallback,
            repeated: counters.repeated,
            failed: counters.failed,
            sent_main: counters.sent_main,
            sent_fallback: counters.sent_fallback,
            retries: counters.retries,
            retries_refused: counters.retries_refused,
            held_back: counters.held_back,
            circuit_opened: counters.circuit_opened,
            answers_rejected: counters.answers_rejected,
            reconciled: counters.reconciled,
            reconcile_failed: counters.reconcile_failed,
            wedged: counters.wedged,
            recovered: counters.recovered,
            reconcile_ms: counters.reconcile_ms,
            foreign_failures: counters.foreign_failures,
            reserved: [0; 7],
        }
    }
}

/// How one service looks from here.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyServiceHealth {
    /// 1 when it answered its health check.
    pub reachable: u32,
    /// One of `ChittyCircuitState`; 0 for a service that is not configured.
    pub circuit: i32,
    /// Why it is not reachable: one of `ChittyCode`, else 0.
    pub code: i32,
}

impl ChittyServiceHealth {
    fn of(health: Option<ServiceHealth>) -> Self {
        Self {
            reachable: health.is_some_and(|health| health.reachable).into(),
            circuit: health.map_or(0, |health| health.circuit as i32),
            code: number(health.and_then(|health| health.code)),
        }
    }
}

/// How both services and the store look from here.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyHealth {
    /// The main service.
    pub main: ChittyServiceHealth,
    /// The fallback service.
    pub fallback: ChittyServiceHealth,
    /// Requests whose answer is not on record.
    pub open: u64,
    /// Fallback ids still owed, wedged ones included.
    pub debts: u64,
}

impl From<Health> for ChittyHealth {
    fn from(health: Health) -> Self {
        Self {
            main: ChittyServiceHealth::of(Some(health.main)),
            fallback: ChittyServiceHealth::of(health.fallback),
            open: health.open,
            debts: health.debts,
        }
    }
}

/// Writes the counters to `out`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_metrics(
    client: *const ChittyClient,
    out: *mut ChittyMetrics,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        out.write(handle::client(client)?.metrics()?.into());
        Ok(())
    })
}

/// Asks both services how they are. An unreachable service is an answer. `error` may be NULL. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_health(
    client: *const ChittyClient,
    token: *const ChittyCancelToken,
    out: *mut ChittyHealth,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (client, token) = (handle::client(client)?, handle::token(token)?);
        out.write(block_on(client.health(token))?.into());
        Ok(())
    })
}

/// Finishes writes and lets go of the store's files, for instance before the app is frozen. `error`
/// may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_suspend(
    client: *const ChittyClient,
    deadline_ms: u64,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        block_on(handle::client(client)?.suspend(deadline_ms))
    })
}

/// Opens the store again. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_resume(
    client: *const ChittyClient,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || block_on(handle::client(client)?.resume()))
}

/// Rises when the interface changes in a way that older callers do not survive: compare it with
/// `CHITTY_ABI_VERSION`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_abi_version() -> u32 {
    facade::ABI_VERSION
}

/// The SDK's version as a C string that stays for ever. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_version() -> *const std::ffi::c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// How many objects of the SDK live in this process: clients, tokens, subscriptions, buffers, lists.
/// For leak tests. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_live_handles() -> u64 {
    facade::live_handles()
}

/// Panics inside, so that tests can see what becomes of it: `CHITTY_CODE_INTERNAL`.
#[cfg(feature = "test-hooks")]
#[unsafe(no_mangle)]
pub extern "C" fn chitty_test_panic(error: *mut ChittyError) -> ChittyStatus {
    enter(error, || panic!("asked for by a test"))
}
