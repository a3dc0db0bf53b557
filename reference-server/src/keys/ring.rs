//! The keys of a running service, reloaded when their file changes.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chitty_client::{
    error::Code,
    issuance::keyset::{KeySet, KeyState, PublishedKey},
};
use spooky_core::{
    bbs::SecretKey,
    credential::{Day, IssuerId, IssuerKeys},
    jose::{self, SigningKey, StatementKeys},
};

use super::{KEY_LIFE_DAYS, KeyFile, Purpose, Role, file, issuer::IssuingKey};
use crate::error::Error;

const CHECK_EVERY: Duration = Duration::from_secs(1);

/// The keys of one service.
pub struct KeyRing {
    source: Source,
    state: Mutex<State>,
}

enum Source {
    Folder(PathBuf),
    Memory(Mutex<KeyFile>),
}

struct State {
    keys: Arc<Keys>,
    checked: Instant,
    stamp: Option<[u8; 32]>,
}

/// One version of the keys.
pub(crate) struct Keys {
    version: u64,
    active: Vec<ActiveKey>,
    published: Vec<PublishedKey>,
    statements: Vec<jose::PublishedKey>,
    issuing: Vec<IssuingKey>,
}

/// A key that signs.
pub(crate) struct ActiveKey {
    purpose: Purpose,
    pub(crate) kid: String,
    pub(crate) nbf: i64,
    exp: i64,
    pub(crate) key: SigningKey,
}

impl Keys {
    fn read(file: &KeyFile) -> Result<Self, Error> {
        let mut keys = Self {
            version: file.version,
            active: Vec::new(),
            published: Vec::new(),
            statements: Vec::new(),
            issuing: Vec::new(),
        };
        for stored in &file.issuer {
            keys.issuing.push(stored.read()?);
        }
        for stored in &file.keys {
            keys.published.extend(stored.published());
            keys.statements.extend(stored.statement()?);
            if stored.state == KeyState::Active {
                keys.active.push(ActiveKey {
                    purpose: stored.purpose,
                    kid: stored.kid.clone(),
                    nbf: stored.nbf,
                    exp: stored.exp,
                    key: stored.signing_key()?,
                });
            }
        }
        Ok(keys)
    }

    /// The key that signs for `purpose` at `now` (seconds).
    pub(crate) fn active(&self, purpose: Purpose, now: i64) -> Result<&ActiveKey, Code> {
        let key = self.active.iter().find(|key| key.purpose == purpose);
        match key {
            Some(key) if (key.nbf..=key.exp).contains(&now) => Ok(key),
            _ => {
                tracing::error!(?purpose, "no key is active now; run `keys rotate`");
                Err(Code::ServiceFailed)
            }
        }
    }

    /// The public set under this issuer's name.
    pub(crate) fn publish(&self, issuer: &str) -> KeySet {
        KeySet {
            issuer: issuer.to_owned(),
            version: self.version,
            keys: self.published.clone(),
        }
    }

    /// A broker's public keys for statements under its name.
    pub(crate) fn statements(&self, issuer: &str) -> Result<StatementKeys, Code> {
        StatementKeys::new(issuer, self.version, self.statements.clone())
            .map_err(|_| Code::ServiceFailed)
    }

    /// A broker's public BBS keys under its name.
    pub(crate) fn issuer_keys(&self, issuer: &IssuerId) -> Result<IssuerKeys, Code> {
        let keys = self.issuing.iter().map(IssuingKey::published).collect();
        IssuerKeys::new(issuer.clone(), self.version, keys).map_err(|_| Code::ServiceFailed)
    }

    /// The last day for which there is a BBS key.
    pub(crate) fn issuing_until(&self) -> Option<Day> {
        self.issuing.last().map(IssuingKey::until)
    }

    /// The BBS key of credentials whose last day this is.
    pub(crate) fn issuing(&self, not_after: Day) -> Result<&SecretKey, Code> {
        let key = self.issuing.iter().find(|key| key.signs(not_after));
        key.map(|key| &key.key).ok_or_else(|| {
            tracing::error!("no BBS key covers the last day of credentials; run `keys rotate`");
            Code::ServiceFailed
        })
    }
}

impl KeyRing {
    /// Reads the keys in `folder`, or makes them when there are none. `now` is in seconds.
    ///
    /// # Errors
    /// [`Error::Keys`] when they are damaged, or others than their owner can read them.
    pub fn open_or_make(folder: &Path, role: Role, now: i64) -> Result<Self, Error> {
        if !file::path(folder).exists() {
            Self::make(folder, role, now, KEY_LIFE_DAYS)?;
        }
        let keys = file::load(folder)?;
        if keys.role() != role {
            return Err(Error::Keys(format!(
                "{} holds the keys of another role",
                folder.display()
            )));
        }
        Self::over(Source::Folder(folder.to_owned()), &keys)
    }

