//! The client: the calls an app makes. Each is a few lines over the rooms below.

use std::{fmt, sync::Arc, time::Duration};

use serde::de::DeserializeOwned;
use spooky_core::{encoding::json, verdict::Verdict};

use crate::{
    config::{ClientBuilder, Config},
    error::{Code, Error},
    events::Events,
    id::{ChittyId, Class},
    issuance::{
        IdRequest, Issued, judge,
        receipt::{CheckedReceipt, Expected, VerifiedReceipt},
        request,
    },
    metrics::Metrics,
    reconcile::{
        alias,
        drain::{self, DrainReport},
        driver,
        pending::{self, Pending},
        store::Counts,
    },
    resilience::BreakerState,
    service::{Call, Service, lock},
    shared::{Shared, remaining},
    wire::id::{HealthResponse, LifecycleEvent, LifecycleResponse, VerifyResponse},
};

/// How long a health check may take.
const HEALTH_LIMIT: Duration = Duration::from_secs(2);

/// Requests ids and keeps its promises about them. Clones share everything; dropping the last one
/// ends the background work.
///
#[cfg_attr(feature = "sqlite", doc = "```no_run")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// # async fn f() -> Result<(), chitty_client::Error> {
/// use chitty_client::{ApiKey, Client, IdRequest, Trust, reconcile::store::SqliteStore};
///
/// let client = Client::builder()
///     .main("https://id.example", ApiKey::new("key-for-main"))
///     .fallback("https://fallback.id.example", ApiKey::new("key-for-fallback"))
///     .trust(Trust::Fetched)
///     .store(SqliteStore::open("ids.db")?)
///     .build()?;
/// let issued = client.request_id(IdRequest::new("USR", 'I').handle("row-17")?).await?;
/// println!("{} (temporary: {})", issued.id(), issued.is_temporary());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Shared>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// What main says about an id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// Whether main issued or authorised the id and has not superseded it. Only `true` passes.
    pub valid: bool,
    /// Standard or fallback; `None` for an id that main does not know.
    pub class: Option<Class>,
    /// `active`, `pending`, `superseded` or `unknown`.
    pub status: String,
    /// The permanent id that replaced it, for its owner.
    pub permanent_id: Option<ChittyId>,
}

/// How one service looks from here.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceHealth {
    /// Whether it answered its health check.
    pub reachable: bool,
    /// Its circuit.
    pub circuit: BreakerState,
    /// Why it is not reachable.
    pub code: Option<Code>,
}

/// How both services and the store look from here.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// The main service.
    pub main: ServiceHealth,
    /// The fallback service, when one is configured.
    pub fallback: Option<ServiceHealth>,
    /// Rows of the store per state.
    pub store: Counts,
}

