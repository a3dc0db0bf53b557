//! The conformance suite as an application uses it for its own store:
//! `cargo test --features test-util`.
#![cfg(feature = "test-util")]

use std::sync::Arc;

use chitty_client::reconcile::store::{MemoryStore, conformance};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_from_outside() {
    conformance::run(async || Arc::new(MemoryStore::new().expect("entropy")) as _).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_from_outside() {
    use chitty_client::reconcile::store::SqliteStore;
    use std::sync::atomic::{AtomicU32, Ordering};

    let folder = tempfile::tempdir().expect("a folder");
    let next = AtomicU32::new(0);
    conformance::run(async || {
        let name = next.fetch_add(1, Ordering::Relaxed).to_string();
        Arc::new(SqliteStore::open(folder.path().join(name)).expect("a new store")) as _
    })
    .await;
}
