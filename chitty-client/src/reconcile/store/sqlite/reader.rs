//! Reads, on a thread and connection of their own, so that they never wait for the disk to sync.
//!
//! A read starts after it was asked for, so it sees every write that was answered before. Each read
//! is one snapshot. Refuses to write: its connection is `query_only`.

use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::errors::Failure;
use super::rows::{self, Seal};
use crate::id::ChittyId;
use crate::reconcile::store::{Counts, Entry, EntryKey, State};

pub(super) type Answer<T> = oneshot::Sender<Result<T, Failure>>;

pub(super) enum ReadJob {
    Get(EntryKey, Answer<Option<Entry>>),
    Find(ChittyId, Answer<Vec<Entry>>),
    List {
        states: Vec<State>,
        due_ms: i64,
        limit: usize,
        answer: Answer<Vec<Entry>>,
    },
    Counts(Answer<Counts>),
    Note(String, Answer<Option<Vec<u8>>>),
    #[cfg(test)]
    Die,
}

/// Works until every sender is gone and the queue is empty.
pub(super) fn run(connection: Connection, seal: &Seal, inbox: &Receiver<ReadJob>) {
    let c = &connection;
    while let Ok(job) = inbox.recv() {
        // A caller that went away needs no answer.
        match job {
            ReadJob::Get(key, answer) => {
                let _ = answer.send(rows::get(c, seal, &key));
            }
            ReadJob::Find(id, answer) => {
                let _ = answer.send(rows::find(c, seal, &id));
            }
            ReadJob::List {
                states,
                due_ms,
                limit,
                answer,
            } => {
                let found = snapshot(c, || rows::list(c, seal, &states, due_ms, limit));
                let _ = answer.send(found);
            }
            ReadJob::Counts(answer) => {
                let _ = answer.send(rows::counts(c, rows::TALLY));
            }
            ReadJob::Note(name, answer) => {
                let _ = answer.send(rows::note(c, seal, &name));
            }
            #[cfg(test)]
            ReadJob::Die => return,
        }
    }
    let _ = connection.close();
}

/// Several statements that see the same state of the file.
fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let transaction = connection.unchecked_transaction()?;
    let result = read();
    transaction.finish()?;
    result
}
