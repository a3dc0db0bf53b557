//! Tests of the back-off and of `Retry-After`.

use super::*;
use proptest::prelude::*;

const NOW: i64 = 784_111_777_000; // 1994-11-06T08:49:37Z

#[test]
fn ceilings_double_up_to_the_cap() {
    let policy = RetryPolicy::default();
    let at = |retry, cause| {
        let exact = policy.ceiling(retry, cause);
        assert_eq!(exact.subsec_nanos() % 1_000_000, 0, "no rounding error");
        exact.as_millis()
    };
    assert_eq!(
        [1, 2, 3, 4, 9, 10].map(|n| at(n, RetryCause::Transient)),
        [50, 100, 200, 400, 12_800, 20_000]
    );
    assert_eq!(
        [1, 2, 5, 6, 7].map(|n| at(n, RetryCause::Throttled)),
        [1000, 2000, 16_000, 20_000, 20_000]
    );
    assert_eq!(at(u32::MAX, RetryCause::Transient), 20_000);
    assert_eq!(at(0, RetryCause::Transient), 50);
}

#[test]
fn three_attempts_by_default_and_never_none() {
    let policy = RetryPolicy::default();
    assert!(policy.allows(2) && !policy.allows(3));
    assert_eq!(policy.max_attempts(0).attempts(), 1);
}

#[test]
fn a_base_above_the_cap_is_capped() {
    let policy = RetryPolicy::default()
        .base(Duration::MAX)
        .throttled_base(Duration::MAX)
        .cap(Duration::from_secs(1));
    for retry in [1, 2, 70] {
        assert_eq!(
            policy.delay(retry, RetryCause::Transient, None, f64::NAN),
            Duration::from_secs(1)
        );
    }
}

#[test]
fn reads_seconds_and_all_three_dates() {
    let seconds = |text, now| parse_retry_after(text, now).map(|wait| wait.as_secs());
    assert_eq!(seconds(" 17 ", NOW), Some(17));
    assert_eq!(seconds("0", NOW), Some(0));
    assert_eq!(seconds("99999999999999999999999", NOW), Some(3600));
    for date in [
        "Sun, 06 Nov 1994 08:49:47 GMT",
        "Sunday, 06-Nov-94 08:49:47 GMT",
        "Sun Nov  6 08:49:47 1994",
    ] {
        assert_eq!(seconds(date, NOW), Some(10), "{date}");
        assert_eq!(seconds(date, NOW + 60_000), Some(0), "{date}");
        assert_eq!(seconds(date, NOW - 86_400_000), Some(3600), "{date}");
    }
    assert_eq!(seconds("Sun, 06 Nov 1994 08:49:60 GMT", NOW), Some(22));
}

#[test]
fn refuses_what_is_neither() {
    for text in [
        "",
        "-1",
        "+5",
        "1.5",
        "soon",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37:00 GMT",
        "Sun, 06 Nov 994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sön, 06 Nov 1994 08:49:37 GMT",
    ] {
        assert_eq!(parse_retry_after(text, NOW), None, "{text}");
    }
}

proptest! {
    #[test]
    fn delays_keep_their_bounds(
        retry in any::<u32>(),
        throttled in any::<bool>(),
        asked in proptest::option::of(0_u64..u64::MAX),
        unit in 0.0_f64..1.0,
    ) {
        let policy = RetryPolicy::default();
        let cause = if throttled { RetryCause::Throttled } else { RetryCause::Transient };
        let asked = asked.map(Duration::from_millis);
        let delay = policy.delay(retry, cause, asked, unit);
        match asked {
            None => prop_assert!(delay <= policy.ceiling(retry, cause)),
            Some(asked) => {
                let honoured = asked.min(MAX_RETRY_AFTER);
                prop_assert!(delay >= honoured && delay <= honoured + MAX_ADDED);
            }
        }
    }

    #[test]
    fn any_header_is_read_without_panic(text in "\\PC{0,45}", now in any::<i64>()) {
        if let Some(wait) = parse_retry_after(&text, now) {
            prop_assert!(wait <= MAX_RETRY_AFTER);
        }
    }

    #[test]
    fn any_unit_is_safe(unit in any::<f64>(), retry in any::<u32>()) {
        let delay = RetryPolicy::default().delay(retry, RetryCause::Throttled, None, unit);
        prop_assert!(delay <= Duration::from_secs(20));
    }
}
