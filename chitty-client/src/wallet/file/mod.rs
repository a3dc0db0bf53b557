//! A wallet in one sealed file, with its key and a mark in the platform's [`SecretStore`]
//! (`spec/wallet.md`, section 3).
//!
//! The file is replaced as a whole: a temporary file, down to the disk, renamed. Only then is the mark
//! raised, so a crash between the two locks nobody out, and a file below the mark was rolled back.
//! Processes take turns by a lock on a file beside it: `flock`, which no other descriptor's closing
//! drops. Lock and temporary file are beside the real file, past all links. Refuses to overwrite what it cannot read.

mod disk;
mod format;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fmt,
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use spooky_core::{
    entropy::{Entropy, OsEntropy},
    secret::Secret32,
};

use self::{
    disk::{Disk, RealDisk},
    format::{SealKey, SealedFile},
};
use super::{Saved, SecretStore, Stored, WalletStore};
use crate::{
    broker::off_thread,
    error::{Code, Error},
    files::real_path,
};

/// The name of the 32-byte key in the [`SecretStore`].
const KEY: &str = "spookyid.wallet.key";
/// The name of the mark: the newest generation, 8 bytes big-endian.
const MARK: &str = "spookyid.wallet.mark";
/// The mark at which the owner started over: no file is then no loss. 8 bytes likewise.
const START: &str = "spookyid.wallet.start";
/// How long others may hold the lock.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);
/// Largest file that is read, in bytes: a snapshot of the broker is most of it.
const MAX_FILE: u64 = 64 << 20;

/// A wallet in one file. Clones share it; several processes may open it.
///
/// ```no_run
/// # use chitty_client::wallet::{FileWallet, SecretStore};
/// # fn f(keychain: impl SecretStore + 'static) -> Result<(), chitty_client::Error> {
/// let store = FileWallet::open("wallet.bin", keychain)?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct FileWallet(Arc<Files>);

struct Files {
    path: PathBuf,
    folder: PathBuf,
    secrets: Arc<dyn SecretStore>,
    disk: Box<dyn Disk>,
    entropy: Box<dyn Entropy>,
}

impl fmt::Debug for FileWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileWallet")
    }
}

impl FileWallet {
    /// A wallet in the file `path`, whose folder exists, sealed by a key in `secrets`. The first
    /// write makes both. Nothing is read yet. Symbolic links are followed once, here: what is written later
    /// replaces the file that they lead to now, and never a link.
    ///
    /// # Errors
    /// `ConfigurationInvalid` for a path that names no file; `StoreReadOnly` or `StoreFailed` when its
    /// links cannot be followed.
    pub fn open(
        path: impl Into<PathBuf>,
        secrets: impl SecretStore + 'static,
    ) -> Result<Self, Error> {
        Self::on(path.into(), Arc::new(secrets), Box::new(RealDisk))
    }

    fn on(
        path: PathBuf,
        secrets: Arc<dyn SecretStore>,
        disk: Box<dyn Disk>,
    ) -> Result<Self, Error> {
        let path = real_path(&path).map_err(failed)?;
        let folder = match (path.file_name(), path.parent()) {
            (Some(_), Some(folder)) if folder.as_os_str().is_empty() => PathBuf::from("."),
            (Some(_), Some(folder)) => folder.to_owned(),
            _ => return Err(Error::new(Code::ConfigurationInvalid).detail("the wallet's path")),
        };
        Ok(Self(Arc::new(Files {
            path,
            folder,
            secrets,
            disk,
            entropy: Box::new(OsEntropy),
        })))
    }

    /// Gives the stored wallet up and begins with nothing, for a file that is gone, damaged or rolled
    /// back. What is there is set aside under a name that ends in `.old`, and a new key makes sure
    /// that it never counts here again. Who had credentials needs an enrolment anew.
    ///
    /// # Errors
    /// The 15xx codes.
    pub async fn start_over(&self) -> Result<(), Error> {
        let files = self.0.clone();
        off_thread(move || files.start_over()).await?
    }
}

#[async_trait]
impl WalletStore for FileWallet {
    async fn load(&self) -> Result<Option<Stored>, Error> {
        let files = self.0.clone();
        off_thread(move || files.read()).await?
    }

    async fn save(&self, expected: u64, state: &[u8]) -> Result<Saved, Error> {
        let files = self.0.clone();
        let state = zeroize::Zeroizing::new(state.to_vec());
        off_thread(move || files.write(expected, &state)).await?
    }
}

