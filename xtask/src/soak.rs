//! `cargo xtask soak`: what is too long or too statistical for the gate. The place for outage
//! sweeps, timing reports and mass cross-checks when they exist.

use std::path::Path;
use std::process::ExitCode;

use crate::process::{cargo, run as finish};
use crate::report::Report;
use crate::{api_fuzz, bindings, constant_time, crash, engine_size, fuzz, native, outage};

const CRASH_ROUNDS: u32 = 200;
/// For each target of `fuzz/`, and for those that read what strangers and broken disks hand in.
const FUZZ_SECONDS: u32 = 120;
const FUZZ_LONGER: (u32, &[&str]) = (600, &["answer", "grant", "id", "receipt", "store"]);

pub(crate) fn run(root: &Path, parts: &[String]) -> ExitCode {
    let mut report = Report::of(parts);
    report.step("100 000 rows in the store", || {
        let arguments = [
            "test",
            "--package",
            "chitty-client",
            "--lib",
            "many_rows",
            "--",
            "--nocapture",
        ];
        finish(cargo(root, &arguments).env("CHITTY_SOAK", "1"))
    });
    report.step(
        "500 rounds against zkryptium, every bit of the official objects",
        || {
            let arguments = ["test", "--package", "spooky-core", "--", "--nocapture"];
            let filters = ["both_implementations", "pseudonyms_agree", "every_mutation"];
            finish(cargo(root, &[&arguments[..], &filters].concat()).env("CHITTY_SOAK", "1"))
        },
    );
    report.step("timing of secrets", || constant_time::timing(root));
    report.step("size of the engine", || engine_size::run(root));
    report.step("fuzzing", || fuzz::all(root, FUZZ_SECONDS, FUZZ_LONGER));
    report.step("crash harness", || crash::rounds(root, CRASH_ROUNDS, true));
    report.step("crash harness, control", || {
        crash::control(root, CRASH_ROUNDS)
    });
    report.step("outage of 10 000 clients", || {
        outage::simulate(root, 10_000, false)
    });
    report.step("outage, control", || outage::simulate(root, 100, true));
    report.step("replicas, a minute each way", || {
        let arguments = [
            "test",
            "--workspace",
            "--test",
            "replicas",
            "--",
            "--nocapture",
        ];
        finish(cargo(root, &arguments).env("CHITTY_SOAK", "1"))
    });
    report.step("made-up requests", || api_fuzz::fuzz(root, 200));
    report.step("C, 64 threads x 10 000 calls", || native::stress(root));
    report.step("Python, 10 000 lives", || bindings::python(root, true));
    report.step("Kotlin, 10 000 lives", || bindings::kotlin(root, true));
    report.finish()
}
