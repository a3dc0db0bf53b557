//! The writer: groups, durability, failures, and callers that go away.

use rusqlite::Connection;
use rusqlite::TransactionBehavior::Immediate;

use super::super::lanes::Lanes;
use super::super::reader::ReadJob;
use super::*;

const NORMAL: i64 = 1;
const FULL: i64 = 2;

#[tokio::test]
async fn each_durability_uses_its_synchronous_level() {
    let place = Place::new();
    let store = place.open();
    for durability in [Durability::Process, Durability::Power, Durability::Process] {
        let key = seen(&store).commits.len() as u64;
        store.put(entry(key), durability).await.unwrap();
    }
    let levels: Vec<i64> = seen(&store)
        .commits
        .iter()
        .map(|(level, _)| *level)
        .collect();
    assert_eq!(levels, [NORMAL, FULL, NORMAL]);
}

/// While another process holds the file everything queues, and is then one group at the level that
/// its strictest member needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_writes_are_one_commit() {
    let place = Place::new();
    let store = Arc::new(place.open());
    let mut other = Connection::open(place.path()).unwrap();
    let held = other.transaction_with_behavior(Immediate).unwrap();
    let tasks: Vec<_> = (0..1_000)
        .map(|number| {
            let store = Arc::clone(&store);
            let durability = if number == 500 {
                Durability::Power
            } else {
                Durability::Process
            };
            tokio::spawn(async move { store.put(entry(number), durability).await })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    drop(held);
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), Put::Done(1));
    }
    let commits = seen(&store).commits.clone();
    assert!(commits.len() <= 3, "{} commits", commits.len());
    assert!(
        commits
            .iter()
            .any(|(level, size)| *level == FULL && *size > 100)
    );
}

#[tokio::test]
async fn a_conflict_leaves_the_rest_of_its_group() {
    let place = Place::new();
    let store = place.open();
    put(&store, entry(1)).await.unwrap();
    let (a, b, c) = tokio::join!(
        put(&store, entry(2)),
        put(&store, entry(1)),
        put(&store, entry(3))
    );
    assert_eq!(
        [a.unwrap(), b.unwrap(), c.unwrap()],
        [Put::Done(1), Put::Conflict, Put::Done(1)]
    );
}

#[tokio::test]
async fn a_failed_commit_answers_everybody_and_keeps_nothing() {
    let place = Place::new();
    let mut other = Connection::open(place.path()).unwrap();
    let store = place.open();
    let held = other.transaction_with_behavior(Immediate).unwrap();
    seen(&store).fail_next = Some(Code::StoreFailed);
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        drop(held);
    };
    let (first, ()) = tokio::join!(put(&store, entry(1)), release);
    assert_eq!(first.unwrap_err().code(), Code::StoreFailed);
    assert_eq!(store.counts().await.unwrap().of(State::Open), 0);
    assert_eq!(
        put(&store, entry(1)).await.unwrap(),
        Put::Done(1),
        "the next one works"
    );
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_the_store_whole() {
    let place = Place::filled(10).await;
    let store = place.open();
    seen(&store).max_pages = Some(1);
    // The limit never goes below the pages in use, so the first large row hits it.
    let large = || Entry {
        body: vec![1; 500_000],
        ..entry(100)
    };
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.extend(put(&store, large()).await.err().map(|error| error.code()));
    }
    assert_eq!(codes, [Code::StoreFull, Code::StoreFull]);
    assert_eq!(store.counts().await.unwrap().debts(), 10);
    assert_eq!(store.get(&large().key).await.unwrap(), None);
    let moved = Entry {
        state: State::Held,
        version: 1,
        ..owed(3)
    };
    assert_eq!(
        put(&store, moved).await.unwrap(),
        Put::Done(2),
        "small writes go on"
    );
    drop(store);
    assert_eq!(place.open().counts().await.unwrap().debts(), 10);
}

