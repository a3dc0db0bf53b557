//! Three main replicas and two fallbacks as processes on one PostgreSQL, and a hand that kills them.

use std::{
    net::TcpListener,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chitty_client::{clock::Clock, clock::SystemClock, issuance::keyset::KeySet};
use chitty_tests::postgres::Postgres;
use reference_server::{
    ApiKeySpec, Database, FallbackServer, MainServer,
    auth::issue_api_key,
    store::{FallbackStore, MainStore, PostgresFallback, PostgresMain},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{Instant, sleep},
};

pub const MAINS: usize = 3;
pub const FALLBACKS: usize = 2;
pub const TENANTS: usize = 4;

pub struct Fleet {
    pub mains: Vec<String>,
    pub fallbacks: Vec<String>,
    pub key_set: KeySet,
    pub main_keys: Vec<String>,
    /// By fallback, then by tenant.
    pub fallback_keys: Vec<Vec<String>>,
    pub main_database: String,
    pub main: PostgresMain,
    pub logs: Vec<PostgresFallback>,
    commands: Vec<Vec<String>>,
    running: Vec<Option<Child>>,
    pub kills: Arc<AtomicUsize>,
}

impl Fleet {
    pub async fn start(postgres: &Postgres, folder: &Path) -> Self {
        let ports: Vec<u16> = free_ports(MAINS + FALLBACKS);
        let urls: Vec<String> = ports
            .iter()
            .map(|port| format!("http://127.0.0.1:{port}"))
            .collect();
        let (main_database, main_keys_dir) = (postgres.database(), folder.join("main-keys"));
        // In this process first, for keys, enrolment and grants.
        let first = MainServer::builder()
            .database(Database::Postgres(main_database.clone()))
            .keys_dir(&main_keys_dir)
            .start()
            .await
            .expect("main");
        let mut commands: Vec<Vec<String>> = ports[..MAINS]
            .iter()
            .map(|port| command("main", &main_database, &main_keys_dir, *port))
            .collect();
        let (mut fallback_keys, mut logs) = (Vec::new(), Vec::new());
        for (n, port) in ports[MAINS..].iter().enumerate() {
            let name = format!("fallback-{n}");
            let (database, keys) = (postgres.database(), folder.join(&name));
            let fallback = FallbackServer::builder()
                .name(&name)
                .main_url(first.url())
                .database(Database::Postgres(database.clone()))
                .keys_dir(&keys)
                .renew_by_hand()
                .start()
                .await
                .expect("fallback");
            let thumbprint = fallback.thumbprint();
            first
                .enroll_fallback(&name, &thumbprint, &["GEN"])
                .await
                .expect("enrolled");
            fallback.renew_now().await.expect("granted");
            fallback.shutdown().await;
            let mut arguments = command("fallback", &database, &keys, *port);
            arguments.extend(["--name", &name, "--main-url", &urls[0]].map(str::to_owned));
            commands.push(arguments);
            let store = PostgresFallback::open(&database).await.expect("store");
            let mut secrets = Vec::new();
            for tenant in 0..TENANTS {
                let spec = ApiKeySpec::new(format!("tenant-{tenant}"));
                let now = SystemClock.now_ms();
                secrets.push(issue_api_key(&store, &spec, now).await.expect("key"));
            }
            fallback_keys.push(secrets);
            logs.push(store);
        }
        let mut main_keys = Vec::new();
        for tenant in 0..TENANTS {
            let spec = ApiKeySpec::new(format!("tenant-{tenant}"));
            main_keys.push(first.add_api_key(spec).await.expect("key"));
        }
        let key_set = first.key_set();
        first.shutdown().await;
        let main = PostgresMain::open(&main_database).await.expect("store");
        let mut fleet = Self {
            mains: urls[..MAINS].to_vec(),
            fallbacks: urls[MAINS..].to_vec(),
            key_set,
            main_keys,
            fallback_keys,
            main_database,
            main,
            logs,
            running: commands.iter().map(|_| None).collect(),
            commands,
            kills: Arc::default(),
        };
        fleet.all_up().await;
        fleet
    }

    /// Kills and restarts at random until `end`, and leaves everything running.
    pub async fn havoc(&mut self, end: Instant, mut random: u64) {
        while Instant::now() < end {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let die = (random >> 33) as usize;
            let one = die % self.running.len();
            match self.running[one].take() {
                Some(mut child) => {
                    // SIGKILL: no drain, no goodbye to the database.
                    child.kill().await.expect("killed");
                    self.kills.fetch_add(1, Ordering::Relaxed);
                }
                None => self.running[one] = self.spawn(one).await,
            }
            sleep(Duration::from_millis(40 + (die / 8 % 160) as u64)).await;
        }
        self.all_up().await;
    }

    pub async fn all_up(&mut self) {
        let patience = Instant::now() + Duration::from_secs(60);
        for one in 0..self.running.len() {
            while self.running[one].is_none() {
                assert!(Instant::now() < patience, "a replica does not start");
                self.running[one] = self.spawn(one).await;
            }
        }
    }

    /// Nothing when it ended at once, as it does while PostgreSQL is away.
    async fn spawn(&self, one: usize) -> Option<Child> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_test-server"))
            .args(&self.commands[one])
            .env("RUST_LOG", "off")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("server");
        let mut lines = BufReader::new(child.stdout.take().expect("pipe")).lines();
        match tokio::time::timeout(Duration::from_secs(10), lines.next_line()).await {
            Ok(Ok(Some(_))) => Some(child),
            _ => None,
        }
    }

    /// Waits until main knows every entry of the fallbacks' logs; answers how many there are.
    pub async fn logs_uploaded(&self, postgres: &Postgres) -> u64 {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            let mut issued = 0;
            for log in &self.logs {
                issued += log.issued().await.expect("count");
            }
            let known = postgres.sql(&self.main_database, "SELECT count(*) FROM issue_log");
            if known == issued.to_string() {
                return issued;
            }
            assert!(
                Instant::now() < patience,
                "{known} of {issued} log entries are known"
            );
            sleep(Duration::from_millis(200)).await;
        }
    }

    pub async fn intents(&self) -> Vec<reference_server::store::IntentRow> {
        self.main.intents().await.expect("table")
    }
}

fn command(role: &str, database: &str, keys: &Path, port: u16) -> Vec<String> {
    let keys = keys.to_str().expect("path").to_owned();
    let listen = format!("127.0.0.1:{port}");
    [
        "serve",
        "--role",
        role,
        "--database",
        database,
        "--keys",
        &keys,
        "--listen",
        &listen,
    ]
    .map(str::to_owned)
    .into()
}

fn free_ports(count: usize) -> Vec<u16> {
    let held: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("port"))
        .collect();
    held.iter()
        .map(|one| one.local_addr().expect("address").port())
        .collect()
}
