//! What every store must do, as a suite that an application can run over its own store.
//!
//! Owns [`run`]; both stores of this crate pass it. It asks for fresh stores and checks the promises
//! of [`PendingStore`] through that trait alone. It refuses to judge durability, which no store can
//! show from inside one process (decision D8). Behind the feature `test-util`.

mod life;

use std::collections::HashSet;
use std::sync::Arc;

use super::{Durability, Entry, PendingStore, Put, State};
use crate::id::ChittyId;

type Store = Arc<dyn PendingStore>;

/// An id that parses; nobody issued it.
fn id(text: &str) -> ChittyId {
    text.parse().expect("a well-formed example")
}

fn fallback_id() -> ChittyId {
    id("AA-E-USR-5678-I-25-8-Y")
}

fn permanent_id() -> ChittyId {
    id("AA-C-USR-0001-I-25-8-Y")
}

/// A new row in state [`State::Open`] with that number in its key, for tests of stores.
pub fn entry(number: u64) -> Entry {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    Entry {
        key,
        state: State::Open,
        fallback_id: None,
        permanent_id: None,
        due_ms: 0,
        version: 0,
        body: number.to_be_bytes().to_vec(),
    }
}

async fn put(store: &Store, entry: &Entry) -> Put {
    store
        .put(entry.clone(), Durability::Process)
        .await
        .expect("put")
}

async fn keys(store: &Store, states: &[State], due_ms: i64, limit: usize) -> Vec<u64> {
    let rows = store.list(states, due_ms, limit).await.expect("list");
    rows.iter()
        .map(|row| u64::from_be_bytes(row.body[..8].try_into().expect("eight bytes")))
        .collect()
}

/// Runs the whole suite; `make` gives a fresh empty store each time. Use a multi-threaded runtime,
/// so that the concurrent part is concurrent.
///
/// # Panics
/// When the store breaks a promise.
pub async fn run(make: impl AsyncFn() -> Store) {
    compare_and_swap(&make().await).await;
    remove_only_open(&make().await).await;
    find(&make().await).await;
    list(&make().await).await;
    counts(&make().await).await;
    lease(&make().await).await;
    notes(&make().await).await;
    swapped_notes(&make().await).await;
    sizes(&make().await).await;
    life::suspend(&make().await).await;
    life::concurrency(&make().await).await;
    life::concurrent_notes(&make().await).await;
    life::dropped_futures(&make().await).await;
    life::keys_differ(&make().await, &make().await).await;
}

async fn compare_and_swap(store: &Store) {
    let mut row = entry(1);
    assert_eq!(store.get(&row.key).await.expect("get"), None);
    assert_eq!(put(store, &row).await, Put::Done(1));
    assert_eq!(put(store, &row).await, Put::Conflict, "the row exists");
    for version in [2, 7, u64::MAX] {
        let stranger = Entry {
            version,
            ..entry(1)
        };
        assert_eq!(put(store, &stranger).await, Put::Conflict);
        let absent = Entry {
            version,
            ..entry(2)
        };
        assert_eq!(put(store, &absent).await, Put::Conflict);
    }
    row.version = 1;
    assert_eq!(store.get(&row.key).await.expect("get"), Some(row.clone()));
    row.state = State::Owed;
    row.fallback_id = Some(fallback_id());
    row.due_ms = -5;
    row.body = b"another".to_vec();
    let answer = store.put(row.clone(), Durability::Power).await;
    assert_eq!(answer.expect("put"), Put::Done(2));
    assert_eq!(put(store, &row).await, Put::Conflict, "an old version");
    row.version = 2;
    assert_eq!(store.get(&row.key).await.expect("get"), Some(row));
}

async fn remove_only_open(store: &Store) {
    for (number, state) in (0..).zip(State::ALL) {
        let row = Entry {
            state,
            ..entry(number)
        };
        assert_eq!(put(store, &row).await, Put::Done(1));
        let removed = async |version| store.remove(&row.key, version).await.expect("remove");
        for version in [0, 2, u64::MAX] {
            assert!(!removed(version).await, "another version");
        }
        assert_eq!(removed(1).await, state == State::Open, "{state:?}");
        let left = store.get(&row.key).await.expect("get");
        assert_eq!(left.is_some(), state != State::Open);
    }
    assert!(!store.remove(&entry(99).key, 1).await.expect("remove"));
    assert_eq!(put(store, &entry(0)).await, Put::Done(1), "made anew");
}

async fn find(store: &Store) {
    for number in [3, 1, 2] {
        let row = Entry {
            state: State::Owed,
            fallback_id: Some(fallback_id()),
            permanent_id: (number == 3).then(permanent_id),
            ..entry(number)
        };
        put(store, &row).await;
    }
    let found = async |id: ChittyId| -> HashSet<[u8; 32]> {
        let rows = store.find(&id).await.expect("find");
        let keys: HashSet<_> = rows.iter().map(|row| row.key).collect();
        assert_eq!(keys.len(), rows.len(), "each row once");
        keys
    };
    let all: HashSet<_> = [1, 2, 3].map(|number| entry(number).key).into();
    assert_eq!(found(fallback_id()).await, all, "duplicates are all found");
    assert_eq!(found(permanent_id()).await, [entry(3).key].into());
    assert!(found(id("AA-C-USR-0002-I-25-8-Y")).await.is_empty());
    let replaced = Entry {
        fallback_id: None,
        version: 1,
        ..entry(2)
    };
    assert_eq!(put(store, &replaced).await, Put::Done(2));
    assert_eq!(found(fallback_id()).await.len(), 2, "the old id is gone");
}

