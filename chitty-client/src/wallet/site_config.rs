//! What a site needs to know.

use std::{fmt, sync::Arc, time::Duration};

use spooky_core::{entropy::Entropy, pseudonym::Host};

use super::{MemoryNonces, NonceStore, Site};
use crate::{
    broker::PeersBuilder,
    clock::Clock,
    error::{Code, Error},
    resilience::RetryPolicy,
    transport::HttpTransport,
};

/// Builds a [`Site`].
#[must_use]
pub struct SiteBuilder {
    peers: PeersBuilder,
    host: Option<String>,
    keys_max_age: Duration,
    nonces: Option<Arc<dyn NonceStore>>,
}

impl fmt::Debug for SiteBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteBuilder").finish_non_exhaustive()
    }
}

impl SiteBuilder {
    pub(super) fn new() -> Self {
        Self {
            peers: PeersBuilder::default(),
            host: None,
            keys_max_age: Duration::from_secs(86_400),
            nonces: None,
        }
    }

    /// The site's own host, such as `shop.example`.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The issuer that it trusts: the broker's https origin.
    pub fn broker(mut self, issuer: impl Into<String>) -> Self {
        self.peers.broker = Some(issuer.into());
        self
    }

    /// Where the broker is reached, when not at its name. Plain http is for loopback alone.
    pub fn broker_url(mut self, origin: impl Into<String>) -> Self {
        self.peers.broker_url = Some(origin.into());
        self
    }

    /// How old the issuer's keys may get before nothing passes, in whole seconds. Default one day.
    pub fn keys_max_age(mut self, age: Duration) -> Self {
        self.keys_max_age = age;
        self
    }

    /// Where nonces are remembered; in memory unless given.
    pub fn nonces(mut self, nonces: impl NonceStore + 'static) -> Self {
        self.nonces = Some(Arc::new(nonces));
        self
    }

    /// Another transport than the built-in one.
    pub fn transport(mut self, transport: impl HttpTransport + 'static) -> Self {
        self.peers.transport = Some(Arc::new(transport));
        self
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.peers.clock = clock;
        self
    }

    /// Another source of random bytes than the system's.
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.peers.entropy = entropy;
        self
    }

    /// Total time of one call. Default 10 s, at least 100 ms.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.peers.deadline = deadline;
        self
    }

    /// How often and after which pauses a request is repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.peers.retry = policy;
        self
    }

    /// Builds the site. Nothing is sent.
    ///
    /// # Errors
    /// `SiteInvalid` for a host that is none; `ConfigurationInvalid`, `OriginInvalid`, `PlainHttp`.
    pub fn build(self) -> Result<Site, Error> {
        let host = self.host.ok_or_else(|| {
            Error::new(Code::ConfigurationInvalid).detail("the site's host is not set")
        })?;
        let host = Host::parse(&host).map_err(|_| Code::SiteInvalid)?;
        let nonces = self
            .nonces
            .unwrap_or_else(|| Arc::new(MemoryNonces::default()));
        let age = self.keys_max_age.as_secs();
        Ok(Site::made(host, self.peers.build()?, nonces, age))
    }
}
