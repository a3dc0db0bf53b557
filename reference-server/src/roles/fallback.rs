//! A fallback service as a value: built, started, renewed, stopped.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chitty_client::clock::{Clock, SystemClock};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    admission::Overload,
    auth::issue_api_key,
    config::{Listen, Minting, wrong},
    error::Error,
    fallback::{FallbackService, renew::Renewer, routes},
    fault::{FaultHandle, Faults},
    keys::{KeyRing, Purpose, Role},
    metrics,
    server::{Running, Setup},
    store::{ApiKeySpec, Database, FallbackStore, open_fallback},
};

/// A fallback service.
///
/// ```no_run
/// use reference_server::{Database, FallbackServer, MainServer};
///
/// # async fn f() -> Result<(), reference_server::Error> {
/// let main = MainServer::builder().issuer("https://id.example").start().await?;
/// let fallback = FallbackServer::builder()
///     .name("fallback-1")
///     .main_url(main.url())
///     .main_issuer("https://id.example")
///     .start()
///     .await?;
/// main.enroll_fallback("fallback-1", &fallback.thumbprint(), &["GEN", "USR"]).await?;
/// fallback.renew_now().await?; // holds a grant now
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FallbackServer;

impl FallbackServer {
    /// Starts with an in-memory database, in-memory keys, the system clock and a free port on
    /// loopback.
    pub fn builder() -> FallbackBuilder {
        FallbackBuilder {
            name: "fallback-1".to_owned(),
            main_url: String::new(),
            main_ca: None,
            main_issuer: "https://id.example".to_owned(),
            database: Database::Memory,
            keys_dir: None,
            clock: Arc::new(SystemClock),
            listen: Listen::default(),
            prefix: Minting::default().prefix,
            faults: Faults::default(),
            overload: Overload::default(),
            check_every: Some(Duration::from_secs(5)),
        }
    }
}

/// Settings of a fallback service.
#[must_use = "nothing runs before start()"]
pub struct FallbackBuilder {
    name: String,
    main_url: String,
    main_ca: Option<PathBuf>,
    main_issuer: String,
    database: Database,
    keys_dir: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    listen: Listen,
    prefix: String,
    faults: Faults,
    overload: Overload,
    check_every: Option<Duration>,
}

impl FallbackBuilder {
    /// The name under which its key is enrolled at main.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Where main is: https, or http on loopback.
    pub fn main_url(mut self, url: impl Into<String>) -> Self {
        self.main_url = url.into();
        self
    }

    /// The PEM file of the authorities that main's certificate must come from; they count instead of
    /// those of the web. Read once, at the start.
    pub fn main_ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.main_ca = Some(file.into());
        self
    }

    /// The issuer that grants must name.
    pub fn main_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.main_issuer = issuer.into();
        self
    }

    /// Where its data lives.
    pub fn database(mut self, database: impl Into<Database>) -> Self {
        self.database = database.into();
        self
    }

    /// Where its key lives; made there when missing.
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

    /// The first segment of its ids: two characters 0-9A-Z.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
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

    /// How often it looks whether there is something to upload or renew (real time, default 5 s).
    pub fn check_every(mut self, every: Duration) -> Self {
        self.check_every = Some(every.max(Duration::from_millis(10)));
        self
    }

    /// Does nothing in the background: uploads and renews only by [`FallbackHandle::renew_now`].
    pub fn renew_by_hand(mut self) -> Self {
        self.check_every = None;
        self
    }

    /// Opens everything and listens. Main need not be up: the stored grant counts.
    ///
    /// # Errors
    /// [`Error`] says which setting, file or address is at fault.
    pub async fn start(self) -> Result<FallbackHandle, Error> {
        self.listen.check(&self.faults)?;
        let minting = Minting {
            prefix: self.prefix,
            ..Minting::default()
        };
        minting.check()?;
        if self.name.is_empty() || self.main_issuer.is_empty() {
            return wrong("a fallback needs its own name and main's issuer name");
        }
        let now = self.clock.now_ms().div_euclid(1000);
        let keys = match &self.keys_dir {
            Some(folder) => KeyRing::open_or_make(folder, Role::Fallback, now)?,
            None => KeyRing::in_memory(Role::Fallback, now)?,
        };
        let store = open_fallback(&self.database).await?;
        let service =
            FallbackService::new(store, keys, self.clock, self.name, minting.prefix).await?;
        let service = Arc::new(service);
        let renewer = Arc::new(Renewer::new(
            service.clone(),
            &self.main_url,
            self.main_ca.as_deref(),
            self.main_issuer,
        )?);
        let faults = FaultHandle::new(self.faults);
        let setup = Setup {
            listen: self.listen,
            faults: faults.clone(),
            overload: self.overload,
            keys: Some(service.store.clone()),
            metrics: service.metrics.clone(),
        };
        let shown = metrics::route(metrics::Service::Fallback(service.clone()));
        let running = Running::start(setup, routes(service.clone()).merge(shown))?;
        let stop = CancellationToken::new();
        let background = self
            .check_every
            .map(|every| tokio::spawn(renewer.clone().run(every, stop.clone())));
        Ok(FallbackHandle {
            service,
            renewer,
            running,
            faults,
            stop,
            background,
        })
    }
}

/// A running fallback service.
pub struct FallbackHandle {
    service: Arc<FallbackService>,
    renewer: Arc<Renewer>,
    running: Running,
    faults: FaultHandle,
    stop: CancellationToken,
    background: Option<JoinHandle<()>>,
}

impl FallbackHandle {
    /// `http://127.0.0.1:PORT`, or https, without a slash at the end.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// The thumbprint of its key, to be enrolled at main.
    pub fn thumbprint(&self) -> String {
        let thumbprint = self.service.keys.thumbprint(Purpose::Holder);
        thumbprint.unwrap_or_default()
    }

    /// Whether it holds a grant that allows issuing now.
    pub fn holds_grant(&self) -> bool {
        self.service.usable(self.service.now()).is_ok()
    }

    /// Uploads the issue log and renews the grant, now.
    ///
    /// # Errors
    /// [`Error::Main`] when main is away or refuses.
    pub async fn renew_now(&self) -> Result<(), Error> {
        self.renewer.renew().await
    }

    /// Makes an API key and answers its secret, which is not kept.
    ///
    /// # Errors
    /// As [`issue_api_key`].
    pub async fn add_api_key(&self, spec: ApiKeySpec) -> Result<String, Error> {
        issue_api_key(&*self.service.store, &spec, self.service.now()).await
    }

    /// Changes what goes wrong on purpose.
    pub fn faults(&self) -> &FaultHandle {
        &self.faults
    }

    /// What it remembers.
    pub fn store(&self) -> &dyn FallbackStore {
        &*self.service.store
    }

    /// Lets requests finish for a while, then stops.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.running.shutdown().await;
        // It ends at its next look at `stop`, or is in a talk with main: cut that short.
        end(self.background).await;
        self.service.store.close().await;
    }

    /// Stops at once, cutting every connection, as a crash would.
    pub async fn kill(self) {
        end(self.background).await;
        self.running.kill().await;
        self.service.store.close().await;
    }
}

async fn end(background: Option<JoinHandle<()>>) {
    if let Some(task) = background {
        task.abort();
        // Cancelled, or ended before: both are an end.
        let _ = task.await;
    }
}
