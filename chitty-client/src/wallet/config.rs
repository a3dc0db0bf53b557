//! What a wallet needs to know.

use std::{fmt, sync::Arc, time::Duration};

use spooky_core::{entropy::Entropy, keys::HardwareSigner};

use super::{Inner, SeedKeeper, Wallet, WalletStore, vault::Vault};
use crate::{
    broker::PeersBuilder,
    clock::Clock,
    error::{Code, Error},
    resilience::RetryPolicy,
    transport::HttpTransport,
};

/// Builds a [`Wallet`].
#[must_use]
pub struct WalletBuilder {
    peers: PeersBuilder,
    store: Option<Arc<dyn WalletStore>>,
    keeper: Option<Arc<dyn SeedKeeper>>,
    device: Option<Arc<dyn HardwareSigner>>,
    keys_max_age: Duration,
}

impl Default for WalletBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WalletBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalletBuilder").finish_non_exhaustive()
    }
}

impl WalletBuilder {
    pub(super) fn new() -> Self {
        Self {
            peers: PeersBuilder::default(),
            store: None,
            keeper: None,
            device: None,
            keys_max_age: Duration::from_secs(86_400),
        }
    }

    /// The broker's issuer name: its https origin, such as `https://broker.example`.
    pub fn broker(mut self, issuer: impl Into<String>) -> Self {
        self.peers.broker = Some(issuer.into());
        self
    }

    /// Where the broker is reached, when not at its name. Plain http is for loopback alone.
    pub fn broker_url(mut self, origin: impl Into<String>) -> Self {
        self.peers.broker_url = Some(origin.into());
        self
    }

    /// Where the wallet's state is kept.
    pub fn store(mut self, store: impl WalletStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Who takes the seed of a new wallet.
    pub fn seed_keeper(mut self, keeper: impl SeedKeeper + 'static) -> Self {
        self.keeper = Some(Arc::new(keeper));
        self
    }

    /// The device key D, when the device has hardware for one. It becomes part of the registration:
    /// a wallet that was registered without goes on without.
    pub fn device(mut self, signer: impl HardwareSigner + 'static) -> Self {
        self.device = Some(Arc::new(signer));
        self
    }

    /// How old the broker's keys may get before [`Wallet::check_standing`] says nothing is valid, in whole
    /// seconds. Default one day; [`Wallet::refresh`] fetches them. What the wallet itself asks the broker for
    /// does not depend on it.
    pub fn keys_max_age(mut self, age: Duration) -> Self {
        self.keys_max_age = age;
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

    /// Builds the wallet. Nothing is sent, read or written.
    ///
    /// # Errors
    /// `ConfigurationInvalid`, `OriginInvalid`, `PlainHttp`.
    pub fn build(self) -> Result<Wallet, Error> {
        let missing = |what: &str| Error::new(Code::ConfigurationInvalid).detail(what);
        let store = self.store.ok_or_else(|| missing("the store is not set"))?;
        let keeper = self
            .keeper
            .ok_or_else(|| missing("the seed keeper is not set"))?;
        let broker = self.peers.build()?;
        Ok(Wallet(Arc::new(Inner {
            vault: Vault::new(store, broker.issuer.clone()),
            broker,
            keeper,
            device: self.device,
            keys_max_age: self.keys_max_age.as_secs(),
            turn: tokio::sync::Mutex::default(),
        })))
    }
}
