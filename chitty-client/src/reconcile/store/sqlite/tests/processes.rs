//! Several processes on one file: no lost update, one store key, and no write without rights.
//!
//! The test binary starts itself again with the job in an environment variable.

use std::path::Path;
use std::process::{Child, Command};

use super::*;

const JOB: &str = "CHITTY_STORE_TEST_JOB";
const FILE: &str = "CHITTY_STORE_TEST_FILE";
const ROUNDS: u64 = 300;

pub(super) fn child(job: &str, file: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let (module, _) = module_path!()
        .split_once("::")
        .map_or(("", ""), |(_, path)| (path, ""));
    command
        .args(["--exact", "--nocapture", &format!("{module}::in_a_child")])
        .env(JOB, job)
        .env(FILE, file)
        .stdout(std::process::Stdio::null());
    command
}

pub(super) fn finish(children: Vec<Child>) {
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

/// Does nothing when the tests run by themselves.
#[tokio::test]
async fn in_a_child() {
    let (Ok(job), Ok(file)) = (std::env::var(JOB), std::env::var(FILE)) else {
        return;
    };
    let path = Path::new(&file);
    match job.as_str() {
        "count-0" | "count-1" | "blind-0" | "blind-1" => {
            let store = SqliteStore::open(path).unwrap();
            seen(&store).blind = job.starts_with("blind");
            // Both start together, so that they really meet.
            store.set_note(&job, b"ready").await.unwrap();
            wait_for(&store, "go").await;
            raise(&store).await;
        }
        "create" => drop(SqliteStore::open(path).unwrap()),
        "killed" => {
            let store = SqliteStore::open(path).unwrap();
            for number in 0.. {
                store.put(owed(number), Durability::Power).await.unwrap();
                println!("{number}");
            }
        }
        #[cfg(unix)]
        habit if habit.starts_with("ids-") => super::locks::take_ids(&habit[4..], path).await,
        refused => assert_eq!(refusal(path).unwrap().as_str(), refused),
    }
}

/// Adds one to a counter in a row, [`ROUNDS`] times.
async fn raise(store: &SqliteStore) {
    for _ in 0..ROUNDS {
        loop {
            let mut row = store.get(&entry(1).key).await.unwrap().unwrap();
            let count = u64::from_be_bytes(row.body.as_slice().try_into().unwrap());
            row.body = (count + 1).to_be_bytes().to_vec();
            if let Put::Done(_) = put(store, row).await.unwrap() {
                break;
            }
        }
    }
}

async fn wait_for(store: &SqliteStore, note: &str) {
    while store.note(note).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
}

async fn counted(job: &str) -> u64 {
    let place = Place::new();
    let store = place.open();
    put(
        &store,
        Entry {
            body: vec![0; 8],
            ..entry(1)
        },
    )
    .await
    .unwrap();
    let jobs = [0, 1].map(|number| format!("{job}-{number}"));
    let children = jobs
        .iter()
        .map(|job| child(job, &place.path()).spawn().unwrap())
        .collect();
    for job in &jobs {
        wait_for(&store, job).await;
    }
    store.set_note("go", b"").await.unwrap();
    finish(children);
    let row = store.get(&entry(1).key).await.unwrap().unwrap();
    u64::from_be_bytes(row.body.as_slice().try_into().unwrap())
}

#[tokio::test]
async fn two_processes_lose_no_update() {
    assert_eq!(counted("count").await, 2 * ROUNDS);
}

/// Control: without the version check the same run loses updates.
#[tokio::test]
async fn without_compare_and_swap_updates_are_lost() {
    assert!(counted("blind").await < 2 * ROUNDS);
}

#[tokio::test]
async fn processes_that_create_one_file_agree_on_its_key() {
    for _ in 0..5 {
        let place = Place::new();
        let children = (0..4)
            .map(|_| child("create", &place.path()).spawn().unwrap())
            .collect();
        let store = place.open();
        let key = store.store_key().await.unwrap();
        finish(children);
        drop(store);
        let again = place.open().store_key().await.unwrap();
        assert!(again.matches(key.expose_secret()));
    }
    // The same within one process.
    let place = Place::new();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let path = place.path();
            std::thread::spawn(move || SqliteStore::open(path).unwrap())
        })
        .collect();
    let stores: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    let key = stores[0].store_key().await.unwrap();
    for store in &stores {
        assert!(
            store
                .store_key()
                .await
                .unwrap()
                .matches(key.expose_secret())
        );
    }
}

/// What was answered before a kill is there afterwards.
#[cfg(unix)]
#[tokio::test]
async fn a_killed_process_keeps_what_it_was_told() {
    use std::io::{BufRead, BufReader};
    for told in [1, 5, 40] {
        let place = Place::new();
        let mut process = child("killed", &place.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let last = lines
            .map_while(Result::ok)
            .filter_map(|line| line.parse::<u64>().ok())
            .find(|number| *number >= told)
            .unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        let store = place.open();
        for number in 0..=last {
            assert!(store.get(&entry(number).key).await.unwrap().is_some());
        }
    }
}

/// Rights do not bind root, so root becomes nobody in the child.
#[cfg(unix)]
#[tokio::test]
async fn files_and_folders_without_the_right_to_write() {
    use std::fs::{self, Permissions};
    use std::os::unix::{fs::MetadataExt, fs::PermissionsExt, process::CommandExt};
    let place = Place::filled(1).await;
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let try_it = |path: &Path| {
        let mut command = child(Code::StoreReadOnly.as_str(), path);
        if fs::metadata(place.folder.path()).unwrap().uid() == 0 {
            command.uid(65_534).gid(65_534);
        }
        match command.spawn() {
            Ok(process) => finish(vec![process]),
            Err(error) => println!("skipped: cannot start the child as another user: {error}"),
        }
    };
    mode(&place.path(), 0o444);
    mode(place.folder.path(), 0o777);
    try_it(&place.path());
    mode(&place.path(), 0o666);
    mode(place.folder.path(), 0o555);
    try_it(&place.path());
    try_it(&place.folder.path().join("new.db"));
    mode(place.folder.path(), 0o700);
}
