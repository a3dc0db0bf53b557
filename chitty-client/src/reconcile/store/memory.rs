//! A store that forgets: for tests and for programs that live no longer than their debts.
//!
//! Owns [`MemoryStore`], which keeps the same promises as the SQLite store except durability (it
//! passes the same conformance suite). Refuses to be shared between processes. Do not ask for
//! fallback ids with it unless losing them is acceptable: they die with the process (decision D8).

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use spooky_core::{entropy::OsEntropy, secret::Secret32};

use super::{Counts, Durability, Entry, EntryKey, PendingStore, Put, State};
use crate::{
    error::{Code, Error},
    id::ChittyId,
};

/// Obligations in memory.
///
/// ```
/// use chitty_client::reconcile::store::{MemoryStore, PendingStore};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MemoryStore::new()?;
/// assert_eq!(store.counts().await?.debts(), 0);
/// # Ok::<(), chitty_client::error::Error>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MemoryStore {
    key: Secret32,
    inner: Mutex<Inner>,
}

/// Prints no content.
impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryStore")
    }
}

#[derive(PartialEq, Eq)]
enum Mode {
    Running,
    Suspended,
}

struct Inner {
    mode: Mode,
    rows: HashMap<EntryKey, Entry>,
    due: BTreeSet<(State, i64, EntryKey)>,
    ids: HashMap<ChittyId, BTreeSet<EntryKey>>,
    counts: Counts,
    lease: Option<([u8; 16], i64)>,
    notes: HashMap<String, Vec<u8>>,
}

impl Inner {
    fn insert(&mut self, entry: Entry) {
        self.take(&entry.key);
        self.due.insert((entry.state, entry.due_ms, entry.key));
        for id in ids(&entry) {
            self.ids.entry(id).or_default().insert(entry.key);
        }
        self.counts
            .set(entry.state, self.counts.of(entry.state) + 1);
        self.rows.insert(entry.key, entry);
    }

    fn take(&mut self, key: &EntryKey) {
        let Some(entry) = self.rows.remove(key) else {
            return;
        };
        self.due.remove(&(entry.state, entry.due_ms, entry.key));
        for id in ids(&entry) {
            if let Some(keys) = self.ids.get_mut(&id) {
                keys.remove(key);
                if keys.is_empty() {
                    self.ids.remove(&id);
                }
            }
        }
        self.counts
            .set(entry.state, self.counts.of(entry.state).saturating_sub(1));
    }
}

fn ids(entry: &Entry) -> impl Iterator<Item = ChittyId> {
    entry.fallback_id.into_iter().chain(entry.permanent_id)
}

impl MemoryStore {
    /// An empty store with a fresh key.
    ///
    /// # Errors
    /// `EntropyFailed` when the system gives no random bytes.
    pub fn new() -> Result<Self, Error> {
        Secret32::make(&OsEntropy)
            .map(Self::with_key)
            .map_err(|error| Error::new(Code::EntropyFailed).caused_by(error))
    }

    /// An empty store with this key, so that handles give the same idempotency keys as before.
    pub fn with_key(key: Secret32) -> Self {
        Self {
            key,
            inner: Mutex::new(Inner {
                mode: Mode::Running,
                rows: HashMap::new(),
                due: BTreeSet::new(),
                ids: HashMap::new(),
                counts: Counts::default(),
                lease: None,
                notes: HashMap::new(),
            }),
        }
    }

    fn inner(&self) -> Result<MutexGuard<'_, Inner>, Error> {
        let inner = self.lock()?;
        match inner.mode {
            Mode::Running => Ok(inner),
            Mode::Suspended => Err(Code::StoreSuspended.into()),
        }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Inner>, Error> {
        self.inner.lock().map_err(|_| Code::Internal.into())
    }
}

#[async_trait]
impl PendingStore for MemoryStore {
    async fn store_key(&self) -> Result<Secret32, Error> {
        drop(self.inner()?);
        Ok(Secret32::new(*self.key.expose_secret()))
    }

