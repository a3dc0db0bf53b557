//! Which connections are used again, and how soon a dead one is noticed.
//!
//! A connection can be open and dead: packets are dropped on the way, and nobody says so. HTTP/2 sends
//! PINGs while an answer is awaited, TCP gives up what is not acknowledged, and a connection on which
//! a request was not answered in time is not used again: each origin has connections of its own, which
//! are all given up then. Requests under way on them go on.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ::reqwest::Client;

/// How often an HTTP/2 connection is asked for a sign of life while an answer is awaited. Nothing is sent
/// while it is idle: a phone's radio may sleep.
const PING: Duration = Duration::from_secs(1);
/// How long the sign may take. Together with [`PING`] it leaves time for a second attempt within main's
/// share of the default deadline.
const PONG: Duration = Duration::from_secs(2);
/// How long sent bytes may stay unacknowledged, where the system knows such a limit (Linux, Android).
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(3);
/// When an idle connection is probed, and how often.
const PROBE: Duration = Duration::from_secs(15);
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// A wait that ends this much before its time was ended by the same deadline.
const EARLY: Duration = Duration::from_millis(100);
/// Most origins whose connections are kept.
const ORIGINS: usize = 64;

/// What every client of this transport says about connections.
pub(super) fn watched(builder: ::reqwest::ClientBuilder) -> ::reqwest::ClientBuilder {
    let builder = builder
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PONG)
        .http2_keep_alive_while_idle(false)
        .tcp_keepalive(PROBE)
        .tcp_keepalive_interval(PROBE)
        .tcp_keepalive_retries(2)
        .pool_idle_timeout(IDLE);
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let builder = builder.tcp_user_timeout(UNACKNOWLEDGED);
    builder
}

/// The connections of each origin.
pub(super) struct Connections {
    make: Box<dyn Fn() -> Result<Client, ::reqwest::Error> + Send + Sync>,
    /// Shared by whoever cannot have their own.
    first: Client,
    origins: Mutex<HashMap<String, Pool>>,
}

/// One origin's connections, and how often they were given up.
#[derive(Clone)]
struct Pool {
    client: Client,
    generation: u64,
}

impl Connections {
    pub(super) fn new(
        make: impl Fn() -> Result<Client, ::reqwest::Error> + Send + Sync + 'static,
    ) -> Result<Self, ::reqwest::Error> {
        Ok(Self {
            first: make()?,
            make: Box::new(make),
            origins: Mutex::default(),
        })
    }

    /// Connections to the origin of `url`, for one request that has `timeout`.
    pub(super) fn lend(&self, url: &str, timeout: Duration) -> Lent<'_> {
        let origin = origin_of(url);
        let mut origins = self.origins();
        if !origins.contains_key(&origin) && origins.len() >= ORIGINS {
            // Connections are only saved work: whoever needs one makes it again.
            origins.clear();
        }
        let pool = origins.entry(origin.clone()).or_insert_with(|| Pool {
            client: self.fresh(),
            generation: 0,
        });
        Lent {
            connections: self,
            origin,
            pool: pool.clone(),
            started: tokio::time::Instant::now(),
            silent_after: Some(timeout),
        }
    }

    fn fresh(&self) -> Client {
        // The same settings were accepted before; without more of the system's means, better the old.
        (self.make)().unwrap_or_else(|_| self.first.clone())
    }

    fn origins(&self) -> MutexGuard<'_, HashMap<String, Pool>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connections that one request uses.
pub(super) struct Lent<'a> {
    connections: &'a Connections,
    origin: String,
    pool: Pool,
    started: tokio::time::Instant,
    /// How long a silence is a failure; `None` once it was broken.
    silent_after: Option<Duration>,
}

impl Lent<'_> {
    pub(super) fn client(&self) -> &Client {
        &self.pool.client
    }

    /// Gives these connections up: nobody gets them any more. Once, however many requests say it.
    pub(super) fn give_up(&self) {
        let mut origins = self.connections.origins();
        if let Some(pool) = origins.get_mut(&self.origin)
            && pool.generation == self.pool.generation
        {
            pool.client = self.connections.fresh();
            pool.generation += 1;
        }
    }

    /// The request was answered, or failed in another way than by silence.
    pub(super) fn answered(mut self) {
        self.silent_after = None;
    }
}

impl Drop for Lent<'_> {
    /// The caller's own clock may end the wait a little before ours does, and drop the request.
    fn drop(&mut self) {
        if self
            .silent_after
            .is_some_and(|limit| self.started.elapsed() + EARLY >= limit)
        {
            self.give_up();
        }
    }
}

fn origin_of(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}
