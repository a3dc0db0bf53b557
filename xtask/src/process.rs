//! Starting other programs: their output goes straight to the terminal, their exit code decides.
//!
//! Refuses to swallow what a child says: nothing is captured but the answers of [`output`].

use std::path::Path;
use std::process::{Command, Stdio};

/// The cargo that runs this program, or the one in the path.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root).args(arguments);
    forget_package(&mut command);
    command
}

/// Keeps from `command` what cargo told this program about its own package: build scripts that look
/// at it, such as ring's, would take every other package's value for a change and build anew.
fn forget_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"]
            .iter()
            .any(|own| text.starts_with(own))
        {
            command.env_remove(&name);
        }
    }
}

/// A program that `cargo test --workspace` has built.
pub(crate) fn built(root: &Path, name: &str) -> Command {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let mut command = Command::new(root.join(target).join("debug").join(name));
    command.current_dir(root);
    forget_package(&mut command);
    command
}

/// Runs `command` to its end; anything but exit code 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let words: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    println!("$ {} {}", name(command), words.join(" "));
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("{} did not start: {error}", name(command)))?;
    if status.success() {
        return Ok(());
    }
    Err(match status.code() {
        Some(code) => format!("exit code {code}"),
        None => format!("{} was killed", name(command)),
    })
}

/// What `command` prints, if it ends well.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{} did not start: {error}", name(command)))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("{} failed", name(command)))
}

fn name(command: &Command) -> String {
    Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned()
}

/// Whether a program of that name can be started.
pub(crate) fn exists(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}
