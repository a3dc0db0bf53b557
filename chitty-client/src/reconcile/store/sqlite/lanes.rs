//! The two threads of an open store, and who holds them.
//!
//! Owns [`Lanes`], running or suspended, and starting and reopening them. A thread ends when the
//! sender of its queue is dropped and the queue is empty. Refuses to create a file: reopening one
//! that is gone or exchanged is an error, since debts were in it (decision D7).

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

use super::errors::Failure;
use super::open::{self, Absent, Opened};
use super::probe::Probe;
use super::reader::{self, ReadJob};
use super::rows::Seal;
use super::schema;
use super::writer::{self, WriteJob};
use crate::error::{Code, Error};

pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) seal: Arc<Seal>,
    pub(super) lanes: Mutex<Lanes>,
    /// One suspend or resume at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) probe: Arc<Probe>,
}

pub(super) enum Lanes {
    Running {
        writer: Lane<WriteJob>,
        reader: Lane<ReadJob>,
    },
    /// The threads that may still be finishing.
    Suspended(Vec<watch::Receiver<()>>),
}

/// A thread, its queue, and the sign that it has let go of the file: its end of the channel drops.
pub(super) struct Lane<J> {
    pub(super) queue: Sender<J>,
    pub(super) thread: JoinHandle<()>,
    pub(super) gone: watch::Receiver<()>,
}

impl<J: Send + 'static> Lane<J> {
    fn start(
        name: &str,
        work: impl FnOnce(std::sync::mpsc::Receiver<J>) + Send + 'static,
    ) -> Result<Self, Failure> {
        let (queue, inbox) = channel();
        let (here, gone) = watch::channel(());
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            let _here = here;
            work(inbox);
        })?;
        Ok(Self {
            queue,
            thread,
            gone,
        })
    }
}

/// A thread of the store is gone, which only a defect explains.
pub(super) fn dead() -> Error {
    Error::new(Code::Internal).detail("a store thread is gone")
}

pub(super) fn start(
    opened: Opened,
    seal: &Arc<Seal>,
    probe: &Arc<Probe>,
) -> Result<Lanes, Failure> {
    let Opened { writer, reader, .. } = opened;
    let version = schema::newest(schema::MIGRATIONS);
    let (to_write, probe) = (Arc::clone(seal), Arc::clone(probe));
    let to_read = Arc::clone(seal);
    Ok(Lanes::Running {
        writer: Lane::start("chitty-store-w", move |inbox| {
            writer::run(writer, &to_write, version, &inbox, &probe);
        })?,
        reader: Lane::start("chitty-store-r", move |inbox| {
            reader::run(reader, &to_read, &inbox);
        })?,
    })
}

impl Shared {
    pub(super) fn lanes(&self) -> Result<MutexGuard<'_, Lanes>, Error> {
        self.lanes.lock().map_err(|_| Code::Internal.into())
    }

    /// Opens the file that is already known to be a store, on a thread of its own.
    pub(super) fn reopen(&self) -> Result<(), Error> {
        let opened = open::open(&self.path, Absent::Refuse, schema::MIGRATIONS)?;
        if !opened.key.matches(self.seal.key().expose_secret()) {
            return Err(Error::new(Code::StoreForeign).detail("another store took its place"));
        }
        *self.lanes()? = start(opened, &self.seal, &self.probe)?;
        Ok(())
    }
}
