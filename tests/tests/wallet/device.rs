//! Registration: device keys that do not sign, seeds that nobody took, answers that got lost, statements
//! that are forged. Nothing is lost, and nothing is registered twice.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chitty_client::{
    Code, Error, ErrorKind, Stage,
    wallet::{SeedKeeper, WalletStore},
    wire::broker::AnchorStanding,
};
use chitty_tests::people::{Glass, Keeper, schema};
use spooky_core::{
    entropy::OsEntropy,
    keys::{HardwareSigner, SecurityLevel, Seed, SignerError, SoftwareSigner},
};

use crate::{Bench, code, refused};

const REGISTER: &str = "/api/anchor/register";

/// A device key that does as told.
#[derive(Clone)]
struct Device {
    key: Arc<SoftwareSigner>,
    fails: Arc<Mutex<Option<SignerError>>>,
    nonsense: bool,
}

impl Device {
    fn new() -> Self {
        Self {
            key: Arc::new(SoftwareSigner::make(&OsEntropy).expect("key")),
            fails: Arc::default(),
            nonsense: false,
        }
    }
}

impl HardwareSigner for Device {
    fn public_key(&self) -> Result<Vec<u8>, SignerError> {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        if let Some(error) = *self.fails.lock().expect("device") {
            return Err(error);
        }
        if self.nonsense {
            return Ok(vec![0; 64]);
        }
        self.key.sign(message)
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::SecureElement
    }
}

#[tokio::test]
async fn a_device_key_that_does_not_sign_says_why_and_nothing_is_sent() {
    let bench = Bench::new();
    let (device, keeper) = (Device::new(), Keeper::default());
    let store = Glass::default();
    let open = |device: Device| {
        let wallet = bench.wallet().store(store.clone()).device(device);
        wallet.seed_keeper(keeper.clone()).build().expect("wallet")
    };
    let wallet = open(device.clone());
    let codes = [
        (SignerError::Cancelled, Code::SignerCancelled),
        (
            SignerError::AuthenticationRequired,
            Code::SignerAuthenticationRequired,
        ),
        (SignerError::Invalidated, Code::SignerInvalidated),
        (SignerError::Busy, Code::SignerBusy),
        (SignerError::Unavailable, Code::SignerUnavailable),
        (SignerError::WrongKey, Code::SignerWrongKey),
        (SignerError::Malformed, Code::SignerMalformed),
    ];
    assert_eq!(codes.len(), SignerError::ALL.len());
    for (fault, wanted) in codes {
        *device.fails.lock().expect("device") = Some(fault);
        let error = refused(wallet.register().await);
        assert_eq!(error.code(), wanted);
        assert_eq!(error.reason(), Some(fault.code()));
        assert_eq!(error.stage(), Stage::NotSent);
    }
    *device.fails.lock().expect("device") = None;
    // Another alias: another key than the one that the wallet was made with. None at all.
    assert_eq!(
        code(open(Device::new()).register().await),
        Code::SignerWrongKey
    );
    let mut bent = device.clone();
    bent.nonsense = true;
    assert_eq!(code(open(bent).register().await), Code::SignerMalformed);
    let without = bench.wallet().store(store.clone()).build().expect("wallet");
    assert_eq!(code(without.register().await), Code::SignerUnavailable);

    assert_eq!(bench.broker.asked(REGISTER), 0);
    assert_eq!(keeper.seeds().len(), 1, "one seed through it all");
    wallet.register().await.expect("the control");
    // Once registered, the device key is needed no more.
    without
        .obtain(schema().digest(), None)
        .await
        .expect("credential");
}

/// Fails as often as told.
#[derive(Clone)]
struct Reluctant(Keeper, Arc<Mutex<u32>>);

#[async_trait]
impl SeedKeeper for Reluctant {
    async fn keep(&self, seed: &Seed) -> Result<(), Error> {
        self.0.keep(seed).await?;
        let mut left = self.1.lock().expect("keeper");
        if *left > 0 {
            *left -= 1;
            return Err(Code::StoreFailed.into());
        }
        Ok(())
    }
}

#[tokio::test]
async fn nothing_is_registered_before_the_seed_is_kept_and_stored_keys_come_first() {
    let bench = Bench::new();
    let (keeper, store) = (Keeper::default(), Glass::default());
    let reluctant = Reluctant(keeper.clone(), Arc::new(Mutex::new(2)));
    for _ in 0..2 {
        let wallet = bench.wallet().store(store.clone());
        let wallet = wallet.seed_keeper(reluctant.clone()).build();
        let error = refused(wallet.expect("wallet").register().await);
        assert_eq!(error.code(), Code::SeedNotKept);
        assert_eq!(error.causes()[0].code(), Code::StoreFailed);
        assert_eq!(bench.broker.plan().seen, [], "nothing was sent");
        assert_eq!(store.state().await["seed_kept"], false);
    }
    let wallet = bench.wallet().store(store.clone()).seed_keeper(reluctant);
    wallet
        .build()
        .expect("wallet")
        .register()
        .await
        .expect("registered");
    let seeds = keeper.seeds();
    assert!(seeds.len() == 3 && seeds.iter().all(|seed| *seed == seeds[0]));
    let state = store.state().await;
    assert_eq!(
        state["seed"],
        serde_json::Value::Null,
        "the device keeps no seed"
    );

    // A store that takes nothing: neither a seed nor a request leaves.
    let keeper = Keeper::default();
    let wallet = bench.wallet().store(Full).seed_keeper(keeper.clone());
    let before = bench.broker.plan().seen.len();
    let full = wallet.build().expect("wallet").register().await;
    assert_eq!(code(full), Code::StoreFull);
    assert_eq!(
        (keeper.seeds().len(), bench.broker.plan().seen.len()),
        (0, before)
    );
}