impl Files {
    fn key(&self) -> Result<Option<SealKey>, Error> {
        let Some(bytes) = self.secrets.load(KEY)? else {
            return Ok(None);
        };
        let key = Secret32::from_slice(&bytes).map_err(|_| Code::SecretsLost)?;
        Ok(Some(SealKey::of(&key)))
    }

    fn make_key(&self) -> Result<SealKey, Error> {
        let key = Secret32::make(self.entropy.as_ref()).map_err(|_| Code::EntropyFailed)?;
        self.secrets.save(KEY, key.expose_secret())?;
        Ok(SealKey::of(&key))
    }

    fn mark(&self) -> Result<u64, Error> {
        self.number(MARK)
    }

    fn number(&self, name: &str) -> Result<u64, Error> {
        let Some(bytes) = self.secrets.load(name)? else {
            return Ok(0);
        };
        let bytes = bytes.as_slice().try_into().map_err(|_| Code::SecretsLost)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn read(&self) -> Result<Option<Stored>, Error> {
        // The mark first: a file that another process writes meanwhile is above it, never below. The
        // key last: it is there before the first file is.
        let mark = self.mark()?;
        let bytes = match self.bytes() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if mark == self.number(START)? {
                    return Ok(None);
                }
                return Err(Error::new(Code::WalletRolledBack).detail("the file is gone"));
            }
            Err(error) => return Err(failed(error)),
        };
        let file = SealedFile::read(&bytes)?;
        let key = self.key()?.ok_or(match mark {
            0 => Code::WalletForeign,
            _ => Code::SecretsLost,
        })?;
        if !file.is_of(&key) {
            return Err(Code::WalletForeign.into());
        }
        let state = file.open(&key)?;
        if file.generation < mark {
            return Err(Code::WalletRolledBack.into());
        }
        Ok(Some(Stored {
            generation: file.generation,
            state,
        }))
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        if std::fs::metadata(&self.path)?.len() > MAX_FILE {
            // Longer than anything that was ever written here: damaged, and not worth the memory.
            return Ok(Vec::new());
        }
        std::fs::read(&self.path)
    }

    fn write(&self, expected: u64, state: &[u8]) -> Result<Saved, Error> {
        let _lock = self.lock()?;
        let stored = self.read()?;
        if stored.map_or(0, |stored| stored.generation) != expected {
            return Ok(Saved::Conflict);
        }
        let key = match self.key()? {
            Some(key) => key,
            None => self.make_key()?,
        };
        // Above the mark also for one that started over: a generation never has two contents.
        let above = expected.max(self.mark()?);
        let generation = above.checked_add(1).ok_or(Code::Internal)?;
        let sealed = key.seal(generation, state, self.entropy.as_ref())?;
        let temporary = self.beside(".new");
        let written = self
            .disk
            .write(&temporary, &sealed)
            .and_then(|()| self.disk.rename(&temporary, &self.path))
            .and_then(|()| self.disk.settle(&self.folder));
        if let Err(error) = written {
            self.disk.remove(&temporary);
            return Err(failed(error));
        }
        // The state is stored whatever becomes of the mark; the next write raises it again.
        if let Err(error) = self.secrets.save(MARK, &generation.to_be_bytes()) {
            tracing::warn!(
                code = error.code().as_str(),
                "the wallet's mark was not raised"
            );
        }
        Ok(Saved::Done(generation))
    }

    fn start_over(&self) -> Result<(), Error> {
        let _lock = self.lock()?;
        let mut aside = self.beside(".old");
        let mut number = 1;
        while aside.exists() {
            number += 1;
            aside = self.beside(&format!(".{number}.old"));
        }
        match self.disk.rename(&self.path, &aside) {
            Ok(()) => self.disk.settle(&self.folder).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        // The old file is foreign from here on; only then may there be none.
        self.make_key()?;
        self.secrets.save(START, &self.mark()?.to_be_bytes())
    }

    /// The turn of this process. Given back when the file is closed, also by a crash.
    fn lock(&self) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = options.open(self.beside(".lock")).map_err(failed)?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(Code::StoreBusy.into()),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }

    /// The wallet's path with something at its end.
    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(suffix);
        Path::new(&name).to_owned()
    }
}

fn failed(error: io::Error) -> Error {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::StoreFull,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Code::StoreReadOnly,
        // Every file that is not there is made, or its absence means something by itself.
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Code::FolderMissing,
        io::ErrorKind::IsADirectory => Code::PathIsFolder,
        _ => Code::StoreFailed,
    };
    Error::new(code).caused_by(error)
}
