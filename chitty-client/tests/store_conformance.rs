//! The conformance suites as an application uses them for its own stores:
//! `cargo test --features test-util`.
#![cfg(feature = "test-util")]

use std::sync::Arc;

use chitty_client::{
    reconcile::store::{MemoryStore, conformance},
    wallet,
};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wallet_in_memory_from_outside() {
    wallet::conformance::run(async || Arc::new(wallet::MemoryWallet::new()) as _).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wallet_in_a_file_from_outside() {
    use std::{
        collections::HashMap,
        sync::{
            Mutex,
            atomic::{AtomicU32, Ordering},
        },
    };

    use zeroize::Zeroizing;

    #[derive(Default)]
    struct Keychain(Mutex<HashMap<String, Vec<u8>>>);

    impl wallet::SecretStore for Keychain {
        fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, chitty_client::Error> {
            let values = self.0.lock().expect("keychain");
            Ok(values.get(name).cloned().map(Zeroizing::new))
        }

        fn save(&self, name: &str, value: &[u8]) -> Result<(), chitty_client::Error> {
            let mut values = self.0.lock().expect("keychain");
            values.insert(name.to_owned(), value.to_vec());
            Ok(())
        }
    }

    let folder = tempfile::tempdir().expect("a folder");
    let next = AtomicU32::new(0);
    wallet::conformance::run(async || {
        let name = next.fetch_add(1, Ordering::Relaxed).to_string();
        let file = wallet::FileWallet::open(folder.path().join(name), Keychain::default());
        Arc::new(file.expect("a new file")) as _
    })
    .await;
}
