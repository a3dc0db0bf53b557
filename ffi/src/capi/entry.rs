//! How every call from C begins and ends.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::types::{ChittyError as Out, ChittyStatus};
use crate::facade::{ChittyError, Code};

/// Runs `work`; a panic becomes `Internal`. Fills `error` if there is one to fill.
pub(super) fn enter(
    error: *mut Out,
    work: impl FnOnce() -> Result<(), ChittyError>,
) -> ChittyStatus {
    let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        // A payload may panic in its own drop; a second one is let go.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(panic))).map_err(std::mem::forget);
        Err(Code::Internal.into())
    });
    // SAFETY: the header demands that `error` is NULL or points to memory for one ChittyError.
    if let Some(slot) = unsafe { error.cast::<std::mem::MaybeUninit<Out>>().as_mut() } {
        slot.write(match &result {
            Ok(()) => Out::none(),
            Err(failure) => Out::of(failure),
        });
    }
    match result {
        Ok(()) => 0,
        Err(failure) => ChittyStatus::from(failure.code()),
    }
}

/// Writes a result to where C wants it.
pub(super) struct Slot<T>(*mut T);

impl<T> Slot<T> {
    /// The place that `out` points to.
    pub(super) fn new(out: *mut T) -> Result<Self, ChittyError> {
        match out.is_null() || !out.is_aligned() {
            true => Err(Code::ArgumentInvalid.into()),
            false => Ok(Self(out)),
        }
    }

    pub(super) fn write(self, value: T) {
        // SAFETY: not NULL and aligned (see `new`); the header demands memory for one T.
        unsafe { self.0.write(value) }
    }
}
