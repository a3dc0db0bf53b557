//! The client for programs without an async runtime: the same calls, each waiting for its answer.
//!
//! Owns one small runtime with one worker thread, started with the client. Not for use inside an
//! async runtime. In a child after `fork` that thread does not exist, and every call fails with `Forked`.

use std::time::Duration;

use spooky_core::verdict::Verdict;
use tokio::runtime::{Builder, Runtime};

use crate::{
    client::{Health, Verification},
    config::ClientBuilder,
    error::{Code, Error},
    events::Events,
    id::ChittyId,
    issuance::{IdRequest, Issued, receipt::VerifiedReceipt},
    metrics::Metrics,
    process,
    reconcile::{drain::DrainReport, pending::Pending},
    wire::id::LifecycleEvent,
};

/// A client whose calls wait. See [`crate::Client`] for what each does and how it fails.
///
/// ```
/// use chitty_client::{ApiKey, Trust, blocking, reconcile::store::MemoryStore};
///
/// let client = blocking::Client::new(
///     chitty_client::Client::builder()
///         .main("https://id.example", ApiKey::new("key-for-main"))
///         .trust(Trust::Fetched)
///         .store(MemoryStore::new()?),
/// )?;
/// assert!(client.pending_reconciliations()?.is_empty());
/// # Ok::<(), chitty_client::Error>(())
/// ```
#[derive(Debug)]
pub struct Client {
    inner: crate::Client,
    /// Empty only while it is dropped.
    runtime: Option<Runtime>,
    process: u32,
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.process != process::number() {
            // The parent's threads are not ours to join.
            std::mem::forget(self.runtime.take());
        }
    }
}

macro_rules! waiting {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        impl Client {
            $($(#[$doc])*
            ///
            /// # Errors
            /// As the method of the same name of [`crate::Client`].
            pub fn $name(&self, $($arg: $type),*) -> Result<$out, Error> {
                self.runtime()?.block_on(self.inner.$name($($arg),*))
            })*
        }
    };
}

waiting! {
    /// Requests an id.
    request_id(request: IdRequest) -> Issued;
    /// Asks main whether an id is real and current.
    verify(id: &ChittyId) -> Verification;
    /// Checks a receipt.
    verify_receipt(id: &ChittyId, receipt: &str) -> Verdict<VerifiedReceipt, Code>;
    /// Fetches main's key set now; tells whether it is a newer one.
    refresh() -> bool;
    /// The fallback ids that are still owed a permanent one.
    pending_reconciliations() -> Vec<Pending>;
    /// Replaces one fallback id now.
    reconcile(fallback_id: &ChittyId) -> Issued;
    /// Replaces what is due.
    trigger_reconciliation() -> DrainReport;
    /// Settles what is due until `deadline` passes.
    drain(deadline: Duration) -> DrainReport;
    /// The id to use in the place of `old`.
    resolve(old: &ChittyId) -> Issued;
    /// What happened to an id at main.
    history(id: &ChittyId) -> Vec<LifecycleEvent>;
    /// Gives refused debts another chance.
    retry_wedged() -> usize;
    /// Gives one debt up for good.
    abandon(fallback_id: &ChittyId, reason: &str) -> ();
    /// Asks both services how they are.
    health() -> Health;
    /// Lets go of the store's files.
    suspend(deadline: Duration) -> ();
    /// Opens the store again.
    resume() -> ();
}

impl Client {
    /// Builds the client and its runtime.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`]; `Internal` when the system gives no thread.
    pub fn new(builder: ClientBuilder) -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .thread_name("chitty-client")
            .build()
            .map_err(|error| Error::new(Code::Internal).caused_by(error))?;
        Ok(Self {
            inner: builder.build()?,
            runtime: Some(runtime),
            process: process::number(),
        })
    }

    /// The runtime whose threads exist in this process.
    fn runtime(&self) -> Result<&Runtime, Error> {
        let here = self.runtime.as_ref();
        here.filter(|_| self.process == process::number())
            .ok_or_else(|| Code::Forked.into())
    }

    /// Listens to what happens in the background; [`Client::next_event`] waits for it.
    pub fn events(&self) -> Events {
        self.inner.events()
    }

    /// Waits at most `limit` for the next event. There is none in a child after `fork`.
    pub fn next_event(&self, events: &mut Events, limit: Duration) -> Option<crate::events::Event> {
        self.runtime().ok()?.block_on(async {
            tokio::time::timeout(limit, events.next())
                .await
                .ok()
                .flatten()
        })
    }

    /// Counters since the client was built.
    pub fn metrics(&self) -> Metrics {
        self.inner.metrics()
    }
}
