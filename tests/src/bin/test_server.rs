//! The reference server as a program of this crate, so that its tests find it built.

fn main() -> std::process::ExitCode {
    reference_server::cli::run(std::env::args_os())
}
