//! What every exchange over HTTP needs, whoever is called: how bytes leave, what time it is, how often
//! to repeat. The rules of a call are in `service.rs`.

use std::sync::{Arc, Mutex};

use spooky_core::entropy::Entropy;

use crate::{
    clock::Clock,
    metrics::Counters,
    resilience::{RetryPolicy, RetryQuota},
    trace::TraceSource,
    transport::HttpTransport,
};

pub(crate) struct Line {
    pub(crate) transport: Arc<dyn HttpTransport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) retry: RetryPolicy,
    pub(crate) quota: Mutex<RetryQuota>,
    pub(crate) trace: Option<TraceSource>,
    pub(crate) counters: Counters,
}

impl Line {
    pub(crate) fn now_s(&self) -> i64 {
        self.clock.now_ms().div_euclid(1000)
    }

    /// A number in [0, 1) for jitter. Without randomness it is the middle: pauses must not fail.
    pub(crate) fn unit(&self) -> f64 {
        let mut bytes = [0; 4];
        match self.entropy.fill(&mut bytes) {
            Ok(()) => f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
            Err(_) => 0.5,
        }
    }
}
