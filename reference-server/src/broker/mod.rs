//! The broker: registers and revokes anchors, publishes what is revoked, issues and verifies
//! credentials (`spec/broker.md`; decisions D12, D12a, D14, D15, D20).
//!
//! Owns the service's state and its routes; each operation lives in its own file. Refuses to pass
//! anything while the database does not answer (R-ERR-001): every check reads it.

mod anchors;
mod credential;
mod discovery;
mod enrolment;
mod nonce;
mod restored;
mod snapshot;
mod verify;
mod work;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use chitty_client::{clock::Clock, error::Code};
use spooky_core::{
    credential::{Day, IssuerId, Schema},
    secret::Secret32,
};

pub use self::enrolment::AttributeSource;
pub(crate) use self::{
    enrolment::{EnrolmentTable, enrol},
    restored::relearn,
    snapshot::Published,
    work::Work,
};
use crate::{
    auth::Gate,
    error::Refusal,
    id::health_response,
    keys::{KeyRing, Purpose},
    metrics::Metrics,
    openapi,
    store::{BrokerStore, Epoch},
};

/// The state of a broker.
pub(crate) struct BrokerService {
    pub(crate) store: Arc<dyn BrokerStore>,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) gate: Gate,
    pub(crate) issuer: IssuerId,
    pub(crate) schemas: Vec<Arc<Schema>>,
    pub(crate) source: Arc<dyn AttributeSource>,
    /// How old the newest snapshot may get, in seconds.
    pub(crate) snapshot_every: u64,
    /// Most credentials of one anchor in a UTC day.
    pub(crate) daily: u64,
    pub(crate) metrics: Arc<Metrics>,
    /// Where BBS signatures are made and proofs checked.
    pub(crate) work: Work,
    /// The newest snapshot, as it is answered.
    pub(crate) published: Published,
    /// Authenticates nonces, so that handing one out stores nothing.
    pub(crate) nonces: Secret32,
    /// The database's epoch, which nonces name.
    pub(crate) epoch: Epoch,
}

impl BrokerService {
    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Seconds since 1970.
    fn seconds(&self) -> Result<u64, Refusal> {
        // A clock before 1970 is no clock.
        u64::try_from(self.now().div_euclid(1000)).map_err(|_| Code::ServiceFailed.into())
    }

    /// The schema with this digest, base64url.
    fn schema(&self, digest: &str) -> Option<&Arc<Schema>> {
        let mut schemas = self.schemas.iter();
        schemas.find(|schema| schema.digest().to_text() == digest)
    }

    /// For how many days from now on the BBS keys cover the credentials of the day, of whichever schema
    /// lives longest.
    pub(crate) fn days_covered(&self) -> i64 {
        let life = self.schemas.iter().map(|schema| schema.life_days()).max();
        let today = self
            .seconds()
            .ok()
            .and_then(|now| Day::of_unix_time(now).ok());
        match (today, self.keys.current().issuing_until()) {
            (Some(today), Some(until)) => {
                let last = i64::from(today.number()) + i64::from(life.unwrap_or(0));
                (i64::from(until.number()) - last + 1).max(0)
            }
            _ => 0,
        }
    }

    /// Why nothing can be issued, when nothing can.
    pub(crate) async fn problem(&self) -> Option<&'static str> {
        let Ok(seconds) = self.seconds() else {
            return Some("the clock is before 1970");
        };
        let keys = self.keys.current();
        let now = self.now().div_euclid(1000);
        let signs = |purpose| keys.active(purpose, now).is_ok();
        let covered = |schema: &Arc<Schema>| {
            let last = Day::of_unix_time(seconds).and_then(|day| day.plus_days(schema.life_days()));
            last.is_ok_and(|last| keys.issuing(last).is_ok())
        };
        if !signs(Purpose::Registered) || !signs(Purpose::Status) {
            Some("no key for statements is active")
        } else if !self.schemas.iter().all(covered) {
            Some("no BBS key covers the credentials of today")
        } else if self.store.ping().await.is_err() {
            Some("the database takes no writes")
        } else {
            None
        }
    }
}

/// The service's routes.
pub(crate) fn routes(service: Arc<BrokerService>) -> Router {
    Router::new()
        .route("/api/anchor/register", post(anchors::register))
        .route("/api/anchor/status", get(anchors::status))
        .route("/api/anchor/revoke", post(anchors::revoke))
        .route("/api/anchor/snapshot", get(snapshot::newest))
        .route("/api/oidc/nonce", get(nonce::nonce))
        .route("/api/oidc/credential", post(credential::credential))
        .route("/api/oidc/verify", post(verify::verify))
        .route(
            "/.well-known/openid-configuration",
            get(discovery::configuration),
        )
        .route("/.well-known/jwks.json", get(discovery::key_set))
        .route(
            "/.well-known/openid-credential-issuer",
            get(discovery::credential_issuer),
        )
        .route("/health", get(health))
        .route("/openapi.json", get(|| async { Json(openapi::broker()) }))
        .with_state(service)
}

async fn health(State(service): State<Arc<BrokerService>>) -> Response {
    health_response("broker", service.problem().await, service.now())
}