#[tokio::test]
async fn a_holder_of_five_seconds_makes_it_busy() {
    let place = Place::new();
    let store = place.open();
    let mut other = Connection::open(place.path()).unwrap();
    let held = other.transaction_with_behavior(Immediate).unwrap();
    let reads_go_on = store.get(&entry(1).key).await.unwrap();
    assert_eq!(reads_go_on, None);
    assert_eq!(
        put(&store, entry(1)).await.unwrap_err().code(),
        Code::StoreBusy
    );
    drop(held);
    assert_eq!(
        put(&store, entry(1)).await.unwrap(),
        Put::Done(1),
        "nothing was half done"
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_changes_nothing() {
    use std::task::{Context, Waker};
    let place = Place::new();
    let store = place.open();
    {
        let mut call = store.put(owed(1), Durability::Power);
        let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    drop(store);
    assert_eq!(
        place.open().counts().await.unwrap().debts(),
        1,
        "dropping finishes the queue"
    );
}

#[tokio::test]
async fn dead_threads_answer_internal_and_never_hang() {
    let place = Place::new();
    let store = place.open();
    seen(&store).die = true;
    for _ in 0..2 {
        assert_eq!(
            put(&store, entry(1)).await.unwrap_err().code(),
            Code::Internal
        );
    }
    assert!(
        store.get(&entry(1).key).await.unwrap().is_none(),
        "reads live on"
    );
    if let Lanes::Running { reader, .. } = &store.shared.inner().unwrap().lanes {
        reader.queue.send(ReadJob::Die).unwrap();
    }
    assert_eq!(store.counts().await.unwrap_err().code(), Code::Internal);
    store.suspend().await.unwrap();
    store.resume().await.unwrap();
    assert_eq!(
        put(&store, entry(1)).await.unwrap(),
        Put::Done(1),
        "resume starts new threads"
    );
}

#[tokio::test]
async fn lists_and_counts_use_an_index() {
    let place = Place::new();
    let store = place.open();
    let db = Connection::open(place.path()).unwrap();
    let plan = |sql: &str| -> String {
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = statement
            .query_map([], |row| row.get::<_, String>(3))
            .unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let list = plan(
        "SELECT due_ms, key FROM entries WHERE state = 3 AND due_ms <= 9 ORDER BY due_ms, key LIMIT 5",
    );
    assert!(
        list.contains("entries_due") && !list.contains("TEMP"),
        "{list}"
    );
    let find = plan("SELECT body FROM entries WHERE fallback_id = 'a' OR permanent_id = 'a'");
    assert!(
        find.contains("entries_fallback") && find.contains("entries_permanent"),
        "{find}"
    );
    assert!(!plan(super::super::rows::TALLY).contains("entries"));
    drop(store);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_rows() {
    // A tenth in the gate; `cargo xtask soak` sets the variable and runs them all.
    let blocks: u64 = match std::env::var_os("CHITTY_SOAK") {
        Some(_) => 100,
        None => 10,
    };
    let place = Place::new();
    let store = Arc::new(place.open());
    let clock = std::time::Instant::now();
    let lap = |what: &str| println!("{what}: {:?}", clock.elapsed());
    for block in 0..blocks {
        let rows = (0..1_000).map(|n| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { put(&store, owed(block * 1_000 + n)).await })
        });
        for row in rows.collect::<Vec<_>>() {
            assert_eq!(row.await.unwrap().unwrap(), Put::Done(1));
        }
    }
    lap("written");
    println!("commits: {}", seen(&store).commits.len());
    assert_eq!(store.counts().await.unwrap().debts(), blocks * 1_000);
    lap("counted");
    assert_eq!(
        store
            .list(&State::DEBTS, i64::MAX, 100)
            .await
            .unwrap()
            .len(),
        100
    );
    lap("listed");
    assert_eq!(
        store
            .find(&owed(7).fallback_id.unwrap())
            .await
            .unwrap()
            .len() as u64,
        blocks / 10
    );
    lap("found");
    drop(store);
    lap("closed");
    let bytes = std::fs::metadata(place.path()).unwrap().len();
    assert!(bytes < blocks * 1_000 * 1_024, "{bytes}");
    println!("bytes: {bytes}");
    drop(place.open());
    lap("opened and closed");
}
