//! Rows: the statements of every operation, and the seal that finds rotten bytes.
//!
//! SQLite does not checksum pages, so each row carries a keyed digest of itself (HMAC under the
//! store key, cut to 16 bytes). It finds bit rot and half-copied files; it is no defence against
//! somebody who can write the file, since the key lies in it. A row that does not parse or verify is
//! `StoreDamaged` for that call, never skipped. Refuses to begin or end transactions.

use rusqlite::{Connection, OptionalExtension, Row, params};
use spooky_core::secret::{Secret32, constant_time_eq};

use super::errors::Failure;
use crate::{
    error::Code,
    id::ChittyId,
    reconcile::store::{Counts, Entry, EntryKey, Put, State},
};

const COLUMNS: &str = "key, state, fallback_id, permanent_id, due_ms, version, body, seal";

/// The store's key, sealing and opening rows.
pub(super) struct Seal(Secret32);

impl Seal {
    pub(super) fn new(key: Secret32) -> Self {
        Self(key)
    }

    pub(super) fn key(&self) -> Secret32 {
        Secret32::new(*self.0.expose_secret())
    }

    /// The digest over `parts`, each with its length.
    pub(super) fn of(&self, label: &str, parts: &[&[u8]]) -> [u8; 16] {
        let mut message = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
        for part in parts {
            message.extend_from_slice(&(part.len() as u64).to_be_bytes());
            message.extend_from_slice(part);
        }
        let digest = self.0.derive(label, &message);
        let mut seal = [0; 16];
        seal.copy_from_slice(&digest.expose_secret()[..16]);
        seal
    }

    fn check(&self, label: &str, parts: &[&[u8]], seal: &[u8]) -> Result<(), Failure> {
        if constant_time_eq(&self.of(label, parts), seal) {
            Ok(())
        } else {
            Err(Code::StoreDamaged.into())
        }
    }

    pub(super) fn row(&self, entry: &Entry, version: i64) -> [u8; 16] {
        let text = |id: &Option<ChittyId>| id.map(|id| id.as_str().to_owned()).unwrap_or_default();
        self.of(
            "chitty/store/row/v1",
            &[
                &entry.key,
                &[entry.state as u8],
                text(&entry.fallback_id).as_bytes(),
                text(&entry.permanent_id).as_bytes(),
                &entry.due_ms.to_be_bytes(),
                &version.to_be_bytes(),
                &entry.body,
            ],
        )
    }

    fn entry(&self, row: &Row<'_>) -> Result<Entry, Failure> {
        let version: i64 = row.get(5)?;
        let entry = Entry {
            key: row.get(0)?,
            state: state(row.get(1)?)?,
            fallback_id: id(row.get(2)?)?,
            permanent_id: id(row.get(3)?)?,
            due_ms: row.get(4)?,
            version: u64::try_from(version).map_err(|_| Code::StoreDamaged)?,
            body: row.get(6)?,
        };
        let seal: [u8; 16] = row.get(7)?;
        if constant_time_eq(&self.row(&entry, version), &seal) {
            Ok(entry)
        } else {
            Err(Code::StoreDamaged.into())
        }
    }
}

fn state(number: i64) -> Result<State, Failure> {
    u8::try_from(number)
        .ok()
        .and_then(State::from_number)
        .ok_or_else(|| Code::StoreDamaged.into())
}

fn id(text: Option<String>) -> Result<Option<ChittyId>, Failure> {
    text.map(|text| text.parse().map_err(|_| Code::StoreDamaged.into()))
        .transpose()
}

pub(super) fn get(c: &Connection, seal: &Seal, key: &EntryKey) -> Result<Option<Entry>, Failure> {
    let mut statement =
        c.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE key = ?1"))?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(|row| seal.entry(row)).transpose()
}

pub(super) fn find(c: &Connection, seal: &Seal, id: &ChittyId) -> Result<Vec<Entry>, Failure> {
    let mut statement = c.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM entries WHERE fallback_id = ?1 OR permanent_id = ?1 ORDER BY key"
    ))?;
    let mut rows = statement.query([id.as_str()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(seal.entry(row)?);
    }
    Ok(found)
}

