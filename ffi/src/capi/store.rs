//! The app's own store as a struct of function pointers.

use std::ffi::c_void;

use super::{
    input,
    input::{Grows, User},
    parts::{ChittyDrop, answered, part},
    sinks::{self, ChittySink},
    types::{ChittyBytes, ChittyStatus, ChittyStr},
};
use crate::facade::{
    self, Code,
    foreign::{ForeignError, PendingStore, StateCount, StoreRow},
};

/// One row of a store. The store compares versions and understands nothing else.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyStoreRow {
    /// Its name, 32 bytes.
    pub key: ChittyBytes,
    /// A number from 1 to 7; rows are listed and counted by it.
    pub state: u32,
    /// Zero.
    pub reserved: u32,
    /// The fallback id, or none. Not unique.
    pub fallback_id: ChittyStr,
    /// The permanent id, or none.
    pub permanent_id: ChittyStr,
    /// Nobody works on it before this time, in milliseconds since 1970.
    pub due_ms: i64,
    /// Rises by one with each write; 0 for a row that was never stored.
    pub version: u64,
    /// Opaque bytes.
    pub body: ChittyBytes,
}

impl ChittyStoreRow {
    fn of(row: &StoreRow) -> Self {
        Self {
            key: ChittyBytes::of(&row.key),
            state: row.state.into(),
            reserved: 0,
            fallback_id: ChittyStr::of_option(row.fallback_id.as_deref()),
            permanent_id: ChittyStr::of_option(row.permanent_id.as_deref()),
            due_ms: row.due_ms,
            version: row.version,
            body: ChittyBytes::of(&row.body),
        }
    }

    /// A copy of the row at `row`.
    pub(super) fn read(row: *const Self) -> Result<StoreRow, facade::ChittyError> {
        let rows = input::array(row, 1)?;
        let row = rows.first().ok_or(Code::ArgumentInvalid)?;
        Ok(StoreRow {
            key: input::bytes(row.key)?.unwrap_or_default(),
            state: u8::try_from(row.state).map_err(|_| Code::ArgumentInvalid)?,
            fallback_id: input::optional_text(row.fallback_id)?,
            permanent_id: input::optional_text(row.permanent_id)?,
            due_ms: row.due_ms,
            version: row.version,
            body: input::bytes(row.body)?.unwrap_or_default(),
        })
    }
}

