//! The key set in use: pinned by the app, or fetched from main and kept in the store with the time of
//! its fetch (decision D26).
//!
//! A fetched set is replaced only by a higher version of the same issuer, by compare-and-set, so that
//! a late writer undoes nothing. Refetching is limited, so that forged key names cannot make a client
//! hammer main. Refuses to say how a set is used: [`super::judge`] knows which calls its age binds.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex as Turn, MutexGuard as Turned};

use super::keyset::KeySet;
use crate::{
    clock::Clock,
    error::{Code, Error},
    reconcile::store::PendingStore,
    service::lock,
};

const NOTE: &str = "key-set";
/// Shortest time between two fetches that unknown keys or age cause.
const REFETCH_MS: i64 = 60_000;
/// How often a note is compared and set before the store counts as busy. Each miss is somebody
/// else's progress.
const MOST_TRIES: usize = 32;

pub(crate) struct TrustedKeys {
    pinned: bool,
    max_age_ms: i64,
    state: Mutex<State>,
    /// One fetch at a time: whoever waited looks at what the other one brought.
    turn: Turn<()>,
    fetches: AtomicU64,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    loaded: bool,
    asked_ms: Option<i64>,
}

/// A set, and when it was fetched.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) set: Arc<KeySet>,
    /// When the request for it was sent, in milliseconds; unknown for notes of older versions.
    fetched_ms: Option<i64>,
}

/// How old a fetched set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// Good for verdicts.
    Fresh,
    /// Good for verdicts, and due to be fetched again.
    Ageing,
    /// Too old for verdicts, or fetched at a time that is unknown or still to come.
    Stale,
}

impl Held {
    /// When it was fetched, unless that is unknown or still to come.
    fn fetched_by(&self, now_ms: i64) -> Option<i64> {
        self.fetched_ms.filter(|at| *at <= now_ms)
    }

    /// Whether it was asked for at or after `start_ms`.
    pub(crate) fn asked_since(&self, start_ms: i64) -> bool {
        self.fetched_ms.is_some_and(|at| at >= start_ms)
    }

    /// Whether it says more than `known`: a higher version, or the same one fetched later.
    fn exceeds(&self, known: &Self, now_ms: i64) -> bool {
        known.set.issuer == self.set.issuer
            && (known.set.version < self.set.version
                || (known.set.version == self.set.version
                    && known.fetched_by(now_ms) < self.fetched_by(now_ms)))
    }

    fn to_note(&self) -> Result<Vec<u8>, Error> {
        let note = Note {
            set: &self.set,
            fetched_ms: self.fetched_ms,
        };
        serde_json::to_vec(&note).map_err(|error| Error::new(Code::Internal).caused_by(error))
    }

    fn of_note(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| Code::StoreDamaged)?;
        let time: NoteTime = serde_json::from_str(text).map_err(|_| Code::StoreDamaged)?;
        Ok(Self {
            set: Arc::new(KeySet::from_json(text).map_err(|_| Code::StoreDamaged)?),
            fetched_ms: time.fetched_ms,
        })
    }
}

/// The note: the set as it was always noted, so that earlier versions of the SDK read it, and the time.
#[derive(Serialize)]
struct Note<'a> {
    #[serde(flatten)]
    set: &'a KeySet,
    #[serde(rename = "fetchedMs", skip_serializing_if = "Option::is_none")]
    fetched_ms: Option<i64>,
}

#[derive(Deserialize)]
struct NoteTime {
    #[serde(rename = "fetchedMs", default)]
    fetched_ms: Option<i64>,
}

impl TrustedKeys {
    pub(crate) fn pinned(set: KeySet) -> Self {
        let state = State {
            held: Some(Held {
                set: Arc::new(set),
                fetched_ms: None,
            }),
            loaded: true,
            asked_ms: None,
        };
        Self::with(true, i64::MAX, state)
    }

