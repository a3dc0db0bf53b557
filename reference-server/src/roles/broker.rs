//! A broker as a value: built, started, inspected, stopped.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chitty_client::clock::{Clock, SystemClock};
use spooky_core::{
    credential::{Attributes, IssuerId, IssuerKeys, Schema},
    entropy::{OsEntropy, random_32},
    jose::StatementKeys,
    pseudonym::Host,
    secret::Secret32,
};

use crate::{
    admission::Overload,
    auth::{Gate, issue_api_key},
    broker::{AttributeSource, BrokerService, EnrolmentTable, Published, Work, enrol, routes},
    config::{Listen, wrong},
    error::{Error, Refusal},
    fault::{FaultHandle, Faults},
    keys::{KeyRing, Role},
    metrics::{self, Metrics},
    server::{Running, Setup},
    store::{ApiKeySpec, BrokerStore, Database, open_broker},
};

/// A broker: registers anchors, and issues and verifies credentials.
///
/// ```no_run
/// use reference_server::BrokerServer;
/// use spooky_core::credential::Schema;
///
/// # async fn f(schema: Schema) -> Result<(), Box<dyn std::error::Error>> {
/// let broker = BrokerServer::builder()
///     .issuer("https://broker.example")
///     .schema(schema)
///     .start()
///     .await?;
/// // … wallets speak to broker.url() …
/// broker.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BrokerServer;

impl BrokerServer {
    /// Starts with an in-memory database, in-memory keys, the system clock, no schema and a free port
    /// on loopback.
    pub fn builder() -> BrokerBuilder {
        BrokerBuilder {
            issuer: "https://broker.example".to_owned(),
            database: Database::Memory,
            keys_dir: None,
            clock: Arc::new(SystemClock),
            listen: Listen::default(),
            schemas: Vec::new(),
            source: None,
            snapshot_every: Duration::from_secs(60),
            credentials_per_day: 24,
            faults: Faults::default(),
            overload: Overload::default(),
        }
    }
}

/// Settings of a broker.
#[must_use = "nothing runs before start()"]
pub struct BrokerBuilder {
    issuer: String,
    database: Database,
    keys_dir: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    listen: Listen,
    schemas: Vec<Schema>,
    source: Option<Arc<dyn AttributeSource>>,
    snapshot_every: Duration,
    credentials_per_day: u64,
    faults: Faults,
    overload: Overload,
}

impl BrokerBuilder {
    /// Its name in everything that it signs: the https origin under which it is reached.
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

    /// One more schema that it issues.
    pub fn schema(mut self, schema: Schema) -> Self {
        self.schemas.push(schema);
        self
    }

    /// Where the attributes of people come from; the table of enrolments unless given.
    pub fn attribute_source(mut self, source: Arc<dyn AttributeSource>) -> Self {
        self.source = Some(source);
        self
    }

    /// How old the newest snapshot may get, in whole seconds (default 60): so late a revocation is in it.
    pub fn snapshot_every(mut self, age: Duration) -> Self {
        self.snapshot_every = age;
        self
    }