/// Durable memory of a client. Every call happens entirely or not at all. Each returns 0, or for a
/// failure 1501 to 1508 of `ChittyCode`, or any other number. None may throw; all may block and may
/// call back in. Views are valid during the call only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyStore {
    /// `sizeof(ChittyStore)`.
    pub struct_size: usize,
    /// Handed to every callback; used from any thread, also from several at once.
    pub user: *mut c_void,
    /// Lets go of `user`.
    pub drop: ChittyDrop,
    /// Writes the store's secret with `chitty_sink_bytes`: 32 random bytes, made when the store is
    /// created and never changed.
    pub store_key: Option<extern "C" fn(user: *mut c_void, out: *mut ChittySink) -> ChittyStatus>,
    /// Writes the row of that name with `chitty_sink_row`, or nothing when there is none.
    pub get: Option<
        extern "C" fn(user: *mut c_void, key: ChittyBytes, out: *mut ChittySink) -> ChittyStatus,
    >,
    /// Writes `row` if the stored version equals `row->version` (0: no such row yet), and its new
    /// version, one higher, to `version`; leaves `version` 0 when another version is stored. With
    /// `power_safe` not 0 the row must survive a power cut before the call returns.
    pub put: Option<
        extern "C" fn(
            user: *mut c_void,
            row: *const ChittyStoreRow,
            power_safe: u32,
            version: *mut u64,
        ) -> ChittyStatus,
    >,
    /// Removes the row if it is in state 1 and its version is still `version`; writes 1 to `removed`
    /// if it did.
    pub remove: Option<
        extern "C" fn(
            user: *mut c_void,
            key: ChittyBytes,
            version: u64,
            removed: *mut u32,
        ) -> ChittyStatus,
    >,
    /// Writes the rows whose fallback or permanent id is `id`.
    pub find: Option<
        extern "C" fn(user: *mut c_void, id: ChittyStr, out: *mut ChittySink) -> ChittyStatus,
    >,
    /// Writes at most `limit` rows in one of `states` (one byte each) that are due at or before
    /// `due_ms`, earliest first.
    pub list: Option<
        extern "C" fn(
            user: *mut c_void,
            states: ChittyBytes,
            due_ms: i64,
            limit: u64,
            out: *mut ChittySink,
        ) -> ChittyStatus,
    >,
    /// Writes the number of rows in state N to `counts[N]`, for N from 1 to 7; all are 0 before.
    pub counts: Option<extern "C" fn(user: *mut c_void, counts: *mut u64) -> ChittyStatus>,
    /// Takes or renews the right to drain for `owner` (16 bytes) until `until_ms`; writes 1 to `taken`
    /// unless another owner holds it at `now_ms`. One that is held until later than `until_ms` was
    /// taken by a clock that was ahead, and is free.
    pub lease: Option<
        extern "C" fn(
            user: *mut c_void,
            owner: ChittyBytes,
            now_ms: i64,
            until_ms: i64,
            taken: *mut u32,
        ) -> ChittyStatus,
    >,
    /// Gives the right to drain back, if `owner` holds it.
    pub release: Option<extern "C" fn(user: *mut c_void, owner: ChittyBytes) -> ChittyStatus>,
    /// Writes the note of that name with `chitty_sink_bytes`, or nothing when there is none.
    pub note: Option<
        extern "C" fn(user: *mut c_void, name: ChittyStr, out: *mut ChittySink) -> ChittyStatus,
    >,
    /// Keeps a note.
    pub set_note: Option<
        extern "C" fn(user: *mut c_void, name: ChittyStr, value: ChittyBytes) -> ChittyStatus,
    >,
    /// Finishes writes and lets go of files and locks, until `resume`.
    pub suspend: Option<extern "C" fn(user: *mut c_void) -> ChittyStatus>,
    /// Opens again.
    pub resume: Option<extern "C" fn(user: *mut c_void) -> ChittyStatus>,
    /// Keeps a note if it holds `expected` now (`expected.data` NULL: there is no such note), and writes
    /// 1 to `swapped` if it did; one step for everybody who shares the store. NULL is allowed: then
    /// `note` and `set_note` are called one after the other, which is enough for a store of one client.
    pub swap_note: Option<
        extern "C" fn(
            user: *mut c_void,
            name: ChittyStr,
            expected: ChittyBytes,
            value: ChittyBytes,
            swapped: *mut u32,
        ) -> ChittyStatus,
    >,
}

part!(
    store,
    ChittyStore,
    Store,
    PendingStore,
    store_key,
    get,
    put,
    remove,
    find,
    list,
    counts,
    lease,
    release,
    note,
    set_note,
    suspend,
    resume
);

const MISSING: ForeignError = ForeignError::UNNAMED;

impl Store {
    fn sunk<T>(
        &self,
        ask: impl FnOnce(*mut c_void, *mut ChittySink) -> ChittyStatus,
        take: impl FnOnce(&sinks::Sink) -> T,
    ) -> Result<T, ForeignError> {
        let out = sinks::Open::new().map_err(|_| MISSING)?;
        answered(ask(self.user.data(), out.pointer()))?;
        Ok(take(&out.sink))
    }
}

impl PendingStore for Store {
    fn store_key(&self) -> Result<Vec<u8>, ForeignError> {
        let ask = self.calls.store_key.ok_or(MISSING)?;
        self.sunk(|user, out| ask(user, out), sinks::Sink::bytes)?
            .ok_or(MISSING)
    }

    fn get(&self, key: Vec<u8>) -> Result<Option<StoreRow>, ForeignError> {
        let ask = self.calls.get.ok_or(MISSING)?;
        let key = ChittyBytes::of(&key);
        let rows = self.sunk(|user, out| ask(user, key, out), sinks::Sink::rows)?;
        Ok(rows.into_iter().next())
    }

