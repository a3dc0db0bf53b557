//! Files: what is kept, what is refused, and that a refused file stays as it is.

use std::fs;

use rusqlite::Connection;

use super::super::{open, schema};
use super::*;

#[tokio::test]
async fn reopening_keeps_everything() {
    let place = Place::filled(20).await;
    let store = place.open();
    let key = store.store_key().await.unwrap();
    assert!(store.lease(&[1; 16], 0, 100).await.unwrap());
    drop(store);
    assert!(
        !place.folder.path().join("store.db-wal").exists(),
        "the log is folded in"
    );
    let store = place.open();
    assert!(
        store
            .store_key()
            .await
            .unwrap()
            .matches(key.expose_secret())
    );
    assert_eq!(store.counts().await.unwrap().debts(), 20);
    assert_eq!(store.note("keys").await.unwrap().unwrap(), b"the note");
    assert!(!store.lease(&[2; 16], 99, 200).await.unwrap());
    let row = store.get(&entry(7).key).await.unwrap().unwrap();
    assert_eq!(
        row,
        Entry {
            version: 1,
            ..owed(7)
        }
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let _store = place.open();
    for suffix in ["", "-wal", "-shm"] {
        let path = place.folder.path().join(format!("store.db{suffix}"));
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

fn header(path: &Path) -> schema::Header {
    let token = open::enter(path, open::Absent::Refuse).unwrap();
    schema::header(&token).unwrap()
}

#[test]
fn an_empty_file_becomes_a_store() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    drop(place.open());
    assert_eq!(header(&place.path()), schema::Header::Store(1));
}

#[test]
fn foreign_files_are_refused_and_left_alone() {
    let place = Place::new();
    let path = place.path();
    for content in [
        b"some text".as_slice(),
        &[7; 5_000],
        &[0; 5_000],
        b"SQLite format 3",
    ] {
        fs::write(&path, content).unwrap();
        assert_eq!(refusal(&path), Some(Code::StoreForeign));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    fs::remove_file(&path).unwrap();
    for (mark, table) in [
        (0, "CREATE TABLE t (a)"),
        (77, ""),
        (77, "CREATE TABLE t (a)"),
    ] {
        let db = Connection::open(&path).unwrap();
        db.pragma_update(None, "application_id", mark).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        db.execute_batch(table).unwrap();
        drop(db);
        let before = fs::read(&path).unwrap();
        assert_eq!(refusal(&path), Some(Code::StoreForeign));
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(
            fs::read_dir(place.folder.path()).unwrap().count(),
            1,
            "nothing beside it"
        );
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(
        refusal(place.folder.path()),
        Some(Code::PathIsFolder),
        "a folder"
    );
}

#[test]
fn a_path_that_cannot_be_is_told_by_its_cause() {
    let place = Place::new();
    let folder = place.folder.path();
    let nowhere = folder.join("none").join("store.db");
    assert_eq!(refusal(&nowhere), Some(Code::FolderMissing));
    fs::write(folder.join("file"), "").unwrap();
    let below_a_file = folder.join("file").join("store.db");
    assert_eq!(refusal(&below_a_file), Some(Code::FolderMissing));
    assert_eq!(refusal(folder), Some(Code::PathIsFolder));
    for no_path in ["", "a\0b", &"n".repeat(300)] {
        assert_eq!(refusal(no_path.as_ref()), Some(Code::ConfigurationInvalid));
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "nothing was made");
    // The control: the same path, once its folder is there.
    fs::create_dir(folder.join("none")).unwrap();
    assert_eq!(refusal(&nowhere), None);
}

#[tokio::test]
async fn newer_files_are_refused_and_left_alone() {
    let place = Place::filled(3).await;
    let db = Connection::open(place.path()).unwrap();
    db.pragma_update(None, "user_version", 2).unwrap();
    drop(db);
    let before = fs::read(place.path()).unwrap();
    assert_eq!(refusal(&place.path()), Some(Code::StoreNewer));
    assert_eq!(fs::read(place.path()).unwrap(), before);
}

#[tokio::test]
async fn a_store_upgraded_by_another_process_takes_no_old_writes() {
    let place = Place::filled(1).await;
    let store = place.open();
    let db = Connection::open(place.path()).unwrap();
    db.pragma_update(None, "user_version", 2).unwrap();
    let error = put(&store, entry(50)).await.unwrap_err();
    assert_eq!(error.code(), Code::StoreNewer);
    // Also when only the log says so.
    assert_eq!(refusal(&place.path()), Some(Code::StoreNewer));
}

#[tokio::test]
async fn version_one_is_migrated_and_keeps_its_rows() {
    let place = Place::filled(5).await;
    let with_two = [
        schema::MIGRATIONS[0],
        "ALTER TABLE entries ADD COLUMN more TEXT;",
    ];
    let open_with_two = || {
        let token = open::enter(&place.path(), open::Absent::Refuse)
            .ok()
            .unwrap();
        open::open(token, &place.path(), open::Absent::Refuse, &with_two)
    };
    let opened = open_with_two().ok().unwrap();
    assert_eq!(schema::version(&opened.writer).unwrap(), 2);
    let rows: i64 = opened
        .reader
        .query_row(
            "SELECT COUNT(*) FROM entries WHERE more IS NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(rows, 5);
    drop(opened);
    assert!(open_with_two().is_ok(), "again");
    assert_eq!(
        refusal(&place.path()),
        Some(Code::StoreNewer),
        "for the old program"
    );
}

#[tokio::test]
async fn a_lost_file_is_not_replaced() {
    let place = Place::filled(1).await;
    let store = place.open();
    put(&store, owed(1)).await.unwrap();
    store.suspend().await.unwrap();
    let away = place.folder.path().join("away");
    fs::rename(place.path(), &away).unwrap();
    let code = async || store.resume().await.unwrap_err().code();
    assert_eq!(code().await, Code::StoreDamaged, "gone");
    drop(place.open());
    assert_eq!(code().await, Code::StoreForeign, "another store");
    fs::rename(&away, place.path()).unwrap();
    store.resume().await.unwrap();
    assert_eq!(store.counts().await.unwrap().debts(), 2);
    drop(store);
    // A log without its file held debts.
    fs::remove_file(place.path()).unwrap();
    fs::write(place.folder.path().join("store.db-wal"), "frames").unwrap();
    assert_eq!(refusal(&place.path()), Some(Code::StoreDamaged));
}

/// Every page and many bytes of each are damaged: an error or the right data, never a panic, never
/// wrong data, and a refused file stays as it is.
#[tokio::test]
async fn damage_is_an_error_or_harmless() {
    let place = Place::filled(30).await;
    let whole = fs::read(place.path()).unwrap();
    let flips = (0..whole.len())
        .filter(|at| *at < 112 || at % 211 == 0)
        .map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            bytes
        });
    let cuts = (1..whole.len())
        .step_by(1_777)
        .map(|at| whole[..at].to_vec());
    let (mut refused, mut caught, mut harmless) = (0, 0, 0);
    for bytes in flips.chain(cuts) {
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(place.folder.path().join(format!("store.db{suffix}")));
        }
        fs::write(place.path(), &bytes).unwrap();
        match SqliteStore::open(place.path()) {
            Err(_) => {
                assert!(
                    fs::read(place.path()).unwrap() == bytes,
                    "a refused file changed"
                );
                refused += 1;
            }
            Ok(store) => match read_all(&store).await {
                Ok(()) => harmless += 1,
                Err(error) => {
                    assert_eq!(error.code(), Code::StoreDamaged);
                    caught += 1;
                }
            },
        }
    }
    assert!(
        refused > 50 && caught > 5 && harmless > 5,
        "{refused} {caught} {harmless}"
    );
}

/// Reads everything and compares it with what [`Place::filled`] wrote.
async fn read_all(store: &SqliteStore) -> Result<(), Error> {
    let rows = store.list(&State::ALL, i64::MAX, 100).await?;
    let wanted: Vec<Entry> = (0..30)
        .map(|n| Entry {
            version: 1,
            ..owed(n)
        })
        .collect();
    assert!(rows == wanted, "wrong rows");
    for row in &wanted {
        assert!(
            store.get(&row.key).await?.as_ref() == Some(row),
            "wrong row"
        );
        assert_eq!(store.find(&row.fallback_id.unwrap()).await?.len(), 1);
    }
    assert_eq!(store.counts().await?.debts(), 30);
    assert_eq!(
        store.note("keys").await?.as_deref(),
        Some(b"the note".as_slice())
    );
    Ok(())
}

#[tokio::test]
async fn impossible_rows_are_damage_and_not_skipped() {
    for change in [
        "state = 99",
        "state = -1",
        "fallback_id = 'AA-E'",
        "body = x'00'",
        "version = -7",
        "due_ms = 'x'",
    ] {
        let place = Place::filled(2).await;
        let store = place.open();
        let db = Connection::open(place.path()).unwrap();
        let sql = format!("UPDATE entries SET {change} WHERE due_ms = 1");
        assert_eq!(db.execute(&sql, []).unwrap(), 1, "{change}");
        let error = store.get(&entry(1).key).await.unwrap_err();
        assert_eq!(error.code(), Code::StoreDamaged, "{change}");
        assert!(
            store.get(&entry(0).key).await.unwrap().is_some(),
            "the other row"
        );
    }
}

/// SQLite orders what is no number behind every number, where no listing looks.
#[tokio::test]
async fn a_debt_that_no_listing_reaches_is_damage() {
    for due in ["'x'", "x'00'", "9e999", "1.5"] {
        let place = Place::filled(2).await;
        let db = Connection::open(place.path()).unwrap();
        let sql = format!("UPDATE entries SET due_ms = {due} WHERE due_ms = 1");
        assert_eq!(db.execute(&sql, []).unwrap(), 1, "{due}");
        drop(db);
        let code = match SqliteStore::open(place.path()) {
            Err(error) => error.code(),
            Ok(store) => {
                let listed = store.list(&State::DEBTS, i64::MAX, 100).await;
                listed.expect_err(due).code()
            }
        };
        assert_eq!(code, Code::StoreDamaged, "{due}");
    }
}
