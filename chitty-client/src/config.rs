//! What a client needs to know: two services, a key for each, whom to trust, where to remember, and
//! how patient to be. `build()` refuses combinations that would undo a promise (decision D5).

use std::{fmt, sync::Arc, time::Duration};

use spooky_core::entropy::{Entropy, OsEntropy};
use url::Url;
use zeroize::Zeroizing;

use crate::{
    client::Client,
    clock::{Clock, SystemClock},
    error::{Code, Error},
    issuance::keyset::KeySet,
    reconcile::store::PendingStore,
    resilience::{BreakerPolicy, RetryPolicy, RetryQuota},
    trace::{TraceContext, TraceSource},
    transport::HttpTransport,
};

/// How old a fetched key set may be for verdicts, unless the app says otherwise.
const KEY_SET_MAX_AGE: Duration = Duration::from_secs(24 * 3_600);
/// Sets are fetched at most once a minute, so a shorter age could not be kept.
const SHORTEST_MAX_AGE: Duration = Duration::from_secs(60);

/// An API key. Wiped on drop, never printed.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// Takes the key as the operator gave it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub(crate) fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey")
    }
}

/// Whose signatures count.
#[derive(Debug, Clone)]
pub enum Trust {
    /// This key set, from a place the app trusts. It is never replaced by what a server says, and never
    /// ages: the client learns neither that a key was revoked, so what a thief signs with it goes on
    /// passing, nor new keys, so receipts under them cannot be judged. The app brings a newer set.
    Pinned(KeySet),
    /// The set that main publishes: fetched over TLS, kept in the store with the time of its fetch,
    /// replaced only by higher versions of the same issuer, and fetched again while the client is
    /// used. For verdicts it counts no longer than [`ClientBuilder::key_set_max_age`]; answers to the
    /// client's own requests are checked with it at any age.
    Fetched,
}

/// How reconciliation paces itself.
#[derive(Debug, Clone)]
#[must_use]
pub struct ReconcilePolicy {
    pub(crate) interval: Duration,
    pub(crate) longest_interval: Duration,
    pub(crate) batch: usize,
    pub(crate) max_debts: u64,
    pub(crate) automatic: bool,
}

impl Default for ReconcilePolicy {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            longest_interval: Duration::from_secs(60),
            batch: 50,
            max_debts: 10_000,
            automatic: true,
        }
    }
}

impl ReconcilePolicy {
    /// Mean pause between automatic attempts while debts exist; it doubles up to
    /// [`ReconcilePolicy::longest_interval`] while main stays down. Default 5 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Longest mean pause. Default 60 s.
    pub fn longest_interval(mut self, interval: Duration) -> Self {
        self.longest_interval = interval;
        self
    }

    /// Debts per call, 1 to 100. Default 50.
    pub fn batch(mut self, debts: usize) -> Self {
        self.batch = debts;
        self
    }

    /// Most debts the store may hold before fallback ids are refused. Default 10 000.
    pub fn max_debts(mut self, debts: u64) -> Self {
        self.max_debts = debts;
        self
    }

    /// Switches the background work off: the app calls `drain` itself, for instance from a job
    /// scheduler.
    pub fn manual(mut self) -> Self {
        self.automatic = false;
        self
    }
}

pub(crate) struct RouteConfig {
    /// Scheme, host and port without a trailing slash.
    pub(crate) origin: String,
    pub(crate) key: ApiKey,
}

pub(crate) struct Config {
    pub(crate) main: RouteConfig,
    pub(crate) fallback: Option<RouteConfig>,
    pub(crate) trust: Trust,
    pub(crate) key_set_max_age: Duration,
    pub(crate) store: Arc<dyn PendingStore>,
    pub(crate) transport: Arc<dyn HttpTransport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) quota: RetryQuota,
    pub(crate) breaker: BreakerPolicy,
    pub(crate) reconcile: ReconcilePolicy,
    pub(crate) fallback_when_throttled: bool,
    pub(crate) trace: Option<TraceSource>,
}

/// Settings that weaken a promise, together where a review can find them.
#[derive(Debug)]
pub struct Danger(ClientBuilder);

