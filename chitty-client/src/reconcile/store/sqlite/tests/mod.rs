//! Tests of the SQLite store alone: files, group commit, several processes, and equality with the
//! memory store.

mod commit;
mod files;
mod locks;
mod model;
mod processes;

use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

use tempfile::TempDir;

use super::SqliteStore;
use super::probe::Seen;
use crate::error::{Code, Error};
use crate::reconcile::store::conformance::{self, entry};
use crate::reconcile::store::{Durability, Entry, PendingStore, Put, State};

/// A folder with a path in it for a store.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(self.path()).unwrap()
    }

    /// A closed store with `rows` owed rows and one note.
    async fn filled(rows: u64) -> Self {
        let place = Self::new();
        let store = place.open();
        for number in 0..rows {
            put(&store, owed(number)).await.unwrap();
        }
        store.set_note("keys", b"the note").await.unwrap();
        place
    }
}

fn owed(number: u64) -> Entry {
    Entry {
        state: State::Owed,
        fallback_id: Some(
            format!("AA-E-USR-{:04}-I-25-8-Y", number % 10_000)
                .parse()
                .unwrap(),
        ),
        due_ms: i64::try_from(number).unwrap(),
        body: format!("body of {number} {}", "x".repeat(300)).into_bytes(),
        ..entry(number)
    }
}

async fn put(store: &SqliteStore, entry: Entry) -> Result<Put, Error> {
    store.put(entry, Durability::Process).await
}

fn seen(store: &SqliteStore) -> MutexGuard<'_, Seen> {
    store.shared.probe.inner.lock().unwrap()
}

fn refusal(path: &Path) -> Option<Code> {
    SqliteStore::open(path).err().map(|error| error.code())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn passes_the_conformance_suite() {
    let places = std::sync::Mutex::new(Vec::new());
    conformance::run(async || {
        let place = Place::new();
        let store = place.open();
        places.lock().unwrap().push(place);
        Arc::new(store) as _
    })
    .await;
}

#[tokio::test]
async fn debug_output_and_errors_tell_nothing() {
    let place = Place::new();
    let store = place.open();
    assert_eq!(format!("{store:?}"), "SqliteStore");
    std::fs::write(place.folder.path().join("secret-name"), "text").unwrap();
    let error = SqliteStore::open(place.folder.path().join("secret-name")).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("secret"));
}
