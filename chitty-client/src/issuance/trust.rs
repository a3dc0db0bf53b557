//! The key set in use: pinned by the app, or fetched from main and kept in the store.
//!
//! A fetched set is replaced only by a higher version of the same issuer. Refetching is limited, so
//! that forged key names cannot make a client hammer main.

use std::sync::Arc;

use tokio::sync::RwLock;

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
        }
    }

    pub(crate) fn fetched() -> Self {
        Self {
            pinned: false,
            state: RwLock::default(),
        }
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
        let stored = match store.note(NOTE).await? {
            Some(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| Code::StoreDamaged)?;
                Some(Arc::new(
                    KeySet::from_json(&text).map_err(|_| Code::StoreDamaged)?,
                ))
            }
            None => None,
        };
        let mut state = self.state.write().await;
        if !state.loaded {
            state.set = stored;
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
            .is_some_and(|at| (0..REFETCH_MS).contains(&(now_ms - at)));
        if recent && state.set.is_some() {
            return false;
        }
        state.fetched_ms = Some(now_ms);
        true
    }

    /// Takes over a set that main published; tells whether it is newer.
    pub(crate) async fn offer(
        &self,
        newer: KeySet,
        store: &dyn PendingStore,
    ) -> Result<bool, Error> {
        let known = self.current(store).await?;
        // Another process on this store may know a higher version than this one.
        let changed = match known {
            Some(known) => KeySet::clone(&known).replace_with(newer.clone())?,
            None => true,
        };
        if changed {
            let text = serde_json::to_vec(&newer)
                .map_err(|error| Error::new(Code::Internal).caused_by(error))?;
            store.set_note(NOTE, &text).await?;
        }
        self.state.write().await.set = Some(Arc::new(newer));
        Ok(changed)
    }
}
