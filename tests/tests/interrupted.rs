//! Interruptions in the middle: a power cut, a dropped request, an answer that never arrives.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use chitty_client::{
    Client, IdRequest,
    reconcile::store::{MemoryStore, PendingStore, SqliteStore, State},
};
use chitty_tests::{
    gate::{Gate, Gated},
    stubs::{Bent, OnPut, Shifted},
    world::World,
};
use reference_server::Faults;

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I').metadata("colour", "blue")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_handle_after_a_power_cut_gives_the_same_id() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let file = folder.path().join("client.db");
    let client = || {
        world
            .client()
            .store(SqliteStore::open(&file).expect("store"))
            .build()
            .expect("client")
    };
    client()
        .request_id(request().handle("before").expect("handle"))
        .await
        .expect("id");
    let durable = snapshot(folder.path());
    let first = client()
        .request_id(request().handle("h").expect("handle"))
        .await
        .expect("id");
    // The cut: everything since the snapshot is gone from the disk.
    restore(folder.path(), &durable);
    let store = SqliteStore::open(&file).expect("store");
    assert!(
        store.find(&first.id()).await.expect("find").is_empty(),
        "the store forgot"
    );
    drop(store);
    let again = client()
        .request_id(request().handle("h").expect("handle"))
        .await
        .expect("id");
    assert_eq!(again.id(), first.id());
    assert_eq!(again.receipt().as_str(), first.receipt().as_str());
}

type Files = Vec<(std::path::PathBuf, Vec<u8>)>;

fn store_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("folder");
    let paths = entries.map(|entry| entry.expect("entry").path());
    let ours = |path: &std::path::PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("client.db"))
    };
    paths.filter(ours).collect()
}

fn snapshot(folder: &std::path::Path) -> Files {
    let read = |path: std::path::PathBuf| {
        let bytes = std::fs::read(&path).expect("file");
        (path, bytes)
    };
    store_files(folder).into_iter().map(read).collect()
}

fn restore(folder: &std::path::Path, files: &Files) {
    for path in store_files(folder) {
        std::fs::remove_file(path).expect("file");
    }
    for (path, bytes) in files {
        std::fs::write(path, bytes).expect("file");
    }
}

/// Polls a future a limited number of times, then drops it.
struct Cut<F> {
    future: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for Cut<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        match self.future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => {
                if self.polls == 0 {
                    return Poll::Ready(None);
                }
                Poll::Pending
            }
        }
    }
}

/// Cuts a request after every possible number of polls; main up, then main down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_request_loses_and_duplicates_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let store: Arc<dyn PendingStore> =
        Arc::new(SqliteStore::open(folder.path().join("client.db")).expect("store"));
    let client = |ahead: i64| -> Client {
        let builder = world.client().shared_store(Arc::clone(&store));
        builder.clock(Shifted::by(ahead)).build().expect("client")
    };
    for down in [false, true] {
        world.main_down(down);
        let mut finished = false;
        let mut polls = 1;
        while !finished && polls < 200 {
            let client = client(0);
            let work = async move { client.request_id(request()).await };
            let outcome = Cut {
                future: Box::pin(work),
                polls,
            }
            .await;
            if let Some(result) = outcome {
                result.expect("an uncut request succeeds");
                finished = true;
            }
            polls += 1;
        }
        assert!(finished, "some request ran to its end");
        // How many polls it takes depends on what is ready at once.
        assert!(polls > 2, "there were places to cut at: {polls}");
    }
    world.calm().await;
    // What a dropped connection had already delivered is committed by now.
    tokio::time::sleep(Duration::from_millis(200)).await;
    client(60_000)
        .drain(Duration::from_secs(30))
        .await
        .expect("drain");
    let counts = store.counts().await.expect("counts");
    assert_eq!(
        counts.of(State::Open) + counts.debts(),
        0,
        "everything settled: {counts:?}"
    );
    for (key, id) in world.main_intents().await {
        let key = spooky_core::encoding::bytes_32(&key).expect("key");
        let row = store
            .get(&key)
            .await
            .expect("store")
            .expect("main issued it, we know it");
        assert_eq!(row.permanent_id.expect("permanent").as_str(), id);
    }
    for (key, _) in world.fallback_issued().await {
        let key = spooky_core::encoding::bytes_32(&key).expect("key");
        let row = store
            .get(&key)
            .await
            .expect("store")
            .expect("the fallback issued it");
        assert!(row.permanent_id.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_answer_repeated_400_days_later_brings_the_same_id() {
    let folder = tempfile::tempdir().expect("folder");
    let clock = Shifted::by(0);
    let world = World::start_at(folder.path(), Arc::clone(&clock) as _).await;
    let store: Arc<dyn PendingStore> =
        Arc::new(SqliteStore::open(folder.path().join("client.db")).expect("store"));
    // Pins the key set of its day.
    let client = || {
        world
            .client()
            .shared_store(Arc::clone(&store))
            .clock(Arc::clone(&clock) as _)
            .build()
            .expect("client")
    };
    world.main_down(true);
    let temporary = client().request_id(request()).await.expect("fallback id");
    assert!(temporary.is_temporary());

    world.main.faults().set(Faults {
        drop_after_commit: 1.0,
        ..Faults::default()
    });
    let cut = client()
        .drain(Duration::from_secs(2))
        .await
        .expect("no answer");
    assert_eq!((cut.reconciled, cut.remaining), (0, 1));
    let committed = world.main_intents().await;
    assert_eq!(committed.len(), 1, "main had settled it");

    clock.set(400 * 86_400_000);
    world.calm().await;
    world.main.rotate_keys().expect("new keys");
    let report = client().drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.reconciled, report.remaining), (1, 0), "{report:?}");
    assert_eq!(world.main_intents().await, committed, "one id");
    let permanent = client().resolve(&temporary.id()).await.expect("alias");
    assert_eq!(permanent.id().as_str(), committed[0].1);
}

