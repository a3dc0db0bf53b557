//! `cargo xtask api-fuzz`: schemathesis makes up requests along the descriptions in `spec/`.
//!
//! Owns where the tool comes from: a virtual environment of Python below `target`, at a pinned
//! version. What is judged and how is in `tests/src/bin/api_fuzz`.

use std::{path::Path, process::Command};

use crate::process::{built, cargo, run as finish};

const VERSION: &str = "schemathesis==4.32.5";

/// How long the run is.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Most cases per operation and phase
    #[arg(long, default_value_t = 200)]
    cases: u32,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<(), String> {
    fuzz(root, arguments.cases)
}

/// Installs the tool when it is missing, and runs it.
pub(crate) fn fuzz(root: &Path, cases: u32) -> Result<(), String> {
    let tests = ["test", "--workspace", "--no-run", "--quiet"];
    finish(&mut cargo(root, &tests))?;
    let place = root.join("target/schemathesis");
    let tool = place.join("bin/st");
    if !tool.exists() {
        finish(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
        finish(Command::new(place.join("bin/pip")).args(["install", "--quiet", VERSION]))?;
    }
    let mut command = built(root, "api-fuzz");
    command.arg("--schemathesis").arg(tool);
    command.arg("--spec").arg(root.join("spec"));
    command.arg("--hooks").arg(root.join("tests/openapi"));
    finish(command.args(["--cases", &cases.to_string()]))
}
