//! What a wallet and a site need to know, as records with the app's own parts beside them.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use chitty_client::{
    error::{Code, Error},
    wallet as core,
};

use spooky_core::jose::SigningKey;
use zeroize::Zeroizing;

use super::{
    ChittyError,
    adapt::{ClockOf, SecretsOf, SeedKeeperOf, SignerOf, TransportOf},
    foreign::{Clock, HardwareSigner, HttpTransport, SecretStore, SeedKeeper},
};

/// How a wallet is set up.
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct WalletConfig {
    /// The broker's name: its https origin.
    pub broker: String,
    /// Where it is reached, when not under its name. Plain http only on loopback.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub broker_url: Option<String>,
    /// The wallet's file; its folder must exist. Without it the wallet lives in memory and dies with the
    /// process.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub store_path: Option<String>,
    /// Total time of a call; at least 100.
    #[cfg_attr(feature = "uniffi", uniffi(default = 10000))]
    pub deadline_ms: u64,
}

prints!(WalletConfig, |_it, f| f.write_str("WalletConfig(…)"));

impl WalletConfig {
    /// A wallet in memory with the defaults for all else.
    pub fn new(broker: impl Into<String>) -> Self {
        Self {
            broker: broker.into(),
            broker_url: None,
            store_path: None,
            deadline_ms: 10_000,
        }
    }

    pub(super) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

/// Parts of the app's own for a wallet. What is not handed in is built in, where the features allow.
#[derive(Clone, Default)]
pub struct WalletParts {
    /// Where the key of the wallet's file lives.
    pub secrets: Option<Arc<dyn SecretStore>>,
    /// Who takes the seed of a new wallet.
    pub seed_keeper: Option<Arc<dyn SeedKeeper>>,
    /// How requests leave.
    pub transport: Option<Arc<dyn HttpTransport>>,
    /// What time it is.
    pub clock: Option<Arc<dyn Clock>>,
    /// The device's own key, when there is hardware for one; a new wallet registers it with the anchor.
    pub signer: Option<Arc<dyn HardwareSigner>>,
}

impl std::fmt::Debug for WalletParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WalletParts").finish_non_exhaustive()
    }
}

/// How a site is set up.
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct SiteConfig {
    /// The site's own host, such as `shop.example`: what presentations must be made for.
    pub host: String,
    /// The name of the broker that it trusts: its https origin.
    pub broker: String,
    /// Where it is reached, when not under its name. Plain http only on loopback.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub broker_url: Option<String>,
    /// Where wallets post their answers to signed requests: an https address of this host.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub response_uri: Option<String>,
    /// The name under which the site publishes the key that signs its requests.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub request_kid: Option<String>,
    /// That key: the 32 bytes of a P-256 secret, big-endian. A secret.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub request_key: Option<Vec<u8>>,
    /// Whether signed requests for sessions on another device are allowed. Whoever makes somebody scan such a
    /// request is let in as them.
    #[cfg_attr(feature = "uniffi", uniffi(default = false))]
    pub cross_device: bool,
    /// How old the broker's keys may get, in seconds, before nothing is judged any more.
    #[cfg_attr(feature = "uniffi", uniffi(default = 86400))]
    pub keys_max_age_s: u64,
    /// Total time of a call; at least 100.
    #[cfg_attr(feature = "uniffi", uniffi(default = 10000))]
    pub deadline_ms: u64,
}

prints!(SiteConfig, |_it, f| f.write_str("SiteConfig(…)"));

impl SiteConfig {
    /// A site with the defaults for all else.
    pub fn new(host: impl Into<String>, broker: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            broker: broker.into(),
            broker_url: None,
            response_uri: None,
            request_kid: None,
            request_key: None,
            cross_device: false,
            keys_max_age_s: 86_400,
            deadline_ms: 10_000,
        }
    }

    pub(super) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

/// Parts of the app's own for a site.
#[derive(Clone, Default)]
pub struct SiteParts {
    /// How requests leave.
    pub transport: Option<Arc<dyn HttpTransport>>,
    /// What time it is.
    pub clock: Option<Arc<dyn Clock>>,
}

impl std::fmt::Debug for SiteParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteParts").finish_non_exhaustive()
    }
}

/// Reads the record and builds the wallet. `failures` counts those of the clock.
pub(super) fn wallet(
    config: WalletConfig,
    parts: WalletParts,
    failures: &Arc<AtomicU64>,
) -> Result<core::Wallet, ChittyError> {
    let mut builder = core::Wallet::builder()
        .broker(&config.broker)
        .deadline(config.deadline());
    builder = match (&config.store_path, parts.secrets) {
        (None, _) => builder.store(core::MemoryWallet::new()),
        (Some(path), Some(secrets)) => {
            builder.store(core::FileWallet::open(path, SecretsOf(secrets))?)
        }
        (Some(_), None) => {
            let error = Error::new(Code::ConfigurationInvalid);
            return Err(error
                .detail("a wallet in a file needs a secret store")
                .into());
        }
    };
    if let Some(url) = config.broker_url {
        builder = builder.broker_url(url);
    }
    if let Some(keeper) = parts.seed_keeper {
        builder = builder.seed_keeper(SeedKeeperOf(keeper));
    }
    if let Some(transport) = parts.transport {
        builder = builder.transport(TransportOf(transport));
    }
    if let Some(clock) = parts.clock {
        builder = builder.clock(foreign_clock(clock, failures));
    }
    if let Some(signer) = parts.signer {
        builder = builder.device(SignerOf(signer));
    }
    Ok(builder.build()?)
}

/// Reads the record and builds the site. `failures` counts those of the clock.
pub(super) fn site(
    config: SiteConfig,
    parts: SiteParts,
    failures: &Arc<AtomicU64>,
) -> Result<core::Site, ChittyError> {
    let mut builder = core::Site::builder()
        .host(&config.host)
        .broker(&config.broker)
        .keys_max_age(Duration::from_secs(config.keys_max_age_s))
        .deadline(config.deadline());
    if let Some(uri) = config.response_uri {
        builder = builder.response_uri(uri);
    }
    if config.cross_device {
        builder = builder.allow_cross_device();
    }
    let invalid = |what| Error::new(Code::ConfigurationInvalid).detail(what);
    match (config.request_kid, config.request_key.map(Zeroizing::new)) {
        (None, None) => {}
        (Some(kid), Some(key)) => {
            // Shorter ones would be taken with zeros in front.
            let whole = key.len() == 32;
            let key = SigningKey::from_bytes(&key).ok().filter(|_| whole);
            let key = key.ok_or_else(|| invalid("the request_key is no secret of P-256"))?;
            builder = builder.request_key(kid, key);
        }
        _ => return Err(invalid("request_kid and request_key belong together").into()),
    }
    if let Some(url) = config.broker_url {
        builder = builder.broker_url(url);
    }
    if let Some(transport) = parts.transport {
        builder = builder.transport(TransportOf(transport));
    }
    if let Some(clock) = parts.clock {
        builder = builder.clock(foreign_clock(clock, failures));
    }
    Ok(builder.build()?)
}

fn foreign_clock(clock: Arc<dyn Clock>, failures: &Arc<AtomicU64>) -> Arc<ClockOf> {
    Arc::new(ClockOf {
        clock,
        failures: Arc::clone(failures),
    })
}
