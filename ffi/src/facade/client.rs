//! The client: every method is a call of `chitty-client` that waits as told.

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chitty_client::{
    Client as Core,
    error::{Code, Error},
    id::{ChittyId, Profile},
};

use super::{
    CancelToken, ChittyError, ClientConfig, DrainReport, EventSubscription, ForeignParts, Health,
    IdRequest, Issued, LifecycleEvent, Metrics, Pending, Verdict, Verification,
    call::{Flag, Limit, Started},
    config, events,
    ids::parsed,
    process::{Birthplace, Live, lock},
};

/// Requests ids and keeps its promises about them.
///
/// Calls run as tasks of the SDK: who stops waiting, by deadline, token or dropped future, loses
/// nothing. After [`Client::close`] every call fails with `Closed`; in a forked child with `Forked`.
pub struct Client {
    core: Mutex<Option<Core>>,
    closing: Arc<Flag>,
    failures: Arc<AtomicU64>,
    deadline: Duration,
    born: Birthplace,
    _live: Live,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// Builds a client. Sends nothing; opens the store's file, so keep it off the UI thread.
    ///
    /// # Errors
    /// 10xx for the configuration, 15xx for the store, `ForeignFailed` for the secret store.
    pub fn new(config: ClientConfig, parts: ForeignParts) -> Result<Self, ChittyError> {
        let failures = Arc::new(AtomicU64::new(0));
        let deadline = Duration::from_millis(config.deadline_ms);
        let core = config::build(config, &parts, &failures)?;
        let closing = Arc::new(Flag::new());
        if let Some(listener) = parts.listener {
            events::tell(listener, core.events(), &closing, Arc::clone(&failures))?;
        }
        Ok(Self {
            core: Mutex::new(Some(core)),
            closing,
            failures,
            deadline,
            born: Birthplace::here(),
            _live: Live::new(),
        })
    }

    fn core(&self) -> Result<Core, ChittyError> {
        self.born.check()?;
        let core = lock(&self.core).clone();
        core.ok_or_else(|| Code::Closed.into())
    }

    /// The limit of a call that the client itself does not limit.
    fn limit(&self, deadline_ms: Option<u64>) -> Limit {
        match deadline_ms {
            Some(limit) => Limit::Waited(Duration::from_millis(limit)),
            None => Limit::Kept(self.deadline),
        }
    }

