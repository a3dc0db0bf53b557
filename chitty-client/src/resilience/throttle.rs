//! Sends less to a service that keeps refusing: the client-side throttling of Google's SRE book
//! (chapter 21).
//!
//! Owns [`Throttle`], counts over a sliding window of two minutes. While a service accepts at least
//! one request in two, everything is sent; below that, a request is refused here with probability
//! `(requests - 2 * accepted) / (requests + 1)`. The first few requests of a window always pass, so
//! that a client that asks seldom is never held back by chance. What is under way counts when it is
//! answered: a burst must not be held back because its answers take their time.
//!
//! Beyond the book, a service that accepts everything for ten seconds, five requests at least, is
//! well, and what was refused before is forgotten: by the formula alone a caller that asks many times
//! a second would be held back for five minutes more. Refuses to classify answers.

use std::time::Duration;

/// A service may refuse half of what is sent before anything is held back.
const ALLOWANCE: u32 = 2;
/// Requests of a window that always pass.
const FLOOR: u32 = 10;
/// So many requests and so much time without a refusal by the service show that it is well.
const WELL: u32 = 5;
const WELL_MS: u64 = 10_000;
const SLOTS: usize = 12;
const SLOT_MS: i64 = 10_000;

#[derive(Debug, Default, Clone, Copy)]
struct Slot {
    /// Which stretch of ten seconds since 1970 this is.
    number: i64,
    requests: u32,
    accepted: u32,
}

/// What a service did with the requests of the last two minutes.
///
/// ```
/// use chitty_client::resilience::Throttle;
///
/// let mut throttle = Throttle::default();
/// // Nothing is accepted: the first requests pass, later ones rarely do.
/// let mut sent = 0;
/// for _ in 0..100 {
///     if throttle.admit(0, 0.5) {
///         sent += 1;
///         throttle.answered(0, false);
///     }
/// }
/// assert!(sent < 40);
/// ```
#[derive(Debug, Default)]
pub struct Throttle {
    slots: [Slot; SLOTS],
    /// When the service last refused, and what it accepted since then.
    refused_ms: i64,
    accepted_since: u32,
}

impl Throttle {
    /// The time that the counts cover.
    pub const WINDOW: Duration = Duration::from_secs(120);

    /// Whether to send a request at `now_ms`; one that is not sent counts as refused. `unit` is
    /// random in [0, 1).
    pub fn admit(&mut self, now_ms: i64, unit: f64) -> bool {
        let refused = unit < self.refusal(now_ms);
        if refused {
            self.count(now_ms, false);
        }
        !refused
    }

    /// Records what became of a request that was sent: whether the service took it on, whatever it
    /// answered.
    pub fn answered(&mut self, now_ms: i64, accepted: bool) {
        self.count(now_ms, accepted);
        if !accepted {
            (self.refused_ms, self.accepted_since) = (now_ms, 0);
            return;
        }
        self.accepted_since = self.accepted_since.saturating_add(1);
        // A clock that is set back has left that time, too.
        if self.accepted_since >= WELL && now_ms.abs_diff(self.refused_ms) >= WELL_MS {
            for slot in &mut self.slots {
                slot.requests = slot.accepted;
            }
        }
    }

    fn count(&mut self, now_ms: i64, accepted: bool) {
        let slot = self.slot(now_ms);
        slot.requests = slot.requests.saturating_add(1);
        slot.accepted = slot.accepted.saturating_add(u32::from(accepted));
    }

    /// The probability with which the next request is refused.
    pub fn refusal(&self, now_ms: i64) -> f64 {
        let newest = now_ms.div_euclid(SLOT_MS);
        let (mut requests, mut accepted) = (0_u32, 0_u32);
        // A slot of a time to come was written by a clock that was ahead: it does not count.
        for slot in self
            .slots
            .iter()
            .filter(|slot| (0..SLOTS as i64).contains(&newest.saturating_sub(slot.number)))
        {
            requests = requests.saturating_add(slot.requests);
            accepted = accepted.saturating_add(slot.accepted);
        }
        let free = accepted.saturating_mul(ALLOWANCE).saturating_add(FLOOR);
        f64::from(requests.saturating_sub(free)) / (f64::from(requests) + 1.0)
    }

