//! The keys of a running service, reloaded when their file changes.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
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

use super::{KeyFile, Lives, Purpose, Revoked, Role, file, issuer::IssuingKey};
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
    stamp: Option<Stamp>,
}

/// What tells one key file from the one before: two changes may have one time, but not one file.
type Stamp = (SystemTime, u64);

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
    state: KeyState,
    pub(crate) kid: String,
    pub(crate) nbf: i64,
    exp: i64,
    pub(crate) key: SigningKey,
}

impl Keys {
    pub(super) fn read(file: &KeyFile) -> Result<Self, Error> {
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
            // A retired one still has its scalar until its successor begins.
            let used = matches!(stored.state, KeyState::Active | KeyState::Retired);
            if used && stored.d.is_some() {
                keys.active.push(ActiveKey {
                    purpose: stored.purpose,
                    state: stored.state,
                    kid: stored.kid.clone(),
                    nbf: stored.nbf,
                    exp: stored.exp,
                    key: stored.signing_key()?,
                });
            }
        }
        Ok(keys)
    }

    /// The key that signs for `purpose` at `now` (seconds): of those that may, the one that began last.
    pub(crate) fn active(&self, purpose: Purpose, now: i64) -> Result<&ActiveKey, Code> {
        self.signs_at(purpose, now).ok_or_else(|| {
            tracing::error!(
                ?purpose,
                "no key signs now; look at the clock, then run `keys rotate`"
            );
            Code::ServiceFailed
        })
    }

    /// The key that signs what is dated `earlier`, which is before `now`; the one of `now` when that
    /// has gone.
    pub(crate) fn active_since(
        &self,
        purpose: Purpose,
        earlier: i64,
        now: i64,
    ) -> Result<&ActiveKey, Code> {
        match self.signs_at(purpose, earlier) {
            Some(key) => Ok(key),
            None => self.active(purpose, now),
        }
    }

    fn signs_at(&self, purpose: Purpose, time: i64) -> Option<&ActiveKey> {
        let signs =
            |key: &&ActiveKey| key.purpose == purpose && (key.nbf..=key.exp).contains(&time);
        let keys = self.active.iter().filter(signs);
        keys.max_by_key(|key| (key.nbf, key.state == KeyState::Active))
    }

    /// Whether what is signed by a broker's key of this name counts: it is published and not revoked.
    pub(crate) fn counts(&self, kid: &str) -> bool {
        let mut keys = self.statements.iter();
        keys.any(|key| key.kid == kid && key.state != jose::KeyState::Revoked)
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
        self.issuing.iter().filter_map(IssuingKey::until).max()
    }

    /// The BBS key of credentials whose last day this is.
    pub(crate) fn issuing(&self, not_after: Day) -> Result<&SecretKey, Code> {
        let key = self.issuing.iter().find_map(|key| key.signs(not_after));
        key.ok_or_else(|| {
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
            Self::make(folder, role, now, Lives::default())?;
        }
        let mut keys = file::load(folder)?;
        // Whoever may only read the folder leaves that to the next command.
        if keys.tidy(now)
            && let Err(error) = change_in(folder, |keys| Ok(keys.tidy(now)))
        {
            tracing::warn!(%error, "retired keys keep their secrets until the next `keys` command");
        }
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
        let keys = KeyFile::new(role, now, Lives::default())?;
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
    pub fn make(folder: &Path, role: Role, now: i64, lives: impl Into<Lives>) -> Result<(), Error> {
        let lives = lives.into();
        file::update(folder, |old| match old {
            Some(_) => Err(Error::Keys(
                "there are keys already; use `keys rotate`".to_owned(),
            )),
            None => Ok((KeyFile::new(role, now, lives)?, ())),
        })
    }

    /// Rotates the keys in `folder`; with `ahead`, only publishes the next ones. Keys that were not published
    /// ahead sign when every replica's clock has come to that, 300 seconds from now, and the old ones until then.
    ///
    /// # Errors
    /// [`Error::Keys`] when there are none or they cannot be written.
    pub fn rotate_in(
        folder: &Path,
        ahead: bool,
        now: i64,
        lives: impl Into<Lives>,
    ) -> Result<(), Error> {
        let lives = lives.into();
        change_in(folder, |keys| keys.rotate(ahead, now, lives))
    }

    /// Revokes a key of main's or a broker's in `folder`: what it signed no longer counts. `kid` is its name,
    /// of a BBS key its public key as published. Answers what it signed. Another key takes the place of
    /// one that signs, at once; when it has to be made, it may sign for `days`.
    ///
    /// # Errors
    /// [`Error::Configuration`] when there is no such key, it is revoked already, or a fallback's;
    /// [`Error::Keys`] when the keys cannot be written.
    pub fn revoke_in(
        folder: &Path,
        kid: &str,
        now: i64,
        lives: impl Into<Lives>,
    ) -> Result<Revoked, Error> {
        let lives = lives.into();
        change_in(folder, |keys| keys.revoke(kid, now, lives))
    }

    /// Revokes the key `kid`, and goes on with its successor; see [`KeyRing::revoke_in`].
    ///
    /// # Errors
    /// As [`KeyRing::revoke_in`].
    pub fn revoke(&self, kid: &str, now: i64) -> Result<(), Error> {
        self.change(|keys| keys.revoke(kid, now, Lives::default()).map(drop))
    }

    fn over(source: Source, keys: &KeyFile) -> Result<Self, Error> {
        let ring = Self {
            source,
            state: Mutex::new(State::new(Keys::read(keys)?, None)),
        };
        ring.lock().stamp = ring.stamp();
        Ok(ring)
    }

    /// Rotates these keys; see [`KeyRing::rotate_in`].
    ///
    /// # Errors
    /// [`Error::Keys`] when they cannot be written.
    pub fn rotate(&self, ahead: bool, now: i64) -> Result<(), Error> {
        self.change(|keys| keys.rotate(ahead, now, Lives::default()))
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

    /// The thumbprint of the active key for `purpose`, whatever the time: of several, that of the last.
    pub fn thumbprint(&self, purpose: Purpose) -> Option<String> {
        let keys = self.current();
        let mut active = keys.active.iter().rev();
        let key = active.find(|key| key.purpose == purpose && key.state == KeyState::Active)?;
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

    fn stamp(&self) -> Option<Stamp> {
        let Source::Folder(folder) = &self.source else {
            return None;
        };
        let file = std::fs::metadata(file::path(folder)).ok()?;
        Some((file.modified().ok()?, file.ino()))
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
    fn new(keys: Keys, stamp: Option<Stamp>) -> Self {
        Self {
            keys: Arc::new(keys),
            checked: Instant::now(),
            stamp,
        }
    }
}