    async fn call<T, F>(
        &self,
        limit: Limit,
        cancel: Option<CancelToken>,
        work: impl FnOnce(Core) -> F,
    ) -> Result<T, ChittyError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let core = self.core()?;
        if cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            return Err(Code::Cancelled.into());
        }
        let future = work(core);
        let started = Started::start(&self.closing, limit, async move { Ok(future.await?) })?;
        started.wait(cancel).await
    }

    /// Requests an id. An outage of main yields a temporary id, which is replaced later; when no
    /// service can answer there is no id.
    ///
    /// # Errors
    /// 10xx for the request, 11xx and 12xx for the services, 13xx and 14xx for answers that do not
    /// verify, 15xx for the store; `Cancelled`, `Closed`, `Forked`.
    pub async fn request_id(
        &self,
        request: IdRequest,
        cancel: Option<CancelToken>,
    ) -> Result<Issued, ChittyError> {
        let limit = match request.deadline_ms {
            Some(limit) => Duration::from_millis(limit),
            None => self.deadline,
        };
        let request = wanted(request)?;
        let issued = self
            .call(Limit::Kept(limit), cancel, |core| async move {
                core.request_id(request).await
            })
            .await?;
        Ok(issued.into())
    }

    /// Asks main whether an id is real and current.
    ///
    /// # Errors
    /// `IdMalformed`; when main cannot be asked; as every call.
    pub async fn verify(
        &self,
        id: &str,
        deadline_ms: Option<u64>,
        cancel: Option<CancelToken>,
    ) -> Result<Verification, ChittyError> {
        let id = parsed(id)?;
        let work = |core: Core| async move { core.verify(&id).await };
        let answer = self.call(self.limit(deadline_ms), cancel, work).await?;
        Ok(answer.into())
    }

    /// Checks offline that `receipt` proves `id`.
    ///
    /// # Errors
    /// `IdMalformed`; 15xx; as every call. What the check says is the verdict.
    pub async fn verify_receipt(&self, id: &str, receipt: String) -> Result<Verdict, ChittyError> {
        let id = parsed(id)?;
        let work = |core: Core| async move { core.verify_receipt(&id, &receipt).await };
        let verdict = self.call(self.limit(None), None, work).await?;
        Ok(verdict.into())
    }

    /// The fallback ids that are still owed a permanent one.
    ///
    /// # Errors
    /// 15xx; as every call.
    pub async fn pending_reconciliations(&self) -> Result<Vec<Pending>, ChittyError> {
        let work = |core: Core| async move { core.pending_reconciliations().await };
        let debts = self.call(self.limit(None), None, work).await?;
        Ok(debts.into_iter().map(Pending::from).collect())
    }

    /// Replaces one fallback id now.
    ///
    /// # Errors
    /// `IdMalformed`, `NotPending`, `IdAmbiguous`, `DebtWedged`, `DebtOpen`; as every call.
    pub async fn reconcile(
        &self,
        fallback_id: &str,
        deadline_ms: Option<u64>,
        cancel: Option<CancelToken>,
    ) -> Result<Issued, ChittyError> {
        let id = parsed(fallback_id)?;
        let work = |core: Core| async move { core.reconcile(&id).await };
        let issued = self.call(self.limit(deadline_ms), cancel, work).await?;
        Ok(issued.into())
    }

    /// Replaces what is due, within the client's deadline.
    ///
    /// # Errors
    /// As [`Client::drain`].
    pub async fn trigger_reconciliation(
        &self,
        cancel: Option<CancelToken>,
    ) -> Result<DrainReport, ChittyError> {
        let work = |core: Core| async move { core.trigger_reconciliation().await };
        let report = self.call(Limit::Kept(self.deadline), cancel, work).await?;
        Ok(report.into())
    }

    /// Answers open requests and replaces fallback ids until nothing is due or the deadline passes.
    ///
    /// # Errors
    /// `DrainElsewhere`; 15xx; as every call. Trouble with a service is in the report.
    pub async fn drain(
        &self,
        deadline_ms: u64,
        cancel: Option<CancelToken>,
    ) -> Result<DrainReport, ChittyError> {
        let limit = Duration::from_millis(deadline_ms);
        let work = |core: Core| async move { core.drain(limit).await };
        let report = self.call(Limit::Kept(limit), cancel, work).await?;
        Ok(report.into())
    }

    /// The id to use in the place of `old`: the permanent one, for ever.
    ///
    /// # Errors
    /// `IdMalformed`, `DebtOpen` while it is owed, `DebtWedged`, `IdAmbiguous`, `IdUnknown`; as
    /// every call.
    pub async fn resolve(
        &self,
        old: &str,
        deadline_ms: Option<u64>,
        cancel: Option<CancelToken>,
    ) -> Result<Issued, ChittyError> {
        let id = parsed(old)?;
        let work = |core: Core| async move { core.resolve(&id).await };
        let issued = self.call(self.limit(deadline_ms), cancel, work).await?;
        Ok(issued.into())
    }

    /// What happened to an id at main, oldest first, for the owning tenant.
    ///
    /// # Errors
    /// `IdMalformed`, `NotFound`; as every call.
    pub async fn history(
        &self,
        id: &str,
        deadline_ms: Option<u64>,
        cancel: Option<CancelToken>,
    ) -> Result<Vec<LifecycleEvent>, ChittyError> {
        let id = parsed(id)?;
        let work = |core: Core| async move { core.history(&id).await };
        let steps = self.call(self.limit(deadline_ms), cancel, work).await?;
        Ok(steps.into_iter().map(LifecycleEvent::from).collect())
    }

    /// Gives refused debts another chance; tells how many.
    ///
    /// # Errors
    /// 15xx; as every call.
    pub async fn retry_wedged(&self) -> Result<u64, ChittyError> {
        let work = |core: Core| async move { core.retry_wedged().await };
        let retried = self.call(self.limit(None), None, work).await?;
        Ok(u64::try_from(retried).unwrap_or(u64::MAX))
    }

    /// Gives one debt up for good, with the reason on record.
    ///
    /// # Errors
    /// `IdMalformed`, `NotPending`, `IdAmbiguous`; 15xx; as every call.
    pub async fn abandon(&self, fallback_id: &str, why: String) -> Result<(), ChittyError> {
        let id: ChittyId = parsed(fallback_id)?;
        let work = |core: Core| async move { core.abandon(&id, &why).await };
        self.call(self.limit(None), None, work).await
    }

    /// Listens to what happens in the background from now on.
    ///
    /// # Errors
    /// `Closed`, `Forked`.
    pub fn events(&self) -> Result<EventSubscription, ChittyError> {
        let events = self.core()?.events();
        Ok(EventSubscription::new(events, Arc::clone(&self.closing)))
    }

    /// Counters since the client was made.
    ///
    /// # Errors
    /// `Closed`, `Forked`.
    pub fn metrics(&self) -> Result<Metrics, ChittyError> {
        let failures = self.failures.load(Ordering::Relaxed);
        Ok(Metrics::of(self.core()?.metrics(), failures))
    }

    /// Asks both services how they are. An unreachable service is an answer.
    ///
    /// # Errors
    /// 15xx; as every call.
    pub async fn health(&self, cancel: Option<CancelToken>) -> Result<Health, ChittyError> {
        let work = |core: Core| async move { core.health().await };
        let health = self.call(self.limit(None), cancel, work).await?;
        Ok(health.into())
    }

    /// Finishes writes and lets go of the store's files, for instance before the app is frozen.
    ///
    /// # Errors
    /// `StoreBusy`; 15xx; as every call.
    pub async fn suspend(&self, deadline_ms: u64) -> Result<(), ChittyError> {
        let limit = Duration::from_millis(deadline_ms);
        let work = |core: Core| async move { core.suspend(limit).await };
        self.call(Limit::Kept(limit), None, work).await
    }

    /// Opens the store again.
    ///
    /// # Errors
    /// 15xx; as every call.
    pub async fn resume(&self) -> Result<(), ChittyError> {
        let work = |core: Core| async move { core.resume().await };
        self.call(self.limit(None), None, work).await
    }

    /// Ends the client: calls under way end with their answer or with `Closed`, later ones with
    /// `Closed`. What is owed stays in the store. Closing twice changes nothing.
    pub fn close(&self) {
        if self.born.is_here() {
            self.closing.raise();
            let core = lock(&self.core).take();
            drop(core);
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.born.is_here() {
            self.close();
        } else if let Ok(core) = self.core.get_mut() {
            // The parent's threads are not ours to join and its locks not ours to take.
            std::mem::forget(core.take());
        }
    }
}

/// The request as the client knows it.
fn wanted(request: IdRequest) -> Result<chitty_client::IdRequest, ChittyError> {
    let mut letters = request.entity_type.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return Err(Code::EntityTypeInvalid.into());
    };
    let mut wanted = chitty_client::IdRequest::new(request.namespace, letter);
    if let Some(name) = &request.profile {
        wanted = wanted.profile(Profile::from_name(name).ok_or(Code::ProfileUnsupported)?);
    }
    if let Some(handle) = &request.handle {
        wanted = wanted.handle(handle)?;
    }
    if let Some(parent) = &request.parent {
        wanted = wanted.parent(parsed(parent)?);
    }
    if let Some(text) = &request.metadata_json {
        let members: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|_| Code::MetadataInvalid)?;
        for (name, value) in members {
            wanted = wanted.metadata(name, value);
        }
    }
    if request.require_standard {
        wanted = wanted.require_standard();
    }
    if let Some(limit) = request.deadline_ms {
        wanted = wanted.deadline(Duration::from_millis(limit));
    }
    Ok(wanted)
}
