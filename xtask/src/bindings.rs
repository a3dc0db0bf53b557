//! The language bindings that are not Rust: built and tested with their own tools.
//!
//! Owns which tools a language needs and how they are started. Each builds the library the way that
//! it is shipped, without what only tests turn on.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::process::{cargo, exists, run as finish};
use crate::report::{Outcome, Report};

/// The bindings' steps of the gate and nothing else.
pub(crate) fn run(root: &Path) -> ExitCode {
    let mut report = Report::new();
    report.step("Python", || python(root, false));
    report.step("Kotlin", || kotlin(root, false));
    report.step("Swift", || swift(root));
    report.finish()
}

/// Builds the Python package and runs its tests; the long ones with `soak`.
pub(crate) fn python(root: &Path, soak: bool) -> Outcome {
    with(root, &["python3"], || {
        let package = root.join("bindings/python");
        finish(&mut tool(&package, "python3", &["build.py"], false))?;
        // `dev` turns on asyncio's own checks and says what was never awaited or closed.
        let tests = [
            "-X", "dev", "-m", "unittest", "discover", "-v", "-t", ".", "-s", "tests",
        ];
        finish(&mut tool(&package, "python3", &tests, soak))
    })
}

/// Builds the Kotlin module and runs its tests; the long ones with `soak`.
pub(crate) fn kotlin(root: &Path, soak: bool) -> Outcome {
    with(root, &["java", "mvn"], || {
        let module = root.join("bindings/kotlin");
        finish(&mut tool(&module, "mvn", &["-q", "-B", "test"], soak))
    })
}

/// Compiles the Swift package and runs its tests, where `toolchain.sh` finds a compiler.
pub(crate) fn swift(root: &Path) -> Outcome {
    let package = root.join("bindings/swift");
    let state = tool(&package, "sh", &["toolchain.sh", "state"], false).output();
    match state {
        Ok(state) if state.status.success() => with(root, &["sh"], || {
            finish(&mut tool(&package, "sh", &["test.sh"], false))
        }),
        Ok(state) => {
            let reason = String::from_utf8_lossy(&state.stderr).trim().to_owned();
            match state.status.code() {
                Some(3) => Outcome::Forbidden(reason),
                _ => Outcome::Missing(reason),
            }
        }
        Err(error) => Outcome::Missing(error.to_string()),
    }
}

fn with(root: &Path, tools: &[&str], work: impl FnOnce() -> Result<(), String>) -> Outcome {
    if let Err(missing) = needs(tools) {
        return Outcome::Missing(missing);
    }
    // What the tests talk to.
    let tests = ["test", "--workspace", "--no-run", "--quiet"];
    finish(&mut cargo(root, &tests))
        .and_then(|()| work())
        .into()
}

fn tool(folder: &Path, name: &str, arguments: &[&str], soak: bool) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder).args(arguments);
    command.env("RUST_BACKTRACE", "0");
    if soak {
        command.env("CHITTY_SOAK", "1");
    }
    command
}

/// The first of `tools` that is not in the path, as a reason.
pub(crate) fn needs(tools: &[&str]) -> Result<(), String> {
    match tools.iter().find(|tool| !exists(tool)) {
        Some(missing) => Err(format!("{missing} is missing")),
        None => Ok(()),
    }
}
