//! What a site needs to know.

use std::{fmt, sync::Arc, time::Duration};

use spooky_core::{credential::ResponseUri, entropy::Entropy, jose::JwsSigner, pseudonym::Host};

use super::{MemoryNonces, MemoryResponses, NonceStore, ResponseStore, Site, site_signed::Signing};
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
    response_uri: Option<String>,
    request_key: Option<(String, Arc<dyn JwsSigner + Send + Sync>)>,
    cross_device: bool,
    responses: Option<Arc<dyn ResponseStore>>,
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
            response_uri: None,
            request_key: None,
            cross_device: false,
            responses: None,
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

    /// Where wallets post their answers to signed requests: an https address of the site's own host.
    pub fn response_uri(mut self, uri: impl Into<String>) -> Self {
        self.response_uri = Some(uri.into());
        self
    }

    /// The key that signs requests, which the site publishes as `kid` for the use `spookyid-request`.
    pub fn request_key(
        mut self,
        kid: impl Into<String>,
        key: impl JwsSigner + Send + Sync + 'static,
    ) -> Self {
        self.request_key = Some((kid.into(), Arc::new(key)));
        self
    }

    /// Allows signed requests for sessions on another device than the wallet's. Nothing ties such a session to
    /// the person: whoever makes somebody scan its picture gets in as them.
    pub fn allow_cross_device(mut self) -> Self {
        self.cross_device = true;
        self
    }

    /// Where signed requests and their answers are remembered; in memory unless given.
    pub fn responses(mut self, responses: impl ResponseStore + 'static) -> Self {
        self.responses = Some(Arc::new(responses));
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
    /// `SiteInvalid` for a host that is none, or a `response_uri` that is no https address of it;
    /// `ConfigurationInvalid`, `OriginInvalid`, `PlainHttp`.
    pub fn build(self) -> Result<Site, Error> {
        let host = self.host.ok_or_else(|| {
            Error::new(Code::ConfigurationInvalid).detail("the site's host is not set")
        })?;
        let host = Host::parse(&host).map_err(|_| Code::SiteInvalid)?;
        let nonces = self
            .nonces
            .unwrap_or_else(|| Arc::new(MemoryNonces::default()));
        let age = self.keys_max_age.as_secs();
        let uri = self.response_uri.as_deref().map(ResponseUri::parse);
        let response_uri = uri.transpose().map_err(|_| Code::SiteInvalid)?;
        if response_uri.as_ref().is_some_and(|uri| *uri.host() != host) {
            return Err(Error::new(Code::SiteInvalid).detail("the response_uri is of another host"));
        }
        let signing = Signing {
            response_uri,
            key: self.request_key,
            cross_device: self.cross_device,
            store: self
                .responses
                .unwrap_or_else(|| Arc::new(MemoryResponses::default())),
        };
        Ok(Site::made(host, self.peers.build()?, nonces, signing, age))
    }
}
