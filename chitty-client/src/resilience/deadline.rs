//! How a call's time is shared between main and fallback.
//!
//! Owns [`Budget`] (decision D5): main may spend at most half of the deadline, and the last 30 % are
//! kept for the fallback even when main starts late. Refuses to start an attempt that has no chance
//! of finishing. A clock set back never makes a budget larger than it was.

use std::time::Duration;

/// Attempts are not started with less time than this.
pub const MIN_ATTEMPT: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    WithFallback,
    MainOnly,
}

/// The time that a call may take.
///
/// ```
/// use chitty_client::resilience::Budget;
/// use std::time::Duration;
///
/// let budget = Budget::new(0, Duration::from_secs(10));
/// assert_eq!(budget.main_remaining(2_000), Duration::from_secs(3));
/// assert_eq!(budget.fallback_remaining(5_000), Duration::from_secs(5));
/// let late = budget.main_starts(4_000); // waited for the store
/// assert_eq!(late.main_remaining(4_000), Duration::from_secs(3)); // 30 % are kept
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    start_ms: i64,
    main_start_ms: i64,
    total: Duration,
    share: Share,
}

impl Budget {
    /// A budget of `total` from `start_ms` on, shared by main and fallback.
    pub fn new(start_ms: i64, total: Duration) -> Self {
        Self {
            start_ms,
            main_start_ms: start_ms,
            total,
            share: Share::WithFallback,
        }
    }

    /// The same budget without a fallback: main gets all.
    #[must_use]
    pub fn without_fallback(mut self) -> Self {
        self.share = Share::MainOnly;
        self
    }

    /// The same budget with main's half counted from `now_ms`, after other work was done.
    #[must_use]
    pub fn main_starts(mut self, now_ms: i64) -> Self {
        self.main_start_ms = now_ms.max(self.start_ms);
        self
    }

    /// The time left for the whole call.
    pub fn remaining(&self, now_ms: i64) -> Duration {
        self.total.saturating_sub(since(self.start_ms, now_ms))
    }

    /// The time that main may still take.
    pub fn main_remaining(&self, now_ms: i64) -> Duration {
        let left = self.remaining(now_ms);
        match self.share {
            Share::MainOnly => left,
            Share::WithFallback => {
                let half = (self.total / 2).saturating_sub(since(self.main_start_ms, now_ms));
                half.min(left.saturating_sub(self.kept()))
            }
        }
    }

    /// The time that the fallback may still take: all that is left; none without a fallback.
    pub fn fallback_remaining(&self, now_ms: i64) -> Duration {
        match self.share {
            Share::MainOnly => Duration::ZERO,
            Share::WithFallback => self.remaining(now_ms),
        }
    }

    /// `left` if an attempt of at least [`MIN_ATTEMPT`] fits into it.
    pub fn attempt(left: Duration) -> Option<Duration> {
        (left >= MIN_ATTEMPT).then_some(left)
    }

    /// `left` without `wait`, if an attempt still fits after it.
    pub fn attempt_after(left: Duration, wait: Duration) -> Option<Duration> {
        Self::attempt(left.saturating_sub(wait))
    }

    fn kept(&self) -> Duration {
        // Divided first: a product could overflow.
        (self.total / 10).saturating_mul(3)
    }
}

fn since(start_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(now_ms.saturating_sub(start_ms)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn main_alone_gets_all() {
        let budget = Budget::new(0, Duration::from_secs(10)).without_fallback();
        assert_eq!(budget.main_remaining(1_000), Duration::from_secs(9));
        assert_eq!(budget.fallback_remaining(1_000), Duration::ZERO);
    }

    #[test]
    fn no_attempt_without_the_minimum() {
        assert_eq!(Budget::attempt(Duration::from_millis(49)), None);
        assert!(Budget::attempt(MIN_ATTEMPT).is_some());
        assert_eq!(
            Budget::attempt_after(Duration::from_millis(99), MIN_ATTEMPT),
            None
        );
        assert_eq!(Budget::attempt_after(MIN_ATTEMPT, Duration::MAX), None);
    }

    proptest! {
        #[test]
        fn shares(
            start in any::<i64>(),
            total in 0_u64..1_000_000,
            waited in 0_i64..1_000_000,
            now in any::<i64>(),
        ) {
            let total = Duration::from_millis(total);
            let budget = Budget::new(start, total).main_starts(start.saturating_add(waited));
            let main = budget.main_remaining(now);
            prop_assert!(main <= total / 2);
            prop_assert!(budget.remaining(now) <= total);
            prop_assert_eq!(budget.fallback_remaining(now), budget.remaining(now));
            // Whenever main may still run, the fallback's part is untouched.
            if !main.is_zero() {
                prop_assert!(budget.remaining(now) - main >= total * 3 / 10 - Duration::from_nanos(3));
            }
        }

        #[test]
        fn never_grows_as_time_passes(
            total in any::<u64>(), now in 0_i64..i64::MAX / 2, step in 0_i64..i64::MAX / 2,
        ) {
            let budget = Budget::new(0, Duration::from_millis(total));
            prop_assert!(budget.main_remaining(now + step) <= budget.main_remaining(now));
            prop_assert!(budget.remaining(now + step) <= budget.remaining(now));
        }
    }
}
