//! What the end-to-end tests share: a service that answers as told, however wrongly, and a signer
//! whose receipts can be bent in any way.

pub mod bodies;
pub mod gate;
pub mod issuer;
pub mod log;
pub mod native;
pub mod people;
pub mod postgres;
pub mod raw_server;
pub mod rogue_broker;
pub mod stubs;
pub mod town;
pub mod world;

use chitty_client::{ApiKey, Client, ClientBuilder, Trust, reconcile::store::MemoryStore};

/// A client of `main` and `fallback` with a memory store, set up for quick tests.
pub fn client_of(main: &str, fallback: Option<&str>, trust: Trust) -> ClientBuilder {
    let builder = Client::builder()
        .main(main, ApiKey::new("key-for-main"))
        .trust(trust)
        .store(MemoryStore::new().expect("memory"))
        .deadline(std::time::Duration::from_secs(2));
    match fallback {
        Some(origin) => builder.fallback(origin, ApiKey::new("key-for-fallback")),
        None => builder,
    }
}
