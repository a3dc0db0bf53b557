//! cargo-deny: licences, sources, banned crates, and advisories from a local copy of the database.
//!
//! Where the advisory database is absent it is taken from the bundle beside the repository; where
//! that is absent too, cargo-deny fetches it itself and fails if it cannot.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{exists, run as finish};
use crate::report::Outcome;

const BUNDLE: &str = "../shared/advisory-db.bundle";
/// The name that cargo-deny gives the database of `https://github.com/rustsec/advisory-db`.
const DATABASE: &str = "advisory-dbs/advisory-db-3157b0e258782691";

pub(crate) fn run(root: &Path) -> Outcome {
    if !exists("cargo-deny") {
        return Outcome::Missing("cargo-deny is not installed".to_owned());
    }
    let Some(home) = cargo_home() else {
        return Outcome::Failed("neither CARGO_HOME nor HOME is set".to_owned());
    };
    let (database, bundle) = (home.join(DATABASE), root.join(BUNDLE));
    if !database.exists() && bundle.exists() {
        let cloned = finish(
            Command::new("git")
                .args(["clone", "--quiet"])
                .args([&bundle, &database]),
        );
        if let Err(reason) = cloned {
            return Outcome::Failed(format!("the advisory bundle cannot be cloned: {reason}"));
        }
    }
    let mut command = Command::new("cargo-deny");
    command.current_dir(root);
    if database.exists() {
        command.arg("--offline");
    }
    finish(command.args(["check", "--hide-inclusion-graph"])).into()
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
}
