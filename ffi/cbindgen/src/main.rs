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
    let mut sources: Vec<_> = std::fs::read_dir(ffi.join("src/capi"))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    sources.sort();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in sources {
        builder = builder.with_src(source);
    }
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
