//! Counters of what the client did, cheap to keep and free of ids.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counters since the client was built.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct Metrics { $($(#[$doc])* pub $name: u64,)* }

        #[derive(Debug, Default)]
        pub(crate) struct Counters { $(pub(crate) $name: AtomicU64,)* }

        impl Counters {
            pub(crate) fn snapshot(&self) -> Metrics {
                Metrics { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Calls of `request_id`.
    requests,
    /// Requests answered with a permanent id.
    issued_standard,
    /// Requests answered with a fallback id.
    issued_fallback,
    /// Requests answered from the store.
    repeated,
    /// Requests that failed.
    failed,
    /// HTTP requests to main.
    sent_main,
    /// HTTP requests to the fallback.
    sent_fallback,
    /// HTTP requests that repeated an earlier one.
    retries,
    /// Retries not made because the quota was used up.
    retries_refused,
    /// Times a circuit opened.
    circuit_opened,
    /// Answers that did not verify.
    answers_rejected,
    /// Fallback ids replaced.
    reconciled,
    /// Fallback ids whose replacement failed for now.
    reconcile_failed,
    /// Fallback ids whose replacement was refused.
    wedged,
    /// Open requests answered after their caller went away.
    recovered,
    /// Sum of the times from fallback id to permanent id, in milliseconds.
    reconcile_ms,
}

impl Counters {
    pub(crate) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
