//! The durable store: one SQLite file, shared by several processes.
//!
//! Owns [`SqliteStore`] and its two threads, a writer with group commit and a reader (decision D8).
//! Refuses files that are foreign, damaged or newer and leaves them as they are. The file holds the
//! store key and is readable by its owner alone; protecting it further is the system's task.

mod errors;
mod lanes;
mod open;
mod probe;
mod reader;
mod rows;
mod schema;
mod writer;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use async_trait::async_trait;
use spooky_core::secret::Secret32;
use tokio::sync::oneshot;

use self::errors::Failure;
use self::lanes::{Lanes, Shared, dead};
use self::open::Absent;
use self::probe::Probe;
use self::reader::{Answer, ReadJob};
use self::rows::Seal;
use self::writer::{Write, WriteJob, Wrote};
use super::{Counts, Durability, Entry, EntryKey, PendingStore, Put, State};
use crate::{
    error::{Code, Error},
    id::ChittyId,
};

/// Obligations in one SQLite file.
///
/// ```no_run
/// use chitty_client::reconcile::store::SqliteStore;
///
/// let store = SqliteStore::open("/var/lib/myapp/chitty.db")?;
/// # Ok::<(), chitty_client::error::Error>(())
/// ```
///
/// Dropping it finishes queued writes and joins its threads. Do not use an instance in a child after
/// `fork`; open the file again there.
pub struct SqliteStore {
    shared: Arc<Shared>,
}

/// Prints neither path nor content.
impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore")
    }
}

impl SqliteStore {
    /// Opens the store at `path`, or creates it when there is no file or an empty one. Its folder
    /// must exist. Blocks while it reads and checks the whole file.
    ///
    /// # Errors
    /// `StoreForeign`, `StoreDamaged` and `StoreNewer` (the file is left as it is), `StoreReadOnly`,
    /// `StoreFull`, `StoreBusy` after five seconds, `EntropyFailed`, or `StoreFailed`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        // Absolute, so that ":memory:" is a file name and a later change of folder does no harm.
        let path = std::path::absolute(path).map_err(Failure::from)?;
        let opened = open::open(&path, Absent::Create, schema::MIGRATIONS)?;
        let seal = Arc::new(Seal::new(Secret32::new(*opened.key.expose_secret())));
        let probe = Arc::new(Probe::default());
        let lanes = lanes::start(opened, &seal, &probe)?;
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                seal,
                lanes: Mutex::new(lanes),
                turn: tokio::sync::Mutex::new(()),
                probe,
            }),
        })
    }

    async fn write(&self, write: Write, durability: Durability) -> Result<Wrote, Error> {
        let (answer, answered) = oneshot::channel();
        let job = WriteJob {
            write,
            durability,
            answer,
        };
        match &*self.shared.lanes()? {
            Lanes::Running { writer, .. } => writer.queue.send(job).map_err(|_| dead())?,
            Lanes::Suspended(_) => return Err(Code::StoreSuspended.into()),
        }
        Ok(answered.await.map_err(|_| dead())??)
    }

    async fn read<T>(&self, job: impl FnOnce(Answer<T>) -> ReadJob) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        match &*self.shared.lanes()? {
            Lanes::Running { reader, .. } => reader.queue.send(job(answer)).map_err(|_| dead())?,
            Lanes::Suspended(_) => return Err(Code::StoreSuspended.into()),
        }
        Ok(answered.await.map_err(|_| dead())??)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        let Ok(mut lanes) = self.shared.lanes.lock() else {
            return;
        };
        let lanes = std::mem::replace(&mut *lanes, Lanes::Suspended(Vec::new()));
        if let Lanes::Running { writer, reader } = lanes {
            drop((writer.queue, reader.queue));
            // A panic in a thread was already answered with `Internal`.
            let _ = reader.thread.join();
            let _ = writer.thread.join();
        }
    }
}

