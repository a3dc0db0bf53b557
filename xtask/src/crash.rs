//! `cargo xtask crash`: hands its arguments to the crash harness of the tests' crate.

use std::path::Path;

use crate::process::{built, cargo, run as finish};

/// How the harness is run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often the client is killed and started again
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Turn the write-ahead of intents off: the negative control, which must fail
    #[arg(long)]
    no_write_ahead: bool,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<(), String> {
    rounds(root, arguments.rounds, !arguments.no_write_ahead)
}

/// Runs the harness; without `write_ahead` it is the negative control.
pub(crate) fn rounds(root: &Path, rounds: u32, write_ahead: bool) -> Result<(), String> {
    let rounds = rounds.to_string();
    let tests = ["test", "--workspace", "--no-run", "--quiet"];
    finish(&mut cargo(root, &tests))?;
    let mut command = built(root, "crash");
    command.args(["--rounds", &rounds]);
    if !write_ahead {
        command.arg("--no-write-ahead");
    }
    finish(&mut command)
}

/// The harness with its protection off: it must find something lost, which it says with exit code 1.
pub(crate) fn control(root: &Path, count: u32) -> Result<(), String> {
    match rounds(root, count, false) {
        Ok(()) => Err("without write-ahead nothing was lost: the harness sees nothing".into()),
        Err(reason) if reason == "exit code 1" => Ok(()),
        Err(reason) => Err(format!("the control did not run: {reason}")),
    }
}
