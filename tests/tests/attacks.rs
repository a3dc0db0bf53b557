//! Races and odd circumstances against the client: what must hold although time, another process or
//! one poisoned item works against it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use chitty_client::{
    ApiKey, Class, Code, IdRequest, ReconcilePolicy, Trust,
    reconcile::store::{Durability, MemoryStore, PendingStore, State},
    resilience::RetryPolicy,
};
use chitty_tests::{
    client_of,
    gate::{Gate, Gated},
    issuer::{FALLBACK, Issuer, STANDARD, STANDARD_2},
    raw_server::{Action, RawServer},
    stubs::{Bent, Highest, OnPut, Shifted},
    world::World,
};
use serde_json::json;

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I')
}

fn memory() -> Arc<dyn PendingStore> {
    Arc::new(MemoryStore::new().expect("memory"))
}

fn manual() -> ReconcilePolicy {
    ReconcilePolicy::default().manual()
}

async fn honest_fallback(issuer: &Arc<Issuer>) -> RawServer {
    let honest = Arc::clone(issuer);
    RawServer::start(move |request| honest.answer_fallback(request, FALLBACK)).await
}

/// Main answers 500 or 429; then the clock jumps, so that no time is left for the retry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_whose_retry_comes_too_late_does_not_open_the_fallback() {
    let issuer = Arc::new(Issuer::default());
    for (status, code) in [(500, Code::ServerFailed), (429, Code::RateLimited)] {
        let fallback = honest_fallback(&issuer).await;
        let clock = Shifted::by(0);
        let jump = Arc::clone(&clock);
        let main = RawServer::start(move |_| {
            let jump = Arc::clone(&jump);
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(100));
                jump.set(1_100);
            });
            Action::Json(status, json!({}))
        })
        .await;
        let trust = Trust::Pinned(issuer.key_set());
        let pause = Duration::from_millis(300);
        let client = client_of(&main.origin, Some(&fallback.origin), trust)
            .clock(clock)
            .entropy(Arc::new(Highest))
            .retry(RetryPolicy::default().base(pause).throttled_base(pause))
            .reconcile(manual())
            .build()
            .expect("client");
        let error = client.request_id(request()).await.expect_err("refused");
        assert_eq!(error.code(), code);
        assert_eq!(fallback.requests().len(), 0, "{status} opened the fallback");
    }
}

/// A tenant's share of one slot says nothing of other requests: none of them waits, and the fallback is not
/// asked, whatever is configured for a service that throttles. The control is a plain 429.
#[tokio::test]
async fn a_share_that_is_used_up_is_no_outage() {
    let issuer = Arc::new(Issuer::default());
    for (said, asked_main, asked_fallback) in [(Some("CHT-2065"), 1, 0), (None, 3, 1)] {
        let fallback = honest_fallback(&issuer).await;
        let body = match said {
            Some(code) => json!({"error": {
                "code": code, "message": "m", "hint": "h", "requestId": "r",
            }}),
            None => json!({}),
        };
        let main = RawServer::start(move |_| Action::Json(429, body.clone())).await;
        let client = client_of(
            &main.origin,
            Some(&fallback.origin),
            Trust::Pinned(issuer.key_set()),
        )
        .fallback_when_throttled()
        .retry(RetryPolicy::default().throttled_base(Duration::from_millis(1)))
        .reconcile(manual())
        .build()
        .expect("client");
        let outcome = client.request_id(request()).await;
        if said.is_some() {
            let error = outcome.expect_err("refused");
            assert_eq!(error.code(), Code::RateLimited);
            assert_eq!(error.service_code(), Some(Code::SlotShareUsed));
            assert_eq!(main.requests().len(), asked_main, "not repeated");
        }
        assert_eq!(fallback.requests().len(), asked_fallback);
    }
}

#[tokio::test]
async fn a_slow_store_does_not_make_main_unavailable() {
    let issuer = Arc::new(Issuer::default());
    for (pause, asked) in [(1_100, true), (1_700, false)] {
        let honest = Arc::clone(&issuer);
        let main = RawServer::start(move |request| honest.answer_standard(request, STANDARD)).await;
        let fallback = honest_fallback(&issuer).await;
        let slow = Bent::new(&memory(), move |entry| match entry.state {
            State::Open => OnPut::Slow(Duration::from_millis(pause)),
            _ => OnPut::Pass,
        });
        let trust = Trust::Pinned(issuer.key_set());
        let client = client_of(&main.origin, Some(&fallback.origin), trust)
            .store(slow)
            .reconcile(manual())
            .build()
            .expect("client");
        let outcome = client.request_id(request()).await;
        match outcome {
            Ok(issued) => assert!(asked && issued.class() == Class::Standard, "{pause}"),
            Err(error) => assert!(!asked && error.code() == Code::DeadlineExceeded, "{error}"),
        }
        assert_eq!(fallback.requests().len(), 0, "main was never asked");
    }
}

