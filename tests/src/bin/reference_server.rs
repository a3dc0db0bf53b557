//! The reference server as a program that tests can start and kill.

fn main() -> std::process::ExitCode {
    reference_server::cli::run(std::env::args_os())
}
