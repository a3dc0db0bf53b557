//! `cargo xtask soak`: what is too long or too statistical for the gate. The place for outage
//! sweeps, timing reports and mass cross-checks when they exist.

use std::path::Path;
use std::process::ExitCode;

use crate::crash;
use crate::report::Report;

const CRASH_ROUNDS: u32 = 200;

pub(crate) fn run(root: &Path) -> ExitCode {
    let mut report = Report::new();
    report.step("crash harness", || crash::rounds(root, CRASH_ROUNDS, true));
    report.step("crash harness, control", || {
        match crash::rounds(root, CRASH_ROUNDS, false) {
            Ok(()) => Err("without write-ahead nothing was lost: the harness sees nothing".into()),
            Err(reason) if reason == "exit code 1" => Ok(()),
            Err(reason) => Err(format!("the control did not run: {reason}")),
        }
    });
    report.finish()
}
