//! The few things that are done to a disk, each a step at which a program may die.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
};

pub(super) trait Disk: Send + Sync {
    /// Writes a fresh file for its owner alone, down to the disk.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Puts `from` in the place of `to`, at once.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes names in `folder` durable.
    fn settle(&self, folder: &Path) -> io::Result<()>;

    /// Removes what was left of a write that failed.
    fn remove(&self, path: &Path);
}

pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn settle(&self, folder: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened as a file, and a rename is durable by itself.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn remove(&self, path: &Path) {
        // It holds nothing that counts, and the next write truncates it.
        let _ = std::fs::remove_file(path);
    }
}
