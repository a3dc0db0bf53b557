//! Leaves a failing service alone for a while: a circuit breaker, one per route.
//!
//! Owns [`Breaker`] (decision D5: only availability failures are reported to it). Closed lets calls
//! pass, open refuses them for a jittered time, half-open lets exactly one probe through; a probe
//! that never reports back frees itself. Refuses to classify failures, and a clock that jumps back
//! never keeps it open for longer than it was told.

use std::collections::VecDeque;
use std::time::Duration;

/// The numbers of a [`Breaker`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    failures: usize,
    window: Duration,
    open: Duration,
    max_open: Duration,
    probe: Duration,
}

/// Opens after 5 failures within 30 s for 5 s, up to 60 s; a probe has 15 s.
impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            failures: 5,
            window: Duration::from_secs(30),
            open: Duration::from_secs(5),
            max_open: Duration::from_secs(60),
            probe: Duration::from_secs(15),
        }
    }
}

impl BreakerPolicy {
    /// The same policy, opening after this many failures inside `window` without a success between.
    #[must_use]
    pub fn failures(mut self, failures: usize, window: Duration) -> Self {
        self.failures = failures.max(1);
        self.window = window;
        self
    }

    /// The same policy, staying open for `first` and after failed probes for up to `longest`, each
    /// jittered by half of itself.
    #[must_use]
    pub fn open(mut self, first: Duration, longest: Duration) -> Self {
        self.open = first;
        self.max_open = longest.max(first);
        self
    }

    /// The same policy with this time after which a probe that never reported back is forgotten. It
    /// should exceed the longest call.
    #[must_use]
    pub fn probe(mut self, time: Duration) -> Self {
        self.probe = time;
        self
    }
}

/// Where a breaker stands, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// Calls are refused.
    Open {
        /// Until this time, in milliseconds since 1970.
        until_ms: i64,
    },
    /// The open time is over and a probe is awaited or under way.
    HalfOpen,
}

/// What a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// Go on.
    Pass,
    /// Go on as the only probe, and report success or failure.
    Probe,
    /// Do not call.
    Refused {
        /// When to ask again.
        retry_after: Duration,
    },
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Closed,
    Open { until_ms: i64, length: Duration },
    Probing { until_ms: i64 },
}

/// A circuit breaker.
///
/// ```
/// use chitty_client::resilience::{Admission, Breaker};
///
/// let mut breaker = Breaker::default();
/// for _ in 0..5 {
///     assert_eq!(breaker.admit(0), Admission::Pass);
///     breaker.failed(0, 0.5);
/// }
/// assert!(matches!(breaker.admit(4_999), Admission::Refused { .. }));
/// assert_eq!(breaker.admit(5_000), Admission::Probe);
/// breaker.succeeded(5_100);
/// assert_eq!(breaker.admit(5_100), Admission::Pass);
/// ```
#[derive(Debug)]
pub struct Breaker {
    policy: BreakerPolicy,
    phase: Phase,
    /// Times of the latest failures, at most as many as open the breaker.
    recent: VecDeque<i64>,
    /// Opening again without a success between doubles the time.
    nominal: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::new(BreakerPolicy::default())
    }
}

impl Breaker {
    /// A closed breaker.
    pub fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            phase: Phase::Closed,
            recent: VecDeque::new(),
            nominal: policy.open,
        }
    }

    /// Asks to make a call at `now_ms`.
    pub fn admit(&mut self, now_ms: i64) -> Admission {
        let (until_ms, longest) = match self.phase {
            Phase::Closed => return Admission::Pass,
            Phase::Open { until_ms, length } => (until_ms, length),
            Phase::Probing { until_ms } => (until_ms, self.policy.probe),
        };
        let left = between(now_ms, until_ms);
        if left.is_zero() {
            self.phase = Phase::Probing {
                until_ms: later(now_ms, self.policy.probe),
            };
            return Admission::Probe;
        }
        if left > longest {
            // The clock went back: count the whole time from now, not from a future past.
            let until_ms = later(now_ms, longest);
            match &mut self.phase {
                Phase::Open { until_ms: at, .. } | Phase::Probing { until_ms: at } => {
                    *at = until_ms;
                }
                Phase::Closed => {}
            }
        }
        Admission::Refused {
            retry_after: left.min(longest),
        }
    }

    /// Reports that a call was answered at `now_ms`, whatever the answer said.
    pub fn succeeded(&mut self, _now_ms: i64) {
        // An answer to a call from before the opening says nothing about now.
        if !matches!(self.phase, Phase::Open { .. }) {
            self.phase = Phase::Closed;
            self.recent.clear();
            self.nominal = self.policy.open;
        }
    }

    /// Reports an availability failure at `now_ms`, with `unit` drawn uniformly from [0, 1) for the
    /// jitter of a half of the open time in either direction.
    pub fn failed(&mut self, now_ms: i64, unit: f64) {
        match self.phase {
            // Calls from before the opening come back late.
            Phase::Open { .. } => {}
            Phase::Probing { .. } => {
                self.nominal = self.nominal.saturating_mul(2).min(self.policy.max_open);
                self.open(now_ms, unit);
            }
            Phase::Closed => {
                let window = self.policy.window;
                self.recent
                    .retain(|at| *at <= now_ms && between(*at, now_ms) < window);
                self.recent.push_back(now_ms);
                if self.recent.len() >= self.policy.failures {
                    self.open(now_ms, unit);
                }
            }
        }
    }

    /// Where the breaker stands at `now_ms`.
    pub fn state(&self, now_ms: i64) -> BreakerState {
        match self.phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Open { until_ms, .. } if now_ms < until_ms => BreakerState::Open { until_ms },
            Phase::Open { .. } | Phase::Probing { .. } => BreakerState::HalfOpen,
        }
    }

    fn open(&mut self, now_ms: i64, unit: f64) {
        let unit = if unit.is_nan() {
            0.5
        } else {
            unit.clamp(0.0, 1.0)
        };
        let length = Duration::try_from_secs_f64(self.nominal.as_secs_f64() * (0.5 + unit))
            .unwrap_or(self.nominal);
        self.recent.clear();
        self.phase = Phase::Open {
            until_ms: later(now_ms, length),
            length,
        };
    }
}

/// The time from `from_ms` to `to_ms`; none when it is not later.
fn between(from_ms: i64, to_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(to_ms.saturating_sub(from_ms)).unwrap_or(0))
}

fn later(now_ms: i64, wait: Duration) -> i64 {
    now_ms.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
