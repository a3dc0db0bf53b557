//! What wallet and site have in common to configure: which broker, how to reach it, with what.

use std::{sync::Arc, sync::Mutex, time::Duration};

use spooky_core::{
    credential::IssuerId,
    entropy::{Entropy, OsEntropy},
    pseudonym::Host,
};

use super::Broker;
use crate::{
    clock::{Clock, SystemClock},
    config::{default_transport, origin},
    error::{Code, Error},
    line::Line,
    metrics::Counters,
    resilience::{BreakerPolicy, RetryPolicy, RetryQuota},
    service::Peer,
    transport::HttpTransport,
};

/// The settings so far.
pub(crate) struct PeersBuilder {
    pub(crate) broker: Option<String>,
    pub(crate) broker_url: Option<String>,
    pub(crate) transport: Option<Arc<dyn HttpTransport>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
}

impl Default for PeersBuilder {
    fn default() -> Self {
        Self {
            broker: None,
            broker_url: None,
            transport: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            deadline: Duration::from_secs(10),
            retry: RetryPolicy::default(),
        }
    }
}

impl PeersBuilder {
    /// # Errors
    /// `ConfigurationInvalid`, `OriginInvalid`, `PlainHttp`.
    pub(crate) fn build(self) -> Result<Broker, Error> {
        let missing = |what: &str| Error::new(Code::ConfigurationInvalid).detail(what);
        let name = self.broker.ok_or_else(|| missing("broker is not set"))?;
        let issuer = IssuerId::parse(&name)
            .ok()
            .filter(|_| Host::of_https_origin(&name).is_ok())
            .ok_or_else(|| missing("the broker's name is its https origin"))?;
        let at = origin(self.broker_url.as_deref().unwrap_or(&name), false)?;
        if self.deadline < Duration::from_millis(100) {
            return Err(missing("the deadline must be at least 100 ms"));
        }
        let line = Arc::new(Line {
            transport: match self.transport {
                Some(transport) => transport,
                None => default_transport()?,
            },
            clock: self.clock,
            entropy: self.entropy,
            retry: self.retry,
            quota: Mutex::new(RetryQuota::default()),
            trace: None,
            counters: Counters::default(),
        });
        let peer = Peer::new("broker", at, None, BreakerPolicy::default());
        Ok(Broker::new(issuer, line, peer, self.deadline))
    }
}

/// Runs work of milliseconds beside the threads that serve calls.
///
/// # Errors
/// `Internal` when it panics.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Code::Internal.into())
}
