//! The live service of the Canonical profile, as it is today (decision D1; `spec/live.md`).
//!
//! That service knows no idempotency key, no receipt yet, and no separate fallback: during a failure
//! it answers 200 with an error id (`03-0-ERR-…`) that everybody who meets the same failure in the
//! same month shares. So this client has promises of its own:
//!
//! - an error id is never returned and never a key; the request waits under the app's handle, and is
//!   repeated only by [`LiveClient::drain`] or by asking for the same handle again;
//! - a request that may have been answered is never repeated by itself: it is wedged until the app
//!   has [decided](LiveClient::decide), because repeating it could mint a second id; whoever stands
//!   before the service proves nothing by answering in its place;
//! - an id that came is never dropped, whatever became of its row meanwhile;
//! - a receipt is checked when there is one, and once the service has sent one, an answer without is
//!   refused.

mod answer;
mod mint;
mod outcome;

use std::{fmt, sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::{
    clock::{Clock, SystemClock},
    config::{ApiKey, RouteConfig, default_transport, route},
    error::{Code, Error},
    id::ChittyId,
    issuance::{Handle, Intent, flight::Flights, keyset::KeySet, receipt::VerifiedReceipt},
    reconcile::store::{PendingStore, State},
    transport::HttpTransport,
};
use spooky_core::secret::Secret32;

/// The profile that rows of this client carry in the store, which makes them no request of another
/// client.
pub(crate) const ROW_PROFILE: &str = "live";

/// What kind of thing the id is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityType {
    /// `P`.
    Person,
    /// `L`.
    Place,
    /// `T`.
    Thing,
    /// `E`.
    Event,
    /// `A`.
    Authority,
}

impl EntityType {
    /// The letter in the id.
    pub fn letter(self) -> char {
        match self {
            Self::Person => 'P',
            Self::Place => 'L',
            Self::Thing => 'T',
            Self::Event => 'E',
            Self::Authority => 'A',
        }
    }
}

/// A request for a Canonical id. The handle is the app's own name for the thing and not optional:
/// it is what leads back to a request whose answer is outstanding.
#[derive(Clone)]
pub struct LiveRequest {
    entity_type: EntityType,
    handle: Handle,
    options: Map<String, Value>,
}

/// Prints neither handle nor options: they may tell about a person.
impl fmt::Debug for LiveRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveRequest").finish_non_exhaustive()
    }
}

impl LiveRequest {
    /// Asks for an id of `entity_type` for the thing that the app calls `handle`, 1 to 256 bytes.
    ///
    /// # Errors
    /// `HandleInvalid`.
    pub fn new(entity_type: EntityType, handle: impl AsRef<[u8]>) -> Result<Self, Error> {
        Ok(Self {
            entity_type,
            handle: Handle::new(handle)?,
            options: Map::new(),
        })
    }

    /// The region, as the service knows it.
    #[must_use]
    pub fn region(self, region: &str) -> Self {
        self.option("region", region)
    }

    /// The jurisdiction, as the service knows it.
    #[must_use]
    pub fn jurisdiction(self, jurisdiction: &str) -> Self {
        self.option("jurisdiction", jurisdiction)
    }

    /// The trust level, as the service knows it.
    #[must_use]
    pub fn trust(self, level: &str) -> Self {
        self.option("trust", level)
    }

    fn option(mut self, name: &str, value: &str) -> Self {
        self.options.insert(name.to_owned(), value.into());
        self
    }

    fn intent(&self) -> Intent {
        Intent {
            profile: ROW_PROFILE.to_owned(),
            namespace: String::new(),
            entity_type: self.entity_type.letter().to_string(),
            parent: None,
            metadata: self.options.clone(),
        }
    }
}

/// A permanent Canonical id, with a receipt when the service sent one.
#[derive(Clone)]
pub struct LiveIssued {
    id: ChittyId,
    receipt: Option<VerifiedReceipt>,
    others: Vec<ChittyId>,
}

impl LiveIssued {
    /// The id.
    pub fn id(&self) -> ChittyId {
        self.id
    }

    /// The proof, when the service sent one and the client has the keys to check it.
    pub fn receipt(&self) -> Option<&VerifiedReceipt> {
        self.receipt.as_ref()
    }

    /// Other ids that the service minted for this handle, or called so: they came after a decision to mint
    /// again, or could not be used. Nothing was sent because of them; revoking them is the app's to do.
    pub fn others(&self) -> &[ChittyId] {
        &self.others
    }
}

/// Prints no id.
impl fmt::Debug for LiveIssued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveIssued")
            .field("receipt", &self.receipt.is_some())
            .finish_non_exhaustive()
    }
}

/// What the app decides about a request that may have been answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The thing has no id at the service: ask again.
    MintAgain,
    /// The thing got its id elsewhere, or needs none; the reason stays on record.
    GiveUp(String),
}

/// A request without an id yet.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LivePending {
    /// The app's name for the thing.
    pub handle: Vec<u8>,
    /// Open while it waits, wedged when the app must decide.
    pub state: State,
    /// Why; `None` while the request is under way.
    pub code: Option<Code>,
    /// Ids that came and could not be used: of another type, or with a receipt that does not verify.
    pub came: Vec<ChittyId>,
}

