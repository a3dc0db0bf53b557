//! That other programs respect what this process has open, however it opens the file and however often.
//!
//! A child takes fallback ids and is killed; between them `sqlite3 ids.db "select …"` tidies up after
//! whoever has no lock on the file. From 3.51 on SQLite asks for one more lock first; what is
//! installed on most machines is older. Each run has its control, in which the hazard is there.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;

use super::processes::child;
use super::*;

/// What the child does between its first and its second batch of ids.
const HABITS: [&str; 7] = [
    "again",
    "again-and-close",
    "spelling",
    "symlink",
    "hardlink",
    "refused",
    "suspend",
];
const BATCH: u64 = 4;

/// The child: a batch, the habit, "half", a line from its parent, a second batch, "done".
pub(super) async fn take_ids(habit: &str, path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    if habit == "raw-careless" {
        seen(&store).careless = true;
    }
    batch(&store, 0).await.unwrap();
    let kept = misbehave(habit, path).await;
    say("half");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    match batch(&store, BATCH).await {
        Ok(()) => say("done"),
        Err(error) => say(error.code().as_str()),
    }
    // Killed here, with everything open.
    std::io::stdin().read_line(&mut line).unwrap();
    drop(kept);
}

async fn batch(store: &SqliteStore, first: u64) -> Result<(), Error> {
    for number in first..first + BATCH {
        store.put(owed(number), Durability::Power).await?;
    }
    Ok(())
}

async fn misbehave(habit: &str, path: &Path) -> Vec<SqliteStore> {
    let beside = |name: &str| path.with_file_name(name);
    match habit {
        "again" => vec![SqliteStore::open(path).unwrap()],
        "again-and-close" => {
            for _ in 0..3 {
                drop(SqliteStore::open(path).unwrap());
            }
            vec![]
        }
        "spelling" => {
            let folder = path.parent().unwrap();
            let name = folder.file_name().unwrap();
            let spelling = folder.join("..").join(name).join(".").join("store.db");
            drop(SqliteStore::open(spelling).unwrap());
            vec![]
        }
        "symlink" => {
            std::os::unix::fs::symlink("store.db", beside("link")).unwrap();
            drop(SqliteStore::open(beside("link")).unwrap());
            vec![]
        }
        "hardlink" => {
            fs::hard_link(path, beside("other.db")).unwrap();
            drop(SqliteStore::open(beside("other.db")).unwrap());
            vec![]
        }
        // An open that fails late has looked at everything.
        "refused" => {
            let db = Connection::open(path).unwrap();
            db.pragma_update(None, "user_version", 2).unwrap();
            let look = SqliteStore::open(path);
            drop(look);
            db.pragma_update(None, "user_version", 1).unwrap();
            vec![]
        }
        "suspend" => {
            let other = SqliteStore::open(path).unwrap();
            other.suspend().await.unwrap();
            vec![other]
        }
        "raw" | "raw-careless" => {
            drop(fs::File::open(path).unwrap());
            vec![]
        }
        unknown => panic!("{unknown}"),
    }
}

/// Line by line: a test's output would be kept back.
fn say(what: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{what}").unwrap();
    out.flush().unwrap();
}

/// Whether the installed program is there, and one that trusts the locks of the file alone.
fn outsider_is_there() -> bool {
    let said = Command::new("sqlite3").arg("--version").output();
    let Ok(said) = said else {
        println!("skipped: sqlite3 is not installed");
        return false;
    };
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let mut numbers = text.split(['.', ' ']).map(|part| part.parse::<u32>());
    let version = (numbers.next(), numbers.next());
    let old = matches!(version, (Some(Ok(3)), Some(Ok(minor))) if minor < 51);
    if !old {
        println!("skipped: {text} looks at more than the file's locks");
    }
    old
}

/// Reads, and tidies up when it is done.
fn select(path: &Path) {
    let said = Command::new("sqlite3")
        .args([
            path.as_os_str(),
            "SELECT count(*) > 0 FROM entries".as_ref(),
        ])
        .output()
        .unwrap();
    assert_eq!(said.stdout, b"1\n");
}

