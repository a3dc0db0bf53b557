//! The key set in use: pinned by the app, or fetched from main and kept in the store.
//!
//! A fetched set is replaced only by a higher version of the same issuer. Refetching is limited, so
//! that forged key names cannot make a client hammer main.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{Mutex, MutexGuard, RwLock};

use super::keyset::KeySet;
use crate::{
    error::{Code, Error},
    reconcile::store::PendingStore,
};

const NOTE: &str = "key-set";
/// Shortest time between two fetches caused by unknown keys.
const REFETCH_MS: i64 = 10_000;

pub(crate) struct TrustedKeys {
    pinned: bool,
    state: RwLock<Fetched>,
    /// One fetch at a time: whoever waited looks at what the other one brought.
    turn: Mutex<()>,
    fetches: AtomicU64,
}

#[derive(Default)]
struct Fetched {
    set: Option<Arc<KeySet>>,
    loaded: bool,
    fetched_ms: Option<i64>,
}

impl TrustedKeys {
    pub(crate) fn pinned(set: KeySet) -> Self {
        Self {
            pinned: true,
            state: RwLock::new(Fetched {
                set: Some(Arc::new(set)),
                loaded: true,
                fetched_ms: None,
            }),
            turn: Mutex::default(),
            fetches: AtomicU64::new(0),
        }
    }

    pub(crate) fn fetched() -> Self {
        Self {
            pinned: false,
            state: RwLock::default(),
            turn: Mutex::default(),
            fetches: AtomicU64::new(0),
        }
    }

    /// How many fetches there were.
    pub(crate) fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::Relaxed)
    }

    /// The right to fetch.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The set known without a network, from memory or store.
    pub(crate) async fn current(
        &self,
        store: &dyn PendingStore,
    ) -> Result<Option<Arc<KeySet>>, Error> {
        {
            let state = self.state.read().await;
            if state.loaded {
                return Ok(state.set.clone());
            }
        }
        self.reload(store).await
    }

    /// The set after a look into the store, where another process may have put a newer one.
    pub(crate) async fn reload(
        &self,
        store: &dyn PendingStore,
    ) -> Result<Option<Arc<KeySet>>, Error> {
        if self.pinned {
            return Ok(self.state.read().await.set.clone());
        }
        let stored = noted(store).await?;
        let mut state = self.state.write().await;
        if let Some(stored) = stored {
            let newer = state.set.as_ref().is_none_or(|known| {
                known.issuer == stored.issuer && known.version < stored.version
            });
            if newer {
                state.set = Some(Arc::new(stored));
            }
            // Without a set the next caller looks again: another process may fetch one.
            state.loaded = true;
        }
        Ok(state.set.clone())
    }

    /// Whether asking main again is allowed and may help; notes the attempt.
    pub(crate) async fn may_fetch(&self, now_ms: i64) -> bool {
        if self.pinned {
            return false;
        }
        let mut state = self.state.write().await;
        let recent = state
            .fetched_ms
            .is_some_and(|at| (0..REFETCH_MS).contains(&now_ms.saturating_sub(at)));
        if recent && state.set.is_some() {
            return false;
        }
        state.fetched_ms = Some(now_ms);
        self.fetches.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Takes over a set that main published; tells whether it is newer.
    pub(crate) async fn offer(
        &self,
        newer: KeySet,
        store: &dyn PendingStore,
    ) -> Result<bool, Error> {
        // Another process on this store may know a higher version than this one.
        let changed = match self.reload(store).await? {
            Some(known) => KeySet::clone(&known).replace_with(newer.clone())?,
            None => true,
        };
        if changed {
            let text = serde_json::to_vec(&newer)
                .map_err(|error| Error::new(Code::Internal).caused_by(error))?;
            store.set_note(NOTE, &text).await?;
        }
        let mut state = self.state.write().await;
        state.set = Some(Arc::new(newer));
        state.loaded = true;
        Ok(changed)
    }
}

async fn noted(store: &dyn PendingStore) -> Result<Option<KeySet>, Error> {
    let Some(bytes) = store.note(NOTE).await? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|_| Code::StoreDamaged)?;
    let set = KeySet::from_json(&text).map_err(|_| Code::StoreDamaged)?;
    Ok(Some(set))
}
