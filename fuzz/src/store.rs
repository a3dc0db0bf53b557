//! The client's store under any bytes: a file that is none, a good file with bytes changed, a row with
//! a column changed; a row whose body is anything is in `debt`.
//!
//! Whatever is read is an error or what was written, and a debt is never passed over: a listing has
//! every row or is an error. Owns the folder that one
//! process works in. What somebody writes who can seal rows is not judged here: the key lies in the file.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use chitty_client::{
    ChittyId,
    reconcile::store::{Durability, Entry, PendingStore, SqliteStore, State},
};
use rusqlite::{Connection, types::Value};
use tokio::runtime::{Builder, Runtime};

use crate::{Input, debt};

pub(crate) const E_ID: &str = "AA-E-GEN-0042-I-8Z-0-Z";
pub(crate) const C_ID: &str = "AA-C-GEN-0042-I-8Z-0-0";
pub(crate) const HOUR: i64 = 3_600_000;
const COLUMNS: [&str; 8] = [
    "key",
    "state",
    "fallback_id",
    "permanent_id",
    "due_ms",
    "version",
    "body",
    "seal",
];

/// A folder of this process, in memory where the system has that: every input makes a file.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let base = match memory.is_dir() {
        true => memory.to_owned(),
        false => std::env::temp_dir(),
    };
    remove_stale(&base);
    let folder = base.join(format!("chitty-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
});

/// Removes what earlier runs left: a fuzzer ends without cleaning up.
fn remove_stale(base: &Path) {
    let alive =
        |pid: &str| !Path::new("/proc/self").exists() || Path::new("/proc").join(pid).exists();
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name
            .to_str()
            .and_then(|name| name.strip_prefix("chitty-fuzz-"));
        if pid.is_some_and(|pid| !alive(pid)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A good store and what is in it.
static GOOD: LazyLock<(Vec<u8>, Vec<Entry>)> = LazyLock::new(|| {
    let path = FOLDER.join("good.db");
    let rows: Vec<Entry> = State::ALL.into_iter().map(good_row).collect();
    let store = SqliteStore::open(&path).expect("a store");
    runtime().block_on(async {
        for row in &rows {
            let put = store.put(row.clone(), Durability::Process).await;
            put.expect("a row is stored");
        }
        store.set_note("note", b"value").await.expect("a note");
    });
    drop(store);
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| Entry { version: 1, ..row })
        .collect();
    let bytes = fs::read(&path).expect("the file");
    // Or nothing below could ever fail.
    let store = SqliteStore::open(&path).expect("a good store opens");
    let found = runtime()
        .block_on(read(&store))
        .expect("a good store is read");
    assert!(found == rows, "a good store has every row");
    (bytes, rows)
});

fn good_row(state: State) -> Entry {
    let has =
        |states: &[State], id: &str| states.contains(&state).then(|| id.parse().expect("an id"));
    Entry {
        key: [state as u8; 32],
        state,
        fallback_id: has(&State::ALL[2..], E_ID),
        permanent_id: has(&[State::Issued, State::Reconciled], C_ID),
        due_ms: HOUR * i64::from(state as u8),
        version: 0,
        body: format!("body {}", state as u8).into_bytes(),
    }
}

pub(crate) fn runtime() -> Runtime {
    // Time passes by itself when nobody works, so that retries do not wait.
    let mut builder = Builder::new_current_thread();
    builder
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
}

/// The first octet says what the rest is.
pub fn store(data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() % 4 {
        0 => any_file(input.rest()),
        1 => changed_bytes(&mut input),
        2 => changed_column(&mut input),
        _ => debt::any_row(&mut input),
    }
}

/// The file is a store, or is refused and left as it is.
fn any_file(bytes: &[u8]) {
    let path = fresh(bytes);
    match SqliteStore::open(&path) {
        Ok(store) => drop(runtime().block_on(read(&store))),
        Err(_) => assert!(
            fs::read(&path).expect("the file") == bytes,
            "a refused file was changed"
        ),
    }
}

/// A place (two octets), a length, as many octets; and again.
fn changed_bytes(input: &mut Input<'_>) {
    let mut bytes = GOOD.0.clone();
    while !input.rest().is_empty() {
        let at = usize::from(input.byte()) << 8 | usize::from(input.byte());
        for (old, new) in bytes.iter_mut().skip(at).zip(input.bytes()) {
            *old = *new;
        }
    }
    let path = fresh(&bytes);
    match SqliteStore::open(&path) {
        Ok(store) => all_or_error(&store),
        Err(_) => assert!(
            fs::read(&path).expect("the file") == bytes,
            "a refused file was changed"
        ),
    }
}

/// Which row and column; the kind of value; the value.
fn changed_column(input: &mut Input<'_>) {
    let row = input.byte() % 7 + 1;
    let column = COLUMNS[usize::from(input.byte()) % COLUMNS.len()];
    let kind = input.byte();
    let rest = input.rest();
    let number = |bytes: &[u8]| {
        let mut eight = [0; 8];
        eight
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
        i64::from_le_bytes(eight)
    };
    let value = match kind % 5 {
        0 => Value::Null,
        1 => Value::Integer(number(rest)),
        2 => Value::Real(f64::from_bits(number(rest) as u64)),
        3 => Value::Text(String::from_utf8_lossy(rest).into_owned()),
        _ => Value::Blob(rest.to_vec()),
    };
    let path = fresh(&GOOD.0);
    let file = Connection::open(&path).expect("the file");
    let sql = format!("UPDATE entries SET {column} = ?1 WHERE key = ?2");
    if file.execute(&sql, (value, [row; 32])).is_err() {
        return; // the table itself refuses it
    }
    drop(file);
    if let Ok(store) = SqliteStore::open(&path) {
        all_or_error(&store);
    }
}

/// Every row, unless the listing is an error.
async fn read(store: &SqliteStore) -> Result<Vec<Entry>, chitty_client::Error> {
    let mut rows = store.list(&State::ALL, i64::MAX, usize::MAX).await?;
    rows.sort_by_key(|row| row.key);
    Ok(rows)
}

/// Every other way of reading: what it says is an error or right.
async fn look_around(store: &SqliteStore) {
    for id in [E_ID, C_ID] {
        let id = id.parse::<ChittyId>().expect("an id");
        let found = store.find(&id).await.unwrap_or_default();
        assert!(
            found.iter().all(|row| GOOD.1.contains(row)),
            "a changed row was found"
        );
    }
    if let Ok(note) = store.note("note").await {
        assert!(
            note.is_none_or(|note| note == b"value"),
            "a changed note was believed"
        );
    }
    let _ = store.counts().await;
}

fn all_or_error(store: &SqliteStore) {
    let good = &GOOD.1;
    runtime().block_on(async {
        let listed = read(store).await;
        if let Ok(rows) = &listed {
            assert!(rows == good, "a row was passed over or changed");
        }
        for row in good {
            match store.get(&row.key).await {
                Ok(Some(found)) => assert!(found == *row, "a changed row was believed"),
                // Its name was changed; the listing says so.
                Ok(None) => assert!(listed.is_err(), "a row is gone"),
                Err(_) => {}
            }
        }
        look_around(store).await;
    });
}

/// A file with these bytes and nothing beside it.
fn fresh(bytes: &[u8]) -> PathBuf {
    let path = FOLDER.join("input.db");
    for suffix in ["-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(FOLDER.join(format!("input.db{suffix}")));
    }
    fs::write(&path, bytes).expect("a file");
    path
}
