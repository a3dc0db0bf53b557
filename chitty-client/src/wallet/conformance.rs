//! What every store of a wallet must do, as a suite that an application can run over its own store.
//!
//! Owns [`run`]; both stores of this crate pass it. It refuses to judge durability and sealing, which
//! cannot be seen through [`WalletStore`]. Behind the feature `test-util`.

use std::sync::Arc;

use super::{Saved, WalletStore};

type Store = Arc<dyn WalletStore>;

const WRITERS: u8 = 4;
const EACH: usize = 8;

/// Runs the whole suite; `make` gives a fresh empty store each time. Use a multi-threaded runtime,
/// so that the concurrent part is concurrent.
///
/// # Panics
/// At the first promise that is not kept.
pub async fn run(make: impl AsyncFn() -> Store) {
    generations_rise(&make().await).await;
    nothing_is_lost(&make().await).await;
}

async fn loaded(store: &Store) -> Option<(u64, Vec<u8>)> {
    let stored = store.load().await.expect("load");
    stored.map(|stored| (stored.generation, stored.state.to_vec()))
}

async fn save(store: &Store, expected: u64, state: &[u8]) -> Saved {
    store.save(expected, state).await.expect("save")
}

async fn generations_rise(store: &Store) {
    assert_eq!(loaded(store).await, None, "a fresh store is empty");
    assert_eq!(save(store, 7, b"early").await, Saved::Conflict);
    assert_eq!(loaded(store).await, None, "a conflict writes nothing");
    let mut generation = 0;
    for state in [b"one".as_slice(), b"", &[7; 100_000]] {
        let Saved::Done(next) = save(store, generation, state).await else {
            panic!("the expected generation is the stored one");
        };
        assert!(next > generation, "generations rise");
        assert_eq!(loaded(store).await, Some((next, state.to_vec())));
        for wrong in [0, generation, next + 1] {
            assert_eq!(save(store, wrong, b"late").await, Saved::Conflict);
        }
        assert_eq!(loaded(store).await, Some((next, state.to_vec())));
        generation = next;
    }
}

async fn nothing_is_lost(store: &Store) {
    assert!(matches!(save(store, 0, b"").await, Saved::Done(_)));
    let writers = (0..WRITERS).map(|own| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..EACH {
                loop {
                    let (generation, mut state) = loaded(&store).await.expect("a state");
                    state.push(own);
                    if let Saved::Done(_) = save(&store, generation, &state).await {
                        break;
                    }
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("writer");
    }
    let (_, state) = loaded(store).await.expect("a state");
    for own in 0..WRITERS {
        let times = state.iter().filter(|byte| **byte == own).count();
        assert_eq!(times, EACH, "what writer {own} wrote");
    }
}