impl Client {
    /// Starts to configure a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    pub(crate) fn from_config(config: Config) -> Self {
        Self(Arc::new(Shared::new(config)))
    }

    /// Requests an id. An outage of main yields a temporary id of the fallback service, which is
    /// replaced later; when neither service can answer there is no id.
    ///
    /// Repeating a request with the same handle yields the same id, also after a crash, a time-out
    /// or a dropped future.
    ///
    /// # Errors
    /// 10xx for the request itself, 11xx and 12xx for the services, 13xx and 14xx for answers that
    /// do not verify, 15xx for the store, `QueueFull`, `HandleReused`, `StandardRequired`,
    /// `ReceiptHeld`.
    pub async fn request_id(&self, request: IdRequest) -> Result<Issued, Error> {
        let answer = request::request(&self.0, request).await;
        self.reached(answer.as_ref().is_ok_and(|issued| !issued.is_temporary()));
        answer
    }

    /// Asks main whether an id is real and current.
    ///
    /// # Errors
    /// When main cannot be asked. There is no offline guess: use [`Client::verify_receipt`].
    pub async fn verify(&self, id: &ChittyId) -> Result<Verification, Error> {
        let answer: VerifyResponse = self.read(&format!("/api/chittyid/verify/{id}")).await?;
        Ok(Verification {
            valid: answer.valid,
            class: match answer.class.as_str() {
                "standard" => Some(Class::Standard),
                "fallback" => Some(Class::Fallback),
                _ => None,
            },
            status: answer.status,
            permanent_id: answer.permanent_id.and_then(|id| id.parse().ok()),
        })
    }

    /// Checks that `receipt` proves `id`, with the trusted key set: offline, but that a fetched set
    /// which is too old, or does not know the signer's key, is fetched again first, at most once a
    /// minute and for 5 s at most. Out of main's reach a set that is older than
    /// [`ClientBuilder::key_set_max_age`] gives `Indeterminate(KeySetStale)`, never `Valid`.
    ///
    /// # Errors
    /// Only the 15xx codes of the store; what the check says is the verdict.
    pub async fn verify_receipt(
        &self,
        id: &ChittyId,
        receipt: &str,
    ) -> Result<Verdict<VerifiedReceipt, Code>, Error> {
        judge::verdict(&self.0, id, receipt).await
    }

    /// Fetches main's key set now, so that keys that were revoked or added meanwhile are known; tells
    /// whether it is a newer one. Without this call the set is fetched when it is past half of its
    /// age, or does not know a key. Calls that cross share one fetch.
    ///
    /// # Errors
    /// `KeySetPinned` with [`Trust::Pinned`](crate::Trust::Pinned); `KeySetInvalid`,
    /// `KeySetRolledBack`; why main could not be asked; the 15xx codes.
    pub async fn refresh(&self) -> Result<bool, Error> {
        judge::refresh(&self.0).await
    }

    /// The fallback ids that are still owed a permanent one.
    ///
    /// # Errors
    /// The 15xx codes.
    pub async fn pending_reconciliations(&self) -> Result<Vec<Pending>, Error> {
        driver::ensure_started(&self.0);
        pending::list(&self.0).await
    }

    /// Replaces one fallback id now.
    ///
    /// # Errors
    /// `NotPending`, `IdAmbiguous`, `DebtWedged`, `DebtOpen`, or why main could not be asked.
    pub async fn reconcile(&self, fallback_id: &ChittyId) -> Result<Issued, Error> {
        driver::ensure_started(&self.0);
        let answer = pending::reconcile(&self.0, fallback_id).await;
        self.reached(answer.is_ok());
        answer
    }

    /// Replaces what is due, within the client's deadline.
    ///
    /// # Errors
    /// As [`Client::drain`].
    pub async fn trigger_reconciliation(&self) -> Result<DrainReport, Error> {
        self.drain(self.0.deadline).await
    }

    /// Answers open requests and replaces fallback ids until nothing is due or `deadline` passes.
    /// For apps whose platform decides when work may run.
    ///
    /// # Errors
    /// `DrainElsewhere` when another process is at it; the 15xx codes. Trouble with a service is
    /// in the report.
    pub async fn drain(&self, deadline: Duration) -> Result<DrainReport, Error> {
        driver::ensure_started(&self.0);
        let report = drain::drain(&self.0, deadline).await;
        // With nothing due main was not asked; then this asks it for its keys alone.
        self.reached(report.as_ref().is_ok_and(|report| report.stopped.is_none()));
        report
    }

    /// The id to use in the place of `old`: the permanent one, for ever. A permanent id resolves to
    /// itself. Looks in the store first, then asks main, which answers the owning tenant.
    ///
    /// # Errors
    /// `DebtOpen` while it is owed, `DebtWedged`, `IdAmbiguous`, `IdUnknown`, or why main could not
    /// be asked.
    pub async fn resolve(&self, old: &ChittyId) -> Result<Issued, Error> {
        driver::ensure_started(&self.0);
        let answer = alias::resolve(&self.0, old).await;
        self.reached(answer.is_ok());
        answer
    }

    /// What happened to an id at main, oldest first, for the owning tenant.
    ///
    /// # Errors
    /// `NotFound` for ids of others and unknown ones; why main could not be asked.
    pub async fn history(&self, id: &ChittyId) -> Result<Vec<LifecycleEvent>, Error> {
        let answer: LifecycleResponse = self.read(&format!("/api/chittyid/lifecycle/{id}")).await?;
        Ok(answer.events)
    }

    /// Gives refused debts another chance, for instance after the operator changed a right.
    /// Tells how many.
    ///
    /// # Errors
    /// The 15xx codes.
    pub async fn retry_wedged(&self) -> Result<usize, Error> {
        driver::ensure_started(&self.0);
        let retried = pending::retry_wedged(&self.0).await?;
        self.0.wake.notify_one();
        Ok(retried)
    }

    /// Gives one debt up for good, with the reason on record. The fallback id stays unreplaced.
    ///
    /// # Errors
    /// `NotPending`, `IdAmbiguous`; the 15xx codes.
    pub async fn abandon(&self, fallback_id: &ChittyId, reason: &str) -> Result<(), Error> {
        pending::abandon(&self.0, fallback_id, reason).await
    }

    /// Listens to what happens in the background from now on.
    pub fn events(&self) -> Events {
        self.0.events.subscribe()
    }

    /// Counters since the client was built.
    pub fn metrics(&self) -> Metrics {
        self.0.counters.snapshot()
    }

    /// Asks both services how they are, 2 s at most each.
    ///
    /// # Errors
    /// The 15xx codes; an unreachable service is an answer.
    pub async fn health(&self) -> Result<Health, Error> {
        driver::ensure_started(&self.0);
        let main = self.service_health(&self.0.main).await;
        self.reached(main.reachable);
        let fallback = match &self.0.fallback {
            Some(service) => Some(self.service_health(service).await),
            None => None,
        };
        Ok(Health {
            main,
            fallback,
            store: self.0.store.counts().await?,
        })
    }

    /// Finishes writes and lets go of the store's files, for instance before the app is frozen.
    ///
    /// # Errors
    /// `StoreBusy` when the writes under way do not finish within `deadline`; the 15xx codes.
    pub async fn suspend(&self, deadline: Duration) -> Result<(), Error> {
        match tokio::time::timeout(deadline, self.0.store.suspend()).await {
            Ok(result) => result,
            Err(_) => Err(Code::StoreBusy.into()),
        }
    }

    /// Opens the store again.
    ///
    /// # Errors
    /// The 15xx codes.
    pub async fn resume(&self) -> Result<(), Error> {
        driver::ensure_started(&self.0);
        self.0.store.resume().await?;
        self.0.wake.notify_one();
        Ok(())
    }

    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        driver::ensure_started(&self.0);
        let answer = read(&self.0, path).await;
        self.reached(answer.is_ok());
        answer
    }

    /// Keeps the key set fresh when main has just answered.
    fn reached(&self, main: bool) {
        if main {
            judge::freshen(&self.0);
        }
    }

    async fn service_health(&self, service: &Service) -> ServiceHealth {
        let start = self.0.clock.now_ms();
        let answer = self
            .0
            .exchange(service, &Call::get("/health"), HEALTH_LIMIT)
            .await;
        let code = match answer {
            Ok(response) => serde_json::from_slice::<HealthResponse>(&response.body)
                .err()
                .map(|_| Code::AnswerMalformed),
            Err(failure) => Some(failure.error.code()),
        };
        ServiceHealth {
            reachable: code.is_none(),
            circuit: lock(&service.breaker).state(start),
            code,
        }
    }
}

/// Reads one object from main.
pub(crate) async fn read<T: DeserializeOwned>(shared: &Shared, path: &str) -> Result<T, Error> {
    let start = shared.clock.now_ms();
    let limit = shared.deadline;
    let response = shared
        .call(&shared.main, &Call::get(path), |now| {
            remaining(start, limit, now)
        })
        .await
        .map_err(|failure| failure.error)?;
    json::read_names(&response.body).map_err(|_| Code::AnswerMalformed.into())
}

/// Checks a receipt that main sent for a replaced id.
pub(crate) async fn check_replacement(
    shared: &Shared,
    old: &ChittyId,
    identifier: &str,
    receipt: &str,
) -> Result<Issued, Error> {
    let id: ChittyId = identifier.parse().map_err(|_| Code::AnswerMalformed)?;
    let expected = Expected {
        class: Some(Class::Standard),
        ..Expected::default()
    };
    let checked = shared
        .with_keys(|keys| CheckedReceipt::check(receipt, &id, keys, expected))
        .await?;
    if id != *old && checked.claims().sup.as_deref() != Some(old.as_str()) {
        return Err(Code::ReceiptSupersedes.into());
    }
    Ok(Issued::new(checked.at(shared.now_s()).into_result()?))
}