    fn put(&self, row: StoreRow, power_safe: bool) -> Result<Option<u64>, ForeignError> {
        let ask = self.calls.put.ok_or(MISSING)?;
        let mut version = 0;
        let view = ChittyStoreRow::of(&row);
        let (view, version_out) = (&raw const view, &raw mut version);
        answered(ask(self.user.data(), view, power_safe.into(), version_out))?;
        Ok(Some(version).filter(|version| *version != 0))
    }

    fn remove(&self, key: Vec<u8>, version: u64) -> Result<bool, ForeignError> {
        let ask = self.calls.remove.ok_or(MISSING)?;
        let mut removed = 0;
        let (key, out) = (ChittyBytes::of(&key), &raw mut removed);
        answered(ask(self.user.data(), key, version, out))?;
        Ok(removed != 0)
    }

    fn find(&self, id: String) -> Result<Vec<StoreRow>, ForeignError> {
        let ask = self.calls.find.ok_or(MISSING)?;
        let id = ChittyStr::of(&id);
        self.sunk(|user, out| ask(user, id, out), sinks::Sink::rows)
    }

    fn list(
        &self,
        states: Vec<u8>,
        due_ms: i64,
        limit: u64,
    ) -> Result<Vec<StoreRow>, ForeignError> {
        let ask = self.calls.list.ok_or(MISSING)?;
        let states = ChittyBytes::of(&states);
        self.sunk(
            |user, out| ask(user, states, due_ms, limit, out),
            sinks::Sink::rows,
        )
    }

    fn counts(&self) -> Result<Vec<StateCount>, ForeignError> {
        let ask = self.calls.counts.ok_or(MISSING)?;
        let mut counts = [0_u64; 8];
        answered(ask(self.user.data(), counts.as_mut_ptr()))?;
        let states = (1..=7_u8).zip(counts.into_iter().skip(1));
        Ok(states
            .map(|(state, rows)| StateCount { state, rows })
            .collect())
    }

    fn lease(&self, owner: Vec<u8>, now_ms: i64, until_ms: i64) -> Result<bool, ForeignError> {
        let ask = self.calls.lease.ok_or(MISSING)?;
        let mut taken = 0;
        let (owner, out) = (ChittyBytes::of(&owner), &raw mut taken);
        answered(ask(self.user.data(), owner, now_ms, until_ms, out))?;
        Ok(taken != 0)
    }

    fn release(&self, owner: Vec<u8>) -> Result<(), ForeignError> {
        let ask = self.calls.release.ok_or(MISSING)?;
        answered(ask(self.user.data(), ChittyBytes::of(&owner)))
    }

    fn note(&self, name: String) -> Result<Option<Vec<u8>>, ForeignError> {
        let ask = self.calls.note.ok_or(MISSING)?;
        let name = ChittyStr::of(&name);
        self.sunk(|user, out| ask(user, name, out), sinks::Sink::bytes)
    }

    fn set_note(&self, name: String, value: Vec<u8>) -> Result<(), ForeignError> {
        let ask = self.calls.set_note.ok_or(MISSING)?;
        let (name, value) = (ChittyStr::of(&name), ChittyBytes::of(&value));
        answered(ask(self.user.data(), name, value))
    }

    fn swap_note(
        &self,
        name: String,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
    ) -> Result<bool, ForeignError> {
        let Some(ask) = self.calls.swap_note else {
            if self.note(name.clone())? != expected {
                return Ok(false);
            }
            return self.set_note(name, value).map(|()| true);
        };
        let mut swapped = 0;
        let (name, value) = (ChittyStr::of(&name), ChittyBytes::of(&value));
        let expected = ChittyBytes::of_option(expected.as_deref());
        let out = &raw mut swapped;
        answered(ask(self.user.data(), name, expected, value, out))?;
        Ok(swapped != 0)
    }

    fn suspend(&self) -> Result<(), ForeignError> {
        answered(self.calls.suspend.ok_or(MISSING)?(self.user.data()))
    }

    fn resume(&self) -> Result<(), ForeignError> {
        answered(self.calls.resume.ok_or(MISSING)?(self.user.data()))
    }
}