async fn list(store: &Store) {
    let due = [(1, 30), (2, 10), (3, 20), (4, i64::MAX), (5, i64::MIN)];
    for (number, due_ms) in due {
        let state = if number == 3 {
            State::Held
        } else {
            State::Owed
        };
        put(
            store,
            &Entry {
                state,
                due_ms,
                ..entry(number)
            },
        )
        .await;
    }
    let debts = &State::DEBTS;
    assert_eq!(keys(store, debts, i64::MAX, 10).await, [5, 2, 3, 1, 4]);
    assert_eq!(
        keys(store, debts, 20, 10).await,
        [5, 2, 3],
        "due at the time"
    );
    assert_eq!(keys(store, debts, 19, 10).await, [5, 2], "not due");
    assert_eq!(keys(store, debts, i64::MAX, 3).await, [5, 2, 3], "limit");
    assert_eq!(keys(store, debts, i64::MAX, usize::MAX).await.len(), 5);
    assert!(keys(store, debts, i64::MAX, 0).await.is_empty());
    assert!(keys(store, &[], i64::MAX, 10).await.is_empty());
    let twice = [State::Held, State::Held];
    assert_eq!(keys(store, &twice, i64::MAX, 10).await, [3], "named twice");
    assert!(keys(store, &[State::Open], i64::MAX, 10).await.is_empty());
}

async fn counts(store: &Store) {
    for (number, state) in (0..).zip(State::ALL) {
        put(
            store,
            &Entry {
                state,
                ..entry(number)
            },
        )
        .await;
    }
    let counts = async || store.counts().await.expect("counts");
    assert_eq!(counts().await.debts(), 3);
    let moved = Entry {
        state: State::Reconciled,
        version: 1,
        ..entry(2)
    };
    assert_eq!(put(store, &moved).await, Put::Done(2));
    assert!(store.remove(&entry(0).key, 1).await.expect("remove"));
    let now = counts().await;
    assert_eq!(State::ALL.map(|state| now.of(state)), [0, 1, 0, 1, 1, 2, 1]);
    assert_eq!(now.debts(), 2);
}

async fn lease(store: &Store) {
    let (a, b) = ([1; 16], [2; 16]);
    let take = async |owner, now, until| store.lease(owner, now, until).await.expect("lease");
    assert!(take(&a, 0, 100).await);
    assert!(!take(&b, 99, 200).await, "held");
    assert!(take(&a, 50, 150).await, "renewed by its owner");
    assert!(!take(&b, 149, 200).await, "held until the new time");
    store.release(&b).await.expect("release");
    assert!(!take(&b, 149, 200).await, "only the owner gives it back");
    assert!(take(&b, 150, 200).await, "expired");
    assert!(!take(&a, 160, 300).await, "the old owner is out");
    store.release(&b).await.expect("release");
    assert!(take(&a, 160, 300).await, "given back");
    assert!(
        take(&b, 20, 160).await,
        "held until a time that no lease of now reaches"
    );
}

async fn notes(store: &Store) {
    assert_eq!(store.note("keys").await.expect("note"), None);
    for value in [b"one".as_slice(), b"", &[0; 70_000]] {
        store.set_note("keys", value).await.expect("set_note");
        let read = store.note("keys").await.expect("note");
        assert_eq!(read.as_deref(), Some(value));
    }
    store.set_note("", b"unnamed").await.expect("set_note");
    let read = store.note("").await.expect("note");
    assert_eq!(read.as_deref(), Some(b"unnamed".as_slice()));
    assert_eq!(store.note("Keys").await.expect("note"), None, "case counts");
}

async fn swapped_notes(store: &Store) {
    let swap = async |expected: Option<&[u8]>, value: &[u8]| {
        let swapped = store.swap_note("keys", expected, value).await;
        swapped.expect("swap_note")
    };
    assert!(!swap(Some(b""), b"x").await, "no note is not an empty one");
    assert!(!swap(Some(b"old"), b"x").await, "there is no such note");
    assert_eq!(store.note("keys").await.expect("note"), None);
    assert!(swap(None, b"").await, "the first");
    assert!(!swap(None, b"x").await, "there is a note, if an empty one");
    assert!(swap(Some(b""), b"v2").await);
    assert!(!swap(Some(b"v"), b"x").await, "another content");
    assert!(swap(Some(b"v2"), b"v3").await);
    assert!(!swap(Some(b"v2"), b"late").await, "what it held before");
    assert!(swap(Some(b"v3"), b"v3").await, "the same again");
    let read = store.note("keys").await.expect("note");
    assert_eq!(read.as_deref(), Some(b"v3".as_slice()));
}

async fn sizes(store: &Store) {
    for (number, size) in [(1, 0), (2, 1), (3, 5_000), (4, 2_000_000)] {
        let mut row = Entry {
            body: vec![0xA5; size],
            ..entry(number)
        };
        put(store, &row).await;
        row.version = 1;
        assert_eq!(store.get(&row.key).await.expect("get"), Some(row));
    }
}
