//! Admission: what a server takes on, and for whom. Everything that a request can hold is budgeted for
//! the tenant whose API key is good, else for the network that it comes from: connections
//! (`connections`), bodies in memory (`bodies`), places to be worked on (`places`, and the processor in
//! `broker::work`), and requests per second of those who did not authenticate (`strangers`).
//!
//! Owns the order: who is it, what does it send, is there a place. Health and metrics always pass, so
//! that an overloaded server can still be seen. Refuses to wait long: a queue that is longer than
//! patience only makes every answer late.

mod addresses;
mod bodies;
mod callers;
pub(crate) mod connections;
pub(crate) mod places;
mod routes;
mod strangers;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{MatchedPath, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chitty_client::error::Code;
use http::{HeaderMap, Method, Request};
use spooky_core::encoding::sha256;

pub(crate) use self::addresses::{Origin, network};
use self::{
    bodies::{Bodies, Reserved},
    callers::Callers,
    connections::Activity,
    places::{Place, Places, Sizes},
    routes::{Route, route},
    strangers::Strangers,
};
use crate::{auth::secret, error::Refusal, metrics::Metrics, store::Access};

tokio::task_local! {
    /// For whom the request of this task is worked on.
    static ORIGIN: Origin;
}

/// For whom the request of this task is worked on; what is nobody's is the server's own.
pub(crate) fn origin() -> Origin {
    ORIGIN
        .try_with(Origin::clone)
        .unwrap_or_else(|_| Origin::Tenant("".into()))
}

/// How much a server takes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overload {
    /// Requests worked on at once. A tenant holds at most three quarters of these places, a network
    /// that did not authenticate one quarter.
    pub concurrent: usize,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// How long they wait.
    pub patience: Duration,
    /// Requests per second and network without a good API key; 0 is unlimited.
    pub strangers_per_second: f64,
    /// Such requests that may come at once.
    pub strangers_burst: f64,
    /// Connections at once.
    pub connections: usize,
    /// Connections of one network at once. Behind a proxy only [`Overload::connections`] counts.
    pub connections_per_address: usize,
    /// How long a body of 64 KiB may take; each further 64 KiB have a second more.
    pub body_patience: Duration,
    /// Bytes of bodies in memory at once, an eighth of them for one tenant or network.
    pub body_memory: usize,
    /// Whether what one caller holds is bounded. Without it whoever comes first takes everything, which
    /// is for tests that show what the bounds are for.
    pub shares: bool,
}

impl Default for Overload {
    fn default() -> Self {
        Self {
            concurrent: 128,
            waiting: 256,
            patience: Duration::from_secs(2),
            strangers_per_second: 20.0,
            strangers_burst: 60.0,
            connections: 1024,
            connections_per_address: 256,
            body_patience: Duration::from_secs(10),
            body_memory: 64 << 20,
            shares: true,
        }
    }
}

