//! A PostgreSQL of the test's own, from Debian's package: in a temporary folder, on loopback, gone
//! with the test's process. PostgreSQL refuses to run as root, so then it runs as another user.

use std::{
    io,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Stops PostgreSQL and removes its folder when it gets TERM: from `drop`, or from the kernel when
/// the test's process is gone.
const KEEPER: &str = r#"
trap 'gone=1' TERM
"$1" -D "$2/data" -c listen_addresses=127.0.0.1 -p "$3" -c unix_socket_directories= \
    -c max_connections=300 -c fsync="$4" -c log_min_messages=fatal >>"$2/log" 2>&1 &
wait $!
if [ -n "$gone" ]; then
    kill -QUIT $! 2>/dev/null
    wait $!
    rm -rf "$2"
fi
"#;

/// A running PostgreSQL.
pub struct Postgres {
    programs: PathBuf,
    folder: String,
    user: Option<(String, String)>,
    port: u16,
    fsync: bool,
    keeper: Mutex<Option<u32>>,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts one, or says why there is none. `fsync` is for tests of durability.
    ///
    /// # Panics
    /// When it is installed and does not start, and under CI when it is not installed.
    pub fn start(fsync: bool) -> Option<Self> {
        let Some(programs) = programs() else {
            let text = "PostgreSQL is not installed (Debian: apt-get install postgresql)";
            assert!(std::env::var("CI").is_err(), "{text}");
            eprintln!("SKIPPED on PostgreSQL: {text}");
            return None;
        };
        let user = (said("id", &["-u"]) == "0").then(|| {
            let name = match said("id", &["-u", "postgres"]).is_empty() {
                true => "nobody",
                false => "postgres",
            };
            (said("id", &["-u", name]), said("id", &["-g", name]))
        });
        let mut server = Self {
            programs,
            folder: String::new(),
            user,
            port: free_port(),
            fsync,
            keeper: Mutex::new(None),
            databases: AtomicU32::new(0),
        };
        let made = server
            .as_user("mktemp")
            .args(["-d", "/tmp/chitty-pg-XXXXXX"])
            .output();
        let made = made.expect("mktemp");
        server.folder = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        let initdb = server.programs.join("initdb");
        let done = server
            .as_user(initdb.to_str().expect("path"))
            .args(["-D", &format!("{}/data", server.folder)])
            .args([
                "-U",
                "chitty",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "-N",
            ])
            .output()
            .expect("initdb");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        server.resume();
        Some(server)
    }

    /// A new, empty database's URL.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn database(&self) -> String {
        let name = format!("db{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        format!("postgres://chitty@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs a statement and answers what `psql` says.
    ///
    /// # Panics
    /// When it fails.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let database = database.rsplit('/').next().unwrap_or(database);
        let done = self.psql(database, statement);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn psql(&self, database: &str, statement: &str) -> std::process::Output {
        Command::new(self.programs.join("psql"))
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "chitty",
                "-d",
                database,
                "-XAtqc",
                statement,
            ])
            .args(["-p", &self.port.to_string()])
            .output()
            .expect("psql")
    }

    /// Stops it as a crash would; its data stays.
    ///
    /// # Panics
    /// When it cannot be stopped.
    pub fn stop(&self) {
        let done = self
            .as_user(self.programs.join("pg_ctl").to_str().expect("path"))
            .args([
                "-D",
                &format!("{}/data", self.folder),
                "-m",
                "immediate",
                "-w",
                "stop",
            ])
            .output()
            .expect("pg_ctl");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    /// When it does not answer within a minute.
    pub fn resume(&self) {
        let mut command = self.as_user("sh");
        let server = self.programs.join("postgres");
        command.args([
            "-c",
            KEEPER,
            "sh",
            server.to_str().expect("path"),
            &self.folder,
        ]);
        command.args([
            self.port.to_string().as_str(),
            if self.fsync { "on" } else { "off" },
        ]);
        command.stdin(Stdio::null());
        let (send, started) = mpsc::channel::<io::Result<u32>>();
        // The kernel's signal comes when the thread that started the child ends: it stays.
        thread::spawn(move || match command.spawn() {
            Ok(mut child) => {
                let _ = send.send(Ok(child.id()));
                let _ = child.wait();
            }
            Err(error) => drop(send.send(Err(error))),
        });
        let id = started.recv().expect("thread").expect("sh");
        *self.keeper.lock().expect("lock") = Some(id);
        let patience = Instant::now() + Duration::from_secs(60);
        while !self.psql("postgres", "SELECT 1").status.success() {
            assert!(Instant::now() < patience, "PostgreSQL does not answer");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn as_user(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]);
        if let Some((user, group)) = &self.user {
            command.args(["--reuid", user, "--regid", group, "--clear-groups"]);
        }
        command.arg("--").arg(program).current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(id) = self.keeper.lock().ok().and_then(|mut keeper| keeper.take()) {
            let _ = Command::new("kill").arg(id.to_string()).status();
        }
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|bin| bin.join("postgres").exists() && bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    listener.local_addr().expect("address").port()
}
