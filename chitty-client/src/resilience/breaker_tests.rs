//! Tests of the circuit breaker.

use super::*;
use proptest::prelude::*;

fn opened(now_ms: i64) -> Breaker {
    let mut breaker = Breaker::default();
    for _ in 0..5 {
        breaker.failed(now_ms, 0.5);
    }
    breaker
}

fn refused(breaker: &mut Breaker, now_ms: i64) -> Option<u128> {
    match breaker.admit(now_ms) {
        Admission::Refused { retry_after } => Some(retry_after.as_millis()),
        Admission::Pass | Admission::Probe => None,
    }
}

#[test]
fn failures_spread_over_more_than_the_window_do_not_open() {
    let mut breaker = Breaker::default();
    for n in 0..100 {
        breaker.failed(n * 7_500, 0.5);
    }
    assert_eq!(breaker.state(750_000), BreakerState::Closed);
    for n in 0..5 {
        breaker.failed(1_000_000 + n * 7_000, 0.5);
    }
    assert!(matches!(
        breaker.state(1_028_001),
        BreakerState::Open { .. }
    ));
}

#[test]
fn a_success_between_starts_the_count_anew() {
    let mut breaker = Breaker::default();
    for _ in 0..4 {
        breaker.failed(0, 0.5);
    }
    breaker.succeeded(1);
    for _ in 0..4 {
        breaker.failed(2, 0.5);
    }
    assert_eq!(breaker.admit(3), Admission::Pass);
}

#[test]
fn the_open_time_is_jittered_by_a_half() {
    for (unit, length) in [(0.0, 2_500), (0.5, 5_000), (0.999, 7_495)] {
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            breaker.failed(0, unit);
        }
        assert_eq!(refused(&mut breaker, 0), Some(length));
    }
}

#[test]
fn failed_probes_double_the_open_time_up_to_a_minute() {
    let mut breaker = opened(0);
    let mut now = 0;
    for length in [5_000, 10_000, 20_000, 40_000, 60_000, 60_000] {
        assert_eq!(refused(&mut breaker, now), Some(length));
        now += i64::try_from(length).unwrap();
        assert_eq!(breaker.state(now), BreakerState::HalfOpen);
        assert_eq!(breaker.admit(now), Admission::Probe);
        breaker.failed(now, 0.5);
    }
    now += 60_000;
    assert_eq!(breaker.admit(now), Admission::Probe);
    breaker.succeeded(now);
    for _ in 0..5 {
        breaker.failed(now, 0.5);
    }
    assert_eq!(refused(&mut breaker, now), Some(5_000));
}

#[test]
fn a_lost_probe_frees_itself() {
    let mut breaker = opened(0);
    assert_eq!(breaker.admit(5_000), Admission::Probe);
    assert_eq!(refused(&mut breaker, 5_001), Some(14_999));
    assert_eq!(breaker.admit(20_000), Admission::Probe);
}

#[test]
fn late_answers_from_before_the_opening_change_nothing() {
    let mut breaker = opened(0);
    breaker.succeeded(1);
    breaker.failed(2, 0.5);
    assert_eq!(refused(&mut breaker, 2), Some(4_998));
}

#[test]
fn a_clock_set_back_does_not_keep_it_open() {
    let year = 31_536_000_000;
    let mut breaker = opened(year);
    assert_eq!(refused(&mut breaker, 0), Some(5_000));
    assert_eq!(breaker.admit(5_000), Admission::Probe);
    assert!(refused(&mut breaker, -year).unwrap() <= 15_000);
    assert_eq!(breaker.admit(15_000 - year), Admission::Probe);
}

proptest! {
    /// Any events, time running forward: never two probes in flight, never a call while open.
    #[test]
    fn never_two_probes(events in prop::collection::vec((0_u8..4, 0_i64..9_000, 0.0_f64..1.0), 1..300)) {
        let mut breaker = Breaker::default();
        let mut now = 0;
        let mut probe_until: Option<i64> = None;
        for (event, step, unit) in events {
            now += step;
            match event {
                0 => { breaker.succeeded(now); probe_until = None; }
                1 => { breaker.failed(now, unit); probe_until = None; }
                _ => {
                    let before = breaker.state(now);
                    match breaker.admit(now) {
                        Admission::Probe => {
                            prop_assert!(probe_until.is_none_or(|until| now >= until));
                            prop_assert_eq!(before, BreakerState::HalfOpen);
                            probe_until = Some(now + 15_000);
                        }
                        Admission::Pass => prop_assert_eq!(before, BreakerState::Closed),
                        Admission::Refused { retry_after } => {
                            prop_assert!(!retry_after.is_zero());
                            prop_assert!(retry_after <= Duration::from_secs(90));
                        }
                    }
                }
            }
        }
    }

    /// Whatever the clock does, asking patiently leads to a probe.
    #[test]
    fn never_stuck(times in prop::collection::vec(any::<i64>(), 1..40), unit in 0.0_f64..1.0) {
        let mut breaker = Breaker::default();
        for now in &times {
            for _ in 0..5 {
                breaker.failed(*now, unit);
            }
        }
        let start = 0;
        let _ = breaker.admit(start);
        let still = refused(&mut breaker, start + 90_001);
        prop_assert_eq!(still, None);
    }
}