    pub(crate) fn fetched(max_age: Duration) -> Self {
        let max_age_ms = i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX);
        Self::with(false, max_age_ms, State::default())
    }

    fn with(pinned: bool, max_age_ms: i64, state: State) -> Self {
        Self {
            pinned,
            max_age_ms,
            state: Mutex::new(state),
            turn: Turn::default(),
            fetches: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// How many fetches there were.
    pub(crate) fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::Relaxed)
    }

    /// The right to fetch.
    pub(crate) async fn turn(&self) -> Turned<'_, ()> {
        self.turn.lock().await
    }

    /// How old `held` is. A pinned set never ages.
    pub(crate) fn age(&self, held: &Held, now_ms: i64) -> Age {
        if self.pinned {
            return Age::Fresh;
        }
        let age = held.fetched_by(now_ms).map(|at| now_ms.saturating_sub(at));
        match age {
            Some(age) if age <= self.max_age_ms / 2 => Age::Fresh,
            Some(age) if age <= self.max_age_ms => Age::Ageing,
            _ => Age::Stale,
        }
    }

    /// Whether a look at store and main is due, as far as is known without them.
    pub(crate) fn is_due(&self, now_ms: i64) -> bool {
        let state = lock(&self.state);
        let held = state.held.as_ref();
        let fresh = held.is_some_and(|held| self.age(held, now_ms) == Age::Fresh);
        !fresh && !asked_lately(&state, now_ms)
    }

    /// The set known without a network, from memory or store.
    pub(crate) async fn current(
        &self,
        store: &dyn PendingStore,
        now_ms: i64,
    ) -> Result<Option<Held>, Error> {
        {
            let state = lock(&self.state);
            if state.loaded {
                return Ok(state.held.clone());
            }
        }
        self.reload(store, now_ms).await
    }

    /// The set after a look into the store, where another process may have put a newer one.
    pub(crate) async fn reload(
        &self,
        store: &dyn PendingStore,
        now_ms: i64,
    ) -> Result<Option<Held>, Error> {
        if !self.pinned
            && let Some(bytes) = store.note(NOTE).await?
        {
            self.keep(Held::of_note(&bytes)?, now_ms);
        }
        Ok(lock(&self.state).held.clone())
    }

    /// Takes `held` over if it says more than what is known. Without a set the next caller looks into
    /// the store again: another process may fetch one.
    fn keep(&self, held: Held, now_ms: i64) {
        let mut state = lock(&self.state);
        let known = state.held.as_ref();
        if known.is_none_or(|known| held.exceeds(known, now_ms)) {
            state.held = Some(held);
        }
        state.loaded = true;
    }

    /// Whether asking main for what is missing or old is allowed now. A client without any set may
    /// always ask for its own request's sake.
    pub(crate) fn may_fetch(&self, now_ms: i64, own_request: bool) -> bool {
        let state = lock(&self.state);
        !self.pinned && (!asked_lately(&state, now_ms) || (own_request && state.held.is_none()))
    }

    /// Notes that main is being asked now.
    pub(crate) fn asked(&self, now_ms: i64) {
        lock(&self.state).asked_ms = Some(now_ms);
        self.fetches.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes over a set that main published and that was asked for at `sent_ms`; tells whether it is
    /// newer. The same version again renews the time of the fetch, for other processes as well.
    pub(crate) async fn offer(
        &self,
        offered: &KeySet,
        sent_ms: i64,
        clock: &dyn Clock,
        store: &dyn PendingStore,
    ) -> Result<bool, Error> {
        for _ in 0..MOST_TRIES {
            // Another process on this store may know a higher version than this one.
            let noted = store.note(NOTE).await?;
            // After the look: what another one fetched meanwhile is of no time to come.
            let now_ms = clock.now_ms();
            if let Some(bytes) = &noted {
                self.keep(Held::of_note(bytes)?, now_ms);
            }
            let known = lock(&self.state).held.clone();
            let mut next = Held {
                set: Arc::new(offered.clone()),
                fetched_ms: Some(sent_ms),
            };
            let mut changed = true;
            if let Some(known) = &known {
                let later = known.fetched_by(now_ms).filter(|at| *at > sent_ms);
                if later.is_some()
                    && known.set.version > offered.version
                    && known.set.issuer == offered.issuer
                {
                    // No step back: this answer was asked for first and came last.
                    return Ok(false);
                }
                changed = KeySet::clone(&known.set).replace_with(offered.clone())?;
                if !changed {
                    next.fetched_ms = later.or(next.fetched_ms);
                }
            }
            let bytes = next.to_note()?;
            let same = noted.as_deref() == Some(bytes.as_slice());
            if same || store.swap_note(NOTE, noted.as_deref(), &bytes).await? {
                self.keep(next, now_ms);
                return Ok(changed);
            }
        }
        Err(Code::StoreBusy.into())
    }
}

/// Whether main was asked within the last minute, by this process or by one that noted the answer.
fn asked_lately(state: &State, now_ms: i64) -> bool {
    let noted = state.held.as_ref().and_then(|held| held.fetched_ms);
    let mut times = [state.asked_ms, noted].into_iter().flatten();
    times.any(|at| (0..REFETCH_MS).contains(&now_ms.saturating_sub(at)))
}
