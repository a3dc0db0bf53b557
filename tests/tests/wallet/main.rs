//! Wallets and sites: their life against a running broker, and everything that somebody could try.
//! Each attack has a code of its own, and a control beside it that passes.

mod device;
mod file;
mod issuers;
mod keys;
mod life;
mod postgres;
mod requests;
mod sessions;
mod sites;
mod snapshots;

use chitty_client::{
    Code, Error,
    wallet::{Wallet, WalletBuilder},
};
use chitty_tests::{
    people::{BROKER, Keeper, schema},
    rogue_broker::RogueBroker,
    stubs::Shifted,
};

/// The code of a call that has to fail.
#[track_caller]
fn code<T>(result: Result<T, Error>) -> Code {
    refused(result).code()
}

#[track_caller]
fn refused<T>(result: Result<T, Error>) -> Error {
    match result {
        Ok(_) => panic!("it passed"),
        Err(error) => error,
    }
}

/// A broker that does as told, and the clock of everybody around it.
struct Bench {
    clock: std::sync::Arc<Shifted>,
    broker: RogueBroker,
}

impl Bench {
    fn new() -> Self {
        let clock = Shifted::by(0);
        let broker = RogueBroker::new(clock.clone());
        Self { clock, broker }
    }

    fn wallet(&self) -> WalletBuilder {
        Wallet::builder()
            .broker(BROKER)
            .store(chitty_client::wallet::MemoryWallet::new())
            .seed_keeper(Keeper::default())
            .clock(self.clock.clone())
            .transport(self.broker.clone())
            .retry(
                chitty_client::resilience::RetryPolicy::default()
                    .base(std::time::Duration::from_millis(1)),
            )
    }

    /// Registered, with a first credential.
    async fn person(&self) -> Wallet {
        let wallet = self.wallet().build().expect("wallet");
        wallet.register().await.expect("registered");
        let obtained = wallet.obtain(schema().digest(), None).await;
        obtained.expect("credential");
        wallet
    }
}