/// Prints no handle: handles are often personal data.
impl fmt::Debug for LivePending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LivePending")
            .field("state", &self.state)
            .field("code", &self.code)
            .field("came", &self.came.len())
            .finish_non_exhaustive()
    }
}

/// What a drain did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveReport {
    /// Requests that got their id.
    pub issued: u64,
    /// Requests that still wait.
    pub waiting: u64,
    /// Requests that the app must decide about.
    pub wedged: u64,
    /// Why the drain stopped early, if it did.
    pub stopped: Option<Code>,
}

/// Requests Canonical ids of the live service. Clones share everything.
///
#[cfg_attr(all(feature = "http", feature = "sqlite"), doc = "```no_run")]
#[cfg_attr(not(all(feature = "http", feature = "sqlite")), doc = "```ignore")]
/// # async fn f() -> Result<(), chitty_client::Error> {
/// use chitty_client::{ApiKey, live::{EntityType, LiveClient, LiveRequest}};
/// use chitty_client::reconcile::store::SqliteStore;
///
/// let client = LiveClient::builder("https://id.example", ApiKey::new("token"))
///     .build(SqliteStore::open("live.db")?)?;
/// let issued = client.mint(LiveRequest::new(EntityType::Person, "row-17")?).await?;
/// println!("{}", issued.id());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct LiveClient(Arc<Shared>);

struct Shared {
    route: RouteConfig,
    store: Arc<dyn PendingStore>,
    transport: Arc<dyn HttpTransport>,
    clock: Arc<dyn Clock>,
    deadline: Duration,
    keys: Option<KeySet>,
    flights: Flights,
    store_key: OnceCell<Secret32>,
}

impl fmt::Debug for LiveClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveClient").finish_non_exhaustive()
    }
}

/// Builds a [`LiveClient`].
#[must_use]
pub struct LiveClientBuilder {
    origin: (String, ApiKey),
    transport: Option<Arc<dyn HttpTransport>>,
    clock: Arc<dyn Clock>,
    deadline: Duration,
    keys: Option<KeySet>,
}

impl fmt::Debug for LiveClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveClientBuilder").finish_non_exhaustive()
    }
}

impl LiveClientBuilder {
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

    /// Total time of a request. Default 10 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The keys that receipts are checked with. Without them an answer with a receipt is refused:
    /// it cannot be judged.
    pub fn key_set(mut self, keys: KeySet) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Builds the client on a store of its own, not shared with a [`Client`](crate::Client). Nothing
    /// is sent.
    ///
    /// # Errors
    /// `OriginInvalid`, `PlainHttp` or `ConfigurationInvalid`.
    pub fn build(self, store: impl PendingStore + 'static) -> Result<LiveClient, Error> {
        Ok(LiveClient(Arc::new(Shared {
            route: route(self.origin, false)?,
            store: Arc::new(store),
            transport: match self.transport {
                Some(transport) => transport,
                None => default_transport()?,
            },
            clock: self.clock,
            deadline: self.deadline,
            keys: self.keys,
            flights: Flights::default(),
            store_key: OnceCell::new(),
        })))
    }
}

impl LiveClient {
    /// Starts to configure a client of the service at `origin` with its bearer token.
    pub fn builder(origin: impl Into<String>, token: ApiKey) -> LiveClientBuilder {
        LiveClientBuilder {
            origin: (origin.into(), token),
            transport: None,
            clock: Arc::new(SystemClock),
            deadline: Duration::from_secs(10),
            keys: None,
        }
    }

    /// Requests an id; repeating the handle yields the same id.
    ///
    /// # Errors
    /// `MintPending` when the service answered with an error id, `PossibleDuplicate` when the request
    /// may have been answered, `InFlight` while another process asks, `HandleReused`, refusals
    /// (12xx), receipts that do not verify (13xx), and 15xx for the store.
    pub async fn mint(&self, request: LiveRequest) -> Result<LiveIssued, Error> {
        mint::mint(&self.0, &request).await
    }

    /// Asks again for what waits, once each and oldest first, until `limit` is over or the service
    /// proves unavailable.
    ///
    /// # Errors
    /// The 15xx codes; trouble with the service is in the report.
    pub async fn drain(&self, limit: Duration) -> Result<LiveReport, Error> {
        mint::drain(&self.0, limit).await
    }

    /// Requests without an id.
    ///
    /// # Errors
    /// The 15xx codes.
    pub async fn pending(&self) -> Result<Vec<LivePending>, Error> {
        mint::pending(&self.0).await
    }

    /// Settles what should become of a wedged request.
    ///
    /// # Errors
    /// `NotPending` unless the request of that handle is wedged; the 15xx codes.
    pub async fn decide(&self, handle: impl AsRef<[u8]>, decision: Decision) -> Result<(), Error> {
        mint::decide(&self.0, &Handle::new(handle)?, decision).await
    }
}