    async fn get(&self, key: &EntryKey) -> Result<Option<Entry>, Error> {
        Ok(self.inner()?.rows.get(key).cloned())
    }

    async fn put(&self, mut entry: Entry, _durability: Durability) -> Result<Put, Error> {
        let mut inner = self.inner()?;
        let stored = inner.rows.get(&entry.key).map_or(0, |row| row.version);
        if stored != entry.version {
            return Ok(Put::Conflict);
        }
        entry.version = stored + 1;
        let version = entry.version;
        inner.insert(entry);
        Ok(Put::Done(version))
    }

    async fn remove(&self, key: &EntryKey, version: u64) -> Result<bool, Error> {
        let mut inner = self.inner()?;
        let matches = inner
            .rows
            .get(key)
            .is_some_and(|row| row.version == version && row.state == State::Open);
        if matches {
            inner.take(key);
        }
        Ok(matches)
    }

    async fn find(&self, id: &ChittyId) -> Result<Vec<Entry>, Error> {
        let inner = self.inner()?;
        let keys = inner.ids.get(id).into_iter().flatten();
        Ok(keys
            .filter_map(|key| inner.rows.get(key).cloned())
            .collect())
    }

    async fn list(&self, states: &[State], due_ms: i64, limit: usize) -> Result<Vec<Entry>, Error> {
        let inner = self.inner()?;
        let states: BTreeSet<State> = states.iter().copied().collect();
        let mut found: Vec<(i64, EntryKey)> = Vec::new();
        for state in states {
            let range = (state, i64::MIN, [0; 32])..=(state, due_ms, [0xff; 32]);
            found.extend(
                inner
                    .due
                    .range(range)
                    .take(limit)
                    .map(|(_, due, key)| (*due, *key)),
            );
        }
        found.sort_unstable();
        Ok(found
            .iter()
            .take(limit)
            .filter_map(|(_, key)| inner.rows.get(key).cloned())
            .collect())
    }

    async fn counts(&self) -> Result<Counts, Error> {
        Ok(self.inner()?.counts)
    }

    async fn lease(&self, owner: &[u8; 16], now_ms: i64, until_ms: i64) -> Result<bool, Error> {
        let mut inner = self.inner()?;
        let free = inner
            .lease
            .is_none_or(|(holder, until)| holder == *owner || until <= now_ms || until > until_ms);
        if free {
            inner.lease = Some((*owner, until_ms));
        }
        Ok(free)
    }

    async fn release(&self, owner: &[u8; 16]) -> Result<(), Error> {
        let mut inner = self.inner()?;
        inner.lease = inner.lease.filter(|(holder, _)| holder != owner);
        Ok(())
    }

    async fn note(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.inner()?.notes.get(name).cloned())
    }

    async fn set_note(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        self.inner()?.notes.insert(name.into(), value.into());
        Ok(())
    }

    async fn swap_note(
        &self,
        name: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, Error> {
        let mut inner = self.inner()?;
        let matches = inner.notes.get(name).map(Vec::as_slice) == expected;
        if matches {
            inner.notes.insert(name.into(), value.into());
        }
        Ok(matches)
    }

    async fn suspend(&self) -> Result<(), Error> {
        self.lock()?.mode = Mode::Suspended;
        Ok(())
    }

    async fn resume(&self) -> Result<(), Error> {
        self.lock()?.mode = Mode::Running;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::store::conformance;
    use std::sync::Arc;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn passes_the_conformance_suite() {
        conformance::run(async || Arc::new(MemoryStore::new().unwrap()) as _).await;
    }

    #[tokio::test]
    async fn keeps_the_key_it_was_given() {
        let store = MemoryStore::with_key(Secret32::new([7; 32]));
        assert!(store.store_key().await.unwrap().matches(&[7; 32]));
    }
}
