//! How many retries a process may have under way, so that an outage is not made worse.
//!
//! Owns [`RetryQuota`], a token bucket filled by successes and not by time (decision D9: 500 tokens,
//! 14 for a retry, 5 when throttled). First attempts are never held back. Refuses to hold more than
//! its capacity; what was spent can be given back once.

use super::RetryCause;

const CAPACITY: u32 = 500;
const TRANSIENT_COST: u32 = 14;
const THROTTLED_COST: u32 = 5;
const FIRST_TRY_GAIN: u32 = 1;

/// Tokens that a retry took. Hand it to [`RetryQuota::succeeded`] if that retry succeeds; dropping
/// it keeps the tokens spent.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Spent(u32);

/// The bucket of tokens that retries are paid from.
///
/// ```
/// use chitty_client::resilience::{RetryCause, RetryQuota};
///
/// let mut quota = RetryQuota::default();
/// let spent = quota.spend(RetryCause::Transient).expect("a full bucket");
/// assert_eq!(quota.available(), 486);
/// quota.succeeded(Some(spent));
/// assert_eq!(quota.available(), 500);
/// ```
#[derive(Debug)]
pub struct RetryQuota {
    available: u32,
    capacity: u32,
}

impl Default for RetryQuota {
    fn default() -> Self {
        Self::of(CAPACITY)
    }
}

impl RetryQuota {
    fn of(capacity: u32) -> Self {
        Self {
            available: capacity,
            capacity,
        }
    }

    /// A bucket that never runs dry: nothing is held back.
    #[cfg(feature = "test-util")]
    pub(crate) fn unlimited() -> Self {
        Self::of(u32::MAX)
    }

    /// Pays for one retry; `None` when the tokens do not suffice and the retry must not be made.
    pub fn spend(&mut self, cause: RetryCause) -> Option<Spent> {
        let cost = match cause {
            RetryCause::Transient => TRANSIENT_COST,
            RetryCause::Throttled => THROTTLED_COST,
        };
        self.available = self.available.checked_sub(cost)?;
        Some(Spent(cost))
    }

    /// Records a success: the cost of the retry that succeeded comes back, and a success on first
    /// try (`None`) gives one token.
    pub fn succeeded(&mut self, last: Option<Spent>) {
        let gain = last.map_or(FIRST_TRY_GAIN, |spent| spent.0);
        self.available = self.available.saturating_add(gain).min(self.capacity);
    }

    /// The tokens left, for metrics.
    pub fn available(&self) -> u32 {
        self.available
    }

    /// The tokens of a full bucket.
    pub fn capacity(&self) -> u32 {
        self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_outage_stops_after_thirty_five_retries() {
        let mut quota = RetryQuota::default();
        let mut made = 0;
        while quota.spend(RetryCause::Transient).is_some() {
            made += 1;
        }
        assert_eq!((made, quota.available()), (35, 10));
        assert!(quota.spend(RetryCause::Throttled).is_some());
        assert!(quota.spend(RetryCause::Throttled).is_some());
        assert!(quota.spend(RetryCause::Throttled).is_none());
        for _ in 0..14 {
            quota.succeeded(None);
        }
        assert!(quota.spend(RetryCause::Transient).is_some());
    }

    proptest! {
        #[test]
        fn never_above_capacity_and_never_free(events in prop::collection::vec(0_u8..4, 0..400)) {
            let mut quota = RetryQuota::default();
            let mut held = Vec::new();
            for event in events {
                let before = quota.available();
                match event {
                    0 => held.extend(quota.spend(RetryCause::Transient)),
                    1 => held.extend(quota.spend(RetryCause::Throttled)),
                    2 => quota.succeeded(held.pop()),
                    _ => quota.succeeded(None),
                }
                prop_assert!(quota.available() <= quota.capacity());
                prop_assert!(event > 1 || quota.available() <= before);
            }
        }
    }
}
