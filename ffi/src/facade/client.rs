//! The client: every method is a call of `chitty-client` that waits as told.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chitty_client::{
    Client as Core,
    error::{Code, Error},
    id::Profile,
};

use super::{
    CancelToken, ChittyError, ClientConfig, EventSubscription, ForeignParts, Health, IdRequest,
    Issued, Metrics, Verdict, Verification, call::Limit, config, events, ids::parsed,
    opened::Opened,
};

/// Requests ids and keeps its promises about them.
///
/// Calls run as tasks of the SDK: who stops waiting, by deadline, token or dropped future, loses
/// nothing. After [`Client::close`] every call fails with `Closed`; in a forked child with `Forked`.
pub struct Client {
    open: Opened<Core>,
    failures: Arc<AtomicU64>,
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
        let events = parts.listener.map(|listener| (listener, core.events()));
        let open = Opened::new(core, deadline);
        if let Some((listener, events)) = events {
            events::tell(listener, events, open.closing(), Arc::clone(&failures))?;
        }
        Ok(Self { open, failures })
    }

    fn core(&self) -> Result<Core, ChittyError> {
        self.open.core()
    }

    /// The limit of a call that the client itself does not limit.
    pub(super) fn limit(&self, deadline_ms: Option<u64>) -> Limit {
        match deadline_ms {
            Some(limit) => Limit::Waited(Duration::from_millis(limit)),
            None => Limit::Kept(self.open.deadline()),
        }
    }

    pub(super) async fn call<T, F>(
        &self,
        limit: Limit,
        cancel: Option<CancelToken>,
        work: impl FnOnce(Core) -> F,
    ) -> Result<T, ChittyError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        self.open.call(limit, cancel, work).await
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
            None => self.open.deadline(),
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

    /// Checks that `receipt` proves `id`, offline unless the fetched key set is too old or lacks the
    /// key. Out of main's reach one that is too old gives an indeterminate verdict.
    ///
    /// # Errors
    /// `IdMalformed`; 15xx; as every call. What the check says is the verdict.
    pub async fn verify_receipt(&self, id: &str, receipt: String) -> Result<Verdict, ChittyError> {
        let id = parsed(id)?;
        let work = |core: Core| async move { core.verify_receipt(&id, &receipt).await };
        let verdict = self.call(self.limit(None), None, work).await?;
        Ok(verdict.into())
    }

    /// Fetches main's key set now; tells whether it is a newer one.
    ///
    /// # Errors
    /// `KeySetPinned`, `KeySetInvalid`, `KeySetRolledBack`; why main could not be asked; 15xx; as
    /// every call.
    pub async fn refresh(&self, cancel: Option<CancelToken>) -> Result<bool, ChittyError> {
        let work = |core: Core| async move { core.refresh().await };
        self.call(self.limit(None), cancel, work).await
    }

    /// Listens to what happens in the background from now on.
    ///
    /// # Errors
    /// `Closed`, `Forked`.
    pub fn events(&self) -> Result<EventSubscription, ChittyError> {
        let events = self.core()?.events();
        let closing = Arc::clone(self.open.closing());
        Ok(EventSubscription::new(events, closing))
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
        self.open.close();
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
        wanted = wanted.metadata_json(text)?;
    }
    if request.require_standard {
        wanted = wanted.require_standard();
    }
    if let Some(limit) = request.deadline_ms {
        wanted = wanted.deadline(Duration::from_millis(limit));
    }
    Ok(wanted)
}
