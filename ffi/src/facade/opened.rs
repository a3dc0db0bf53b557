//! An object that calls are made on until it is closed: the client, a wallet, a site.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use chitty_client::error::{Code, Error};

use super::{
    CancelToken, ChittyError,
    call::{Flag, Limit, Started},
    process::{Birthplace, Live, lock},
};

/// Something open, with what its calls share: the closing, the deadline, the process it belongs to.
pub(crate) struct Opened<C> {
    core: Mutex<Option<C>>,
    closing: Arc<Flag>,
    deadline: Duration,
    born: Birthplace,
    _live: Live,
}

impl<C: Clone> Opened<C> {
    pub(crate) fn new(core: C, deadline: Duration) -> Self {
        Self {
            core: Mutex::new(Some(core)),
            closing: Arc::new(Flag::new()),
            deadline,
            born: Birthplace::here(),
            _live: Live::new(),
        }
    }

    /// What is open, or `Closed` or `Forked`.
    pub(crate) fn core(&self) -> Result<C, ChittyError> {
        self.born.check()?;
        let core = lock(&self.core).clone();
        core.ok_or_else(|| Code::Closed.into())
    }

    /// The deadline of calls that have none of their own.
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// What is raised when it closes.
    pub(crate) fn closing(&self) -> &Arc<Flag> {
        &self.closing
    }

    /// Runs `work` as a task of the SDK's own and waits for it.
    pub(crate) async fn call<T, F>(
        &self,
        limit: Limit,
        cancel: Option<CancelToken>,
        work: impl FnOnce(C) -> F,
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
}

impl<C> Opened<C> {
    /// Ends it: calls under way end with their answer or with `Closed`. Twice changes nothing.
    pub(crate) fn close(&self) {
        if self.born.is_here() {
            self.closing.raise();
            let core = lock(&self.core).take();
            drop(core);
        }
    }
}

impl<C> Drop for Opened<C> {
    fn drop(&mut self) {
        if self.born.is_here() {
            self.close();
        } else if let Ok(core) = self.core.get_mut() {
            // The parent's threads are not ours to join and its locks not ours to take.
            std::mem::forget(core.take());
        }
    }
}
