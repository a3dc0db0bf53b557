//! What a client needs to know, as a record with the app's own parts beside it.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use chitty_client::{
    ApiKey, ClientBuilder, ReconcilePolicy, Trust,
    error::{Code, Error},
    issuance::keyset::KeySet,
    reconcile::store::MemoryStore,
};
use zeroize::{Zeroize, Zeroizing};

use super::{
    ChittyError,
    adapt::{ClockOf, StoreOf, TransportOf},
    foreign::{Clock, EventListener, HttpTransport, PendingStore, SecretStore},
};

/// A key of this form names a secret of the [`SecretStore`].
const SECRET: &str = "secret:";

/// How a client is set up.
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct ClientConfig {
    /// The main service: `https://host[:port]`.
    pub main_url: String,
    /// The API key for it, or `secret:NAME`, which is read from the secret store.
    pub main_key: String,
    /// The fallback service: another origin. Without it an outage of main is a failure.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub fallback_url: Option<String>,
    /// The API key for it: another one, or `secret:NAME`.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub fallback_key: Option<String>,
    /// The key set to trust, from a place the app trusts; it never ages, and neither revocations nor
    /// new keys are learned. Without it main's own is fetched, and fetched again as it ages.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub key_set_json: Option<String>,
    /// The store's file; its folder must exist. Without it and without a store handed in,
    /// obligations live in memory and die with the process.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub store_path: Option<String>,
    /// Total time of a call, both services together; at least 100.
    #[cfg_attr(feature = "uniffi", uniffi(default = 10000))]
    pub deadline_ms: u64,
    /// Mean pause between automatic attempts to replace temporary ids. Default 5 000.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub reconcile_interval_ms: Option<u64>,
    /// Whether temporary ids are replaced in the background; otherwise the app calls `drain`.
    #[cfg_attr(feature = "uniffi", uniffi(default = true))]
    pub automatic: bool,
    /// Temporary ids replaced per call, 1 to 100. Default 50.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub batch: Option<u32>,
    /// How old a fetched key set may be for verdicts on receipts; at least 60 000. Default 86 400 000,
    /// a day: for so long what was revoked may still pass.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub key_set_max_age_ms: Option<u64>,
}

impl ClientConfig {
    /// A configuration with main alone and the defaults for all else.
    pub fn new(main_url: impl Into<String>, main_key: impl Into<String>) -> Self {
        Self {
            main_url: main_url.into(),
            main_key: main_key.into(),
            fallback_url: None,
            fallback_key: None,
            key_set_json: None,
            store_path: None,
            deadline_ms: 10_000,
            reconcile_interval_ms: None,
            automatic: true,
            batch: None,
            key_set_max_age_ms: None,
        }
    }
}

prints!(ClientConfig, |_it, f| f.write_str("ClientConfig(…)"));

/// Keys do not outlive their record, as far as this side of the border goes.
impl Drop for SecretsOf {
    fn drop(&mut self) {
        self.0.main_key.zeroize();
        self.0.fallback_key.zeroize();
    }
}

struct SecretsOf(ClientConfig);

/// Parts of the app's own. What is not handed in is built in, where the features allow.
#[derive(Clone, Default)]
pub struct ForeignParts {
    /// Where obligations are kept.
    pub store: Option<Arc<dyn PendingStore>>,
    /// How requests leave.
    pub transport: Option<Arc<dyn HttpTransport>>,
    /// Where `secret:NAME` is looked up.
    pub secrets: Option<Arc<dyn SecretStore>>,
    /// Who is told what happens in the background.
    pub listener: Option<Arc<dyn EventListener>>,
    /// What time it is.
    pub clock: Option<Arc<dyn Clock>>,
}

impl std::fmt::Debug for ForeignParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ForeignParts").finish_non_exhaustive()
    }
}

/// Reads the record and builds the client. `failures` counts those of the clock.
pub(crate) fn build(
    config: ClientConfig,
    parts: &ForeignParts,
    failures: &Arc<AtomicU64>,
) -> Result<chitty_client::Client, ChittyError> {
    let config = SecretsOf(config);
    let config = &config.0;
    let invalid = |what: &str| Error::new(Code::ConfigurationInvalid).detail(what);
    let mut builder = chitty_client::Client::builder()
        .main(&config.main_url, key(&config.main_key, parts)?)
        .deadline(Duration::from_millis(config.deadline_ms))
        .reconcile(pace(config))
        .trust(match &config.key_set_json {
            Some(text) => Trust::Pinned(KeySet::from_json(text)?),
            None => Trust::Fetched,
        });
    if let Some(age) = config.key_set_max_age_ms {
        builder = builder.key_set_max_age(Duration::from_millis(age));
    }
    builder = match (&config.fallback_url, &config.fallback_key) {
        (Some(url), Some(text)) => builder.fallback(url, key(text, parts)?),
        (None, None) => builder,
        _ => return Err(invalid("the fallback needs an address and a key").into()),
    };
    builder = match (&parts.store, &config.store_path) {
        (Some(_), Some(_)) => return Err(invalid("there are two stores").into()),
        (Some(store), None) => builder.shared_store(Arc::new(StoreOf(Arc::clone(store)))),
        (None, Some(path)) => stored_at(builder, path)?,
        (None, None) => builder.store(MemoryStore::new()?),
    };
    if let Some(transport) = &parts.transport {
        builder = builder.transport(TransportOf(Arc::clone(transport)));
    }
    if let Some(clock) = &parts.clock {
        builder = builder.clock(Arc::new(ClockOf {
            clock: Arc::clone(clock),
            failures: Arc::clone(failures),
        }));
    }
    Ok(builder.build()?)
}

fn pace(config: &ClientConfig) -> ReconcilePolicy {
    let mut policy = ReconcilePolicy::default();
    if let Some(interval) = config.reconcile_interval_ms {
        policy = policy.interval(Duration::from_millis(interval));
    }
    if let Some(batch) = config.batch {
        policy = policy.batch(usize::try_from(batch).unwrap_or(usize::MAX));
    }
    match config.automatic {
        true => policy,
        false => policy.manual(),
    }
}

#[cfg(feature = "sqlite")]
fn stored_at(builder: ClientBuilder, path: &str) -> Result<ClientBuilder, ChittyError> {
    use chitty_client::reconcile::store::SqliteStore;
    Ok(builder.store(SqliteStore::open(path)?))
}

#[cfg(not(feature = "sqlite"))]
fn stored_at(_: ClientBuilder, _: &str) -> Result<ClientBuilder, ChittyError> {
    let error = Error::new(Code::ConfigurationInvalid);
    Err(error
        .detail("no store is built in; hand one in instead of a path")
        .into())
}

fn key(text: &str, parts: &ForeignParts) -> Result<ApiKey, ChittyError> {
    let Some(name) = text.strip_prefix(SECRET) else {
        return Ok(ApiKey::new(text));
    };
    let invalid = |what: &str| Error::new(Code::ConfigurationInvalid).detail(what);
    let secrets = parts
        .secrets
        .as_ref()
        .ok_or_else(|| invalid("a key names a secret, but there is no secret store"))?;
    let bytes = secrets
        .load(name.to_owned())
        .map_err(|_| Code::ForeignFailed)?
        .ok_or_else(|| invalid("the secret store does not hold the named key"))?;
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("the secret is not text"))?;
    Ok(ApiKey::new(text))
}
