//! Fallback ids: issued by a fallback inside its grant, granted and accounted for by main
//! (decision D4).
//!
//! [`issue`], [`upload`] and [`renew`] are the fallback's side; [`requests`], [`grants`], [`logs`] and
//! [`witness`] are main's.

mod connection;
pub(crate) mod grants;
pub(crate) mod issue;
pub(crate) mod logs;
pub(crate) mod renew;
pub(crate) mod requests;
mod upload;
pub(crate) mod witness;

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

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
    error::{Error, Refusal},
    id::{
        health_response,
        mint::{PER_CYCLE, year_month},
    },
    keys::{KeyRing, Purpose},
    metrics::Metrics,
    openapi,
    store::FallbackStore,
};

/// Less than this part left is little: more is asked for.
const LOW: f64 = 0.25;

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
    /// Whether the database is an older copy: then nothing is issued.
    stopped: AtomicBool,
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

    /// Every month and cycle that it permits.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let cycles = &self.claims.cyc;
        let of = |month: &String| {
            let month = month.clone();
            cycles
                .iter()
                .map(move |cycle| (month.clone(), cycle.clone()))
        };
        self.claims.ym.iter().flat_map(of).collect()
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
        let stopped = store.epoch().await?.behind.is_some();
        Ok(Self {
            stopped: AtomicBool::new(stopped),
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
        let claims = &grant.claims;
        self.store
            .put_grant(&grant.text, &claims.jti, claims.exp)
            .await?;
        *self.grant.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(grant));
        Ok(())
    }

    /// Issues nothing from now on, for good: the database is an older copy.
    pub(crate) async fn stop(&self, why: &str) -> Result<(), Error> {
        self.stopped.store(true, Ordering::SeqCst);
        tracing::error!(
            code = Code::FallbackRolledBack.as_str(),
            why,
            "FallbackRolledBack: the database is an older copy, and nothing is issued any more"
        );
        Ok(self.store.mark_behind(why).await?)
    }

    /// The grant, if it allows issuing at `now` (milliseconds) with the key in use.
    pub(crate) fn usable(&self, now: i64) -> Result<Arc<HeldGrant>, Code> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(Code::FallbackRolledBack);
        }
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

impl FallbackService {
    /// What is left of the fullest slot, and of the grant's maximum, as parts of one; `None` without a
    /// grant that can be used.
    pub(crate) async fn left(&self) -> Result<Option<(f64, f64)>, Refusal> {
        let now = self.now();
        let Ok(grant) = self.usable(now) else {
            return Ok(None);
        };
        let claims = &grant.claims;
        let used = self.store.grant_used(&claims.jti).await?;
        let pattern = format!("{}-E-%-{}-_", self.prefix, year_month(now));
        let mut slots: HashMap<String, u64> = HashMap::new();
        for (name, taken) in self.store.slots_like(&pattern).await? {
            // What is left of cycles that are not granted does not count.
            if let Some((slot, cycle)) = name.rsplit_once('-')
                && claims.cyc.iter().any(|one| one == cycle)
            {
                *slots.entry(slot.to_owned()).or_default() += taken.min(PER_CYCLE);
            }
        }
        let fullest = slots.values().copied().max().unwrap_or(0);
        let slot = part_left(fullest, PER_CYCLE * claims.cyc.len() as u64);
        Ok(Some((slot, part_left(used, claims.max))))
    }

    /// Whether less than a quarter is left of a slot or of the grant.
    pub(crate) async fn runs_low(&self) -> bool {
        match self.left().await {
            Ok(left) => left.is_some_and(|(slot, grant)| slot.min(grant) < LOW),
            Err(_) => false,
        }
    }
}

/// The part of `capacity` that is left.
pub(crate) fn part_left(used: u64, capacity: u64) -> f64 {
    let left = capacity.saturating_sub(used);
    left as f64 / capacity.max(1) as f64
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
    let problem = match service.usable(now) {
        Err(Code::FallbackRolledBack) => {
            Some("the database is an older copy: put another fallback in its place")
        }
        Err(_) => Some("no valid grant is held"),
        Ok(_) if service.store.ping().await.is_err() => Some("the database takes no writes"),
        Ok(_) => match service.store.epoch().await {
            Err(_) => Some("the database does not answer"),
            Ok(state) if state.epoch != service.store.known_epoch() => {
                Some("the database was restored while this process ran: restart it")
            }
            Ok(_) => None,
        },
    };
    health_response("fallback", problem, now)
}
