//! The snapshot of a broker with a million anchors, one in a hundred revoked: from the database to a
//! verifier. `spooky-core`'s bench `people` has the same without database and HTTP, and a million revoked.

use std::time::Instant;

use chitty_tests::bodies::start_broker;
use rusqlite::Connection;
use spooky_core::anchor::{AnchorCommitment, UnverifiedSnapshot};
use tokio::runtime::Runtime;

use crate::caller::{Caller, json};

const ANCHORS: usize = 1_000_000;
const REVOKED: usize = ANCHORS / 100;
const LOOK_UPS: usize = 1_000_000;

pub fn run(callers: &Runtime, broker: &Runtime) {
    println!("\nsnapshot: {ANCHORS} anchors, {REVOKED} of them revoked, on SQLite");
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("broker.sqlite");
    let handle = broker.block_on(start_broker(file.clone()));
    let revoked = fill(&Connection::open(&file).expect("database"));
    let size = std::fs::metadata(&file).expect("file").len();
    println!("{:<40} {:>12.1} MB", "the database", size as f64 / 1e6);
    let text = callers.block_on(async {
        let caller = Caller::new(&handle).await;
        let fetch = async |what: &str| {
            let start = Instant::now();
            let answer = caller.get("/api/anchor/snapshot").await;
            row(what, start);
            answer
        };
        let first = fetch("read, sign, store and fetch it").await;
        assert_eq!(first, fetch("fetch it again").await);
        let text = json(&first)["snapshot"].as_str().map(str::to_owned);
        text.expect("snapshot")
    });
    println!("{:<40} {:>12} bytes", "its size", text.len());
    let keys = handle.statement_keys().expect("keys");
    let start = Instant::now();
    let unverified = UnverifiedSnapshot::parse(&text).expect("snapshot");
    let snapshot = unverified.verify(&keys).into_result();
    let Ok(snapshot) = snapshot else {
        panic!("the broker's own snapshot does not verify");
    };
    row("load and verify it", start);
    assert_eq!(snapshot.counts(), (REVOKED, 0));
    let start = Instant::now();
    let found = (0..LOOK_UPS)
        .filter(|number| {
            let mut anchor = revoked[number % REVOKED];
            // Every other one is nobody's.
            anchor[31] ^= u8::from(number % 2 == 1);
            snapshot.revokes_anchor(&AnchorCommitment::from_bytes(anchor))
        })
        .count();
    let each = start.elapsed().as_secs_f64() / LOOK_UPS as f64;
    assert_eq!(found, LOOK_UPS / 2);
    println!("{:<40} {:>12.0} ns", "look up one anchor", each * 1e9);
    broker.block_on(handle.shutdown());
}

fn row(what: &str, start: Instant) {
    let took = start.elapsed().as_secs_f64() * 1e3;
    println!("{what:<40} {took:>12.1} ms");
}

/// Registers and revokes past the broker, which would sign each of a million statements.
fn fill(database: &Connection) -> Vec<[u8; 32]> {
    let text = format!(
        "BEGIN;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ANCHORS})
         INSERT INTO anchors (anchor, recovery, device, statement, registered_at)
         SELECT randomblob(32), randomblob(32), randomblob(65), hex(randomblob(200)), 0 FROM n;
         INSERT INTO graveyard (anchor, revoked_at) SELECT anchor, 0 FROM anchors LIMIT {REVOKED};
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);"
    );
    database.execute_batch(&text).expect("filled");
    let mut rows = database
        .prepare("SELECT anchor FROM graveyard")
        .expect("query");
    let rows = rows.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("anchors")
}
