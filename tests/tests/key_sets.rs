//! Key sets under races: none goes back because another process knows more, and a rotation fails no
//! caller.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use chitty_client::{
    Code, IdRequest, Issued, ReconcilePolicy, Trust,
    issuance::keyset::KeyUse,
    reconcile::store::{MemoryStore, PendingStore},
};
use chitty_tests::{
    client_of,
    issuer::{Issuer, STANDARD},
    raw_server::{Action, RawServer},
    stubs::Shifted,
    world::World,
};
use serde_json::json;

const KEYS: &str = "/.well-known/jwks.json";

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I')
}

fn memory() -> Arc<dyn PendingStore> {
    Arc::new(MemoryStore::new().expect("memory"))
}

fn manual() -> ReconcilePolicy {
    ReconcilePolicy::default().manual()
}

/// A main service whose key set is of `version`, and whose receipts name `kid` "next" when asked to.
async fn rotating(issuer: &Arc<Issuer>, version: &Arc<AtomicU64>, slow: bool) -> RawServer {
    let (honest, version) = (Arc::clone(issuer), Arc::clone(version));
    RawServer::start(move |request| {
        if request.path == KEYS {
            if slow {
                std::thread::sleep(Duration::from_millis(300));
            }
            let mut set = honest.key_set();
            set.version = version.load(SeqCst);
            let mut next = set.keys[0].clone();
            next.kid = format!("next-{}", set.version);
            set.keys.push(next);
            return Action::Json(200, serde_json::to_value(set).expect("set"));
        }
        let kid = request.json()["metadata"]["kid"].clone();
        let claims = honest.standard_claims(request, STANDARD);
        let receipt = honest
            .receipt_key
            .sign_jws(
                kid.as_str().unwrap_or("receipt-1"),
                "chitty-receipt+jwt",
                &claims,
            )
            .expect("jws");
        Action::Json(200, json!({ "identifier": STANDARD, "receipt": receipt }))
    })
    .await
}

#[tokio::test]
async fn a_key_set_that_another_process_knows_to_be_old_is_refused() {
    let issuer = Arc::new(Issuer::default());
    let version = Arc::new(AtomicU64::new(1));
    let main = rotating(&issuer, &version, false).await;
    let store = memory();
    let with = |kid: &str| request().metadata("kid", kid);
    let later = Shifted::by(0);
    let one = client_of(&main.origin, None, Trust::Fetched)
        .shared_store(Arc::clone(&store))
        .clock(Arc::clone(&later) as _)
        .reconcile(manual())
        .build()
        .expect("client");
    one.request_id(with("receipt-1")).await.expect("version 1");
    // Another process took over version 3.
    let set = serde_json::to_vec(&{
        let mut set = issuer.key_set();
        set.version = 3;
        set
    })
    .expect("set");
    store.set_note("key-set", &set).await.expect("note");
    // Main's address answers an older one now.
    version.store(2, SeqCst);
    later.set(60_000);
    let error = one.request_id(with("next-2")).await.expect_err("older");
    assert_eq!(error.code(), Code::KeySetRolledBack);
    assert_eq!(store.note("key-set").await.expect("note"), Some(set));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_meet_a_new_key_at_once_all_get_their_answer() {
    let issuer = Arc::new(Issuer::default());
    let version = Arc::new(AtomicU64::new(1));
    let main = rotating(&issuer, &version, true).await;
    let clock = Shifted::by(0);
    let client = client_of(&main.origin, None, Trust::Fetched)
        .clock(Arc::clone(&clock) as _)
        .build()
        .expect("client");
    client.request_id(request()).await.expect("version 1");
    version.store(2, SeqCst);
    clock.set(60_000);
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(
                async move { client.request_id(request().metadata("kid", "next-2")).await },
            )
        })
        .collect();
    for caller in callers {
        caller.await.expect("task").expect("id");
    }
    assert_eq!(main.count(KEYS), 2, "one fetch for all of them");
}

#[tokio::test]
async fn a_key_set_is_not_fetched_when_the_call_s_time_is_over() {
    let issuer = Arc::new(Issuer::default());
    let clock = Shifted::by(0);
    let (honest, time) = (Arc::clone(&issuer), Arc::clone(&clock));
    let main = RawServer::start(move |request| match request.path.as_str() {
        KEYS => Action::Json(200, serde_json::to_value(honest.key_set()).expect("set")),
        _ => {
            // The answer takes all of the deadline, as far as the client's clock knows.
            time.set(60_000);
            honest.answer_standard(request, STANDARD)
        }
    })
    .await;
    let client = client_of(&main.origin, None, Trust::Fetched)
        .clock(Arc::clone(&clock) as _)
        .reconcile(manual())
        .build()
        .expect("client");
    let asked = || request().handle("late").expect("handle");
    let error = client.request_id(asked()).await.expect_err("no key set");
    assert_eq!(error.code(), Code::KeySetMissing);
    assert_eq!(main.count(KEYS), 0);
    // The next call has time, and gets the same id.
    client.request_id(asked()).await.expect("id");
    assert_eq!(main.count(KEYS), 1);
}

#[tokio::test]
async fn what_a_revoked_key_signed_is_refused_and_its_successor_s_is_not() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let later = Shifted::by(0);
    let client = || {
        let client = world.client().trust(Trust::Fetched);
        let client = client.clock(Arc::clone(&later) as _).build();
        client.expect("client")
    };
    let (old, fresh) = (client(), client());
    let judge = async |client: &chitty_client::Client, issued: &Issued| {
        let receipt = issued.receipt().as_str();
        let verdict = client.verify_receipt(&issued.id(), receipt).await;
        verdict.expect("verdict").into_result().map(drop)
    };
    let first = old.request_id(request()).await.expect("id");
    assert_eq!(judge(&old, &first).await, Ok(()));
    let set = world.key_set();
    let mut keys = set.keys.iter();
    let key = keys.find(|key| key.key_use == KeyUse::Receipt);
    world
        .main
        .revoke_key(&key.expect("key").kid)
        .expect("revoked");
    // A client asks for keys that it does not know not more often than this.
    later.set(60_000);
    // Ids go on under another key, and whoever fetches the key set refuses what the old one signed.
    let refused = Err(Code::ReceiptKeyRevoked);
    for client in [&fresh, &old] {
        let next = client.request_id(request()).await.expect("id");
        assert_eq!(judge(client, &next).await, Ok(()));
        assert_eq!(judge(client, &first).await, refused);
    }
}