    fn slot(&mut self, now_ms: i64) -> &mut Slot {
        let number = now_ms.div_euclid(SLOT_MS);
        let place = usize::try_from(number.rem_euclid(SLOTS as i64)).unwrap_or(0);
        let slot = &mut self.slots[place];
        if slot.number != number {
            *slot = Slot {
                number,
                ..Slot::default()
            };
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sends `count` requests of which every `one_in`-th is accepted; how many were sent.
    fn run(throttle: &mut Throttle, now_ms: i64, count: u32, one_in: u32) -> u32 {
        let mut sent = 0;
        for index in 0..count {
            // A sequence that covers [0, 1) evenly, from one second to the next.
            let place = now_ms as f64 / 1_000.0 * f64::from(count) + f64::from(index);
            let unit = (place * 0.618_033_988_75).fract();
            if throttle.admit(now_ms, unit) {
                sent += 1;
                throttle.answered(now_ms, sent % one_in == 0);
            }
        }
        sent
    }

    #[test]
    fn what_is_accepted_half_of_the_time_is_not_held_back() {
        assert_eq!(run(&mut Throttle::default(), 0, 1_000, 1), 1_000);
        assert_eq!(run(&mut Throttle::default(), 0, 1_000, 2), 1_000);
    }

    #[test]
    fn a_service_that_refuses_everything_is_hardly_asked() {
        let sent = run(&mut Throttle::default(), 0, 1_000, u32::MAX);
        assert!((10..100).contains(&sent), "{sent}");
    }

    /// Seconds that a caller is held back who asks `rate` times a second, after `before` seconds in
    /// which everything was refused.
    fn recovery(rate: u32, before: i64) -> i64 {
        let mut throttle = Throttle::default();
        for second in 0..before {
            run(&mut throttle, second * 1_000, rate, u32::MAX);
        }
        let held_back = |second: &i64| {
            let now_ms = (before + second) * 1_000;
            run(&mut throttle, now_ms, rate, 1) < rate || throttle.refusal(now_ms) > 0.0
        };
        (0..600).take_while(held_back).count() as i64
    }

    #[test]
    fn a_caller_that_asks_often_is_let_through_soon_after_the_service_is_well() {
        for (rate, before) in [(1, 600), (20, 60), (20, 600), (1_000, 600)] {
            let seconds = recovery(rate, before);
            assert!((1..75).contains(&seconds), "{rate}/s: {seconds} s");
        }
    }

    #[test]
    fn a_service_with_a_limit_is_sent_little_more_than_twice_of_it() {
        const LIMIT: u32 = 30;
        let mut throttle = Throttle::default();
        let mut sent = 0;
        for second in 0..240 {
            let mut taken = 0;
            for place in 0..100_u32 {
                let unit = (f64::from(second * 100 + place) * 0.618_033_988_75).fract();
                let now_ms = i64::from(second * 1_000 + place * 10);
                if throttle.admit(now_ms, unit) {
                    throttle.answered(now_ms, taken < LIMIT);
                    (sent, taken) = (sent + 1, taken + 1);
                }
            }
        }
        // 24 000 without holding back.
        let target = 240 * LIMIT * ALLOWANCE;
        assert!(sent < target * 11 / 10, "{sent} of {target}");
    }

    #[test]
    fn a_burst_waits_for_its_answers_and_is_not_held_back() {
        let mut throttle = Throttle::default();
        assert!((0..1_000).all(|_| throttle.admit(0, 0.0)));
    }

    #[test]
    fn it_is_forgotten_after_the_window() {
        let mut throttle = Throttle::default();
        run(&mut throttle, 0, 1_000, u32::MAX);
        assert!(throttle.refusal(60_000) > 0.9);
        let later = i64::try_from(Throttle::WINDOW.as_millis()).expect("small");
        assert!(throttle.refusal(later) < f64::EPSILON);
        assert!(
            throttle.refusal(-1_000_000) < f64::EPSILON,
            "nor by a clock set back"
        );
    }

    proptest! {
        #[test]
        fn the_refusal_is_a_probability(events in prop::collection::vec((any::<bool>(), any::<i64>()), 0..200)) {
            let mut throttle = Throttle::default();
            for (accepted, now) in events {
                throttle.answered(now, accepted);
                let _ = throttle.admit(now, 0.0);
                prop_assert!((0.0..1.0).contains(&throttle.refusal(now)));
            }
        }
    }
}
