//! The project's own commands: `cargo xtask help`.
//!
//! Owns the command line and nothing else: every command lives in a file of its own. Refuses to
//! hold rules of the product; what is checked here is the repository.

mod acceptance;
mod api_fuzz;
mod bindings;
mod codegen;
mod conformance;
mod constant_time;
mod crash;
mod deny;
mod engine_size;
mod fuzz;
mod gate;
mod msrv;
mod native;
mod openapi;
mod outage;
mod process;
mod report;
mod size;
mod sizes;
mod soak;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gate: everything that must pass before a change is taken
    Test(Parts),
    /// Run the long and the statistical
    Soak(Parts),
    /// Judge a folder of official vectors, file by file
    Conformance(conformance::Arguments),
    /// Run the engine under valgrind with its secrets marked undefined
    ConstantTime,
    /// Build the engine as a C library by itself, stripped, and print its size
    EngineSize,
    /// Feed every decoder of outside bytes with what nobody would send
    Fuzz(fuzz::Arguments),
    /// Build and test the Python, Kotlin and Swift bindings alone
    Bindings,
    /// Run the crash harness
    Crash(crash::Arguments),
    /// Write the files that are generated from spec/
    Codegen {
        /// Only compare, and fail when a file is stale
        #[arg(long)]
        check: bool,
    },
    /// Let many clients live through an outage on virtual time
    Outage(outage::Arguments),
    /// Make up requests along the descriptions of the services, with schemathesis
    ApiFuzz(api_fuzz::Arguments),
    /// Measure the libraries' sizes and what a call costs in each language; long, asserts nothing
    Size,
    /// Write the descriptions of the services' HTTP interfaces into spec/
    Openapi {
        /// Only compare, and fail when a file is stale
        #[arg(long)]
        check: bool,
    },
}

#[derive(clap::Args)]
struct Parts {
    /// Only the steps with one of these in their names; all, without
    parts: Vec<String>,
}

fn main() -> ExitCode {
    let root = root();
    let result = match Arguments::parse().command {
        Command::Test(only) => return gate::run(&root, &only.parts),
        Command::Soak(only) => return soak::run(&root, &only.parts),
        Command::Conformance(arguments) => conformance::run(&root, &arguments),
        Command::ConstantTime => constant_time::run(&root).into_result(),
        Command::EngineSize => engine_size::run(&root),
        Command::Fuzz(arguments) => fuzz::run(&root, &arguments).into_result(),
        Command::Bindings => return bindings::run(&root),
        Command::Crash(arguments) => crash::run(&root, &arguments),
        Command::Codegen { check } => codegen::run(&root, check),
        Command::Outage(arguments) => outage::run(&root, &arguments),
        Command::ApiFuzz(arguments) => api_fuzz::run(&root, &arguments),
        Command::Size => size::run(&root),
        Command::Openapi { check } => openapi::run(&root, check),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}
