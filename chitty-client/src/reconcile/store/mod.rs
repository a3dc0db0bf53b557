//! Where obligations are kept. One trait, one conformance suite (`conformance`, with the feature
//! `test-util`), two stores: memory and one SQLite file.
//!
//! A store keeps rows and compares versions; it knows nothing of ids' meaning, of the network or of
//! time. A row's `body` is opaque versioned bytes. A store never drops a row by itself, and a file
//! that is damaged, foreign or newer is refused and left as it is.

#[cfg(any(test, feature = "test-util"))]
pub mod conformance;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use self::memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteStore;

use async_trait::async_trait;
use spooky_core::secret::Secret32;

use crate::{error::Error, id::ChittyId};

/// Names a row: the digest of its idempotency key (`idk`).
pub type EntryKey = [u8; 32];

/// Where an obligation stands. Numbers are stored and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// Written before sending; a service may or may not have answered.
    Open = 1,
    /// Answered with a permanent id.
    Issued = 2,
    /// Answered with a fallback id that is to be replaced.
    Owed = 3,
    /// Answered with a fallback id whose receipt this clock does not accept yet; owed as well.
    Held = 4,
    /// The service refuses to replace the fallback id, with a reason.
    Wedged = 5,
    /// The fallback id was replaced: the row is the alias, kept for ever.
    Reconciled = 6,
    /// The app gave the debt up, with a reason.
    Abandoned = 7,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Issued,
        Self::Owed,
        Self::Held,
        Self::Wedged,
        Self::Reconciled,
        Self::Abandoned,
    ];

    /// States that hold a fallback id without a permanent one; they count against the bound.
    pub const DEBTS: [Self; 3] = [Self::Owed, Self::Held, Self::Wedged];

    /// The state of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as u8 == number)
    }
}

/// One row.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub key: EntryKey,
    /// Where it stands.
    pub state: State,
    /// The fallback id, when there is one. Not unique: see `IdAmbiguous`.
    pub fallback_id: Option<ChittyId>,
    /// The permanent id, when there is one.
    pub permanent_id: Option<ChittyId>,
    /// Nobody works on it before this time, in milliseconds since 1970.
    pub due_ms: i64,
    /// Rises by one with each write; 0 for a row that was never stored.
    pub version: u64,
    /// The record as opaque versioned bytes.
    pub body: Vec<u8>,
}

/// Prints no content.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("state", &self.state)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// How safe a write must be before the call returns (decision D8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives the death of the process; a power cut may lose the latest writes.
    Process,
    /// Survives a power cut.
    Power,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Stored under this new version.
    Done(u64),
    /// Somebody else wrote first: read again and decide anew.
    Conflict,
}

/// Rows per state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([u64; 8]);

impl Counts {
    /// Rows in `state`.
    pub fn of(&self, state: State) -> u64 {
        self.0[state as usize]
    }

    /// Rows in any state of [`State::DEBTS`].
    pub fn debts(&self) -> u64 {
        State::DEBTS.iter().map(|state| self.of(*state)).sum()
    }

    /// Sets the number of rows in `state`; for implementations of the store.
    pub fn set(&mut self, state: State, rows: u64) {
        self.0[state as usize] = rows;
    }
}

/// Durable memory of the client. Several processes may share one store.
///
/// Every call is atomic: it happened or it did not, also when the future is dropped or the process
/// dies. `# Errors` of all calls: the 15xx codes.
#[async_trait]
pub trait PendingStore: Send + Sync {
    /// The store's secret, 32 random bytes made when the store is created. Idempotency keys are
    /// derived from it.
    async fn store_key(&self) -> Result<Secret32, Error>;

    /// The row named `key`.
    async fn get(&self, key: &EntryKey) -> Result<Option<Entry>, Error>;

    /// Writes `entry` if the stored version equals `entry.version` (0: no such row yet).
    async fn put(&self, entry: Entry, durability: Durability) -> Result<Put, Error>;

    /// Removes the row if its version is still `version`; tells whether it did. Only for rows in
    /// state [`State::Open`]: any other row is an obligation or an alias and is left alone.
    async fn remove(&self, key: &EntryKey, version: u64) -> Result<bool, Error>;

    /// Rows whose fallback or permanent id is `id`.
    async fn find(&self, id: &ChittyId) -> Result<Vec<Entry>, Error>;

    /// At most `limit` rows in one of `states` that are due at or before `due_ms`, earliest first.
    async fn list(&self, states: &[State], due_ms: i64, limit: usize) -> Result<Vec<Entry>, Error>;

    /// Rows per state.
    async fn counts(&self) -> Result<Counts, Error>;

    /// Takes or renews the right to drain this store until `until_ms`; false when another owner
    /// holds it at `now_ms`. One that is held until later than `until_ms` was taken by a
    /// clock that was ahead, and is free.
    async fn lease(&self, owner: &[u8; 16], now_ms: i64, until_ms: i64) -> Result<bool, Error>;

    /// Gives the right to drain back, if `owner` holds it.
    async fn release(&self, owner: &[u8; 16]) -> Result<(), Error>;

    /// A named note, such as the cached key set.
    async fn note(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Writes a named note, whatever it held.
    async fn set_note(&self, name: &str, value: &[u8]) -> Result<(), Error>;

    /// Writes a named note if it holds `expected` now (`None`: there is no such note); tells whether
    /// it did. The comparison and the write are one step for everybody who shares the store.
    ///
    /// The default reads, compares and writes in three steps. That is enough for a store of one
    /// client. A store that several clients or processes share must implement it: between the steps
    /// another one's newer note could be overwritten with an older one.
    async fn swap_note(
        &self,
        name: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, Error> {
        if self.note(name).await?.as_deref() != expected {
            return Ok(false);
        }
        self.set_note(name, value).await?;
        Ok(true)
    }

    /// Finishes writes under way and lets go of files and locks; calls fail with `StoreSuspended`
    /// until [`PendingStore::resume`].
    async fn suspend(&self) -> Result<(), Error>;

    /// Opens again.
    async fn resume(&self) -> Result<(), Error>;
}
