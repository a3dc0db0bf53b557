//! The durable store: one SQLite file, shared by several processes.
//!
//! Owns [`SqliteStore`] and its two threads, a writer with group commit and a reader (decision D8). In
//! one process there is one of these per file, however often and by whatever name it is opened. Refuses files that are foreign, damaged or newer and leaves them as they are. The file holds the
//! store key and is readable by its owner alone; protecting it further is the system's task.

mod errors;
mod lanes;
mod open;
mod probe;
mod reader;
mod registry;
mod rows;
mod schema;
mod watch;
mod writer;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use async_trait::async_trait;
use spooky_core::secret::Secret32;
use tokio::sync::oneshot;

use self::errors::Failure;
use self::lanes::{Inner, Lanes, Shared, dead};
use self::open::Absent;
use self::reader::{Answer, ReadJob};
use self::writer::{Write, WriteJob, Wrote};
use super::{Counts, Durability, Entry, EntryKey, PendingStore, Put, State};
use crate::{
    error::{Code, Error},
    files::real_path,
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
/// Several processes may open one file. Within a process, opening it again, also by another spelling of
/// its path, a symbolic or a hard link, gives one more handle to the same connections. Dropping the last
/// one finishes queued writes and joins the threads.
///
/// Nothing else in the process may open and close the file, be it to copy it, to measure it or with
/// another copy of SQLite (Python's `sqlite3`, or this library loaded twice): POSIX gives up all of a
/// process's locks on a file when any of its descriptors is closed. Back it up from another process
/// (`sqlite3 ids.db ".backup copy.db"`). When it happens all the same and another program then removed the
/// log, writes fail with `StoreUnlocked` and no id is returned that is not on the disk.
///
/// In a child after `fork` every call fails with `Forked`, and opening a file that the parent had open
/// fails with `StoreForked`: SQLite's locks do not reach into the child. Open stores after the fork, or
/// drop them before.
pub struct SqliteStore {
    shared: Arc<Shared>,
    /// Whether this handle is not suspended. Changed while the lock of `shared` is held.
    awake: AtomicBool,
}

/// Prints neither path nor content.
impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore")
    }
}

impl SqliteStore {
    /// Opens the store at `path`, or creates it when there is no file or an empty one. Its folder
    /// must exist; symbolic links are followed once, here. Blocks while it reads and checks the whole
    /// file.
    ///
    /// # Errors
    /// `StoreForeign`, `StoreDamaged` and `StoreNewer` (the file is left as it is), `StoreReadOnly`,
    /// `StoreFull`, `StoreBusy` after five seconds, `StoreForked`, `EntropyFailed`, or `StoreFailed`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        // Absolute, so that ":memory:" is a file name and a later change of folder does no harm.
        let path = real_path(path.as_ref()).map_err(Failure::from)?;
        let token = open::enter(&path, Absent::Create)?;
        let slot = Arc::clone(token.slot());
        let mut turn = slot.turn();
        let shared = match turn.upgrade() {
            // Whoever opens a file is told what is wrong with it, also when others have it open.
            Some(shared) => match shared.join(token.again()) {
                Ok(()) => shared,
                // Everybody let go of it, and its content was exchanged.
                Err(error) if error.code() == Code::StoreForeign => {
                    Arc::new(Shared::open(path, token)?)
                }
                Err(error) => return Err(error),
            },
            None => Arc::new(Shared::open(path, token)?),
        };
        *turn = Arc::downgrade(&shared);
        Ok(Self {
            shared,
            awake: AtomicBool::new(true),
        })
    }

    /// What is open, when this handle is not suspended.
    fn running(&self) -> Result<std::sync::MutexGuard<'_, Inner>, Error> {
        let inner = self.shared.inner()?;
        match self.awake.load(Ordering::Relaxed) {
            true => Ok(inner),
            false => Err(Code::StoreSuspended.into()),
        }
    }

    async fn write(&self, write: Write, durability: Durability) -> Result<Wrote, Error> {
        let (answer, answered) = oneshot::channel();
        let job = WriteJob {
            write,
            durability,
            answer,
        };
        match &self.running()?.lanes {
            Lanes::Running { writer, .. } => writer.queue.send(job).map_err(|_| dead())?,
            Lanes::Suspended(_) => return Err(Code::StoreSuspended.into()),
        }
        Ok(answered.await.map_err(|_| dead())??)
    }

    async fn read<T>(&self, job: impl FnOnce(Answer<T>) -> ReadJob) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        match &self.running()?.lanes {
            Lanes::Running { reader, .. } => reader.queue.send(job(answer)).map_err(|_| dead())?,
            Lanes::Suspended(_) => return Err(Code::StoreSuspended.into()),
        }
        Ok(answered.await.map_err(|_| dead())??)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        if !self.shared.is_here() {
            // The parent's threads are not ours to join, its locks and files not ours to close.
            std::mem::forget(Arc::clone(&self.shared));
            return;
        }
        let lanes = match self.shared.inner() {
            Ok(mut inner) if self.awake.swap(false, Ordering::Relaxed) => inner.leave(),
            _ => None,
        };
        if let Some(Lanes::Running { writer, reader }) = lanes {
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
        drop(self.running()?);
        Ok(self.shared.seal.key())
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

    async fn suspend(&self) -> Result<(), Error> {
        let _turn = self.shared.turn.lock().await;
        let waiting = {
            let mut inner = self.shared.inner()?;
            if self.awake.swap(false, Ordering::Relaxed) {
                // Dropping the queues lets the threads finish what is in them and end.
                drop(inner.leave());
            }
            match &inner.lanes {
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
        {
            let _inner = self.shared.inner()?;
            if self.awake.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
        let (answer, answered) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        thread::Builder::new()
            .name("chitty-store-o".into())
            .spawn(move || {
                let _ = answer.send(shared.reopen());
            })
            .map_err(Failure::from)?;
        answered.await.map_err(|_| dead())??;
        self.awake.store(true, Ordering::Relaxed);
        Ok(())
    }
}

fn flag(wrote: Wrote) -> Result<bool, Error> {
    match wrote {
        Wrote::Flag(flag) => Ok(flag),
        Wrote::Put(_) | Wrote::Done => Err(Code::Internal.into()),
    }
}