impl Overload {
    fn places(&self) -> Sizes {
        let all = self.concurrent.max(1);
        let share = |part: usize| if self.shares { part.max(1) } else { all };
        Sizes {
            places: all,
            tenant: share(all - all / 4),
            stranger: share(all / 4),
            waiting: self.waiting,
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
    places: Places,
    bodies: Arc<Bodies>,
    callers: Callers,
    strangers: Strangers,
    metrics: Arc<Metrics>,
}

/// What an admitted request holds until it is answered.
struct Admitted {
    request: Request<Body>,
    origin: Origin,
    /// The hash of the key that was good when it came.
    key: Option<[u8; 32]>,
    _held: (Place, Option<Reserved>),
}

impl Admission {
    pub(crate) fn new(
        limits: Overload,
        behind_proxy: bool,
        keys: Option<Arc<dyn Access>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            limits,
            behind_proxy,
            places: Places::new(limits.places()),
            bodies: Bodies::new(limits.body_memory, limits.body_patience),
            callers: Callers::new(keys),
            strangers: Strangers::new(limits.strangers_per_second, limits.strangers_burst),
            metrics,
        }
    }

    async fn admit(&self, request: Request<Body>, route: Route) -> Result<Admitted, Refusal> {
        let from = self.from(&request);
        let (origin, key) = self.identify(request.headers(), &from, route).await?;
        // A route that needs a key answers without one before it reads anything, and so does one that
        // takes no body.
        let reads = self.limits.shares
            && request.method() == Method::POST
            && route.bytes > 0
            && (origin.is_tenant() || !route.key);
        let (request, reserved) = if reads {
            let read = self.bodies.read(request, &origin, route).await;
            let (request, reserved) = read.map_err(|(refusal, outcome)| {
                self.metrics.admission(outcome);
                refusal
            })?;
            (request, Some(reserved))
        } else {
            (request, None)
        };
        let place = self.places.enter(&origin, self.limits.patience).await;
        let place = place.map_err(|_| {
            self.metrics.admission("shed");
            Refusal::new(Code::Overloaded).after(1)
        })?;
        let outcome = if place.waited() { "waited" } else { "admitted" };
        self.metrics.admission(outcome);
        Ok(Admitted {
            request,
            origin,
            key,
            _held: (place, reserved),
        })
    }

    /// Where a request comes from: what a trusted proxy says, else what the connection says.
    fn from(&self, request: &Request<Body>) -> Origin {
        let address = if self.behind_proxy {
            addresses::forwarded(request.headers())
        } else {
            request.extensions().get().map(|Peer(address)| *address)
        };
        address.map_or(Origin::Unnamed, |address| Origin::Network(network(address)))
    }

    /// Who pays for a request. Whoever has no key that is good does so by network, and pays now.
    async fn identify(
        &self,
        headers: &HeaderMap,
        from: &Origin,
        route: Route,
    ) -> Result<(Origin, Option<[u8; 32]>), Refusal> {
        let sent = if route.key { secret(headers) } else { Ok(None) };
        let failed = match sent {
            Ok(Some(key)) => {
                let hash = sha256(key);
                let tenant = self
                    .callers
                    .tenant(hash, from, self.limits.patience)
                    .await?;
                match tenant {
                    Some(tenant) => return Ok((Origin::Tenant(tenant), Some(hash))),
                    None => Some(Refusal::new(Code::ApiKeyInvalid)),
                }
            }
            Ok(None) => None,
            Err(refusal) => Some(refusal),
        };
        if failed.is_none() || self.limits.shares {
            self.charge(from)?;
        }
        match failed {
            // Without shares the service itself looks, as it does in any case.
            Some(refusal) if self.limits.shares => Err(refusal),
            _ => Ok((from.clone(), None)),
        }
    }

    fn charge(&self, from: &Origin) -> Result<(), Refusal> {
        self.strangers.charge(from).map_err(|wait| {
            self.metrics.admission("limited");
            Refusal::new(Code::TooManyRequests)
                .after(wait)
                .detail("send a good API key, or less from this address")
        })
    }
}

/// Lets a request in, or turns it away.
pub(crate) async fn layer(
    State(admission): State<Arc<Admission>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let route = route(request.extensions().get().map(MatchedPath::as_str));
    let activity = request.extensions().get::<Arc<Activity>>().cloned();
    if route.always {
        let _working = activity.as_ref().map(Activity::work);
        return next.run(request).await;
    }
    let from = admission.from(&request);
    let Admitted {
        request,
        origin,
        key,
        _held,
    } = match admission.admit(request, route).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.into_response(),
    };
    let _working = activity.as_ref().map(Activity::work);
    let response = ORIGIN.scope(origin, next.run(request)).await;
    if let Some(key) = key
        && let Some(refusal) = response.extensions().get::<Refusal>()
        && refusal.code() == Code::ApiKeyInvalid
    {
        // It was good until a moment ago; from now on it is paid for.
        admission.callers.forget(&key);
        if let Err(limited) = admission.charge(&from) {
            return limited.into_response();
        }
    }
    response
}
