//! `cargo bench -p chitty-tests --bench broker [throughput|snapshot]`: a broker on its databases, and a
//! snapshot of a million anchors. What is sent is made before the clock runs; the broker has threads of
//! its own. Nothing is asserted but that every answer is the expected one.

mod caller;
#[path = "../measure/mod.rs"]
mod measure;
mod snapshot;
mod throughput;

use tokio::runtime::{Builder, Runtime};

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let runs = |part: &str| wanted.is_empty() || wanted.iter().any(|one| one == part);
    // What reqwest asks for, although nothing here speaks TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // The callers must not stand still because the broker does.
    let (callers, broker) = (threads(), threads());
    if runs("throughput") {
        throughput::run(&callers, &broker);
    }
    if runs("snapshot") {
        snapshot::run(&callers, &broker);
    }
    broker.shutdown_background();
}

fn threads() -> Runtime {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("runtime")
}
