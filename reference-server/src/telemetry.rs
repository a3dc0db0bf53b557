//! Logs to standard error, filtered by `RUST_LOG` (default `info`).
//!
//! What may be logged is decided where events are made: codes, counts, routes and operators' names,
//! never an id, key, receipt, metadata value or API key.

use tracing_subscriber::EnvFilter;

/// Starts logging for this process. A second call changes nothing.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Fails only when a subscriber is set already, and then that one counts.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
