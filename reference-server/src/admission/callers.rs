//! Which tenant an API key belongs to, asked before anything is taken on for it.
//!
//! Owns the memory of keys that were good lately, so that most requests ask nothing. It grants nothing:
//! the service looks at the key itself. What nobody knows is looked up, for each address one key at a
//! time, so that invented keys cost the database no more than their turn.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chitty_client::error::Code;

use super::{
    addresses::Origin,
    places::{Places, Sizes},
};
use crate::{error::Refusal, store::Access};

/// How long a key counts as known.
const FRESH: Duration = Duration::from_secs(60);
/// Most keys that are known.
const KEYS: usize = 10_000;
/// Keys that are looked up at once.
const LOOKUPS: usize = 8;

/// By the hash of a key: its tenant, and when it was looked up.
type Known = HashMap<[u8; 32], (Arc<str>, Instant)>;

/// The keys that were good lately.
pub(crate) struct Callers {
    store: Option<Arc<dyn Access>>,
    known: Mutex<Known>,
    lookups: Places,
}

impl Callers {
    pub(crate) fn new(store: Option<Arc<dyn Access>>) -> Self {
        Self {
            store,
            known: Mutex::default(),
            lookups: Places::new(Sizes {
                places: LOOKUPS,
                tenant: 1,
                stranger: 1,
                waiting: 1024,
            }),
        }
    }

    /// The tenant of the key with this hash, if it is good. `from` says who asks.
    ///
    /// # Errors
    /// The database does not answer, or too many ask.
    pub(crate) async fn tenant(
        &self,
        hash: [u8; 32],
        from: &Origin,
        patience: Duration,
    ) -> Result<Option<Arc<str>>, Refusal> {
        if let Some((tenant, at)) = self.lock().get(&hash)
            && at.elapsed() < FRESH
        {
            return Ok(Some(tenant.clone()));
        }
        let Some(store) = &self.store else {
            return Ok(None);
        };
        let turn = self.lookups.enter(from, patience).await;
        let turn = turn.map_err(|_| Refusal::new(Code::Overloaded).after(1))?;
        let found = store.api_key(hash).await?;
        drop(turn);
        let tenant = found.map(|key| Arc::<str>::from(key.spec.tenant));
        if let Some(tenant) = &tenant {
            let mut known = self.lock();
            if known.len() >= KEYS {
                *known = HashMap::new();
            }
            known.insert(hash, (tenant.clone(), Instant::now()));
        }
        Ok(tenant)
    }

    /// A key is not good any more.
    pub(crate) fn forget(&self, hash: &[u8; 32]) {
        self.lock().remove(hash);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
