//! Whether the log that the writer writes to is still the one that others would read.
//!
//! When something else in this process opened and closed the file, the process has no locks any more, and
//! another program may take the log for a dead one's and remove it. Commits then go to a file without a
//! name and are gone with the process. So after each commit, before it is answered, the log's
//! name is looked at. Refuses to open the log: a name is enough.

use std::fs;
use std::path::{Path, PathBuf};

use super::errors::Failure;
use crate::error::Code;

pub(super) struct Watch {
    log: PathBuf,
    first: Option<Name>,
    lost: bool,
}

/// What the name of the log leads to.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Name(u64, u64);

impl Watch {
    pub(super) fn new(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
        Self {
            first: name_of(&log),
            log,
            lost: false,
        }
    }

    /// # Errors
    /// `StoreUnlocked`, for ever once the log was gone.
    pub(super) fn still_ours(&self) -> Result<(), Failure> {
        match self.lost {
            true => Err(Code::StoreUnlocked.into()),
            false => Ok(()),
        }
    }

    /// # Errors
    /// `StoreUnlocked` when the log is not there any more, or another one is.
    pub(super) fn after_commit(&mut self) -> Result<(), Failure> {
        let found = name_of(&self.log);
        self.first = self.first.or(found);
        self.lost |= found.is_none() || found != self.first;
        self.still_ours()
    }
}

#[cfg(unix)]
fn name_of(log: &Path) -> Option<Name> {
    use std::os::unix::fs::MetadataExt;
    let data = fs::metadata(log).ok()?;
    Some(Name(data.dev(), data.ino()))
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn name_of(log: &Path) -> Option<Name> {
    fs::metadata(log).ok().map(|_| Name(0, 0))
}
