//! `cargo xtask constant-time`: the engine under valgrind, its secrets marked undefined; and the
//! timing table of the soak.
//!
//! Only starts the checks, which are tests inside `spooky-core`, built as it is released. Whatever branches
//! or addresses memory by a secret is a report of valgrind's memcheck; the test wants none of its own
//! and at least one of each control.

use std::path::Path;
use std::process::Command;

use crate::process::{cargo, exists, run as finish};
use crate::report::Outcome;

/// The suppressions lie in the package's folder, where cargo runs its tests.
const RUNNER: &str = "valgrind --quiet --error-limit=no --suppressions=constant-time.supp";

pub(crate) fn run(root: &Path) -> Outcome {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Outcome::Missing("the requests to valgrind are written for x86-64 Linux".into());
    }
    if !exists("valgrind") {
        return Outcome::Missing("valgrind is not installed".into());
    }
    let mut command = test(root, "bbs::constant_time::secrets_decide_nothing");
    command
        .env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", RUNNER)
        .env("CHITTY_CONSTANT_TIME", "1");
    finish(&mut command).into()
}

/// The timing table: a million samples of the short operations.
pub(crate) fn timing(root: &Path) -> Result<(), String> {
    finish(test(root, "timing::table").env("CHITTY_SOAK", "1"))
}

fn test(root: &Path, name: &str) -> Command {
    let arguments = ["test", "--release", "--package", "spooky-core", "--lib"];
    let test = ["--", "--exact", name, "--nocapture"];
    cargo(root, &[&arguments[..], &test].concat())
}
