//! Clocks that are wrong and stores that fail: nothing is sent without a record, nothing is returned
//! without one, and what waits for its time is found again.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use chitty_client::{
    Class, Client, Code, IdRequest, ReconcilePolicy, Trust,
    reconcile::store::{MemoryStore, PendingStore, SqliteStore, State},
};
use chitty_tests::{
    stubs::{Bent, OnPut, Shifted},
    world::World,
};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I')
}

fn named() -> IdRequest {
    request().handle("h").expect("handle")
}

fn memory() -> Arc<dyn PendingStore> {
    Arc::new(MemoryStore::new().expect("memory"))
}

async fn rows(store: &Arc<dyn PendingStore>, state: State) -> u64 {
    store.counts().await.expect("counts").of(state)
}

#[tokio::test]
async fn a_fallback_id_that_cannot_be_recorded_is_not_returned() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let store = memory();
    let full = Arc::new(AtomicBool::new(true));
    let is_full = Arc::clone(&full);
    let bent = Bent::new(&store, move |entry| match entry.state {
        State::Owed if is_full.load(SeqCst) => OnPut::Fail(Code::StoreFull),
        _ => OnPut::Pass,
    });
    let clock = Shifted::by(0);
    let client = world
        .client()
        .store(bent)
        .clock(Arc::clone(&clock) as _)
        .build()
        .expect("client");
    world.main_down(true);
    let error = client.request_id(named()).await.expect_err("no room");
    assert_eq!(error.code(), Code::StoreFull);
    assert_eq!(rows(&store, State::Open).await, 1, "the intent stays");
    let lost = world.fallback_issued().await;
    assert_eq!(lost.len(), 1, "the fallback did issue one");

    world.main_down(false);
    full.store(false, SeqCst);
    clock.set(60_000);
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!(report.recovered, 1);
    let issued = client.request_id(named()).await.expect("id");
    assert_eq!(issued.class(), Class::Standard);
    // Main learns of the id that nobody saw, and it leads to the same permanent one.
    world.fallback.renew_now().await.expect("uploaded");
    let known = world.main.store().look_up(&lost[0].1).await.expect("row");
    assert_eq!(known[0].permanent.as_deref(), Some(issued.id().as_str()));
    assert_eq!(world.main_intents().await.len(), 1);
}

#[tokio::test]
async fn without_a_record_of_the_intent_nothing_is_sent() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    for code in [Code::StoreFull, Code::StoreBusy, Code::StoreReadOnly] {
        let bent = Bent::new(&memory(), move |_| OnPut::Fail(code));
        let client = world.client().store(bent).build().expect("client");
        let error = client.request_id(request()).await.expect_err("no record");
        assert_eq!(error.code(), code);
        let sent = client.metrics();
        assert_eq!((sent.sent_main, sent.sent_fallback), (0, 0));
    }
    assert!(world.main_intents().await.is_empty());
    assert!(world.fallback_issued().await.is_empty());
}

#[tokio::test]
async fn a_clock_forty_days_ahead_holds_fallback_ids_and_loses_none() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let store = memory();
    let clock = Shifted::by(40 * DAY_MS);
    let client = world
        .client()
        .shared_store(Arc::clone(&store))
        .clock(Arc::clone(&clock) as _)
        .build()
        .expect("client");
    let standard = client.request_id(request()).await.expect("id");
    assert_eq!(standard.class(), Class::Standard);
    world.main_down(true);
    let error = client.request_id(named()).await.expect_err("expired here");
    assert_eq!(error.code(), Code::ReceiptHeld);
    assert_eq!(rows(&store, State::Held).await, 1, "it counts as a debt");
    client
        .request_id(request().require_standard())
        .await
        .expect_err("main is down");

    // The clock is put right: nothing waits forty days.
    clock.set(60_000);
    let issued = client.request_id(named()).await.expect("good after all");
    assert!(issued.is_temporary());
    world.main_down(false);
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.recovered, report.reconciled), (1, 1), "{report:?}");
    assert_eq!(report.remaining, 0);
    let permanent = client.resolve(&issued.id()).await.expect("alias");
    assert_eq!(permanent.class(), Class::Standard);
}

#[tokio::test]
async fn a_clock_an_hour_behind_keeps_mains_answer_for_later() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let store = memory();
    let clock = Shifted::by(-HOUR_MS);
    let client = world
        .client()
        .shared_store(Arc::clone(&store))
        .clock(Arc::clone(&clock) as _)
        .build()
        .expect("client");
    for _ in 0..2 {
        let error = client.request_id(named()).await.expect_err("from later");
        assert_eq!(error.code(), Code::ReceiptHeld);
        assert_eq!(error.causes()[0].code(), Code::ReceiptFuture);
    }
    let intents = world.main_intents().await;
    assert_eq!((intents.len(), rows(&store, State::Issued).await), (1, 1));
    assert!(world.fallback_issued().await.is_empty());
    clock.set(0);
    let issued = client.request_id(named()).await.expect("id");
    assert_eq!(issued.id().as_str(), intents[0].1);
}

