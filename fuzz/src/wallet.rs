//! A wallet under any bytes: as its stored state, and as whatever a broker, a site or somebody between
//! answers. Nothing panics, and no answer without a signature changes what the wallet holds.

use std::sync::Arc;

use async_trait::async_trait;
use chitty_client::{
    clock::Clock,
    resilience::RetryPolicy,
    transport::{HttpRequest, HttpResponse, HttpTransport, TransportError},
    wallet::{MemoryWallet, SeedKeeper, Wallet, WalletStore},
};
use spooky_core::{credential::SchemaDigest, keys::Seed};

use crate::{Input, store::runtime};

/// A registered wallet with one credential.
pub const GOOD: &str = include_str!("../../chitty-client/src/wallet/testdata/state-1.json");

/// 2026-11-22: a day on which that credential is good.
struct Then;

impl Clock for Then {
    fn now_ms(&self) -> i64 {
        1_795_305_600_000
    }
}

struct Nobody;

#[async_trait]
impl SeedKeeper for Nobody {
    async fn keep(&self, _: &Seed) -> Result<(), chitty_client::Error> {
        Ok(())
    }
}

/// Answers everything in the same way.
struct Same(u16, Vec<u8>);

#[async_trait]
impl HttpTransport for Same {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Ok(HttpResponse {
            status: self.0,
            headers: Vec::new(),
            body: self.1.clone(),
        })
    }
}

fn wallet(store: &Arc<MemoryWallet>, answers: Same) -> Wallet {
    Wallet::builder()
        .broker("https://broker.example")
        .store(Arc::clone(store))
        .seed_keeper(Nobody)
        .clock(Arc::new(Then))
        .transport(answers)
        .retry(RetryPolicy::default().max_attempts(1))
        .build()
        .expect("a wallet")
}

/// A kind, then a state; or then a status and an answer.
pub fn any(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = input.byte();
    let store = Arc::new(MemoryWallet::new());
    runtime().block_on(async {
        if kind % 2 == 0 {
            let saved = store.save(0, input.rest()).await;
            saved.expect("memory takes any state");
            let answers = Same(503, Vec::new());
            live_with(&wallet(&store, answers)).await;
            return;
        }
        let saved = store.save(0, GOOD.trim_end().as_bytes()).await;
        saved.expect("memory takes any state");
        let status = [200, 302, 403, 503][usize::from(input.byte()) % 4];
        let wallet = wallet(&store, Same(status, input.rest().to_vec()));
        let before = wallet.credentials().await.expect("a good state is read");
        assert_eq!(before.len(), 1, "or nothing could ever change");
        live_with(&wallet).await;
        let _ = wallet.revoke().await;
        let after = wallet.credentials().await.expect("it is still good");
        assert!(after == before, "an answer that nobody signed was taken");
    });
}

async fn live_with(wallet: &Wallet) {
    let held = wallet.credentials().await.unwrap_or_default();
    let schema = held.first().map_or(SchemaDigest([7; 32]), |one| one.schema);
    let _ = wallet.obtain(schema, None).await;
    let _ = wallet.standing().await;
    let _ = wallet.refresh().await;
    let _ = wallet.check_standing(3_600).await;
    let _ = wallet.register().await;
}
