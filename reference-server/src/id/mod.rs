//! The main identifier service: generate, reconcile, verify, resolve, lifecycle, and the grants of
//! its fallbacks (decisions D3, D4, D6, D20).
//!
//! Owns the service's state and its routes. Each operation lives in its own file.

mod generate;
mod lifecycle;
pub(crate) mod mint;
mod reconcile;
mod scribe;
mod verify;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chitty_client::{
    clock::Clock, error::Code, issuance::keyset::KeySet, wire::id::HealthResponse,
};
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
use spooky_core::secret::Secret32;

pub(crate) use self::scribe::{Scribe, random_name};
use crate::{
    auth::Gate,
    config::Minting,
    error::Refusal,
    extract::rfc3339,
    fallback::{grants, logs, requests},
    keys::{KeyRing, Purpose},
    metrics::Metrics,
    openapi,
    store::MainStore,
};

/// The state of the main service.
pub(crate) struct MainService {
    pub(crate) store: Arc<dyn MainStore>,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) gate: Gate,
    pub(crate) issuer: String,
    pub(crate) minting: Minting,
    pub(crate) in_flight: InFlight,
    pub(crate) metrics: Arc<Metrics>,
    /// Authenticates nonces, so that handing one out stores nothing.
    pub(crate) nonces: Secret32,
}

impl MainService {
    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    pub(crate) fn key_set(&self) -> KeySet {
        self.keys.publish(&self.issuer)
    }

    /// Why nothing can be allocated in the database, if so.
    pub(crate) async fn restore_problem(&self) -> Option<&'static str> {
        match self.store.epoch().await {
            Err(_) => Some("the database does not answer"),
            Ok(state) if state.epoch != self.store.known_epoch() => {
                Some("the database was restored while this process ran: restart it")
            }
            Ok(state) if state.behind.is_some() => Some(
                "the database is an older copy: say `reference-server restored` (deploy/README.md)",
            ),
            Ok(_) => None,
        }
    }
}

/// The service's routes.
pub(crate) fn routes(service: Arc<MainService>) -> Router {
    Router::new()
        .route("/api/chittyid/generate", post(generate::generate))
        .route("/api/chittyid/reconcile", post(reconcile::reconcile))
        .route("/api/chittyid/verify/{id}", get(verify::verify))
        .route("/api/chittyid/resolve/{id}", get(verify::resolve))
        .route("/api/chittyid/lifecycle/{id}", get(lifecycle::lifecycle))
        .route("/api/chittyid/fallback/nonce", get(requests::nonce))
        .route("/api/chittyid/fallback/grant", post(grants::grant))
        .route("/api/chittyid/fallback/issue-log", post(logs::issue_log))
        .route("/health", get(health))
        .route("/.well-known/jwks.json", get(key_set))
        .route("/openapi.json", get(|| async { Json(openapi::main()) }))
        .with_state(service)
}

async fn key_set(State(service): State<Arc<MainService>>) -> Response {
    let mut response = Json(service.key_set()).into_response();
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
    response
}

async fn health(State(service): State<Arc<MainService>>) -> Response {
    let now = service.now();
    let keys = service.keys.current();
    let problem = if keys.active(Purpose::Receipt, now.div_euclid(1000)).is_err() {
        Some("no receipt key is active")
    } else if service.store.ping().await.is_err() {
        Some("the database takes no writes")
    } else {
        service.restore_problem().await
    };
    health_response("main", problem, now)
}

/// `ok` with 200, or the reason why the service cannot issue with 503.
pub(crate) fn health_response(role: &str, problem: Option<&str>, now: i64) -> Response {
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = HealthResponse {
        status: problem.unwrap_or("ok").to_owned(),
        service: role.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        timestamp: rfc3339(now),
    };
    (status, Json(body)).into_response()
}

/// Intents that this process is answering right now.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<HashSet<(String, [u8; 32])>>);

impl InFlight {
    /// Marks an intent until the guard is dropped; `RequestInFlight` when it is marked already.
    pub(crate) fn enter(&self, tenant: &str, idk: [u8; 32]) -> Result<InFlightGuard<'_>, Refusal> {
        let entry = (tenant.to_owned(), idk);
        let mut set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !set.insert(entry.clone()) {
            return Err(Refusal::new(Code::RequestInFlight).after(1));
        }
        Ok(InFlightGuard(self, entry))
    }
}

/// Takes the mark away when dropped.
pub(crate) struct InFlightGuard<'a>(&'a InFlight, (String, [u8; 32]));

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        let mut set = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        set.remove(&self.1);
    }
}
