//! The client's calls about temporary ids: listed, replaced, resolved, given up.

use std::time::Duration;

use chitty_client::{Client as Core, id::ChittyId};

use super::{
    CancelToken, ChittyError, Client, DrainReport, Issued, LifecycleEvent, Pending, call::Limit,
    ids::parsed,
};

impl Client {
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
        let report = self.call(self.limit(None), cancel, work).await?;
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
}
