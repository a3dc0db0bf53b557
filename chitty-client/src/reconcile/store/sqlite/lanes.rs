//! The two threads of an open store, and who holds them.
//!
//! Owns [`Lanes`], running or suspended, and starting and reopening them for the handles that share
//! them. A thread ends when the sender of its queue is dropped and the queue is empty. Refuses to create a
//! file: reopening one that is gone or exchanged is an error, since debts were in it (decision D7).
//! Refuses work in a child after `fork`, where the threads do not exist.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use spooky_core::secret::Secret32;
use tokio::sync::watch;

use super::errors::Failure;
use super::open::{self, Absent, Opened};
use super::probe::Probe;
use super::reader::{self, ReadJob};
use super::registry::{Slot, Token};
use super::rows::Seal;
use super::schema;
use super::watch::Watch;
use super::writer::{self, WriteJob};
use crate::error::{Code, Error};
use crate::process;

/// One file and its connections, for all handles of this process.
pub(super) struct Shared {
    /// Where the file is, past all links.
    pub(super) path: PathBuf,
    process: u32,
    pub(super) seal: Arc<Seal>,
    inner: Mutex<Inner>,
    /// One suspend or resume at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) probe: Arc<Probe>,
}

pub(super) struct Inner {
    pub(super) lanes: Lanes,
    /// How many handles are not suspended.
    pub(super) awake: usize,
    /// The file that it is in. Kept while it is suspended, so that whoever opens the file finds it.
    slot: Arc<Slot>,
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

fn start(
    path: &Path,
    opened: Opened,
    seal: &Arc<Seal>,
    probe: &Arc<Probe>,
) -> Result<Lanes, Failure> {
    let Opened {
        writer,
        reader,
        token,
        ..
    } = opened;
    let version = schema::newest(schema::MIGRATIONS);
    let (for_reader, watch) = (token.again(), Watch::new(path));
    let (to_write, probe) = (Arc::clone(seal), Arc::clone(probe));
    let to_read = Arc::clone(seal);
    Ok(Lanes::Running {
        writer: Lane::start("chitty-store-w", move |inbox| {
            // Dropped after the connection.
            let _token: Token = token;
            writer::run(writer, &to_write, version, &inbox, watch, &probe);
        })?,
        reader: Lane::start("chitty-store-r", move |inbox| {
            let _token: Token = for_reader;
            reader::run(reader, &to_read, &inbox);
        })?,
    })
}

impl Shared {
    /// Opens the file for a first handle.
    pub(super) fn open(path: PathBuf, token: Token) -> Result<Self, Error> {
        let slot = Arc::clone(token.slot());
        let opened = open::open(token, &path, Absent::Create, schema::MIGRATIONS)?;
        let seal = Arc::new(Seal::new(Secret32::new(*opened.key.expose_secret())));
        let probe = Arc::new(Probe::default());
        let lanes = start(&path, opened, &seal, &probe)?;
        Ok(Self {
            path,
            process: process::number(),
            seal,
            inner: Mutex::new(Inner {
                lanes,
                awake: 1,
                slot,
            }),
            turn: tokio::sync::Mutex::new(()),
            probe,
        })
    }

    /// Whether this is the process whose threads do the work.
    pub(super) fn is_here(&self) -> bool {
        self.process == process::number()
    }

    /// # Errors
    /// `Forked`.
    pub(super) fn inner(&self) -> Result<MutexGuard<'_, Inner>, Error> {
        match self.is_here() {
            true => self.inner.lock().map_err(|_| Code::Internal.into()),
            false => Err(Code::Forked.into()),
        }
    }

    /// Opens the file that is already known to be a store, for one handle more.
    pub(super) fn reopen(self: &Arc<Self>) -> Result<(), Error> {
        let token = open::enter(&self.path, Absent::Refuse)?;
        let slot = Arc::clone(token.slot());
        let mut turn = slot.turn();
        if turn
            .upgrade()
            .is_some_and(|other| !Arc::ptr_eq(&other, self))
        {
            return Err(Error::new(Code::StoreForeign).detail("another store took its place"));
        }
        self.join(token)?;
        *turn = Arc::downgrade(self);
        Ok(())
    }

    /// One handle more, in the turn of the file. Opens the connections when all others let go of them.
    pub(super) fn join(&self, token: Token) -> Result<(), Error> {
        // Looked at without the lock: the others go on meanwhile. The turn keeps a second opening away.
        let running = matches!(self.inner()?.lanes, Lanes::Running { .. });
        if running {
            // Another process may have brought it to a newer version, or damaged it.
            open::inspect(&self.path, schema::MIGRATIONS)?;
        }
        let opened = match running {
            true => None,
            false => Some(self.opened_again(token.again())?),
        };
        let mut inner = self.inner()?;
        if let Lanes::Suspended(_) = inner.lanes {
            let opened = match opened {
                Some(opened) => opened,
                // The last of the others left meanwhile.
                None => self.opened_again(token.again())?,
            };
            inner.lanes = start(&self.path, opened, &self.seal, &self.probe)?;
            inner.slot = Arc::clone(token.slot());
        }
        inner.awake += 1;
        Ok(())
    }

    fn opened_again(&self, token: Token) -> Result<Opened, Error> {
        let opened = open::open(token, &self.path, Absent::Refuse, schema::MIGRATIONS)?;
        match opened.key.matches(self.seal.key().expose_secret()) {
            true => Ok(opened),
            false => Err(Error::new(Code::StoreForeign).detail("another store took its place")),
        }
    }
}

impl Inner {
    /// One handle less: the last one lets go of the file.
    pub(super) fn leave(&mut self) -> Option<Lanes> {
        self.awake = self.awake.saturating_sub(1);
        match &self.lanes {
            Lanes::Running { writer, reader } if self.awake == 0 => {
                let waiting = vec![writer.gone.clone(), reader.gone.clone()];
                Some(std::mem::replace(
                    &mut self.lanes,
                    Lanes::Suspended(waiting),
                ))
            }
            _ => None,
        }
    }
}
