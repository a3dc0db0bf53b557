//! The life of a store: suspended and resumed, used by many at once, and left in the middle.
//!
//! Part of the conformance suite; judges only what [`PendingStore`](super::PendingStore) promises.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Store, entry, fallback_id, put};
use crate::error::Code;
use crate::reconcile::store::{Durability, Put, State};

pub(super) async fn suspend(store: &Store) {
    let before = store.store_key().await.expect("key");
    put(store, &entry(1)).await;
    store.suspend().await.expect("suspend");
    store.suspend().await.expect("suspend twice");
    let suspended = [
        store.store_key().await.err(),
        store.get(&entry(1).key).await.err(),
        store.put(entry(2), Durability::Process).await.err(),
        store.remove(&entry(1).key, 1).await.err(),
        store.find(&fallback_id()).await.err(),
        store.list(&State::ALL, 0, 1).await.err(),
        store.counts().await.err(),
        store.lease(&[0; 16], 0, 1).await.err(),
        store.release(&[0; 16]).await.err(),
        store.note("n").await.err(),
        store.set_note("n", b"").await.err(),
        store.swap_note("n", None, b"").await.err(),
    ];
    for error in suspended {
        assert_eq!(error.map(|e| e.code()), Some(Code::StoreSuspended));
    }
    store.resume().await.expect("resume");
    store.resume().await.expect("resume twice");
    let after = store.store_key().await.expect("key");
    assert!(after.matches(before.expose_secret()), "the same key");
    assert!(store.get(&entry(1).key).await.expect("get").is_some());
    assert!(store.get(&entry(2).key).await.expect("get").is_none());
}

/// Sixty-four tasks raise one row: each version has exactly one author, and no raise is lost.
pub(super) async fn concurrency(store: &Store) {
    put(store, &entry(1)).await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                loop {
                    let key = entry(1).key;
                    let row = store.get(&key).await.expect("get").expect("row");
                    if let Put::Done(version) = put(&store, &row).await {
                        return version;
                    }
                }
            })
        })
        .collect();
    let mut versions = HashSet::new();
    for task in tasks {
        assert!(versions.insert(task.await.expect("task")), "two authors");
    }
    assert_eq!(versions, (2..=65).collect(), "one author per version");
}

/// Sixteen tasks raise one note by swapping: no raise is lost. A store that compares and writes in
/// separate steps loses some.
pub(super) async fn concurrent_notes(store: &Store) {
    store.set_note("n", b"0").await.expect("set_note");
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                loop {
                    let held = store.note("n").await.expect("note").expect("a note");
                    let text = std::str::from_utf8(&held).expect("text");
                    let next = text.parse::<u32>().expect("a number") + 1;
                    let next = next.to_string();
                    let swap = store.swap_note("n", Some(&held), next.as_bytes()).await;
                    if swap.expect("swap_note") {
                        return;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("task");
    }
    let read = store.note("n").await.expect("note");
    assert_eq!(read.as_deref(), Some(b"16".as_slice()), "no raise is lost");
}

/// A call whose future is dropped happened wholly or not at all.
pub(super) async fn dropped_futures(store: &Store) {
    for number in 0..50 {
        let call = store.put(entry(number), Durability::Process);
        let _ = tokio::time::timeout(std::time::Duration::ZERO, call).await;
    }
    let counts = store.counts().await.expect("counts");
    let rows = store.list(&State::ALL, i64::MAX, 100).await.expect("list");
    assert!(
        rows.iter()
            .all(|row| row.version == 1 && row.body.len() == 8)
    );
    assert!(counts.of(State::Open) <= 50);
    assert_eq!(put(store, &entry(50)).await, Put::Done(1), "still alive");
}

pub(super) async fn keys_differ(one: &Store, other: &Store) {
    let (one, other) = (one.store_key().await, other.store_key().await);
    let (one, other) = (one.expect("key"), other.expect("key"));
    assert!(!one.matches(other.expose_secret()), "keys are random");
    assert!(!one.matches(&[0; 32]), "the key is set");
}