/// One walk along the index per state, merged, so that a long queue is not sorted for a short list.
pub(super) fn list(
    c: &Connection,
    seal: &Seal,
    states: &[State],
    due_ms: i64,
    limit: usize,
) -> Result<Vec<Entry>, Failure> {
    let mut states = states.to_vec();
    states.sort_unstable();
    states.dedup();
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found: Vec<(i64, EntryKey)> = Vec::new();
    for state in states {
        let mut statement = c.prepare_cached(
            "SELECT due_ms, key FROM entries WHERE state = ?1 AND due_ms <= ?2
             ORDER BY due_ms, key LIMIT ?3",
        )?;
        let mut rows = statement.query(params![state as u8, due_ms, most])?;
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    found.sort_unstable();
    found.truncate(limit);
    found
        .iter()
        .map(|(_, key)| get(c, seal, key)?.ok_or_else(|| Code::StoreDamaged.into()))
        .collect()
}

pub(super) fn counts(c: &Connection, sql: &str) -> Result<Counts, Failure> {
    let mut statement = c.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut counts = Counts::default();
    while let Some(row) = rows.next()? {
        let total: i64 = row.get(1)?;
        let total = u64::try_from(total).map_err(|_| Code::StoreDamaged)?;
        counts.set(state(row.get(0)?)?, total);
    }
    Ok(counts)
}

pub(super) const TALLY: &str = "SELECT state, total FROM tally";
/// Counts what a listing reaches: SQLite puts texts, blobs and infinity behind every number, and a
/// debt that is due then would be passed over.
pub(super) const COUNTED: &str = "SELECT state, COUNT(*) FROM entries
    WHERE due_ms <= 9223372036854775807 GROUP BY state";

pub(super) fn put(c: &Connection, seal: &Seal, entry: &Entry) -> Result<Put, Failure> {
    let Ok(version) = i64::try_from(entry.version) else {
        return Ok(Put::Conflict);
    };
    let Some(next) = version.checked_add(1) else {
        return Ok(Put::Conflict);
    };
    let sql = if version == 0 {
        "INSERT INTO entries (key, state, fallback_id, permanent_id, due_ms, version, body, seal)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (key) DO NOTHING"
    } else {
        "UPDATE entries SET state = ?2, fallback_id = ?3, permanent_id = ?4, due_ms = ?5,
         version = ?6, body = ?7, seal = ?8 WHERE key = ?1 AND version = ?6 - 1"
    };
    let changed = c.prepare_cached(sql)?.execute(params![
        entry.key,
        entry.state as u8,
        entry.fallback_id.as_ref().map(ChittyId::as_str),
        entry.permanent_id.as_ref().map(ChittyId::as_str),
        entry.due_ms,
        next,
        entry.body,
        seal.row(entry, next),
    ])?;
    Ok(match changed {
        0 => Put::Conflict,
        _ => Put::Done(entry.version + 1),
    })
}

pub(super) fn remove(c: &Connection, key: &EntryKey, version: u64) -> Result<bool, Failure> {
    let Ok(version) = i64::try_from(version) else {
        return Ok(false);
    };
    let changed = c
        .prepare_cached("DELETE FROM entries WHERE key = ?1 AND version = ?2 AND state = ?3")?
        .execute(params![key, version, State::Open as u8])?;
    Ok(changed > 0)
}

const LEASE: &str = "chitty/store/lease/v1";

pub(super) fn lease(
    c: &Connection,
    seal: &Seal,
    owner: &[u8; 16],
    now_ms: i64,
    until_ms: i64,
) -> Result<bool, Failure> {
    if let Some((holder, until, mark)) = holder(c)? {
        seal.check(LEASE, &[&holder, &until.to_be_bytes()], &mark)?;
        if holder != *owner && until > now_ms && until <= until_ms {
            return Ok(false);
        }
    }
    c.prepare_cached(
        "INSERT OR REPLACE INTO lease (one, owner, until_ms, seal) VALUES (1, ?1, ?2, ?3)",
    )?
    .execute(params![
        owner,
        until_ms,
        seal.of(LEASE, &[owner, &until_ms.to_be_bytes()])
    ])?;
    Ok(true)
}

type Holder = ([u8; 16], i64, [u8; 16]);

fn holder(c: &Connection) -> Result<Option<Holder>, Failure> {
    Ok(
        c.prepare_cached("SELECT owner, until_ms, seal FROM lease WHERE one = 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?,
    )
}

pub(super) fn release(c: &Connection, owner: &[u8; 16]) -> Result<(), Failure> {
    c.prepare_cached("DELETE FROM lease WHERE owner = ?1")?
        .execute([owner])?;
    Ok(())
}

const NOTE: &str = "chitty/store/note/v1";

pub(super) fn note(c: &Connection, seal: &Seal, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    let found: Option<(Vec<u8>, [u8; 16])> = c
        .prepare_cached("SELECT value, seal FROM notes WHERE name = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((value, mark)) = &found {
        seal.check(NOTE, &[name.as_bytes(), value], mark)?;
    }
    Ok(found.map(|(value, _)| value))
}

pub(super) fn set_note(
    c: &Connection,
    seal: &Seal,
    name: &str,
    value: &[u8],
) -> Result<(), Failure> {
    c.prepare_cached("INSERT OR REPLACE INTO notes (name, value, seal) VALUES (?1, ?2, ?3)")?
        .execute(params![
            name,
            value,
            seal.of(NOTE, &[name.as_bytes(), value])
        ])?;
    Ok(())
}

/// Writes the note if it holds `expected` now; one statement, so other processes see one step.
pub(super) fn swap_note(
    c: &Connection,
    seal: &Seal,
    name: &str,
    expected: Option<&[u8]>,
    value: &[u8],
) -> Result<bool, Failure> {
    let mark = seal.of(NOTE, &[name.as_bytes(), value]);
    let changed = match expected {
        None => c
            .prepare_cached(
                "INSERT INTO notes (name, value, seal) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO NOTHING",
            )?
            .execute(params![name, value, mark])?,
        Some(expected) => c
            .prepare_cached(
                "UPDATE notes SET value = ?2, seal = ?3 WHERE name = ?1 AND value = ?4",
            )?
            .execute(params![name, value, mark, expected])?,
    };
    Ok(changed > 0)
}
