//! `cargo run -p chitty-cbindgen [-- --check]`: writes `bindings/c/include/chitty.h`, or only compares.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    match run(std::env::args().any(|argument| argument == "--check")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("error: {reason}\n").as_bytes(),
            );
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Result<(), String> {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ffi = tool.parent().ok_or("no folder")?;
    let header = ffi.join("../bindings/c/include/chitty.h");
    let config = cbindgen::Config::from_file(ffi.join("cbindgen.toml"))?;
    // The other files follow from its `mod` lines.
    let builder = cbindgen::Builder::new()
        .with_config(config)
        .with_src(ffi.join("src/capi/mod.rs"));
    let mut wanted = Vec::new();
    builder
        .generate()
        .map_err(|error| error.to_string())?
        .write(&mut wanted);
    if !check {
        return std::fs::write(header, wanted).map_err(|error| error.to_string());
    }
    match std::fs::read(header).is_ok_and(|found| found == wanted) {
        true => Ok(()),
        false => Err("chitty.h is stale: run `cargo run -p chitty-cbindgen`".to_owned()),
    }
}
