//! Fallback ids: issued by a fallback inside its grant, granted and accounted for by main
//! (decision D4).
//!
//! [`issue`] and [`renew`] are the fallback's side, [`grants`] is main's.

mod connection;
pub(crate) mod grants;
pub(crate) mod issue;
pub(crate) mod renew;

use std::sync::{Arc, PoisonError, RwLock};

use axum::{
    Json, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use chitty_client::{
    clock::Clock,
    error::Code,
    issuance::grant::{GRANT_TYPE, GrantClaims},
};
use spooky_core::jose::{UnverifiedJws, VerifyingKey};

use crate::{
    auth::Gate,
    error::Error,
    id::{health_response, mint::year_month},
    keys::{KeyRing, Purpose},
    metrics::Metrics,
    openapi,
    store::FallbackStore,
};

/// The state of a fallback service.
pub(crate) struct FallbackService {
    pub(crate) store: Arc<dyn FallbackStore>,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) gate: Gate,
    pub(crate) name: String,
    pub(crate) prefix: String,
    pub(crate) metrics: Arc<Metrics>,
    grant: RwLock<Option<Arc<HeldGrant>>>,
}

/// A grant that this fallback holds.
pub(crate) struct HeldGrant {
    text: String,
    pub(crate) claims: GrantClaims,
    holder: String,
}

impl HeldGrant {
    /// Reads a grant that was verified when it was received.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let jws = UnverifiedJws::parse(text, GRANT_TYPE).ok()?;
        let claims: GrantClaims = jws.dangerous_unverified_claims().ok()?;
        let holder = VerifyingKey::from_jwk(&claims.cnf.jwk).ok()?.thumbprint();
        Some(Self {
            text: text.to_owned(),
            claims,
            holder,
        })
    }
}

impl FallbackService {
    pub(crate) async fn new(
        store: Arc<dyn FallbackStore>,
        keys: KeyRing,
        clock: Arc<dyn Clock>,
        name: String,
        prefix: String,
    ) -> Result<Self, Error> {
        let grant = store.grant().await?;
        let grant = grant.and_then(|text| HeldGrant::read(&text));
        Ok(Self {
            gate: Gate::new(store.clone(), clock.clone()),
            store,
            keys,
            clock,
            name,
            prefix,
            metrics: Metrics::new(),
            grant: RwLock::new(grant.map(Arc::new)),
        })
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    pub(crate) fn held(&self) -> Option<Arc<HeldGrant>> {
        self.grant
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Stores and uses a grant.
    pub(crate) async fn hold(&self, grant: HeldGrant) -> Result<(), Error> {
        self.store.put_grant(&grant.text).await?;
        *self.grant.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(grant));
        Ok(())
    }

    /// The grant, if it allows issuing at `now` (milliseconds) with the key in use.
    pub(crate) fn usable(&self, now: i64) -> Result<Arc<HeldGrant>, Code> {
        let grant = self.held().ok_or(Code::GrantNotHeld)?;
        let seconds = now.div_euclid(1000);
        let in_time = (grant.claims.nbf..=grant.claims.exp).contains(&seconds)
            && grant.claims.ym.contains(&year_month(now));
        let own = self.keys.current().active(Purpose::Holder, seconds)?.kid == grant.holder;
        match in_time && own {
            true => Ok(grant),
            false => Err(Code::GrantNotHeld),
        }
    }
}

/// The service's routes.
pub(crate) fn routes(service: Arc<FallbackService>) -> Router {
    Router::new()
        .route("/api/chittyid/fallback", post(issue::issue))
        .route("/health", get(health))
        .route("/openapi.json", get(|| async { Json(openapi::fallback()) }))
        .with_state(service)
}

async fn health(State(service): State<Arc<FallbackService>>) -> Response {
    let now = service.now();
    let problem = if service.usable(now).is_err() {
        Some("no valid grant is held")
    } else if service.store.ping().await.is_err() {
        Some("the database takes no writes")
    } else {
        None
    };
    health_response("fallback", problem, now)
}