    /// Reads the keys in `folder`, whatever their role.
    ///
    /// # Errors
    /// [`Error::Keys`] when there are none, they are damaged, or others than their owner can read them.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Self::over(Source::Folder(folder.to_owned()), &file::load(folder)?)
    }

    /// Keys that exist only in memory, for tests and demonstrations.
    ///
    /// # Errors
    /// [`Error::Keys`] when the system gives no random bytes.
    pub fn in_memory(role: Role, now: i64) -> Result<Self, Error> {
        let keys = KeyFile::new(role, now, KEY_LIFE_DAYS)?;
        let read = Keys::read(&keys)?;
        Ok(Self {
            source: Source::Memory(Mutex::new(keys)),
            state: Mutex::new(State::new(read, None)),
        })
    }

    /// Makes the first keys in `folder`.
    ///
    /// # Errors
    /// [`Error::Keys`] when there are keys already.
    pub fn make(folder: &Path, role: Role, now: i64, days: u32) -> Result<(), Error> {
        file::update(folder, |old| match old {
            Some(_) => Err(Error::Keys(
                "there are keys already; use `keys rotate`".to_owned(),
            )),
            None => Ok((KeyFile::new(role, now, days)?, ())),
        })
    }

    /// Rotates the keys in `folder`; with `ahead`, only publishes the next ones.
    ///
    /// # Errors
    /// [`Error::Keys`] when there are none or they cannot be written.
    pub fn rotate_in(folder: &Path, ahead: bool, now: i64, days: u32) -> Result<(), Error> {
        change_in(folder, |keys| keys.rotate(ahead, now, days))
    }

    /// Revokes the key `kid` of main's in `folder`: what it signed no longer counts. Answers what it signed.
    /// The key that takes the place of an active one, when it has to be made, may sign for `days`.
    ///
    /// # Errors
    /// [`Error::Configuration`] when there is no such key, it is revoked already, or not main's;
    /// [`Error::Keys`] when the keys cannot be written.
    pub fn revoke_in(folder: &Path, kid: &str, now: i64, days: u32) -> Result<Purpose, Error> {
        change_in(folder, |keys| keys.revoke(kid, now, days))
    }

    /// Revokes the key `kid` of main's, and goes on with its successor; see [`KeyRing::revoke_in`].
    ///
    /// # Errors
    /// As [`KeyRing::revoke_in`].
    pub fn revoke(&self, kid: &str, now: i64) -> Result<(), Error> {
        self.change(|keys| keys.revoke(kid, now, KEY_LIFE_DAYS).map(drop))
    }

    fn over(source: Source, keys: &KeyFile) -> Result<Self, Error> {
        let ring = Self {
            source,
            state: Mutex::new(State::new(Keys::read(keys)?, None)),
        };
        ring.lock().stamp = ring.stamp();
        Ok(ring)
    }

    /// Rotates these keys and uses the new ones from now on.
    ///
    /// # Errors
    /// [`Error::Keys`] when they cannot be written.
    pub fn rotate(&self, ahead: bool, now: i64) -> Result<(), Error> {
        self.change(|keys| keys.rotate(ahead, now, KEY_LIFE_DAYS))
    }

    fn change(&self, work: impl FnOnce(&mut KeyFile) -> Result<(), Error>) -> Result<(), Error> {
        match &self.source {
            Source::Folder(folder) => {
                change_in(folder, work)?;
                self.reload()
            }
            Source::Memory(keys) => {
                let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
                work(&mut keys)?;
                *self.lock() = State::new(Keys::read(&keys)?, None);
                Ok(())
            }
        }
    }

    /// The keys as they are now. The file is looked at once a second; a file that cannot be read
    /// leaves the keys as they were and is reported in the log.
    pub(crate) fn current(&self) -> Arc<Keys> {
        let due = {
            let mut state = self.lock();
            let due = state.checked.elapsed() >= CHECK_EVERY;
            if due {
                state.checked = Instant::now();
            }
            due && self.stamp() != state.stamp
        };
        if due && let Err(error) = self.reload() {
            tracing::error!(%error, "the changed keys cannot be used; the old ones stay");
        }
        self.lock().keys.clone()
    }

    /// The thumbprint of the active key for `purpose`, whatever the time.
    pub fn thumbprint(&self, purpose: Purpose) -> Option<String> {
        let keys = self.current();
        let mut active = keys.active.iter();
        let key = active.find(|key| key.purpose == purpose)?;
        Some(key.key.verifying_key().thumbprint())
    }

    /// The public set under this issuer's name.
    pub fn publish(&self, issuer: &str) -> KeySet {
        self.current().publish(issuer)
    }

    fn reload(&self) -> Result<(), Error> {
        let Source::Folder(folder) = &self.source else {
            return Ok(());
        };
        let stamp = self.stamp();
        let keys = Keys::read(&file::load(folder)?)?;
        let mut state = self.lock();
        if keys.version < state.keys.version {
            return Err(Error::Keys("the key file went back in time".to_owned()));
        }
        *state = State::new(keys, stamp);
        Ok(())
    }

    /// Names the file's content: two files may have one time.
    fn stamp(&self) -> Option<[u8; 32]> {
        match &self.source {
            Source::Folder(folder) => file::digest(folder),
            Source::Memory(_) => None,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Changes the keys in `folder`, or leaves them as they are when that fails.
fn change_in<T>(
    folder: &Path,
    work: impl FnOnce(&mut KeyFile) -> Result<T, Error>,
) -> Result<T, Error> {
    file::update(folder, |old| {
        let mut keys = old.ok_or_else(|| Error::Keys("there are no keys yet".to_owned()))?;
        let done = work(&mut keys)?;
        Ok((keys, done))
    })
}

impl State {
    fn new(keys: Keys, stamp: Option<[u8; 32]>) -> Self {
        Self {
            keys: Arc::new(keys),
            checked: Instant::now(),
            stamp,
        }
    }
}
