//! The one writer: a thread that commits whatever is waiting as one group (decision D8).
//!
//! Every operation is one SQL statement that happens or does not, so a conflict or failure in it
//! leaves the others of its group alone. A group is synced to the disk if any of it must survive a
//! power cut. Callers are answered after the commit; if the commit fails, all of them get its
//! failure. Refuses to drop an operation because its caller went away.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::errors::Failure;
use super::probe::Probe;
use super::rows::{self, Seal};
use super::schema;
use crate::error::Code;
use crate::reconcile::store::{Durability, Entry, EntryKey, Put};

/// A group is bounded, so that the first in it does not wait for ever.
const LARGEST_GROUP: usize = 1_024;

pub(super) enum Write {
    Put(Entry),
    Remove(EntryKey, u64),
    Lease {
        owner: [u8; 16],
        now_ms: i64,
        until_ms: i64,
    },
    Release([u8; 16]),
    Note(String, Vec<u8>),
    SwapNote {
        name: String,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Wrote {
    Put(Put),
    Flag(bool),
    Done,
}

pub(super) struct WriteJob {
    pub(super) write: Write,
    pub(super) durability: Durability,
    pub(super) answer: oneshot::Sender<Result<Wrote, Failure>>,
}

/// Works until every sender is gone and the queue is empty, then folds the log into the file.
pub(super) fn run(
    connection: Connection,
    seal: &Seal,
    version: i32,
    inbox: &Receiver<WriteJob>,
    probe: &Arc<Probe>,
) {
    let mut level = None;
    while let Ok(first) = inbox.recv() {
        let mut group = vec![first];
        while group.len() < LARGEST_GROUP {
            match inbox.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        let power = group.iter().any(|job| job.durability == Durability::Power);
        let outcome = set_level(&connection, &mut level, power)
            .and_then(|()| commit(&connection, seal, version, &group, probe));
        answer(group, outcome);
    }
    // Nothing is lost if this fails: the log holds it.
    let _ = connection.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()));
    let _ = connection.close();
}

/// The level can only be changed between transactions.
fn set_level(
    connection: &Connection,
    level: &mut Option<bool>,
    power: bool,
) -> Result<(), Failure> {
    if *level != Some(power) {
        *level = None;
        let name = if power { "FULL" } else { "NORMAL" };
        connection.pragma_update(None, "synchronous", name)?;
        *level = Some(power);
    }
    Ok(())
}

type Results = Vec<Result<Wrote, Failure>>;

fn commit(
    connection: &Connection,
    seal: &Seal,
    version: i32,
    group: &[WriteJob],
    probe: &Arc<Probe>,
) -> Result<Results, Failure> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let outcome = apply(connection, seal, version, group, probe).and_then(|results| {
        probe.before_commit(connection, group.len())?;
        connection.execute_batch("COMMIT")?;
        Ok(results)
    });
    if outcome.is_err() && !connection.is_autocommit() {
        // If even this fails, closing the connection rolls back.
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome
}

fn apply(
    connection: &Connection,
    seal: &Seal,
    version: i32,
    group: &[WriteJob],
    probe: &Arc<Probe>,
) -> Result<Results, Failure> {
    // Another process may have brought the tables to a version that we do not know.
    if schema::version(connection)? != version {
        return Err(Code::StoreNewer.into());
    }
    let mut results = Vec::with_capacity(group.len());
    for job in group {
        let result = execute(connection, seal, &job.write, probe);
        if let Err(failure) = &result
            && connection.is_autocommit()
        {
            // SQLite rolled back the whole group, as it does on some disk errors.
            return Err(*failure);
        }
        results.push(result);
    }
    Ok(results)
}

fn execute(
    connection: &Connection,
    seal: &Seal,
    write: &Write,
    probe: &Arc<Probe>,
) -> Result<Wrote, Failure> {
    match write {
        Write::Put(entry) => {
            let put = probe.put(connection, seal, entry);
            put.unwrap_or_else(|| rows::put(connection, seal, entry))
                .map(Wrote::Put)
        }
        Write::Remove(key, version) => rows::remove(connection, key, *version).map(Wrote::Flag),
        Write::Lease {
            owner,
            now_ms,
            until_ms,
        } => rows::lease(connection, seal, owner, *now_ms, *until_ms).map(Wrote::Flag),
        Write::Release(owner) => rows::release(connection, owner).map(|()| Wrote::Done),
        Write::Note(name, value) => {
            rows::set_note(connection, seal, name, value).map(|()| Wrote::Done)
        }
        Write::SwapNote {
            name,
            expected,
            value,
        } => rows::swap_note(connection, seal, name, expected.as_deref(), value).map(Wrote::Flag),
    }
}

fn answer(group: Vec<WriteJob>, outcome: Result<Results, Failure>) {
    match outcome {
        Ok(results) => {
            for (job, result) in group.into_iter().zip(results) {
                // A caller that went away does not undo what was committed.
                let _ = job.answer.send(result);
            }
        }
        Err(failure) => {
            for job in group {
                let _ = job.answer.send(Err(failure));
            }
        }
    }
}
