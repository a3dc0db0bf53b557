//! Sheds load before collapse: so many requests at once, so many waiting, and the rest is told to
//! come back; strangers have a rate limit per address.
//!
//! Owns admission. Health and metrics always pass, so that an overloaded server can still be seen.
//! Refuses to wait long: a queue that is longer than patience only makes every answer late. The
//! strangers' burst is below the places, so that one address with slow bodies cannot fill them.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::State,
    middleware::Next,
    response::{IntoResponse, Response},
};
use chitty_client::{error::Code, wire::API_KEY};
use http::{HeaderMap, Request, header::AUTHORIZATION};
use tokio::sync::Semaphore;

use crate::{error::Refusal, metrics::Metrics};

/// Most addresses that are remembered.
const ADDRESSES: usize = 20_000;

/// How much a server takes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overload {
    /// Requests worked on at once.
    pub concurrent: usize,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// How long they wait.
    pub patience: Duration,
    /// Requests per second and address without an API key; 0 is unlimited.
    pub strangers_per_second: f64,
    /// Such requests that may come at once.
    pub strangers_burst: f64,
}

impl Default for Overload {
    fn default() -> Self {
        Self {
            concurrent: 128,
            waiting: 256,
            patience: Duration::from_secs(2),
            strangers_per_second: 20.0,
            strangers_burst: 60.0,
        }
    }
}

/// Who sent a request, as the connection says.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// A server's door.
pub(crate) struct Admission {
    limits: Overload,
    behind_proxy: bool,
    places: Semaphore,
    waiting: AtomicUsize,
    strangers: Mutex<HashMap<IpAddr, (f64, Instant)>>,
    metrics: Arc<Metrics>,
}

impl Admission {
    pub(crate) fn new(limits: Overload, behind_proxy: bool, metrics: Arc<Metrics>) -> Self {
        Self {
            limits,
            behind_proxy,
            places: Semaphore::new(limits.concurrent.max(1)),
            waiting: AtomicUsize::new(0),
            strangers: Mutex::default(),
            metrics,
        }
    }

    async fn enter(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Refusal> {
        if let Ok(place) = self.places.try_acquire() {
            self.metrics.admission("admitted");
            return Ok(place);
        }
        let shed = || {
            self.metrics.admission("shed");
            Refusal::new(Code::Overloaded).after(1)
        };
        let queue = Queued::join(&self.waiting, self.limits.waiting).ok_or_else(shed)?;
        let turn = tokio::time::timeout(self.limits.patience, self.places.acquire()).await;
        drop(queue);
        match turn {
            Ok(Ok(place)) => {
                self.metrics.admission("waited");
                Ok(place)
            }
            _ => Err(shed()),
        }
    }

    /// Takes a token from a stranger's bucket.
    fn throttle(&self, address: IpAddr) -> Result<(), Refusal> {
        let (rate, burst) = (
            self.limits.strangers_per_second,
            self.limits.strangers_burst,
        );
        if rate <= 0.0 {
            return Ok(());
        }
        let now = Instant::now();
        let full = |(tokens, at): &(f64, Instant)| {
            (tokens + now.duration_since(*at).as_secs_f64() * rate).min(burst)
        };
        let mut strangers = self
            .strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if strangers.len() >= ADDRESSES && !strangers.contains_key(&address) {
            // A full bucket says nothing that a new one would not.
            strangers.retain(|_, bucket| full(bucket) < burst);
            if strangers.len() >= ADDRESSES {
                self.metrics.admission("limited");
                return Err(Refusal::new(Code::TooManyRequests).after(1));
            }
        }
        let bucket = strangers.entry(address).or_insert((burst, now));
        let tokens = full(bucket);
        if tokens < 1.0 {
            *bucket = (tokens, now);
            self.metrics.admission("limited");
            let wait = ((1.0 - tokens) / rate).ceil().max(1.0);
            return Err(Refusal::new(Code::TooManyRequests)
                .after(wait as u64)
                .detail("send an API key, or less from this address"));
        }
        *bucket = (tokens - 1.0, now);
        Ok(())
    }

    /// Whom a request without a key counts for: the address that a trusted proxy appended, else the
    /// connection's; of IPv6 the network, which is what one party holds.
    fn stranger(&self, request: &Request<Body>) -> Option<IpAddr> {
        let Peer(peer) = request.extensions().get().copied()?;
        let forwarded = || {
            let value = request
                .headers()
                .get_all("x-forwarded-for")
                .iter()
                .next_back()?;
            value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
        };
        let address = match self.behind_proxy {
            true => forwarded().unwrap_or(peer),
            false => peer,
        };
        Some(match address {
            IpAddr::V6(long) => {
                let network = u128::from(long) >> 64 << 64;
                IpAddr::V6(network.into())
            }
            short @ IpAddr::V4(_) => short,
        })
    }
}

/// A place in the queue, given back when dropped, also when the caller leaves.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn join(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        let joined = waiting.fetch_add(1, Ordering::SeqCst);
        let queued = Self(waiting);
        (joined < most).then_some(queued)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Lets a request in, or turns it away.
pub(crate) async fn layer(
    State(admission): State<Arc<Admission>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    if matches!(request.uri().path(), "/health" | "/metrics") {
        return next.run(request).await;
    }
    if is_stranger(request.uri().path(), request.headers())
        && let Some(address) = admission.stranger(&request)
        && let Err(refusal) = admission.throttle(address)
    {
        return refusal.into_response();
    }
    match admission.enter().await {
        Ok(_place) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Some routes take no API key, so that sending one there changes nothing: main's for fallbacks, and
/// a broker's for wallets.
fn is_stranger(path: &str, headers: &HeaderMap) -> bool {
    path.starts_with("/api/chittyid/fallback/")
        || path.starts_with("/api/anchor/")
        || path == "/api/oidc/credential"
        || !headers.contains_key(API_KEY) && !headers.contains_key(AUTHORIZATION)
}
