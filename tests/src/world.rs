//! A main service and a fallback on loopback, enrolled and granted, in one folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chitty_client::{
    ApiKey, Client, ClientBuilder, ReconcilePolicy, Trust,
    clock::{Clock, SystemClock},
    issuance::{
        keyset::KeySet,
        receipt::{RECEIPT_TYPE, ReceiptClaims},
    },
};
use reference_server::{
    ApiKeySpec, FallbackHandle, FallbackServer, FaultHandle, Faults, MainHandle, MainServer,
    Overload,
};

use spooky_core::jose::UnverifiedJws;

pub const ISSUER: &str = "https://id.example";
pub const TENANT: &str = "acme";

/// Both services with an API key for one tenant at each.
pub struct World {
    pub main: MainHandle,
    pub fallback: FallbackHandle,
    pub main_key: String,
    pub fallback_key: String,
    pub folder: PathBuf,
}

impl World {
    pub async fn start(folder: &Path) -> Self {
        Self::start_at(folder, Arc::new(SystemClock)).await
    }

    /// With a clock of the test's choice on both services.
    pub async fn start_at(folder: &Path, clock: Arc<dyn Clock>) -> Self {
        Self::start_with(folder, clock, open()).await
    }

    /// With a clock on both services and other limits at main.
    pub async fn start_with(folder: &Path, clock: Arc<dyn Clock>, overload: Overload) -> Self {
        let main = MainServer::builder()
            .issuer(ISSUER)
            .database(folder.join("main.db"))
            .keys_dir(folder.join("main-keys"))
            .clock(Arc::clone(&clock))
            .overload(overload)
            .start()
            .await
            .expect("main");
        let fallback = start_fallback(folder, "fallback-1", &main.url(), clock).await;
        main.enroll_fallback("fallback-1", &fallback.thumbprint(), &["GEN", "USR"])
            .await
            .expect("enrolled");
        fallback.renew_now().await.expect("granted");
        let main_key = main
            .add_api_key(ApiKeySpec::new(TENANT))
            .await
            .expect("key");
        let fallback_key = fallback
            .add_api_key(ApiKeySpec::new(TENANT))
            .await
            .expect("key");
        // There is nobody to leave anything to.
        for done in [
            main.store().set_share(TENANT, Some(100)).await,
            fallback.store().set_share(TENANT, Some(100)).await,
        ] {
            done.expect("share");
        }
        Self {
            main,
            fallback,
            main_key,
            fallback_key,
            folder: folder.to_owned(),
        }
    }

    /// A client of this world, with a memory store and manual draining until told otherwise.
    pub fn client(&self) -> ClientBuilder {
        Client::builder()
            .main(self.main.url(), ApiKey::new(&self.main_key))
            .fallback(self.fallback.url(), ApiKey::new(&self.fallback_key))
            .trust(Trust::Pinned(self.main.key_set()))
            .store(chitty_client::reconcile::store::MemoryStore::new().expect("memory"))
            .deadline(std::time::Duration::from_secs(3))
            .breaker(
                chitty_client::resilience::BreakerPolicy::default()
                    .failures(1_000, std::time::Duration::from_secs(1)),
            )
            .reconcile(ReconcilePolicy::default().manual())
    }

    pub fn main_down(&self, down: bool) {
        self.main.faults().set(Faults {
            down,
            ..Faults::default()
        });
    }

    pub fn main_switch(&self) -> FaultHandle {
        self.main.faults().clone()
    }

    pub fn main_url(&self) -> String {
        self.main.url().to_string()
    }

    pub fn fallback_url(&self) -> String {
        self.fallback.url().to_string()
    }

    pub fn key_set(&self) -> KeySet {
        self.main.key_set()
    }

    pub fn key_set_json(&self) -> String {
        serde_json::to_string(&self.key_set()).expect("JSON")
    }

    /// No faults any more.
    pub async fn calm(&self) {
        self.main.faults().set(Faults::default());
        self.fallback.faults().set(Faults::default());
    }

    /// Digest of the key and permanent id of every intent at main.
    pub async fn main_intents(&self) -> Vec<(String, String)> {
        let rows = self.main.store().intents().await.expect("table");
        rows.into_iter()
            .map(|row| (row.idk, row.identifier))
            .collect()
    }

    /// Digest of the key and fallback id of everything the fallback issued.
    pub async fn fallback_issued(&self) -> Vec<(String, String)> {
        let rows = self
            .fallback
            .store()
            .log_after(0, usize::MAX >> 1)
            .await
            .expect("table");
        let read = |receipt: &str| {
            let jws = UnverifiedJws::parse(receipt, RECEIPT_TYPE).expect("receipt");
            let claims: ReceiptClaims = jws.dangerous_unverified_claims().expect("claims");
            (claims.idk, claims.sub)
        };
        rows.iter().map(|row| read(&row.receipt)).collect()
    }
}

/// Every client of a test is 127.0.0.1, which may have all connections.
fn open() -> Overload {
    Overload {
        connections_per_address: Overload::default().connections,
        ..Overload::default()
    }
}

/// One fallback service in `folder`, not yet enrolled.
pub async fn start_fallback(
    folder: &Path,
    name: &str,
    main: &str,
    clock: Arc<dyn Clock>,
) -> FallbackHandle {
    FallbackServer::builder()
        .overload(open())
        .name(name)
        .database(folder.join(format!("{name}.db")))
        .keys_dir(folder.join(format!("{name}-keys")))
        .main_url(main)
        .main_issuer(ISSUER)
        .clock(clock)
        .start()
        .await
        .expect("fallback")
}