struct Full;

#[async_trait]
impl WalletStore for Full {
    async fn load(&self) -> Result<Option<chitty_client::wallet::Stored>, Error> {
        Ok(None)
    }

    async fn save(&self, _: u64, _: &[u8]) -> Result<chitty_client::wallet::Saved, Error> {
        Err(Code::StoreFull.into())
    }
}

/// Somebody else writes each time.
struct Contended(Glass);

#[async_trait]
impl WalletStore for Contended {
    async fn load(&self) -> Result<Option<chitty_client::wallet::Stored>, Error> {
        self.0.load().await
    }

    async fn save(&self, _: u64, _: &[u8]) -> Result<chitty_client::wallet::Saved, Error> {
        Ok(chitty_client::wallet::Saved::Conflict)
    }
}

#[tokio::test]
async fn a_store_that_others_write_to_all_the_time_is_left_after_a_while() {
    let bench = Bench::new();
    let store = Glass::default();
    let open = || bench.wallet().store(store.clone()).build().expect("wallet");
    open().register().await.expect("registered");
    let contended = bench.wallet().store(Contended(store.clone())).build();
    let contended = contended.expect("wallet");
    let obtained = contended.obtain(schema().digest(), None).await;
    assert_eq!(code(obtained), Code::StoreContended);
    let obtained = open().obtain(schema().digest(), None).await;
    obtained.expect("the control");
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_keys() {
    let bench = Bench::new();
    let (keeper, store) = (Keeper::default(), Glass::default());
    let open = || {
        let wallet = bench.wallet().store(store.clone());
        wallet.seed_keeper(keeper.clone()).build().expect("wallet")
    };
    bench.broker.plan().loses = 1;
    let error = refused(open().register().await);
    assert_eq!(
        (error.code(), error.stage()),
        (Code::ConnectionLost, Stage::MaybeSent)
    );
    assert_eq!(error.kind(), ErrorKind::Retry);
    assert_eq!(
        bench.broker.asked(REGISTER),
        1,
        "a registration is sent once"
    );
    let anchor = store.state().await["anchor"].clone();
    // Another process goes on; the broker checks that it is the same anchor.
    let wallet = open();
    wallet.register().await.expect("registered");
    assert_eq!(store.state().await["anchor"], anchor);
    assert_eq!(keeper.seeds().len(), 1);

    // A credential is asked for again by itself, each time over a fresh nonce.
    bench.broker.plan().loses = 1;
    let obtained = wallet.obtain(schema().digest(), None).await;
    obtained.expect("credential");
    let plan = bench.broker.plan();
    let asked = |(path, nonce): &(String, Option<String>)| match path.as_str() {
        "/api/oidc/credential" => nonce.clone(),
        _ => None,
    };
    let nonces: Vec<_> = plan.seen.iter().filter_map(asked).collect();
    assert!(
        nonces.len() == 2 && nonces[0] != nonces[1],
        "{}",
        nonces.len()
    );
}

#[tokio::test]
async fn a_forged_statement_registers_nobody() {
    let bench = Bench::new();
    let wallet = bench.wallet().build().expect("wallet");
    bench.broker.plan().signs_statements_with = 1;
    let error = refused(wallet.register().await);
    assert_eq!(
        (error.code(), error.reason()),
        (Code::StatementRefused, Some("status_signature"))
    );
    let early = wallet.obtain(schema().digest(), None).await;
    assert_eq!(code(early), Code::WalletUnregistered);
    assert_eq!(code(wallet.refresh().await), Code::WalletUnregistered);
    bench.broker.plan().signs_statements_with = 0;
    wallet.register().await.expect("the control");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_register_at_once_make_one_person() {
    let people = chitty_tests::people::People::start().await;
    for _ in 0..4 {
        let store = Glass::default();
        let (one, other) = (Keeper::default(), Keeper::default());
        let wallet = |keeper: &Keeper| {
            let wallet = people.wallet(keeper).store(store.clone());
            wallet.build().expect("wallet")
        };
        let (first, second) = (wallet(&one), wallet(&other));
        let (a, b) = tokio::join!(first.register(), second.register());
        a.expect("registered");
        b.expect("registered");
        let mut seeds = [one.seeds(), other.seeds()].concat();
        seeds.dedup();
        assert_eq!(seeds.len(), 1, "one seed, whoever keeps it");
        for wallet in [first, second] {
            let standing = wallet.standing().await.expect("standing");
            assert_eq!(standing, AnchorStanding::Active);
        }
    }
}
