//! `cargo xtask outage`: an outage of main on virtual time, and its control without restraint.

use std::path::Path;

use crate::process::{built, cargo, run as finish};

/// How the simulation is run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many clients there are
    #[arg(long, default_value_t = 10_000)]
    clients: u32,
    /// The control: no jitter, no breaker, no restraint
    #[arg(long)]
    storm: bool,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<(), String> {
    simulate(root, arguments.clients, arguments.storm)
}

/// From how many clients on an optimised build saves more than it costs.
const MANY: u32 = 5_000;

/// Runs the simulation; with `storm` it is the negative control, which has to miss the targets.
pub(crate) fn simulate(root: &Path, clients: u32, storm: bool) -> Result<(), String> {
    let mut command = if clients < MANY {
        let tests = ["test", "--workspace", "--no-run", "--quiet"];
        finish(&mut cargo(root, &tests))?;
        built(root, "outage")
    } else {
        let outage = ["--package", "chitty-tests", "--bin", "outage", "--"];
        cargo(root, &[&["run", "--release"], &outage[..]].concat())
    };
    command.args(["--clients", &clients.to_string()]);
    if storm {
        command.arg("--storm");
    }
    finish(&mut command)
}
