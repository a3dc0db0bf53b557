//! Calls that answer through a callback, on a thread of the SDK where blocking is fine.

use std::{
    ffi::c_void,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::types::{
    ChittyDrainReport, ChittyError, ChittyIssued, ChittyStatus, ChittyVerification,
};
use crate::facade::{self, process};

/// Called once with the outcome. `error` and `issued` are valid during the call only; `issued` is NULL
/// unless `status` is 0, and the SDK releases it.
pub type ChittyIssuedCallback = Option<
    extern "C" fn(
        user: *mut c_void,
        status: ChittyStatus,
        error: *const ChittyError,
        issued: *const ChittyIssued,
    ),
>;

/// Called once with the outcome. Both pointers are valid during the call only; `verification` is NULL
/// unless `status` is 0.
pub type ChittyVerificationCallback = Option<
    extern "C" fn(
        user: *mut c_void,
        status: ChittyStatus,
        error: *const ChittyError,
        verification: *const ChittyVerification,
    ),
>;

/// Called once with the outcome. Both pointers are valid during the call only; `report` is NULL
/// unless `status` is 0.
pub type ChittyDrainCallback = Option<
    extern "C" fn(
        user: *mut c_void,
        status: ChittyStatus,
        error: *const ChittyError,
        report: *const ChittyDrainReport,
    ),
>;

/// The caller's pointer for its callback.
pub(super) struct Token(*mut c_void);

// SAFETY: the header demands that user data may be used from any thread; the SDK never reads it.
unsafe impl Send for Token {}

impl Token {
    pub(super) fn new(user: *mut c_void) -> Self {
        Self(user)
    }

    pub(super) fn get(&self) -> *mut c_void {
        self.0
    }
}

/// Where a value lies, or NULL when there is none.
pub(super) fn address<T>(value: Option<&T>) -> *const T {
    value.map_or(std::ptr::null(), std::ptr::from_ref)
}

/// Runs `future` and hands its outcome to `tell`, once.
pub(super) fn later<T: Send + 'static>(
    future: impl Future<Output = Result<T, facade::ChittyError>> + Send + 'static,
    tell: impl FnOnce(ChittyStatus, &ChittyError, Option<T>) + Send + 'static,
) -> Result<(), facade::ChittyError> {
    let runtime = process::runtime()?;
    runtime.spawn(async move {
        // A task of its own, so that a panic becomes an answer as well.
        let outcome = tokio::spawn(future).await;
        let outcome = outcome.unwrap_or_else(|_| Err(facade::Code::Internal.into()));
        let told = tokio::task::spawn_blocking(move || {
            let (status, error, value) = match outcome {
                Ok(value) => (0, ChittyError::none(), Some(value)),
                Err(error) => (error.code().into(), ChittyError::of(&error), None),
            };
            let _ = catch_unwind(AssertUnwindSafe(|| tell(status, &error, value)));
        });
        let _ = told.await;
    });
    Ok(())
}