#[async_trait]
impl PendingStore for SqliteStore {
    async fn store_key(&self) -> Result<Secret32, Error> {
        match &*self.shared.lanes()? {
            Lanes::Running { .. } => Ok(self.shared.seal.key()),
            Lanes::Suspended(_) => Err(Code::StoreSuspended.into()),
        }
    }

    async fn get(&self, key: &EntryKey) -> Result<Option<Entry>, Error> {
        self.read(|answer| ReadJob::Get(*key, answer)).await
    }

    async fn put(&self, entry: Entry, durability: Durability) -> Result<Put, Error> {
        match self.write(Write::Put(entry), durability).await? {
            Wrote::Put(put) => Ok(put),
            Wrote::Flag(_) | Wrote::Done => Err(Code::Internal.into()),
        }
    }

    async fn remove(&self, key: &EntryKey, version: u64) -> Result<bool, Error> {
        flag(
            self.write(Write::Remove(*key, version), Durability::Process)
                .await?,
        )
    }

    async fn find(&self, id: &ChittyId) -> Result<Vec<Entry>, Error> {
        self.read(|answer| ReadJob::Find(*id, answer)).await
    }

    async fn list(&self, states: &[State], due_ms: i64, limit: usize) -> Result<Vec<Entry>, Error> {
        let states = states.to_vec();
        self.read(|answer| ReadJob::List {
            states,
            due_ms,
            limit,
            answer,
        })
        .await
    }

    async fn counts(&self) -> Result<Counts, Error> {
        self.read(ReadJob::Counts).await
    }

    async fn lease(&self, owner: &[u8; 16], now_ms: i64, until_ms: i64) -> Result<bool, Error> {
        let write = Write::Lease {
            owner: *owner,
            now_ms,
            until_ms,
        };
        flag(self.write(write, Durability::Process).await?)
    }

    async fn release(&self, owner: &[u8; 16]) -> Result<(), Error> {
        self.write(Write::Release(*owner), Durability::Process)
            .await?;
        Ok(())
    }

    async fn note(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let name = name.to_owned();
        self.read(|answer| ReadJob::Note(name, answer)).await
    }

    async fn set_note(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        let write = Write::Note(name.to_owned(), value.to_vec());
        self.write(write, Durability::Process).await?;
        Ok(())
    }

    async fn swap_note(
        &self,
        name: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, Error> {
        let write = Write::SwapNote {
            name: name.to_owned(),
            expected: expected.map(<[u8]>::to_vec),
            value: value.to_vec(),
        };
        flag(self.write(write, Durability::Process).await?)
    }

    async fn suspend(&self) -> Result<(), Error> {
        let _turn = self.shared.turn.lock().await;
        let waiting = {
            let mut lanes = self.shared.lanes()?;
            if let Lanes::Running { writer, reader } = &*lanes {
                let waiting = vec![writer.gone.clone(), reader.gone.clone()];
                // Dropping the queues lets the threads finish what is in them and end.
                *lanes = Lanes::Suspended(waiting);
            }
            match &*lanes {
                Lanes::Suspended(waiting) => waiting.clone(),
                Lanes::Running { .. } => Vec::new(),
            }
        };
        for mut thread in waiting {
            // Nothing is ever sent: this ends when the thread's end of the channel is dropped.
            while thread.changed().await.is_ok() {}
        }
        Ok(())
    }

    async fn resume(&self) -> Result<(), Error> {
        let _turn = self.shared.turn.lock().await;
        if let Lanes::Running { .. } = &*self.shared.lanes()? {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        thread::Builder::new()
            .name("chitty-store-o".into())
            .spawn(move || {
                let _ = answer.send(shared.reopen());
            })
            .map_err(Failure::from)?;
        answered.await.map_err(|_| dead())?
    }
}

fn flag(wrote: Wrote) -> Result<bool, Error> {
    match wrote {
        Wrote::Flag(flag) => Ok(flag),
        Wrote::Put(_) | Wrote::Done => Err(Code::Internal.into()),
    }
}
