//! `cargo xtask test`: the gate, step by step.
//!
//! Owns which steps there are and their order. A failed step does not stop the others, so one run
//! shows everything that is wrong. Deterministic and under 40 minutes on two cores; what takes
//! longer belongs in [`crate::soak`].

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::process::{built, cargo, run as finish};
use crate::report::{Outcome, Report};
use crate::{
    acceptance, bindings, codegen, conformance, constant_time, crash, deny, msrv, native, openapi,
    outage, sizes,
};

/// Crash rounds of the gate; [`crate::soak`] runs ten times as many.
const CRASH_ROUNDS: u32 = 20;

pub(crate) fn run(root: &Path, parts: &[String]) -> ExitCode {
    let step = |arguments: &[&str]| finish(&mut cargo(root, arguments));
    let mut report = Report::of(parts);
    report.step("generated files", || codegen::run(root, true));
    report.step("format", || step(&["fmt", "--all", "--check"]));
    report.step("lints", || {
        match step(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]) {
            Ok(()) => Outcome::Passed(
                "with clippy::incompatible_msrv; the minimum Rust itself was not compiled".into(),
            ),
            Err(reason) => Outcome::Failed(reason),
        }
    });
    report.step("minimum Rust of dependencies", || msrv::run(root));
    report.step("cargo-deny", || deny::run(root));
    report.step("interface descriptions", || openapi::run(root, true));
    report.step("tests", || step(&["test", "--workspace", "--no-fail-fast"]));
    // Alone, so that ES256 is verified by p256 and not by ring.
    report.step("tests of spooky-core alone", || {
        step(&["test", "--package", "spooky-core"])
    });
    report.step("spooky-core: no threads, BBS+", || {
        let package = ["test", "--package", "spooky-core", "--no-default-features"];
        let features = ["--features", "bbs-plus", "--lib", "--"];
        step(&[&package[..], &features, &["batch", "bbs_plus"]].concat())
    });
    report.step("official vectors", || {
        conformance::run(root, &conformance::Arguments::default())
    });
    report.step("constant time", || constant_time::run(root));
    report.step("tests without features", || {
        step(&[
            "test",
            "--package",
            "chitty-client",
            "--no-default-features",
            "--no-fail-fast",
        ])
    });
    report.step("documentation", || {
        finish(documentation(root).env("RUSTDOCFLAGS", "-D warnings"))
    });
    report.step("file sizes", || sizes::run(root));
    // The programs that the tests built, so that nothing is compiled again with other features.
    report.step("acceptance", || acceptance::run(root));
    report.step("C and C++ under memcheck", || native::memcheck(root));
    report.step("quick start", || {
        finish(&mut built(root, "examples/quickstart"))
    });
    report.step("two sites", || {
        finish(&mut built(root, "examples/two_sites"))
    });
    report.step("crash harness", || crash::rounds(root, CRASH_ROUNDS, true));
    report.step("crash harness, control", || {
        crash::control(root, CRASH_ROUNDS)
    });
    report.step("outage of 1 000 clients", || {
        outage::simulate(root, 1_000, false)
    });
    report.step("outage, control", || outage::simulate(root, 100, true));
    report.step("Python", || bindings::python(root, false));
    report.step("Kotlin", || bindings::kotlin(root, false));
    report.step("Swift", || bindings::swift(root));
    report.finish()
}

fn documentation(root: &Path) -> Command {
    cargo(root, &["doc", "--workspace", "--no-deps"])
}