/// While one caller who insists on a permanent id waits for main, another process takes the
/// fallback for the same handle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permanent_id_stays_insisted_on_when_another_process_was_faster() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let store = memory();
    let gate = Gate::at(0);
    let strict = world
        .client()
        .shared_store(Arc::clone(&store))
        .transport(Gated::behind(&gate))
        .deadline(Duration::from_secs(30))
        .build()
        .expect("client");
    let cut_off = world
        .client()
        .shared_store(Arc::clone(&store))
        .main("http://127.0.0.1:1", ApiKey::new("another-key"))
        .build()
        .expect("client");
    let named = || request().handle("h").expect("handle");
    let waiting = tokio::spawn(async move { strict.request_id(named().require_standard()).await });
    gate.reached().await;
    let temporary = cut_off.request_id(named()).await.expect("fallback id");
    assert!(temporary.is_temporary());
    gate.open();
    let issued = waiting.await.expect("task").expect("id");
    assert_eq!(issued.class(), Class::Standard);
    assert_eq!(world.main_intents().await.len(), 1);
    assert_eq!(
        cut_off.resolve(&temporary.id()).await.expect("alias").id(),
        issued.id()
    );
}

/// One intent of an exhausted slot must not keep the debts of others from being settled.
#[tokio::test]
async fn an_open_request_that_main_cannot_answer_holds_up_no_debt() {
    let issuer = Arc::new(Issuer::default());
    let honest = Arc::clone(&issuer);
    let up = Arc::new(AtomicBool::new(false));
    let main_up = Arc::clone(&up);
    let main = RawServer::start(move |request| match request.path.as_str() {
        _ if !main_up.load(SeqCst) => Action::Close,
        "/api/chittyid/generate" => Action::Json(503, json!({ "error": { "code": "CHT-2001" } })),
        _ => {
            let items = request.json()["items"].as_array().cloned();
            let results: Vec<_> = items
                .iter()
                .flatten()
                .map(|item| honest.reconciled(item, STANDARD_2))
                .collect();
            Action::Json(200, json!({ "results": results }))
        }
    })
    .await;
    let fallback = honest_fallback(&issuer).await;
    let trust = Trust::Pinned(issuer.key_set());
    let clock = Shifted::by(0);
    let client = client_of(&main.origin, Some(&fallback.origin), trust)
        .clock(Arc::clone(&clock) as _)
        .reconcile(manual())
        .build()
        .expect("client");
    let owed = client.request_id(request()).await.expect("fallback id");
    let strict = request().require_standard();
    client.request_id(strict).await.expect_err("main is away");
    up.store(true, SeqCst);
    clock.set(120_000);
    let report = client.drain(Duration::from_secs(3)).await.expect("drain");
    assert_eq!((report.reconciled, report.remaining), (1, 0), "{report:?}");
    assert!(client.resolve(&owed.id()).await.is_ok());
    let rows = client.health().await.expect("store").store;
    assert_eq!(rows.of(State::Open), 1, "the other one is still on record");
}

#[tokio::test]
async fn a_debt_that_was_given_up_stays_given_up() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let store = memory();
    let client = world.client().shared_store(Arc::clone(&store)).build();
    let client = client.expect("client");
    let named = || request().handle("h").expect("handle");
    world.main_down(true);
    let old = client.request_id(named()).await.expect("fallback id");
    client.abandon(&old.id(), "a mistake").await.expect("done");
    world.main_down(false);
    for request in [named(), named().require_standard()] {
        let error = client.request_id(request).await.expect_err("given up");
        assert_eq!(error.code(), Code::DebtWedged);
    }
    let rows = store.counts().await.expect("counts");
    assert_eq!(rows.of(State::Abandoned), 1);
    assert!(world.main_intents().await.is_empty(), "main was asked");
}

#[tokio::test]
async fn a_row_of_a_newer_version_holds_up_no_other() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let store = memory();
    let client = world.client().shared_store(Arc::clone(&store)).build();
    let client = client.expect("client");
    world.main_down(true);
    let newer = client.request_id(request()).await.expect("fallback id");
    let owed = client.request_id(request()).await.expect("fallback id");
    let mut row = store.find(&newer.id()).await.expect("row").remove(0);
    let mut body: serde_json::Value = serde_json::from_slice(&row.body).expect("JSON");
    body["version"] = json!(99);
    row.body = serde_json::to_vec(&body).expect("JSON");
    let kept = row.body.clone();
    store.put(row, Durability::Process).await.expect("put");
    world.main_down(false);
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.reconciled, report.remaining), (1, 1));
    assert!(client.resolve(&owed.id()).await.is_ok());
    let row = store.find(&newer.id()).await.expect("row").remove(0);
    assert!(
        (row.state, row.body) == (State::Owed, kept),
        "left as it is"
    );
}
