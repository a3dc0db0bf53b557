//! Takes the Rust quick start out of README.md, for a program of its own.

use std::{env, error::Error, fs, path::Path};

const README: &str = "../README.md";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={README}");
    let readme = fs::read_to_string(README)?;
    let (_, rest) = readme.split_once("\n```rust\n").ok_or("no block of Rust")?;
    let (block, _) = rest.split_once("\n```\n").ok_or("the block has no end")?;
    let file = Path::new(&env::var("OUT_DIR")?).join("quick_start.rs");
    fs::write(&file, format!("{block}\n"))?;
    println!("cargo::rustc-env=CHITTY_QUICK_START={}", file.display());
    Ok(())
}
