//! A clock that can be set, randomness that is none, and a store that fails or dawdles when told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chitty_client::{
    ChittyId, Code, Error,
    clock::{Clock, SystemClock},
    reconcile::store::{Counts, Durability, Entry, EntryKey, PendingStore, Put, State},
};
use spooky_core::{entropy::Entropy, secret::Secret32};

use crate::gate::Gate;

/// The system's clock and some milliseconds.
#[derive(Default)]
pub struct Shifted(AtomicI64);

impl Shifted {
    pub fn by(ms: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(ms)))
    }

    pub fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::SeqCst);
    }
}

impl Clock for Shifted {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0.load(Ordering::SeqCst)
    }
}

/// Always the highest number: pauses are as long as they may be.
pub struct Highest;

impl Entropy for Highest {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), spooky_core::Error> {
        bytes.fill(0xff);
        Ok(())
    }
}

/// What becomes of a write.
pub enum OnPut {
    Pass,
    Fail(Code),
    Slow(Duration),
    Gate(Arc<Gate>),
}

type Script = dyn Fn(&Entry) -> OnPut + Send + Sync;

/// A store whose writes do as told.
pub struct Bent {
    inner: Arc<dyn PendingStore>,
    script: Box<Script>,
}

impl Bent {
    pub fn new(
        inner: &Arc<dyn PendingStore>,
        script: impl Fn(&Entry) -> OnPut + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner: Arc::clone(inner),
            script: Box::new(script),
        }
    }
}

#[async_trait]
impl PendingStore for Bent {
    async fn store_key(&self) -> Result<Secret32, Error> {
        self.inner.store_key().await
    }

    async fn get(&self, key: &EntryKey) -> Result<Option<Entry>, Error> {
        self.inner.get(key).await
    }

    async fn put(&self, entry: Entry, durability: Durability) -> Result<Put, Error> {
        match (self.script)(&entry) {
            OnPut::Pass => {}
            OnPut::Fail(code) => return Err(code.into()),
            OnPut::Slow(pause) => tokio::time::sleep(pause).await,
            OnPut::Gate(gate) => gate.point(format!("put {:?}", entry.state)).await,
        }
        self.inner.put(entry, durability).await
    }

    async fn remove(&self, key: &EntryKey, version: u64) -> Result<bool, Error> {
        self.inner.remove(key, version).await
    }

    async fn find(&self, id: &ChittyId) -> Result<Vec<Entry>, Error> {
        self.inner.find(id).await
    }

    async fn list(&self, states: &[State], due: i64, limit: usize) -> Result<Vec<Entry>, Error> {
        self.inner.list(states, due, limit).await
    }

    async fn counts(&self) -> Result<Counts, Error> {
        self.inner.counts().await
    }

    async fn lease(&self, owner: &[u8; 16], now: i64, until: i64) -> Result<bool, Error> {
        self.inner.lease(owner, now, until).await
    }

    async fn release(&self, owner: &[u8; 16]) -> Result<(), Error> {
        self.inner.release(owner).await
    }

    async fn note(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.note(name).await
    }

    async fn set_note(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        self.inner.set_note(name, value).await
    }

    async fn swap_note(
        &self,
        name: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, Error> {
        self.inner.swap_note(name, expected, value).await
    }

    async fn suspend(&self) -> Result<(), Error> {
        self.inner.suspend().await
    }

    async fn resume(&self) -> Result<(), Error> {
        self.inner.resume().await
    }
}
