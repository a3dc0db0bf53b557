//! The main service as a value: built, started, inspected, stopped.

use std::{path::PathBuf, sync::Arc};

use chitty_client::{
    clock::{Clock, SystemClock},
    issuance::keyset::KeySet,
};
use spooky_core::{
    entropy::{OsEntropy, random_32},
    secret::Secret32,
};

use crate::{
    admission::Overload,
    auth::{Gate, is_namespace, issue_api_key},
    config::{Listen, Minting, wrong},
    error::Error,
    fault::{FaultHandle, Faults},
    id::{InFlight, MainService, routes},
    keys::{KeyRing, Role},
    metrics::{self, Metrics},
    server::{Running, Setup},
    store::{ApiKeySpec, Database, Enrolment, MainStore, open_main},
};

/// Most ids under one grant, unless enrolled otherwise.
pub(crate) const DEFAULT_MAX: u64 = 10_000;

/// The main service.
///
/// ```no_run
/// use reference_server::{ApiKeySpec, Database, MainServer};
///
/// # async fn f() -> Result<(), reference_server::Error> {
/// let main = MainServer::builder()
///     .issuer("https://id.example")
///     .database(Database::Memory)
///     .start()
///     .await?;
/// let secret = main.add_api_key(ApiKeySpec::new("tenant-1")).await?;
/// // … send requests to main.url() with the header X-API-Key: <secret> …
/// main.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MainServer;

impl MainServer {
    /// Starts with an in-memory database, in-memory keys, the system clock and a free port on
    /// loopback.
    pub fn builder() -> MainBuilder {
        MainBuilder {
            issuer: "https://id.example".to_owned(),
            database: Database::Memory,
            keys_dir: None,
            clock: Arc::new(SystemClock),
            listen: Listen::default(),
            minting: Minting::default(),
            faults: Faults::default(),
            overload: Overload::default(),
        }
    }
}

/// Settings of a main service.
#[must_use = "nothing runs before start()"]
pub struct MainBuilder {
    issuer: String,
    database: Database,
    keys_dir: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    listen: Listen,
    minting: Minting,
    faults: Faults,
    overload: Overload,
}

impl MainBuilder {
    /// The name in receipts, grants and the key set.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Where its data lives.
    pub fn database(mut self, database: impl Into<Database>) -> Self {
        self.database = database.into();
        self
    }

    /// Where its keys live; made there when missing.
    pub fn keys_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.keys_dir = Some(folder.into());
        self
    }

    /// What time it is.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where to listen.
    pub fn listen(mut self, listen: impl Into<Listen>) -> Self {
        self.listen = listen.into();
        self
    }

    /// What ids are made with.
    pub fn minting(mut self, minting: Minting) -> Self {
        self.minting = minting;
        self
    }

    /// How much it takes on at once.
    pub fn overload(mut self, overload: Overload) -> Self {
        self.overload = overload;
        self
    }

    /// What goes wrong on purpose, from the start.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Opens everything and listens.
    ///
    /// # Errors
    /// [`Error`] says which setting, file or address is at fault.
    pub async fn start(self) -> Result<MainHandle, Error> {
        self.listen.check(&self.faults)?;
        self.minting.check()?;
        if self.issuer.is_empty() {
            return wrong("the issuer needs a name");
        }
        let now = self.clock.now_ms().div_euclid(1000);
        let keys = match &self.keys_dir {
            Some(folder) => KeyRing::open_or_make(folder, Role::Main, now)?,
            None => KeyRing::in_memory(Role::Main, now)?,
        };
        let store = open_main(&self.database).await?;
        let fresh = random_32(&OsEntropy).map_err(|error| Error::Keys(error.to_string()))?;
        let service = Arc::new(MainService {
            gate: Gate::new(store.clone(), self.clock.clone()),
            nonces: Secret32::new(store.nonce_secret(fresh).await?),
            store,
            keys,
            clock: self.clock,
            issuer: self.issuer,
            minting: self.minting,
            in_flight: InFlight::default(),
            metrics: Metrics::new(),
        });
        let faults = FaultHandle::new(self.faults);
        let setup = Setup {
            listen: self.listen,
            faults: faults.clone(),
            overload: self.overload,
            keys: Some(service.store.clone()),
            metrics: service.metrics.clone(),
        };
        let shown = metrics::route(metrics::Service::Main(service.clone()));
        let running = Running::start(setup, routes(service.clone()).merge(shown))?;
        Ok(MainHandle {
            service,
            running,
            faults,
        })
    }
}

