//! Which store files this process has open, by what they are and not by how they are called.
//!
//! POSIX locks belong to the process: closing *any* descriptor of a file drops all locks that the process
//! holds on it, SQLite's as well, and the next program that opens the file then takes its log for a dead
//! one's and removes it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2). So a file has one
//! owner here, found by device and inode: who opens it again, by another spelling or link, shares
//! its connections. A look at the raw bytes keeps its descriptor until the last connection is closed.
//!
//! Refuses, in a child after `fork`, a file that the parent had open: SQLite's memory says there that it
//! holds locks which the child does not have.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::{Duration, Instant};

use super::errors::Failure;
use super::lanes::Shared;
use crate::error::Code;
use crate::process;

/// What a file is.
#[cfg(unix)]
type Identity = (u64, u64);
/// Elsewhere locks do not depend on descriptors, and the real path tells files apart well enough.
#[cfg(not(unix))]
type Identity = std::path::PathBuf;

/// How long a lock is awaited that guards a few instructions: in a child after `fork` it may be held for
/// ever by a thread that does not exist there.
const PATIENCE: Duration = Duration::from_millis(500);

static FILES: Mutex<Option<HashMap<Identity, Arc<Slot>>>> = Mutex::new(None);

/// One file, as this process knows it.
pub(super) struct Slot {
    identity: Identity,
    process: u32,
    /// The store on it. Held while the file is opened, so that it is opened once.
    turn: Mutex<Weak<Shared>>,
    raw: Mutex<Raw>,
}

/// Descriptors that were opened to look at the bytes.
#[derive(Default)]
struct Raw {
    /// Who has connections to the file, or is about to.
    users: usize,
    files: Vec<File>,
}

/// Keeps the descriptors of a file open. Whoever has a connection to the file holds one.
pub(super) struct Token(Arc<Slot>);

impl Drop for Token {
    fn drop(&mut self) {
        let mut raw = self.0.raw();
        raw.users -= 1;
        if raw.users == 0 {
            raw.files.clear();
        }
    }
}

impl Token {
    /// For one more connection.
    pub(super) fn again(&self) -> Self {
        self.0.raw().users += 1;
        Self(Arc::clone(&self.0))
    }

    pub(super) fn slot(&self) -> &Arc<Slot> {
        &self.0
    }

    /// The first bytes of the file, at most as many as `bytes` holds.
    pub(super) fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        let raw = self.0.raw();
        let file = raw.files.first().ok_or(ErrorKind::NotFound)?;
        let mut length = 0;
        while length < bytes.len() {
            match read_at(file, &mut bytes[length..], length)? {
                0 => break,
                more => length += more,
            }
        }
        Ok(length)
    }

    /// Whether `path` still leads to this file.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|data| identity(&data, path) == self.0.identity)
    }
}

impl Slot {
    /// The store on this file; nobody else opens it meanwhile.
    pub(super) fn turn(&self) -> MutexGuard<'_, Weak<Shared>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn raw(&self) -> MutexGuard<'_, Raw> {
        self.raw.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the process that made this slot, not this one, had the file open.
    fn is_inherited_open(&self) -> bool {
        match self.raw.try_lock() {
            Ok(raw) => raw.users > 0,
            Err(TryLockError::Poisoned(raw)) => raw.into_inner().users > 0,
            Err(TryLockError::WouldBlock) => true,
        }
    }
}

/// Looks at the file at `path`: `None` when there is none.
///
/// # Errors
/// `PathIsFolder`, `StoreForeign` for what is no file, `StoreForked`, `StoreReadOnly` or `StoreFailed`.
pub(super) fn look(path: &Path) -> Result<Option<Token>, Failure> {
    let data = match fs::metadata(path) {
        Ok(data) if data.is_file() => data,
        Ok(data) if data.is_dir() => return Err(Code::PathIsFolder.into()),
        Ok(_) => return Err(Code::StoreForeign.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let token = token(&identity(&data, path))?;
    if !token.0.raw().files.is_empty() {
        return Ok(Some(token));
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    keep(file, path).map(Some)
}

/// Takes a descriptor of the file at `path` into its slot, where it is closed when that is safe.
pub(super) fn keep(file: File, path: &Path) -> Result<Token, Failure> {
    let token = token(&identity(&file.metadata()?, path))?;
    token.0.raw().files.push(file);
    Ok(token)
}

#[cfg_attr(unix, expect(clippy::clone_on_copy, reason = "elsewhere it is a path"))]
fn token(identity: &Identity) -> Result<Token, Failure> {
    let mut files = locked(&FILES)?;
    let files = files.get_or_insert_default();
    let here = process::number();
    if let Some(slot) = files.get(identity)
        && slot.process == here
    {
        slot.raw().users += 1;
        return Ok(Token(Arc::clone(slot)));
    }
    if let Some(slot) = files.get(identity)
        && slot.is_inherited_open()
    {
        return Err(Code::StoreForked.into());
    }
    // Files that nobody has open are forgotten; those of the parent are what the check above needs.
    files.retain(|_, slot| slot.process != here || Arc::strong_count(slot) > 1);
    let slot = Arc::new(Slot {
        identity: identity.clone(),
        process: here,
        turn: Mutex::new(Weak::new()),
        raw: Mutex::new(Raw {
            users: 1,
            files: Vec::new(),
        }),
    });
    if let Some(inherited) = files.insert(identity.clone(), Arc::clone(&slot)) {
        // Its locks and stores are the parent's.
        std::mem::forget(inherited);
    }
    Ok(Token(slot))
}

fn locked<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, Failure> {
    let start = Instant::now();
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if start.elapsed() > PATIENCE => {
                return Err(Code::StoreForked.into());
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_micros(50)),
        }
    }
}

#[cfg(unix)]
fn identity(data: &Metadata, _: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (data.dev(), data.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata, path: &Path) -> Identity {
    path.to_owned()
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: usize) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, at as u64)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], at: usize) -> io::Result<usize> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(at as u64))?;
    file.read(bytes)
}
