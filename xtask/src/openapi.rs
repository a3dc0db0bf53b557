//! `cargo xtask openapi`: writes the reference server's own description of its HTTP interface, one
//! file per role. Drift fails the gate.

use std::path::Path;

use crate::process::{cargo, output};

const FILES: [(&str, &str); 2] = [
    ("main", "spec/openapi.json"),
    ("fallback", "spec/openapi-fallback.json"),
];

/// Writes the files, or with `check` only compares them.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    for (role, file) in FILES {
        let server = ["run", "--quiet", "--package", "reference-server", "--"];
        let mut command = cargo(root, &server);
        command.args(["openapi", "--role", role]);
        let wanted = output(&mut command)?;
        let path = root.join(file);
        if !check {
            std::fs::write(path, wanted).map_err(|error| error.to_string())?;
        } else if std::fs::read(path).unwrap_or_default() != wanted {
            return Err(format!("{file} is stale: run `cargo xtask openapi`"));
        }
    }
    Ok(())
}
