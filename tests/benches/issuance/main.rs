//! `cargo bench -p chitty-tests --bench issuance [clients|servers|debts]`: the client against bare
//! reqwest, the server on its databases, and a store full of debts. Ratios in one run count; nothing
//! is asserted.

mod clients;
mod debts;
#[path = "../measure/mod.rs"]
mod measure;
mod servers;
mod services;

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let runs = |part: &str| wanted.is_empty() || wanted.iter().any(|one| one == part);
    // What reqwest asks for, although nothing here speaks TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("runtime");
    if runs("clients") {
        runtime.block_on(clients::run());
    }
    if runs("servers") {
        runtime.block_on(servers::run());
    }
    if runs("debts") {
        runtime.block_on(debts::run());
    }
}