    /// Most credentials of one anchor in a UTC day (default 24).
    pub fn credentials_per_day(mut self, most: u64) -> Self {
        self.credentials_per_day = most;
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
    pub async fn start(self) -> Result<BrokerHandle, Error> {
        self.listen.check(&self.faults)?;
        let issuer = IssuerId::parse(&self.issuer)
            .ok()
            .filter(|_| Host::of_https_origin(&self.issuer).is_ok());
        let Some(issuer) = issuer else {
            return wrong(
                "a broker's issuer name is its https origin, such as https://broker.example",
            );
        };
        let repeated = |n: usize| self.schemas[..n].contains(&self.schemas[n]);
        if (0..self.schemas.len()).any(repeated) {
            return wrong("a schema is given twice");
        }
        let now = self.clock.now_ms().div_euclid(1000);
        let keys = match &self.keys_dir {
            Some(folder) => KeyRing::open_or_make(folder, Role::Broker, now)?,
            None => KeyRing::in_memory(Role::Broker, now)?,
        };
        let store = open_broker(&self.database).await?;
        let fresh = random_32(&OsEntropy).map_err(|error| Error::Keys(error.to_string()))?;
        let table = || Arc::new(EnrolmentTable(store.clone())) as Arc<dyn AttributeSource>;
        let service = Arc::new(BrokerService {
            gate: Gate::new(store.clone(), self.clock.clone()),
            nonces: Secret32::new(store.nonce_secret(fresh).await?),
            epoch: store.known_epoch(),
            source: self.source.unwrap_or_else(table),
            store,
            keys,
            clock: self.clock,
            issuer,
            schemas: self.schemas.into_iter().map(Arc::new).collect(),
            snapshot_every: self.snapshot_every.as_secs(),
            daily: self.credentials_per_day,
            metrics: Metrics::new(),
            work: Work::new(),
            published: Published::default(),
        });
        let faults = FaultHandle::new(self.faults);
        let setup = Setup {
            listen: self.listen,
            faults: faults.clone(),
            overload: self.overload,
            keys: Some(service.store.clone()),
            metrics: service.metrics.clone(),
        };
        let shown = metrics::route(metrics::Service::Broker(service.clone()));
        let running = Running::start(setup, routes(service.clone()).merge(shown))?;
        Ok(BrokerHandle {
            service,
            running,
            faults,
        })
    }
}

/// A running broker.
pub struct BrokerHandle {
    service: Arc<BrokerService>,
    running: Running,
    faults: FaultHandle,
}

impl BrokerHandle {
    /// `http://127.0.0.1:PORT`, or https, without a slash at the end.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// Its published keys for statements.
    ///
    /// # Errors
    /// [`Error::Refused`] for a set that cannot be published.
    pub fn statement_keys(&self) -> Result<StatementKeys, Error> {
        let keys = self.service.keys.current();
        let keys = keys.statements(self.service.issuer.as_str());
        keys.map_err(|code| Refusal::new(code).into())
    }

    /// Its published keys for credentials.
    ///
    /// # Errors
    /// [`Error::Refused`] for a set that cannot be published.
    pub fn issuer_keys(&self) -> Result<IssuerKeys, Error> {
        let keys = self.service.keys.current();
        let keys = keys.issuer_keys(&self.service.issuer);
        keys.map_err(|code| Refusal::new(code).into())
    }

    /// Makes an API key for a site, whose tenant is the site's host, and answers its secret, which is
    /// not kept.
    ///
    /// # Errors
    /// As [`issue_api_key`].
    pub async fn add_api_key(&self, spec: ApiKeySpec) -> Result<String, Error> {
        issue_api_key(&*self.service.store, &spec, self.service.now()).await
    }

    /// Enrols somebody's attributes and answers the one-time code for their wallet, which is not kept.
    ///
    /// # Errors
    /// [`Error::Configuration`] for attributes that are not the schema's, [`Error::Refused`] when the
    /// name is taken or the database is away.
    pub async fn enrol(
        &self,
        name: &str,
        schema: &Schema,
        attributes: &Attributes,
    ) -> Result<String, Error> {
        enrol(self.store(), name, schema, attributes, self.service.now()).await
    }

    /// Changes what goes wrong on purpose.
    pub fn faults(&self) -> &FaultHandle {
        &self.faults
    }

    /// What it remembers.
    pub fn store(&self) -> &dyn BrokerStore {
        &*self.service.store
    }

    /// Puts new statement keys in the place of the active ones, which stay published, and adds BBS
    /// keys for the days that none covers.
    ///
    /// # Errors
    /// [`Error::Keys`] when they cannot be written.
    pub fn rotate_keys(&self) -> Result<(), Error> {
        let now = self.service.now().div_euclid(1000);
        self.service.keys.rotate(false, now)
    }

    /// Revokes the key `kid`, of a BBS key the public key as published: what it signed no longer counts, for
    /// good. Another one takes its place at once.
    ///
    /// # Errors
    /// As [`KeyRing::revoke_in`].
    pub fn revoke_key(&self, kid: &str) -> Result<(), Error> {
        let now = self.service.now().div_euclid(1000);
        self.service.keys.revoke(kid, now)
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
