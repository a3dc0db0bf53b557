//! How long to wait before a retry: exponential back-off with full jitter, and a service's
//! `Retry-After`.
//!
//! Owns [`RetryPolicy`] (decision D9: `backon` behind our own type, with the defaults that AWS
//! settled on) and the parser of `Retry-After` (RFC 9110 section 10.2.3). Refuses to decide whether
//! a failure may be retried at all, and refuses to wait longer than an hour on anybody's word.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use time::{Date, Month, PrimitiveDateTime, Time};

/// The longest `Retry-After` that is honoured (decision D5).
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// The most that jitter adds to a `Retry-After`.
const MAX_ADDED: Duration = Duration::from_secs(5);

/// Delays do not double more often than this.
const MAX_DOUBLINGS: u32 = 31;

/// Why an attempt is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryCause {
    /// The network or the service failed in passing.
    Transient,
    /// The service asks for fewer requests.
    Throttled,
}

/// How often and how fast to retry.
///
/// ```
/// use chitty_client::resilience::{RetryCause, RetryPolicy};
/// use std::time::Duration;
///
/// let policy = RetryPolicy::default().max_attempts(4).base(Duration::from_millis(100));
/// let delay = policy.delay(2, RetryCause::Transient, None, 0.5);
/// assert_eq!(delay, Duration::from_millis(100)); // half of 100 ms doubled once
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    base: Duration,
    throttled_base: Duration,
    cap: Duration,
}

/// Three attempts, 50 ms base, 1 s when throttled, 20 s cap.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(50),
            throttled_base: Duration::from_secs(1),
            cap: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// The same policy with at most this many attempts, the first one included; at least one.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// The same policy with this ceiling for the first delay after a transient failure.
    #[must_use]
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The same policy with this ceiling for the first delay after throttling.
    #[must_use]
    pub fn throttled_base(mut self, base: Duration) -> Self {
        self.throttled_base = base;
        self
    }

    /// The same policy with no computed delay above `cap`. A `Retry-After` may exceed it.
    #[must_use]
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// Tells whether another attempt is allowed after `attempts` of them.
    pub fn allows(&self, attempts: u32) -> bool {
        attempts < self.max_attempts
    }

    /// How many attempts there may be, the first one included.
    pub fn attempts(&self) -> u32 {
        self.max_attempts
    }

    /// How long to wait before the `retry`-th retry (the first is 1), with `unit` drawn uniformly
    /// from [0, 1): `unit * min(cap, base * 2^(retry - 1))`.
    ///
    /// With `retry_after` the wait is that time, cut to one hour, plus the computed delay of at most
    /// five seconds, so that clients told the same time do not come back together.
    pub fn delay(
        &self,
        retry: u32,
        cause: RetryCause,
        retry_after: Option<Duration>,
        unit: f64,
    ) -> Duration {
        let jittered = scaled(self.ceiling(retry, cause), unit);
        match retry_after {
            None => jittered,
            Some(asked) => asked.min(MAX_RETRY_AFTER) + jittered.min(MAX_ADDED),
        }
    }

    fn ceiling(&self, retry: u32, cause: RetryCause) -> Duration {
        let base = match cause {
            RetryCause::Transient => self.base,
            RetryCause::Throttled => self.throttled_base,
        };
        let doublings = retry.saturating_sub(1).min(MAX_DOUBLINGS);
        // `backon` counts in f32, which is exact for powers of two and not for most times.
        let factor = ExponentialBuilder::new()
            .with_factor(2.0)
            .with_min_delay(Duration::from_secs(1))
            .without_max_delay()
            .without_max_times()
            .build()
            .nth(doublings as usize)
            .and_then(|power| u32::try_from(power.as_secs()).ok())
            .unwrap_or(u32::MAX);
        base.saturating_mul(factor).min(self.cap)
    }
}

/// `unit` of `ceiling`; a unit that is no number counts as the longest wait.
fn scaled(ceiling: Duration, unit: f64) -> Duration {
    let unit = if unit.is_nan() {
        1.0
    } else {
        unit.clamp(0.0, 1.0)
    };
    Duration::try_from_secs_f64(ceiling.as_secs_f64() * unit)
        .unwrap_or(ceiling)
        .min(ceiling)
}

/// Reads a `Retry-After` header value, delta seconds or one of the three HTTP dates, as a wait from
/// `now_ms`. A past date is no wait; anything beyond one hour is one hour; other text is `None`.
///
/// ```
/// use chitty_client::resilience::parse_retry_after;
/// use std::time::Duration;
///
/// assert_eq!(parse_retry_after("120", 0), Some(Duration::from_secs(120)));
/// assert_eq!(
///     parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_770_000),
///     Some(Duration::from_secs(7)),
/// );
/// ```
pub fn parse_retry_after(value: &str, now_ms: i64) -> Option<Duration> {
    let value = value.trim_matches([' ', '\t']);
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    }
    let now_year = time::OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1000))
        .map_or(1970, |now| now.year());
    let at_ms = http_date(value, now_year)?
        .assume_utc()
        .unix_timestamp()
        .saturating_mul(1000);
    let wait = u64::try_from(at_ms.saturating_sub(now_ms)).unwrap_or(0);
    Some(Duration::from_millis(wait).min(MAX_RETRY_AFTER))
}

/// The three forms of RFC 9110 section 5.6.7.
fn http_date(text: &str, now_year: i32) -> Option<PrimitiveDateTime> {
    if text.len() > 40 || !text.is_ascii() {
        return None;
    }
    let parts: Vec<&str> = text
        .split([' ', ',', '-'])
        .filter(|part| !part.is_empty())
        .collect();
    let (day, month, year, clock) = match *parts.as_slice() {
        [_, day, month, year, clock, "GMT"] => (day, month, year, clock),
        [_, month, day, clock, year] => (day, month, year, clock),
        _ => return None,
    };
    let date = Date::from_calendar_date(
        full_year(year, now_year)?,
        month_of(month)?,
        digits(day, 1..=2)?,
    )
    .ok()?;
    let mut fields = clock.split(':');
    let mut field = || digits(fields.next()?, 2..=2);
    // A leap second counts as the second before it.
    let time = Time::from_hms(field()?, field()?, field()?.min(59)).ok()?;
    fields
        .next()
        .is_none()
        .then(|| PrimitiveDateTime::new(date, time))
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u8> {
    let plain = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// A two-digit year more than fifty years ahead means the century before.
fn full_year(text: &str, now_year: i32) -> Option<i32> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = text.parse().ok()?;
    match text.len() {
        4 => Some(year),
        2 => {
            let guess = now_year - now_year.rem_euclid(100) + year;
            Some(if guess > now_year + 50 {
                guess - 100
            } else {
                guess
            })
        }
        _ => None,
    }
}

fn month_of(name: &str) -> Option<Month> {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let index = NAMES.iter().position(|known| *known == name)?;
    Month::try_from(u8::try_from(index + 1).ok()?).ok()
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
