//! `cargo xtask engine-size`: the engine alone as a stripped C library, and what it weighs.

use std::path::Path;

use crate::process::{cargo, run as finish};

/// What the cryptography may weigh on a phone, in bytes.
const MOST: u64 = 1_500_000;
const PROFILE: &str = "mobile";
const LIBRARY: &str = "libspooky_size.so";

pub(crate) fn run(root: &Path) -> Result<(), String> {
    let arguments = ["build", "--package", "spooky-size", "--profile", PROFILE];
    finish(&mut cargo(root, &arguments))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let library = root.join(target).join(PROFILE).join(LIBRARY);
    let size = std::fs::metadata(&library)
        .map_err(|error| format!("{}: {error}", library.display()))?
        .len();
    println!("{LIBRARY}: {size} bytes (at most {MOST})");
    if size <= MOST {
        Ok(())
    } else {
        Err(format!("the engine weighs {size} bytes, more than {MOST}"))
    }
}
