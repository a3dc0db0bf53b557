//! The `reference-server` program: everything is in the library.

fn main() -> std::process::ExitCode {
    reference_server::cli::run(std::env::args_os())
}
