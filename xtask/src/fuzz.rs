//! `cargo xtask fuzz`: every target of `fuzz/` for a while, from its committed seeds.
//!
//! What the fuzzer finds on its way stays in `fuzz/corpus`, what breaks a target in
//! `fuzz/artifacts`; neither is committed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::run as finish;
use crate::report::Outcome;

/// No input is longer, and no target may take more memory than this by far.
const LIMITS: [&str; 4] = [
    "-max_len=8192",
    "-rss_limit_mb=1024",
    "-malloc_limit_mb=64",
    "-timeout=20",
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How long each target runs
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Only this target
    target: Option<String>,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Outcome {
    every(root, arguments.seconds, arguments.target.as_deref())
}

/// Runs all targets, or `only` one, and names those that broke.
pub(crate) fn every(root: &Path, seconds: u32, only: Option<&str>) -> Outcome {
    let installed = Command::new("cargo-fuzz")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !installed {
        return Outcome::Missing("cargo-fuzz is not installed".into());
    }
    let mut targets = match names(&root.join("fuzz/fuzz_targets")) {
        Ok(targets) => targets,
        Err(error) => return Outcome::Failed(format!("fuzz/fuzz_targets: {error}")),
    };
    targets.retain(|name| only.is_none_or(|only| only == name));
    if targets.is_empty() {
        return Outcome::Failed("there is no such target".into());
    }
    let mut broken = Vec::new();
    for name in &targets {
        let (corpus, seeds) = (format!("corpus/{name}"), format!("seeds/{name}"));
        let folder = root.join("fuzz");
        if let Err(error) = std::fs::create_dir_all(folder.join(&corpus)) {
            return Outcome::Failed(format!("{corpus}: {error}"));
        }
        let mut command = Command::new("cargo");
        command
            .current_dir(&folder)
            .args([
                "fuzz",
                "run",
                "--fuzz-dir",
                ".",
                name,
                &corpus,
                &seeds,
                "--",
            ])
            .arg(format!("-max_total_time={seconds}"))
            .args(LIMITS)
            .arg("-print_final_stats=1")
            // Sanitizers are unstable options; the pinned toolchain has them all the same.
            .env("RUSTC_BOOTSTRAP", "1");
        if let Err(reason) = finish(&mut command) {
            broken.push(format!("{name} ({reason})"));
        }
    }
    if broken.is_empty() {
        Outcome::Passed(format!("{} targets, {seconds} s each", targets.len()))
    } else {
        Outcome::Failed(broken.join(", "))
    }
}

fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(name) = path.file_stem() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
