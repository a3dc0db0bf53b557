//! Where a path leads: past every symbolic link, decided once, when something is opened.
//!
//! Whoever replaces a file by renaming another over it would replace the link and leave the real file
//! as it was; and locks, logs and temporary files belong beside the real file, whatever it was called
//! by. Refuses chains that do not end. Creates nothing.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Longest chain of links that is followed, as on Linux.
const LONGEST_CHAIN: usize = 40;

/// The file that `path` leads to, absolute and without links. It need not exist: a link to nothing leads
/// to the place where its file would be. In a folder that does not exist nothing is followed.
pub(crate) fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut path = std::path::absolute(path)?;
    for _ in 0..=LONGEST_CHAIN {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(path);
        };
        let real = match fs::canonicalize(folder) {
            Ok(folder) => folder.join(name),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        };
        match fs::read_link(&real) {
            // Relative to the folder of the link; absolute targets replace it whole.
            Ok(target) => path = real.with_file_name("").join(target),
            // There is none, or it is no link.
            Err(_) => return Ok(real),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "too many symbolic links",
    ))
}
