//! `cargo xtask openapi`: writes the reference server's own description of its HTTP interface, one
//! file per role. Drift fails the gate.

use std::path::Path;

use crate::process::{built, cargo, output, run as finish};

const FILES: [(&str, &str); 3] = [
    ("main", "spec/openapi.json"),
    ("fallback", "spec/openapi-fallback.json"),
    ("broker", "spec/openapi-broker.json"),
];

/// Writes the files, or with `check` only compares them.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    let tests = ["test", "--workspace", "--no-run", "--quiet"];
    finish(&mut cargo(root, &tests))?;
    for (role, file) in FILES {
        let wanted = output(built(root, "reference-server").args(["openapi", "--role", role]))?;
        let path = root.join(file);
        if !check {
            std::fs::write(path, wanted).map_err(|error| error.to_string())?;
        } else if std::fs::read(path).unwrap_or_default() != wanted {
            return Err(format!("{file} is stale: run `cargo xtask openapi`"));
        }
    }
    Ok(())
}
