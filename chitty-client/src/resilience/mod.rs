//! When to try again, when to stop, and how much time is left.
//!
//! Every policy here is a pure function of (state, event, now): time and random units are handed in,
//! nothing sleeps, reads a clock or knows a runtime (`architecture.md` law 5; decisions D5, D9).
//! What counts as an availability failure is decided by the caller, never here.

pub mod breaker;
pub mod deadline;
pub mod quota;
pub mod retry;
pub mod throttle;

pub use self::breaker::{Admission, Breaker, BreakerPolicy, BreakerState};
pub use self::deadline::Budget;
pub use self::quota::{RetryQuota, Spent};
pub use self::retry::{RetryCause, RetryPolicy, parse_retry_after};
pub use self::throttle::Throttle;
