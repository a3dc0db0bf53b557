//! The law of small files: no Rust file over 35 KB, a warning over 500 lines.

use std::path::Path;

use crate::report::Outcome;

const MAX_BYTES: u64 = 35_000;
const MAX_LINES: usize = 500;
/// Written by `cargo xtask codegen`, as long as the table it comes from.
const GENERATED: &str = "chitty-client/src/error/codes.rs";
const SKIPPED: [&str; 3] = ["target", ".git", ".cache"];

pub(crate) fn run(root: &Path) -> Outcome {
    let mut found = Found::default();
    if let Err(error) = walk(root, &mut found, root) {
        return Outcome::Failed(error.to_string());
    }
    if found.too_large == 0 {
        Outcome::Passed(format!("{} files", found.files))
    } else {
        Outcome::Failed(format!("{} files over {MAX_BYTES} bytes", found.too_large))
    }
}

#[derive(Default)]
struct Found {
    files: usize,
    too_large: usize,
}

fn walk(folder: &Path, found: &mut Found, root: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let (entry, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
        let name = path.file_name().unwrap_or_default();
        if entry?.is_dir() {
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                walk(&path, found, root)?;
            }
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read(&path)?;
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        let shown = path.strip_prefix(root).unwrap_or(&path);
        found.files += 1;
        if shown == Path::new(GENERATED) {
            continue;
        }
        if text.len() as u64 > MAX_BYTES {
            found.too_large += 1;
            println!("error: {} has {} bytes", shown.display(), text.len());
        } else if lines > MAX_LINES {
            println!("warning: {} has {lines} lines", shown.display());
        }
    }
    Ok(())
}
