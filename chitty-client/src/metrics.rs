//! Counters of what the client did, cheap to keep and free of ids.
//!
//! With the feature `metrics` the same goes to the recorder of the app, under these names:
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `chitty.client.issue.requests` | counter | `chitty.route` (`main`, `fallback`, `store`, `none`), `chitty.outcome` (`ok` or a code) |
//! | `chitty.client.reconcile.attempts` | counter | `chitty.outcome` (`ok`, `failed`, `wedged`) |
//! | `chitty.client.reconcile.duration` | histogram, seconds from fallback id to permanent id | |
//! | `chitty.client.reconcile.pending`, `.wedged` | gauge, rows of the store after a drain | |
//! | `chitty.client.retry.quota` | gauge, tokens left | |
//! | `chitty.client.circuit.state` | gauge, 0 closed, 1 half-open, 2 open | `chitty.route` |

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
    /// HTTP requests to anybody else: brokers, sites.
    sent_elsewhere,
    /// HTTP requests that repeated an earlier one.
    retries,
    /// Retries not made because the quota was used up.
    retries_refused,
    /// HTTP requests not sent because the service refused most of the latest ones.
    held_back,
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

/// How a call of `request_id` ended.
pub(crate) fn issue(route: &'static str, outcome: &'static str) {
    #[cfg(feature = "metrics")]
    ::metrics::counter!("chitty.client.issue.requests", "chitty.route" => route, "chitty.outcome" => outcome)
        .increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = (route, outcome);
}

/// How an attempt to replace a fallback id ended.
pub(crate) fn reconcile(outcome: &'static str) {
    #[cfg(feature = "metrics")]
    ::metrics::counter!("chitty.client.reconcile.attempts", "chitty.outcome" => outcome)
        .increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = outcome;
}

/// How long a fallback id waited for its permanent one, in milliseconds.
pub(crate) fn waited(ms: u64) {
    #[cfg(feature = "metrics")]
    ::metrics::histogram!("chitty.client.reconcile.duration")
        .record(std::time::Duration::from_millis(ms).as_secs_f64());
    #[cfg(not(feature = "metrics"))]
    let _ = ms;
}

/// What the store owes.
pub(crate) fn owed(pending: u64, wedged: u64) {
    #[cfg(feature = "metrics")]
    {
        gauge("chitty.client.reconcile.pending", pending);
        gauge("chitty.client.reconcile.wedged", wedged);
    }
    #[cfg(not(feature = "metrics"))]
    let _ = (pending, wedged);
}

/// Tokens left for retries.
pub(crate) fn quota(tokens: u32) {
    #[cfg(feature = "metrics")]
    gauge("chitty.client.retry.quota", u64::from(tokens));
    #[cfg(not(feature = "metrics"))]
    let _ = tokens;
}

/// Where the circuit of a route stands.
pub(crate) fn circuit(route: &'static str, state: crate::resilience::BreakerState) {
    #[cfg(feature = "metrics")]
    {
        use crate::resilience::BreakerState;
        let level = match state {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 1.0,
            BreakerState::Open { .. } => 2.0,
        };
        ::metrics::gauge!("chitty.client.circuit.state", "chitty.route" => route).set(level);
    }
    #[cfg(not(feature = "metrics"))]
    let _ = (route, state);
}

#[cfg(feature = "metrics")]
fn gauge(name: &'static str, value: u64) {
    // Exact up to 2^53, more rows than a store can hold.
    #[allow(clippy::cast_precision_loss)]
    ::metrics::gauge!(name).set(value as f64);
}
