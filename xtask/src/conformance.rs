//! `cargo xtask conformance [DIR]`: judges a folder of official vectors.
//!
//! Only starts the runner, which is a test inside `spooky-core`: official proofs are reproduced from
//! official random numbers, and no code that ships has an entrance for those.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::cargo;

#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// The folder; otherwise the one CHITTY_VECTORS names, otherwise ../shared/vectors
    folder: Option<PathBuf>,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<(), String> {
    let mut command = cargo(
        root,
        &[
            "test",
            "--package",
            "spooky-core",
            "--lib",
            "--",
            "--exact",
            "conformance::official_vectors",
            "--nocapture",
        ],
    );
    if let Some(folder) = &arguments.folder {
        let folder = folder
            .canonicalize()
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        command.env("CHITTY_VECTORS", folder);
    }
    finish_filtered(&mut command)
}

/// Passes on what the runner says, without the frame that the test harness puts around it, so that
/// the closing line is the last.
fn finish_filtered(command: &mut Command) -> Result<(), String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let frame = ["running ", "test ", "failures:", "    conformance::"];
            if !line.is_empty() && !frame.iter().any(|start| line.starts_with(start)) {
                println!("{line}");
            }
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err("the vectors are not met".to_owned())
    }
}