impl Danger {
    /// Allows plain http to hosts that are not loopback: keys and ids travel readable.
    pub fn allow_plain_http(mut self) -> ClientBuilder {
        self.0.plain_http = true;
        self.0
    }

    /// Lets retries cost nothing, so that an outage is met by as many as the policy allows: for
    /// controls of tests, behind the feature `test-util`.
    #[cfg(feature = "test-util")]
    pub fn unlimited_retries(mut self) -> ClientBuilder {
        self.0.quota = RetryQuota::unlimited();
        self.0
    }
}

/// Builds a [`Client`].
///
#[cfg_attr(feature = "http", doc = "```")]
#[cfg_attr(not(feature = "http"), doc = "```ignore")]
/// use chitty_client::{ApiKey, Client, Trust, reconcile::store::MemoryStore};
///
/// let client = Client::builder()
///     .main("https://id.example", ApiKey::new("key-for-main"))
///     .fallback("https://fallback.id.example", ApiKey::new("key-for-fallback"))
///     .trust(Trust::Fetched)
///     .store(MemoryStore::new()?)
///     .build()?;
/// # Ok::<(), chitty_client::Error>(())
/// ```
#[must_use]
pub struct ClientBuilder {
    main: Option<(String, ApiKey)>,
    fallback: Option<(String, ApiKey)>,
    trust: Option<Trust>,
    key_set_max_age: Duration,
    store: Option<Arc<dyn PendingStore>>,
    transport: Option<Arc<dyn HttpTransport>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    deadline: Duration,
    retry: RetryPolicy,
    quota: RetryQuota,
    breaker: BreakerPolicy,
    reconcile: ReconcilePolicy,
    fallback_when_throttled: bool,
    trace: Option<TraceSource>,
    plain_http: bool,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            main: None,
            fallback: None,
            trust: None,
            key_set_max_age: KEY_SET_MAX_AGE,
            store: None,
            transport: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            deadline: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            quota: RetryQuota::default(),
            breaker: BreakerPolicy::default(),
            reconcile: ReconcilePolicy::default(),
            fallback_when_throttled: false,
            trace: None,
            plain_http: false,
        }
    }

    /// The main service: `https://host[:port]` and the API key for it.
    pub fn main(mut self, origin: impl Into<String>, key: ApiKey) -> Self {
        self.main = Some((origin.into(), key));
        self
    }

    /// The fallback service: another origin and another API key. Without it an outage of main is a
    /// failure.
    pub fn fallback(mut self, origin: impl Into<String>, key: ApiKey) -> Self {
        self.fallback = Some((origin.into(), key));
        self
    }

    /// Whose signatures count.
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = Some(trust);
        self
    }

    /// How old a fetched key set may be for verdicts on receipts, counted from when it was asked for;
    /// at least a minute. Default 24 h: for so long what was revoked may still pass. An outage of main
    /// that lasts longer makes verdicts indeterminate, and stops no request.
    pub fn key_set_max_age(mut self, age: Duration) -> Self {
        self.key_set_max_age = age;
        self
    }

    /// Where obligations are kept.
    pub fn store(mut self, store: impl PendingStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Where obligations are kept, shared.
    pub fn shared_store(mut self, store: Arc<dyn PendingStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Another transport than the built-in one.
    pub fn transport(mut self, transport: impl HttpTransport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of random bytes than the system's.
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// Total time of a request, both services together. Default 10 s: main may spend half of it,
    /// and 30 % is kept for the fallback.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How often and after which pauses a request is repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// When a failing service is left alone, and for how long.
    pub fn breaker(mut self, policy: BreakerPolicy) -> Self {
        self.breaker = policy;
        self
    }

    /// How reconciliation paces itself.
    pub fn reconcile(mut self, policy: ReconcilePolicy) -> Self {
        self.reconcile = policy;
        self
    }

    /// Takes the fallback also when main answers 429. Off by default: a throttled client would
    /// flood the fallback.
    pub fn fallback_when_throttled(mut self) -> Self {
        self.fallback_when_throttled = true;
        self
    }

    /// Where the app's tracing tells which trace the calling task belongs to. It is asked before
    /// each HTTP request, in the task that sends it; background work belongs to none of the app's.
    pub fn trace_context(
        mut self,
        current: impl Fn() -> Option<TraceContext> + Send + Sync + 'static,
    ) -> Self {
        self.trace = Some(Arc::new(current));
        self
    }

    /// Settings that weaken a promise.
    pub fn danger(self) -> Danger {
        Danger(self)
    }

    /// Builds the client. Nothing is sent and no task is started.
    ///
    /// # Errors
    /// `ConfigurationInvalid`, `OriginInvalid`, `PlainHttp`, `OriginsEqual` or `SecretsEqual`.
    pub fn build(self) -> Result<Client, Error> {
        let missing = |what: &str| Error::new(Code::ConfigurationInvalid).detail(what);
        let main = self.main.ok_or_else(|| missing("main is not set"))?;
        let main = route(main, self.plain_http)?;
        let fallback = match self.fallback {
            Some(fallback) => Some(route(fallback, self.plain_http)?),
            None => None,
        };
        if let Some(fallback) = &fallback {
            if host_and_port(&fallback.origin) == host_and_port(&main.origin) {
                return Err(Code::OriginsEqual.into());
            }
            if fallback.key.expose_secret() == main.key.expose_secret() {
                return Err(Code::SecretsEqual.into());
            }
        }
        if self.reconcile.batch == 0 || self.reconcile.batch > crate::wire::id::MAX_RECONCILE_ITEMS
        {
            return Err(missing("the reconcile batch must be 1 to 100"));
        }
        if self.deadline < Duration::from_millis(100) {
            return Err(missing("the deadline must be at least 100 ms"));
        }
        if self.key_set_max_age < SHORTEST_MAX_AGE {
            return Err(missing("a key set's maximum age must be at least a minute"));
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        Ok(Client::from_config(Config {
            main,
            fallback,
            trust: self.trust.ok_or_else(|| missing("trust is not set"))?,
            key_set_max_age: self.key_set_max_age,
            store: self.store.ok_or_else(|| missing("the store is not set"))?,
            transport,
            clock: self.clock,
            entropy: self.entropy,
            deadline: self.deadline,
            retry: self.retry,
            quota: self.quota,
            breaker: self.breaker,
            reconcile: self.reconcile,
            fallback_when_throttled: self.fallback_when_throttled,
            trace: self.trace,
        }))
    }
}

#[cfg(feature = "http")]
pub(crate) fn default_transport() -> Result<Arc<dyn HttpTransport>, Error> {
    use crate::transport::{ReqwestOptions, ReqwestTransport};
    Ok(Arc::new(ReqwestTransport::new(&ReqwestOptions::default())?))
}

#[cfg(not(feature = "http"))]
pub(crate) fn default_transport() -> Result<Arc<dyn HttpTransport>, Error> {
    Err(Error::new(Code::ConfigurationInvalid).detail("no transport is set and none is built in"))
}

pub(crate) fn route((text, key): (String, ApiKey), plain_http: bool) -> Result<RouteConfig, Error> {
    let origin = origin(&text, plain_http)?;
    let invalid = |what: &str| Err(Error::new(Code::ConfigurationInvalid).detail(what));
    let mut bytes = key.expose_secret().bytes().peekable();
    if bytes.peek().is_none() {
        return invalid("an API key is empty");
    }
    if !bytes.all(|byte| byte.is_ascii_graphic()) {
        return invalid(
            "an API key holds a space, the end of a line or another character that no key has",
        );
    }
    Ok(RouteConfig { origin, key })
}

/// Reads an origin: scheme, host and port. Plain http is for loopback, unless it is allowed.
pub(crate) fn origin(text: &str, plain_http: bool) -> Result<String, Error> {
    let url = Url::parse(text).map_err(|error| Error::new(Code::OriginInvalid).caused_by(error))?;
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !bare || !matches!(url.scheme(), "http" | "https") {
        return Err(Code::OriginInvalid.into());
    }
    if url.scheme() == "http" && !plain_http && !is_loopback(&url) {
        return Err(Code::PlainHttp.into());
    }
    Ok(url.origin().ascii_serialization())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Origins that differ only in scheme are the same machine.
fn host_and_port(origin: &str) -> Option<(String, Option<u16>)> {
    let url = Url::parse(origin).ok()?;
    Some((url.host_str()?.to_owned(), url.port_or_known_default()))
}
