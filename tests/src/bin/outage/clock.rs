//! The clock that clients and services read: the virtual time, as a wall clock. The real one would
//! pass the virtual one when there is much to compute, and receipts would come from the future.

use std::sync::Arc;

use chitty_client::clock::{Clock, SystemClock};
use tokio::time::Instant;

/// Virtual time as a wall clock.
pub(crate) struct Virtual {
    start: Instant,
    base_ms: i64,
}

impl Virtual {
    /// Runs from now on.
    pub(crate) fn from_now() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            base_ms: SystemClock.now_ms(),
        })
    }
}

impl Clock for Virtual {
    fn now_ms(&self) -> i64 {
        self.base_ms + i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX / 2)
    }
}