/// Parks a request at every point where it waits for the network or for a write, drops it there, and
/// looks for what became of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_dropped_at_any_await_point_is_found_later_or_was_never_issued() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    for main_is_up in [true, false] {
        let mut points = Vec::new();
        for point in 0.. {
            let (store, before) = (memory(), world.main_intents().await.len());
            let Some(passed) = dropped_at(point, &world, main_is_up, &store).await else {
                break;
            };
            points = passed;
            let after = settled(&world, &store).await;
            assert_eq!(after - before, 1, "dropped at {points:?}");
        }
        println!("main up: {main_is_up}; dropped at each of {points:?}");
        let routes = if main_is_up { 2 } else { 4 };
        assert!(points.len() > routes, "{points:?}");
    }
}

/// The control: with a store that forgets, the same cuts leave ids that nobody knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_store_that_forgets_is_noticed() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let mut noticed = 0;
    for point in 0.. {
        let before = world.main_intents().await.len();
        if dropped_at(point, &world, true, &memory()).await.is_none() {
            break;
        }
        noticed += usize::from(settled(&world, &memory()).await - before > 1);
    }
    assert!(noticed > 0);
}

fn memory() -> Arc<dyn PendingStore> {
    Arc::new(MemoryStore::new().expect("memory"))
}

/// Drops a request at the point, and names the points up to it; none when it ended before.
async fn dropped_at(
    point: usize,
    world: &World,
    main_is_up: bool,
    store: &Arc<dyn PendingStore>,
) -> Option<Vec<String>> {
    world.main_down(!main_is_up);
    let gate = Gate::at(point);
    let puts = Arc::clone(&gate);
    let builder = world.client().transport(Gated::behind(&gate));
    let client = builder
        .store(Bent::new(store, move |_| OnPut::Gate(Arc::clone(&puts))))
        .build()
        .expect("client");
    let asked = request().handle("once").expect("handle");
    let parked = tokio::select! {
        result = client.request_id(asked) => {
            result.expect("an uncut request succeeds");
            false
        }
        () = gate.reached() => true,
    };
    gate.open();
    world.main_down(false);
    parked.then(|| gate.passed())
}

/// Asks again under the same handle, settles, and counts the ids that main has issued by then.
async fn settled(world: &World, store: &Arc<dyn PendingStore>) -> usize {
    let client = world.client().shared_store(Arc::clone(store));
    let client = client.build().expect("client");
    let asked = || request().handle("once").expect("handle");
    client.request_id(asked()).await.expect("id");
    let report = client.drain(Duration::from_secs(30)).await.expect("drain");
    assert_eq!(report.remaining, 0, "{report:?}");
    let id = client.request_id(asked()).await.expect("id").id();
    let intents = world.main_intents().await;
    assert!(intents.iter().any(|(_, known)| known == id.as_str()));
    intents.len()
}
