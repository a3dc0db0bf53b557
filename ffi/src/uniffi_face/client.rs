//! The client as an object of uniffi.

use std::sync::Arc;

use super::{CancelToken, EventSubscription, token};
use crate::facade::{
    self, ChittyError, ClientConfig, DrainReport, ForeignParts, Health, IdRequest, Issued,
    LifecycleEvent, Metrics, Pending, Verdict, Verification,
    foreign::{Clock, EventListener, HttpTransport, PendingStore, SecretStore},
};

/// Requests ids and keeps its promises about them.
///
/// Who stops waiting for a call, by deadline, token or the language's own means, loses nothing: the
/// call goes on to a safe end. After `shutdown` every call fails with `Closed`, in a forked child
/// with `Forked`.
#[derive(Debug, uniffi::Object)]
pub struct Client(facade::Client);

#[uniffi::export]
impl Client {
    /// Builds a client. Sends nothing; opens the store's file, so keep it off the UI thread.
    ///
    /// # Errors
    /// 10xx for the configuration, 15xx for the store, `ForeignFailed` for the secret store.
    #[uniffi::constructor(default(
        store = None,
        transport = None,
        secrets = None,
        listener = None,
        clock = None
    ))]
    pub fn new(
        config: ClientConfig,
        store: Option<Arc<dyn PendingStore>>,
        transport: Option<Arc<dyn HttpTransport>>,
        secrets: Option<Arc<dyn SecretStore>>,
        listener: Option<Arc<dyn EventListener>>,
        clock: Option<Arc<dyn Clock>>,
    ) -> Result<Self, ChittyError> {
        let parts = ForeignParts {
            store,
            transport,
            secrets,
            listener,
            clock,
        };
        Ok(Self(facade::Client::new(config, parts)?))
    }

    /// Requests an id. An outage of main yields a temporary id, which is replaced later; when no
    /// service can answer there is no id.
    ///
    /// # Errors
    /// 10xx for the request, 11xx and 12xx for the services, 13xx and 14xx for answers that do not
    /// verify, 15xx for the store; `Cancelled`, `Closed`, `Forked`.
    #[uniffi::method(default(cancel = None))]
    pub async fn request_id(
        &self,
        request: IdRequest,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Issued, ChittyError> {
        self.0.request_id(request, token(cancel)).await
    }

    /// Asks main whether an id is real and current.
    ///
    /// # Errors
    /// `IdMalformed`; when main cannot be asked.
    #[uniffi::method(default(deadline_ms = None, cancel = None))]
    pub async fn verify(
        &self,
        id: String,
        deadline_ms: Option<u64>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Verification, ChittyError> {
        self.0.verify(&id, deadline_ms, token(cancel)).await
    }

    /// Checks that `receipt` proves `id`, offline unless the fetched key set is too old or lacks the
    /// key. Out of main's reach one that is too old gives an indeterminate verdict.
    ///
    /// # Errors
    /// `IdMalformed`; 15xx. What the check says is the verdict.
    pub async fn verify_receipt(
        &self,
        id: String,
        receipt: String,
    ) -> Result<Verdict, ChittyError> {
        self.0.verify_receipt(&id, receipt).await
    }

    /// Fetches main's key set now; tells whether it is a newer one.
    ///
    /// # Errors
    /// `KeySetPinned`, `KeySetInvalid`, `KeySetRolledBack`, or why main could not be asked; 15xx.
    #[uniffi::method(default(cancel = None))]
    pub async fn refresh(&self, cancel: Option<Arc<CancelToken>>) -> Result<bool, ChittyError> {
        self.0.refresh(token(cancel)).await
    }

    /// The fallback ids that are still owed a permanent one.
    ///
    /// # Errors
    /// 15xx.
    pub async fn pending_reconciliations(&self) -> Result<Vec<Pending>, ChittyError> {
        self.0.pending_reconciliations().await
    }

    /// Replaces one fallback id now.
    ///
    /// # Errors
    /// `IdMalformed`, `NotPending`, `IdAmbiguous`, `DebtWedged`, `DebtOpen`, or why main could not
    /// be asked.
    #[uniffi::method(default(deadline_ms = None, cancel = None))]
    pub async fn reconcile(
        &self,
        fallback_id: String,
        deadline_ms: Option<u64>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Issued, ChittyError> {
        let token = token(cancel);
        self.0.reconcile(&fallback_id, deadline_ms, token).await
    }

    /// Replaces what is due, within the client's deadline.
    ///
    /// # Errors
    /// `DrainElsewhere`; 15xx.
    #[uniffi::method(default(cancel = None))]
    pub async fn trigger_reconciliation(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<DrainReport, ChittyError> {
        self.0.trigger_reconciliation(token(cancel)).await
    }

    /// Answers open requests and replaces fallback ids until nothing is due or the deadline passes.
    ///
    /// # Errors
    /// `DrainElsewhere`; 15xx. Trouble with a service is in the report.
    #[uniffi::method(default(cancel = None))]
    pub async fn drain(
        &self,
        deadline_ms: u64,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<DrainReport, ChittyError> {
        self.0.drain(deadline_ms, token(cancel)).await
    }

    /// The id to use in the place of `old`: the permanent one, for ever.
    ///
    /// # Errors
    /// `IdMalformed`, `DebtOpen` while it is owed, `DebtWedged`, `IdAmbiguous`, `IdUnknown`, or why
    /// main could not be asked.
    #[uniffi::method(default(deadline_ms = None, cancel = None))]
    pub async fn resolve(
        &self,
        old: String,
        deadline_ms: Option<u64>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Issued, ChittyError> {
        self.0.resolve(&old, deadline_ms, token(cancel)).await
    }

    /// What happened to an id at main, oldest first, for the owning tenant.
    ///
    /// # Errors
    /// `IdMalformed`, `NotFound`, or why main could not be asked.
    #[uniffi::method(default(deadline_ms = None, cancel = None))]
    pub async fn history(
        &self,
        id: String,
        deadline_ms: Option<u64>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<LifecycleEvent>, ChittyError> {
        self.0.history(&id, deadline_ms, token(cancel)).await
    }

    /// Gives refused debts another chance; tells how many.
    ///
    /// # Errors
    /// 15xx.
    pub async fn retry_wedged(&self) -> Result<u64, ChittyError> {
        self.0.retry_wedged().await
    }

    /// Gives one debt up for good, with the reason on record.
    ///
    /// # Errors
    /// `IdMalformed`, `NotPending`, `IdAmbiguous`; 15xx.
    pub async fn abandon(&self, fallback_id: String, why: String) -> Result<(), ChittyError> {
        self.0.abandon(&fallback_id, why).await
    }

    /// Listens to what happens in the background from now on.
    ///
    /// # Errors
    /// `Closed`, `Forked`.
    pub fn events(&self) -> Result<EventSubscription, ChittyError> {
        Ok(EventSubscription(self.0.events()?))
    }

    /// Counters since the client was made.
    ///
    /// # Errors
    /// `Closed`, `Forked`.
    pub fn metrics(&self) -> Result<Metrics, ChittyError> {
        self.0.metrics()
    }

    /// Asks both services how they are. An unreachable service is an answer.
    ///
    /// # Errors
    /// 15xx.
    #[uniffi::method(default(cancel = None))]
    pub async fn health(&self, cancel: Option<Arc<CancelToken>>) -> Result<Health, ChittyError> {
        self.0.health(token(cancel)).await
    }

    /// Finishes writes and lets go of the store's files, for instance before the app is frozen.
    ///
    /// # Errors
    /// `StoreBusy`; 15xx.
    pub async fn suspend(&self, deadline_ms: u64) -> Result<(), ChittyError> {
        self.0.suspend(deadline_ms).await
    }

    /// Opens the store again.
    ///
    /// # Errors
    /// 15xx.
    pub async fn resume(&self) -> Result<(), ChittyError> {
        self.0.resume().await
    }

    /// Ends the client: calls under way end with their answer or with `Closed`, later ones with
    /// `Closed`. What is owed stays in the store. Doing so twice changes nothing.
    pub fn shutdown(&self) {
        self.0.close();
    }
}