#[tokio::test]
async fn a_clock_set_back_does_not_stretch_the_deadline() {
    use chitty_tests::{
        client_of,
        issuer::Issuer,
        raw_server::{Action, RawServer},
    };
    let clock = Shifted::by(0);
    let back = Arc::clone(&clock);
    let main = RawServer::start(move |_| {
        back.set(-HOUR_MS);
        Action::Json(409, serde_json::json!({}))
    })
    .await;
    let client = client_of(
        &main.origin,
        None,
        Trust::Pinned(Issuer::default().key_set()),
    )
    .clock(clock)
    .reconcile(ReconcilePolicy::default().manual())
    .build()
    .expect("client");
    let work = client.request_id(request());
    let outcome = tokio::time::timeout(Duration::from_secs(6), work).await;
    let error = outcome.expect("an end").expect_err("in flight");
    assert_eq!(error.code(), Code::InFlight);
}

/// A request was given up while the clock was more than a year ahead: its row is due in more than a year, and the
/// background work finds it now.
#[tokio::test]
async fn the_background_work_waits_for_no_year_to_come() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let (store, clock) = (memory(), Shifted::by(400 * DAY_MS));
    let builder = || {
        world
            .client()
            .shared_store(Arc::clone(&store))
            .clock(Arc::clone(&clock) as _)
    };
    world.main_down(true);
    let failing = builder()
        .reconcile(ReconcilePolicy::default().manual())
        .build()
        .expect("client");
    failing
        .request_id(named().require_standard())
        .await
        .expect_err("main is down");
    clock.set(0);
    // The hazard: nothing is due for more than a year.
    let soon = chitty_client::clock::Clock::now_ms(&*clock) + 300 * DAY_MS;
    let due = store.list(&[State::Open], soon, 9).await.expect("rows");
    assert!(due.is_empty());
    assert_eq!(rows(&store, State::Open).await, 1);
    world.main_down(false);
    let quick = ReconcilePolicy::default().interval(Duration::from_millis(20));
    let client = builder().reconcile(quick).build().expect("client");
    // The background work begins with the first use of a client.
    client.request_id(request()).await.expect("id");
    let found = async {
        while rows(&store, State::Open).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(60), found).await;
    assert!(found.is_ok(), "it waits for a year to come");
}

/// What is in the folder, byte by byte.
fn content(path: &Path) -> Vec<u8> {
    fs::read(path).expect("file")
}

#[tokio::test]
async fn a_file_that_is_not_a_good_store_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("folder");
    let good = folder.path().join("good.db");
    drop(SqliteStore::open(&good).expect("store"));
    let bytes = content(&good);
    let altered = |change: fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        bytes
    };
    let cases = [
        (
            "damaged",
            altered(|bytes| {
                let end = bytes.len();
                bytes[4096..end.min(8192)].fill(0x5a);
            }),
            Code::StoreDamaged,
        ),
        (
            "newer",
            // `user_version` in the header (SQLite file format 1.3).
            altered(|bytes| bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes())),
            Code::StoreNewer,
        ),
        (
            "foreign",
            // `application_id`.
            altered(|bytes| bytes[68..72].copy_from_slice(&7_u32.to_be_bytes())),
            Code::StoreForeign,
        ),
        (
            "text",
            b"not a database, but a letter".repeat(200),
            Code::StoreForeign,
        ),
    ];
    for (what, bytes, code) in cases {
        let path = folder.path().join(what);
        fs::write(&path, &bytes).expect("file");
        let error = SqliteStore::open(&path).expect_err(what);
        assert_eq!(error.code(), code, "{what}");
        assert!(content(&path) == bytes, "{what}: the file was changed");
    }
}

/// As root every file can be written, so this says something only for other users.
#[cfg(unix)]
#[tokio::test]
async fn a_read_only_file_is_refused_and_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store.db");
    drop(SqliteStore::open(&path).expect("store"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("mode");
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        return;
    }
    let bytes = content(&path);
    let error = SqliteStore::open(&path).expect_err("read-only");
    assert_eq!(error.code(), Code::StoreReadOnly);
    assert!(content(&path) == bytes);
}

#[tokio::test]
async fn a_fetched_key_set_survives_a_restart_while_main_is_down() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let file = folder.path().join("client.db");
    let client = || -> Client {
        world
            .client()
            .trust(Trust::Fetched)
            .store(SqliteStore::open(&file).expect("store"))
            .build()
            .expect("client")
    };
    client().request_id(request()).await.expect("fetches");
    world.main_down(true);
    let issued = client().request_id(request()).await.expect("fallback id");
    assert!(issued.is_temporary());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file_give_one_handle_one_id() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let file = folder.path().join("client.db");
    let client = || -> Client {
        let store = SqliteStore::open(&file).expect("store");
        world.client().store(store).build().expect("client")
    };
    let (one, two) = (client(), client());
    for (round, down) in [false, true, false, true].into_iter().enumerate() {
        world.main_down(down);
        let ask = |client: &Client| {
            let (client, handle) = (client.clone(), format!("h{round}"));
            let request = request().handle(handle).expect("handle");
            tokio::spawn(async move { client.request_id(request).await })
        };
        let (first, second) = (ask(&one), ask(&two));
        let first = first.await.expect("task").expect("id");
        let second = second.await.expect("task").expect("id");
        assert_eq!(first.id(), second.id(), "main is down: {down}");
    }
}
