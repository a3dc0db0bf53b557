//! Where a program writes may be gone or stuck: the service answers all the same, ends when it is told to,
//! and counts what was lost. Each against the real program.

use std::{
    io::{self, Read},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    bench::client,
    cli::{program, run},
};

/// More requests than a pipe holds lines of.
const REQUESTS: usize = 800;

/// A main service at an address that is known without its first line.
struct Main {
    process: Child,
    url: String,
}

impl Main {
    fn start(folder: &Path, stdout: Stdio, stderr: Stdio) -> Self {
        let keys = folder.join("keys");
        let keys = keys.to_str().unwrap();
        assert!(run(&["keys", "new", "--dir", keys]).status.success());
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let database = folder.join("main.sqlite");
        let process = program()
            .args(["serve", "--role", "main", "--keys", keys, "--database"])
            .arg(database)
            .args(["--listen", &address, "--strangers-per-second", "0"])
            .env("RUST_LOG", "debug")
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .unwrap();
        let url = format!("http://{address}");
        Self { process, url }
    }

    /// Waits until it answers, then asks so often that its log fills every pipe.
    async fn answers(&self) {
        let http = client();
        let health = format!("{}/health", self.url);
        let patience = Instant::now() + Duration::from_secs(60);
        while http.get(&health).send().await.is_err() {
            assert!(Instant::now() < patience, "it never answered");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for _ in 0..REQUESTS {
            let answer = http.get(format!("{}/openapi.json", self.url)).send().await;
            assert_eq!(answer.unwrap().status().as_u16(), 200);
        }
        let answer = http.get(&health).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }

    async fn dropped(&self) -> u64 {
        let text = client().get(format!("{}/metrics", self.url)).send().await;
        let text = text.unwrap().text().await.unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("chitty_log_lines_dropped_total "));
        let (_, count) = line.unwrap().split_once(' ').unwrap();
        count.parse().unwrap()
    }

    /// Ends it as an operator does.
    async fn ends(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(Instant::now() < patience, "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The end of a pipe whose reader is gone.
fn closed() -> Stdio {
    let (_, writer) = io::pipe().unwrap();
    writer.into()
}

#[tokio::test]
async fn a_log_that_nobody_reads_any_more_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let main = Main::start(folder.path(), Stdio::null(), closed());
    main.answers().await;
    let patience = Instant::now() + Duration::from_secs(60);
    while main.dropped().await < REQUESTS as u64 {
        assert!(Instant::now() < patience, "lines were lost and not counted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    main.ends().await;
}

#[tokio::test]
async fn a_log_whose_reader_is_stuck_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut reader, writer) = io::pipe().unwrap();
    // The hazard: whoever writes to this pipe waits.
    let main = Main::start(folder.path(), Stdio::null(), writer.into());
    main.answers().await;
    main.ends().await;
    // The control: the pipe was full, and what was in it is the log.
    let mut log = Vec::new();
    reader.read_to_end(&mut log).unwrap();
    assert!(log.len() >= 60_000, "{} bytes: it never filled", log.len());
}

#[tokio::test]
async fn a_start_that_nobody_reads_is_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let (mut reader, stderr) = io::pipe().unwrap();
    let main = Main::start(folder.path(), closed(), stderr.into());
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        reader.read_to_string(&mut log).unwrap();
        log
    });
    main.answers().await;
    let url = main.url.clone();
    main.ends().await;
    let log = log.join().unwrap();
    let warned = log
        .lines()
        .find(|line| line.contains("standard output takes nothing"));
    assert!(warned.unwrap().contains(&url), "it says where it listens");
}

#[test]
fn an_order_whose_answer_nobody_reads_says_so_and_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (database, keys) = (path("main.sqlite"), path("keys"));
    assert!(run(&["keys", "new", "--dir", &keys]).status.success());
    let orders: [&[&str]; 7] = [
        &[
            "api-key",
            "add",
            "--tenant",
            "alpha",
            "--database",
            &database,
        ],
        &["api-key", "list", "--database", &database],
        &["fallback", "list", "--database", &database],
        &["keys", "show", "--dir", &keys],
        &["openapi"],
        &["restored", "--database", &database],
        &["--help"],
    ];
    for order in orders {
        let mut told = program();
        let told = told.args(order).stdout(closed()).output().unwrap();
        let said = String::from_utf8_lossy(&told.stderr);
        assert!(!said.contains("panicked"), "{order:?}: {said}");
        if order != ["--help"] {
            assert_eq!(told.status.code(), Some(1), "{order:?}");
            assert!(said.contains("could not be written"), "{order:?}: {said}");
        }
        // Nor is anything else said than by the status, when nobody reads at all.
        let mut mute = program();
        let mute = mute.args(order).stdout(closed()).stderr(closed()).status();
        assert!(mute.unwrap().code().is_some(), "{order:?}: a signal");
    }
    let listed = run(&["api-key", "list", "--database", &database]);
    assert!(!listed.stdout.is_empty(), "the control: it was made");
}