/// A running main service.
pub struct MainHandle {
    service: Arc<MainService>,
    running: Running,
    faults: FaultHandle,
}

impl MainHandle {
    /// `http://127.0.0.1:PORT`, or https, without a slash at the end.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// Its published keys.
    pub fn key_set(&self) -> KeySet {
        self.service.key_set()
    }

    /// Its issuer name.
    pub fn issuer(&self) -> &str {
        &self.service.issuer
    }

    /// Makes an API key and answers its secret, which is not kept.
    ///
    /// # Errors
    /// As [`issue_api_key`].
    pub async fn add_api_key(&self, spec: ApiKeySpec) -> Result<String, Error> {
        issue_api_key(&*self.service.store, &spec, self.service.now()).await
    }

    /// Enrols a fallback's key with the defaults: 10 000 ids per grant, one cycle per month.
    ///
    /// # Errors
    /// [`Error::Refused`] when the name or key is enrolled already.
    pub async fn enroll_fallback(
        &self,
        name: &str,
        thumbprint: &str,
        namespaces: &[&str],
    ) -> Result<(), Error> {
        let enrolment = Enrolment {
            name: name.to_owned(),
            thumbprint: thumbprint.to_owned(),
            namespaces: namespaces.iter().map(|ns| (*ns).to_owned()).collect(),
            max: DEFAULT_MAX,
            cycles: 1,
        };
        enroll(self.store(), &enrolment, self.service.now()).await
    }

    /// Changes what goes wrong on purpose.
    pub fn faults(&self) -> &FaultHandle {
        &self.faults
    }

    /// What it remembers.
    pub fn store(&self) -> &dyn MainStore {
        &*self.service.store
    }

    /// Puts new keys in the place of the active ones; the old ones stay published.
    ///
    /// # Errors
    /// [`Error::Keys`] when they cannot be written.
    pub fn rotate_keys(&self) -> Result<(), Error> {
        let now = self.service.now().div_euclid(1000);
        self.service.keys.rotate(false, now)
    }

    /// Revokes the key `kid`: what it signed no longer counts, for good. A new one takes its place at once.
    ///
    /// # Errors
    /// As [`crate::keys::KeyRing::revoke_in`].
    pub fn revoke_key(&self, kid: &str) -> Result<(), Error> {
        let now = self.service.now().div_euclid(1000);
        self.service.keys.revoke(kid, now)
    }

    /// After its database was restored, what `reference-server restored` does: begins the next epoch and
    /// closes this month's ids of `prefix` and the Canonical ones. Answers what is closed. This process
    /// goes on in the new epoch; every other one on this database is refused until it is restarted.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a malformed prefix, [`Error::Refused`] when the database is away.
    pub async fn close_month(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let done = super::close_month(self.store(), prefix, self.service.now()).await?;
        Ok(done.0)
    }

    /// Lets requests finish for a while, then stops.
    pub async fn shutdown(self) {
        self.running.shutdown().await;
        self.service.store.close().await;
    }

    /// Stops at once, cutting every connection, as a crash would.
    pub async fn kill(self) {
        self.running.kill().await;
        self.service.store.close().await;
    }
}

/// Enrols a fallback's key after checking the enrolment.
///
/// # Errors
/// [`Error::Configuration`] for a malformed enrolment, [`Error::Refused`] when the name or key is
/// enrolled already.
pub(crate) async fn enroll(
    store: &dyn MainStore,
    enrolment: &Enrolment,
    now: i64,
) -> Result<(), Error> {
    if enrolment.name.is_empty() || enrolment.thumbprint.len() != 43 {
        return wrong("a fallback needs a name and its key's thumbprint (43 characters)");
    }
    if enrolment.namespaces.is_empty() || !enrolment.namespaces.iter().all(|ns| is_namespace(ns)) {
        return wrong("a fallback's namespaces are named one by one, each three letters A-Z");
    }
    if enrolment.max == 0 || !(1..=36).contains(&enrolment.cycles) {
        return wrong("a grant needs at least one id, and 1 to 36 cycles");
    }
    Ok(store.enroll(enrolment, now).await?)
}
