//! The acceptance suite: every behaviour in every language, then its negative control.
//!
//! The runner of the tests' crate does the work and prints the matrix; this file only starts it.

use std::path::Path;

use crate::process::{cargo, run as finish};

/// Runs the matrix, and then sees to it that falsified answers make it fail.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    runner(root, &[])?;
    runner(root, &["--control"])
}

fn runner(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut command = cargo(
        root,
        &[
            "run",
            "--quiet",
            "--package",
            "chitty-tests",
            "--bin",
            "acceptance",
            "--",
        ],
    );
    finish(command.args(arguments))
}
