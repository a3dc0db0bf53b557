//! The library as C sees it, and the CMake project of `bindings/c`: built for tests that start
//! programs against a [`World`].
//!
//! Owns where all this lies (`target/native`) and what a program finds in its environment. Refuses to
//! guess: a tool that fails is an error with what it said.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use crate::world::World;

/// What the library is built with: its C face alone, as it is shipped, and what only tests call.
const FEATURES: &str = "capi,http,sqlite,test-hooks";

/// The programs of `bindings/c/tests` that a test runs.
pub const PROGRAMS: [&str; 8] = [
    "nulls",
    "bad_input",
    "outage",
    "store",
    "log",
    "parts",
    "stress",
    "wallet",
];

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Builds the library in a folder of its own, so that features of other builds stay out.
///
/// # Errors
/// What cargo said.
pub fn library() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--package", "chitty-ffi"])
        .args(["--no-default-features", "--features", FEATURES])
        .arg("--target-dir")
        .arg(target())
        .current_dir(root());
    // What cargo tells a test about its package is a change to build scripts that look at it, such as
    // ring's: without this, two tests of different packages would build everything in turn.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"]
            .iter()
            .any(|own| text.starts_with(own))
        {
            build.env_remove(&name);
        }
    }
    run(&mut build)?;
    Ok(target().join("debug/libchitty.so"))
}

/// Builds the CMake project against `library` in the folder `name`, with these further options.
///
/// # Errors
/// What cmake or the compiler said.
pub fn cmake(library: &Path, name: &str, options: &[&str]) -> Result<PathBuf, String> {
    let build = target().join(name);
    run(Command::new("cmake")
        .arg("-S")
        .arg(root().join("bindings/c"))
        .arg("-B")
        .arg(&build)
        .arg(format!("-DCHITTY_LIBRARY={}", library.display()))
        .args(options))?;
    run(Command::new("cmake").arg("--build").arg(&build))?;
    Ok(build)
}

fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(target).join("native")
}

/// Whether a program of that name can be started.
pub fn exists(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}

/// Runs `command` to its end and tells what it printed.
///
/// # Errors
/// When it does not end well: what it said, on both outputs.
pub fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{name} is missing"),
        _ => format!("{name} did not start: {error}"),
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(format!(
            "{name} ended with {}\n{}{}",
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        )),
    }
}

/// Puts what a program needs into its environment: both services with their keys, an address where
/// nobody listens, and a folder for its files.
pub fn environment(command: &mut Command, world: &World, folder: &Path, dead_url: &str) {
    command
        // Cargo's own library path leads to a build with other features.
        .env_remove("LD_LIBRARY_PATH")
        .env("CHITTY_MAIN_URL", world.main_url())
        .env("CHITTY_MAIN_KEY", &world.main_key)
        .env("CHITTY_FALLBACK_URL", world.fallback_url())
        .env("CHITTY_FALLBACK_KEY", &world.fallback_key)
        .env("CHITTY_KEYS", world.key_set_json())
        .env("CHITTY_DEAD_URL", dead_url)
        .env("CHITTY_FOLDER", folder);
}

/// An address on loopback where nobody listens.
///
/// # Errors
/// When the system gives no port.
pub fn dead_url() -> Result<String, String> {
    let bound = std::net::TcpListener::bind("127.0.0.1:0");
    let address = bound.and_then(|socket| socket.local_addr());
    address
        .map(|address| format!("http://{address}"))
        .map_err(|error| error.to_string())
}
