//! How far clocks may be apart: the one number, and the comparisons with now that allow for it.
//!
//! Owns the tolerance of every comparison of a signed or stored time with the time that a clock shows
//! (`decisions.md` D29). Refuses to be used between two signed times: those are compared as they are.
//! Nothing here reads a clock.

/// How many seconds a clock may differ from the one that made a time.
pub const TOLERANCE: u64 = 300;

/// [`TOLERANCE`] for those who count seconds with a sign.
pub const TOLERANCE_SECONDS: i64 = TOLERANCE.cast_signed();

/// Whether `time` lies further ahead of `now` than clocks may differ.
///
/// ```
/// use spooky_core::clock::is_ahead;
///
/// assert!(!is_ahead(1_300, 1_000));
/// assert!(is_ahead(1_301, 1_000));
/// ```
pub const fn is_ahead(time: u64, now: u64) -> bool {
    time > now.saturating_add(TOLERANCE)
}

/// Whether `end` lies further back than clocks may differ.
pub const fn is_over(end: u64, now: u64) -> bool {
    now > end.saturating_add(TOLERANCE)
}

/// Whether `time` and `now` are further apart than clocks may differ, in either direction.
pub const fn is_apart(time: u64, now: u64) -> bool {
    time.abs_diff(now) > TOLERANCE
}
