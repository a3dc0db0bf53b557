//! The key file on disk: owner-only, replaced as a whole, one writer at a time.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use spooky_core::encoding::sha256;
use zeroize::Zeroizing;

use super::KeyFile;
use crate::{error::Error, files::real_path};

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("keys.json")
}

/// Names the content of the file.
pub(super) fn digest(folder: &Path) -> Option<[u8; 32]> {
    let text = Zeroizing::new(fs::read(path(folder)).ok()?);
    Some(sha256(&text))
}

/// Reads the file, after making sure that nobody but its owner can.
pub(super) fn load(folder: &Path) -> Result<KeyFile, Error> {
    refuse_if_shared(folder)?;
    let path = path(folder);
    let mut file = File::open(&path).map_err(|error| {
        Error::Keys(format!(
            "{}: {error}; make it with `keys new`",
            path.display()
        ))
    })?;
    refuse_if_shared(&path)?;
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text)?;
    serde_json::from_str(&text)
        .map_err(|_| Error::Keys(format!("{} is damaged; restore it", path.display())))
}

/// Writes a new file in the place of the old one; `change` gets what is there now.
pub(super) fn update<T>(
    folder: &Path,
    change: impl FnOnce(Option<KeyFile>) -> Result<(KeyFile, T), Error>,
) -> Result<T, Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(Error::about(folder.display()))?;
    refuse_if_shared(folder)?;
    // Beside the real file: `keys.json` may be a link, which a rename would replace.
    let real = real_path(&path(folder))?;
    let fresh = real.with_file_name("keys.json.new");
    // Made by us alone: the name is the lock.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(|error| {
            Error::Keys(format!(
                "{}: {error}; another process changes the keys, or one died: then remove the file",
                fresh.display()
            ))
        })?;
    let written = (|| {
        let old = match path(folder).exists() {
            true => Some(load(folder)?),
            false => None,
        };
        let (new, result) = change(old)?;
        let text = Zeroizing::new(
            serde_json::to_vec_pretty(&new).map_err(|error| Error::Keys(error.to_string()))?,
        );
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&fresh, &real)?;
        File::open(real.parent().unwrap_or(folder))?.sync_all()?;
        Ok(result)
    })();
    if written.is_err() {
        // Gone already when the rename was done; either way the lock must not stay.
        let _ = fs::remove_file(&fresh);
    }
    written
}

fn refuse_if_shared(path: &Path) -> Result<(), Error> {
    let mode = fs::metadata(path)
        .map_err(|error| Error::Keys(format!("{}: {error}", path.display())))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(Error::Keys(format!(
            "{} can be opened by others than its owner (mode {:03o}); \
             private keys there must count as known: make new ones, or chmod go= if they never were",
            path.display(),
            mode & 0o777
        )));
    }
    Ok(())
}