/// What the second batch said, and which of both are there after the kill.
async fn after_a_kill(habit: &str) -> (String, Vec<u64>) {
    let place = Place::new();
    let mut process = child(&format!("ids-{habit}"), &place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut input = process.stdin.take().unwrap();
    lines.find(|line| line == "half").unwrap();
    select(&place.path());
    writeln!(input, "on").unwrap();
    let said = lines
        .find(|line| line == "done" || line.starts_with("CHT-"))
        .unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    select(&place.path());
    let store = place.open();
    let mut found = Vec::new();
    for number in 0..2 * BATCH {
        if store.get(&entry(number).key).await.unwrap().is_some() {
            found.push(number);
        }
    }
    (said, found)
}

#[tokio::test]
async fn no_id_is_lost_however_the_file_was_opened_again() {
    if !outsider_is_there() {
        return;
    }
    for habit in HABITS {
        let (said, found) = after_a_kill(habit).await;
        assert_eq!(said, "done", "{habit}");
        assert_eq!(found, Vec::from_iter(0..2 * BATCH), "{habit}");
    }
}

/// Control: one look at the file by other means, and the second batch is gone with the process.
#[tokio::test]
async fn a_raw_look_at_the_file_loses_what_nobody_watches() {
    if !outsider_is_there() {
        return;
    }
    let (said, found) = after_a_kill("raw-careless").await;
    assert_eq!(said, "done");
    assert_eq!(found, Vec::from_iter(0..BATCH));
}

/// What cannot be prevented is not answered: the app learns that nothing was kept.
#[tokio::test]
async fn after_a_raw_look_by_others_no_id_is_returned_that_is_not_on_the_disk() {
    if !outsider_is_there() {
        return;
    }
    let (said, found) = after_a_kill("raw").await;
    assert_eq!(said, Code::StoreUnlocked.as_str());
    assert_eq!(found, Vec::from_iter(0..BATCH));
}

#[tokio::test]
async fn handles_of_one_file_share_it_and_sleep_by_themselves() {
    let place = Place::new();
    let link = place.folder.path().join("link.db");
    std::os::unix::fs::symlink("store.db", &link).unwrap();
    // Through a link to nothing the file itself is made, and the log beside it.
    let one = SqliteStore::open(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let two = place.open();
    assert!(Arc::ptr_eq(&one.shared, &two.shared));
    put(&one, owed(1)).await.unwrap();
    one.suspend().await.unwrap();
    one.suspend().await.unwrap();
    assert_eq!(
        put(&one, owed(2)).await.unwrap_err().code(),
        Code::StoreSuspended
    );
    put(&two, owed(2)).await.unwrap();
    two.suspend().await.unwrap();
    assert!(!place.folder.path().join("store.db-wal").exists(), "let go");
    // The name that was used leads elsewhere by now; the file is the one that was opened.
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("elsewhere.db", &link).unwrap();
    let three = place.open();
    one.resume().await.unwrap();
    assert!(Arc::ptr_eq(&one.shared, &three.shared));
    drop(three);
    assert_eq!(one.counts().await.unwrap().debts(), 2);
    drop((one, two));
    assert!(!place.folder.path().join("store.db-wal").exists());
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 2);
    assert_eq!(place.open().counts().await.unwrap().debts(), 2);
}

/// Another file under the name of an open one is another store.
#[tokio::test]
async fn a_file_is_told_by_what_it_is_and_not_by_its_name() {
    let place = Place::filled(1).await;
    let first = place.open();
    let away: PathBuf = place.folder.path().join("away");
    for suffix in ["", "-wal", "-shm"] {
        let name = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        fs::rename(name(&place.path()), name(&away)).unwrap();
    }
    let second = place.open();
    assert!(!Arc::ptr_eq(&first.shared, &second.shared));
    assert_eq!(second.counts().await.unwrap().debts(), 0);
}

#[tokio::test]
async fn a_forked_child_is_told_and_opens_nothing_that_its_parent_has_open() {
    use crate::process::as_a_child;
    let place = Place::filled(1).await;
    let store = place.open();
    let (refused, inherited) = as_a_child(|| {
        let refused = refusal(&place.path());
        (
            refused,
            store.shared.inner().err().map(|error| error.code()),
        )
    });
    assert_eq!(refused, Some(Code::StoreForked));
    assert_eq!(inherited, Some(Code::Forked));
    assert_eq!(store.counts().await.unwrap().debts(), 1, "the parent's own");
    drop(store);
    // Closed before the fork, it may be opened after it.
    as_a_child(|| drop(place.open()));
}
