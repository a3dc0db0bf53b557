//! `cargo xtask fuzz`: every target of `fuzz/` for a while, from its committed seeds.
//!
//! What the fuzzer finds on its way stays in `fuzz/corpus`, what breaks a target in
//! `fuzz/artifacts`; neither is committed.

use std::path::Path;
use std::process::Command;

use crate::process::{exists, run as finish};
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
    let only = arguments.target.as_deref();
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    each(root, |name| wanted(name).then_some(arguments.seconds))
}

/// Runs all targets, those that are named for longer.
pub(crate) fn all(root: &Path, seconds: u32, (longer, named): (u32, &[&str])) -> Outcome {
    each(root, |name| {
        Some(if named.contains(&name) {
            longer
        } else {
            seconds
        })
    })
}

/// Runs every target for the seconds that it gets, if any, and names those that broke.
fn each(root: &Path, seconds: impl Fn(&str) -> Option<u32>) -> Outcome {
    if !exists("cargo-fuzz") {
        return Outcome::Missing("cargo-fuzz is not installed".into());
    }
    let targets = match names(&root.join("fuzz/fuzz_targets")) {
        Ok(targets) => targets,
        Err(error) => return Outcome::Failed(format!("fuzz/fuzz_targets: {error}")),
    };
    let targets: Vec<(String, u32)> = targets
        .into_iter()
        .filter_map(|name| seconds(&name).map(|seconds| (name, seconds)))
        .collect();
    if targets.is_empty() {
        return Outcome::Failed("there is no such target".into());
    }
    let mut broken = Vec::new();
    for (name, seconds) in &targets {
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
        let total: u32 = targets.iter().map(|(_, seconds)| seconds).sum();
        Outcome::Passed(format!("{} targets, {total} s", targets.len()))
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
