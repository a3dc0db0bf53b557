//! A disk that was full, or failed, once: while it is, `/health` says so; afterwards everything goes on
//! without a restart. Against the real program, with a disk that is really full and with writes that really
//! fail.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chitty_client::error::Code;
use serde_json::Value;
use spooky_core::encoding::base64url;

use crate::{
    bench::{Ask, JsonBody, Reply, client, reply},
    cli::{json_lines, program, run},
};

struct Main {
    process: Child,
    url: String,
    secret: String,
}

impl Main {
    fn start(database: &Path, keys: &Path) -> Self {
        let (database, keys) = (database.to_str().unwrap(), keys.to_str().unwrap());
        assert!(run(&["keys", "new", "--dir", keys]).status.success());
        let order = [
            "api-key",
            "add",
            "--database",
            database,
            "--tenant",
            "alpha",
        ];
        let secret = json_lines(&run(&order))[0]["apiKey"]
            .as_str()
            .unwrap()
            .to_owned();
        // A write beyond a limit must fail instead of ending the process.
        let mut process = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(program().get_program())
            .args(["serve", "--role", "main", "--strangers-per-second", "0"])
            .args(["--database", database, "--keys", keys])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let url = ready["listening"].as_str().unwrap().to_owned();
        Self {
            process,
            url,
            secret,
        }
    }

    async fn generate(&self, ask: &Ask) -> Reply {
        let request = client().post(format!("{}/api/chittyid/generate", self.url));
        let request = request.header("x-api-key", &self.secret);
        let request = request.header("idempotency-key", base64url(&ask.key));
        reply(request.json_body(&ask.body())).await.unwrap()
    }

    async fn health(&self) -> Reply {
        let request = client().get(format!("{}/health", self.url));
        reply(request).await.unwrap()
    }

    /// Asks for `/health` until it says `status`.
    async fn healthy(&self, status: u16) -> Reply {
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let health = self.health().await;
            if health.status == status {
                return health;
            }
            assert!(Instant::now() < patience, "{}", health.body);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The whole story: well, broken by `fail`, mended by `mend`.
    async fn survives(&self, fail: impl FnOnce(), mend: impl FnOnce()) {
        let before = Ask::new("before");
        let first = self.generate(&before).await.ok();
        assert_eq!(self.health().await.status, 200);
        fail();
        // The control: it is really broken, more than once, so that every state a connection can be
        // left in is met.
        for n in 0..5 {
            let refused = self
                .generate(&Ask::new(&format!("while it fails {n}")))
                .await;
            refused.refused(503, Code::StoreUnavailable);
        }
        let health = self.healthy(503).await;
        assert_eq!(health.body["status"], "the database takes no writes");
        mend();
        self.healthy(200).await;
        for n in 0..5 {
            let ask = Ask::new(&format!("while it fails {n}"));
            let id = self.generate(&ask).await.ok();
            assert_eq!(self.generate(&ask).await.ok(), id);
        }
        assert_eq!(self.generate(&before).await.ok(), first, "nothing is lost");
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes beyond the end of its files fail (EFBIG) until the limit is lifted.
#[tokio::test]
async fn a_database_whose_writes_failed_once_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let main = Main::start(&folder.path().join("main.sqlite"), &keys);
    let limit = |bytes: &str| {
        let id = main.process.id().to_string();
        let set = Command::new("prlimit")
            .args(["--pid", &id, &format!("--fsize={bytes}:unlimited")])
            .status();
        assert!(set.unwrap().success());
    };
    main.survives(|| limit("1"), || limit("unlimited")).await;
}

/// A disk of its own, taken away at the end.
struct Disk(PathBuf);

impl Disk {
    fn of(bytes: usize, place: &Path) -> Option<Self> {
        std::fs::create_dir(place).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "none"])
            .arg(place)
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(place.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
#[allow(clippy::print_stdout)]
async fn a_disk_that_was_full_once_stops_nothing_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::of(4 << 20, &folder.path().join("disk")) else {
        println!("skipped: this user may not mount a disk of its own");
        return;
    };
    let main = Main::start(&disk.0.join("main.sqlite"), &folder.path().join("keys"));
    let filler = disk.0.join("filler");
    let fill = || {
        use std::io::Write;
        let mut file = std::fs::File::create(&filler).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
    };
    main.survives(fill, || std::fs::remove_file(&filler).unwrap())
        .await;
    drop(main);
}
