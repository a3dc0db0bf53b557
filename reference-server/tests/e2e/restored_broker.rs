//! A broker's database restored from a backup: without a word of the operator it contradicts what it
//! signed and forgets revocations; with it verifiers follow, and nobody comes back from the graveyard.

use std::{path::Path, sync::Arc};

use chitty_client::error::Code;
use reference_server::{BrokerServer, Overload};
use spooky_core::{
    anchor::{Accepted, StatusMonitor, StatusReason, StatusSnapshot},
    verdict::Verdict,
};

use crate::{
    anchors::snapshot,
    bench::TestClock,
    cli::{json_lines, run},
    people::{BROKER, Bench, Person, schema},
};

/// A broker on the files in this folder.
async fn open(folder: &Path, clock: &Arc<TestClock>) -> Bench {
    let broker = BrokerServer::builder()
        .issuer(BROKER)
        .schema(schema())
        .database(folder.join("broker.sqlite"))
        .keys_dir(folder.join("keys"))
        .clock(clock.clone())
        .overload(Overload {
            strangers_per_second: 0.0,
            ..Overload::default()
        })
        .start();
    let broker = broker.await.unwrap();
    let mut bench = Bench::elsewhere(&broker.url(), "");
    (bench.clock, bench.broker) = (clock.clone(), Some(broker));
    bench
}

/// The file as a backup has it: nothing is left beside it after a shutdown.
async fn close(bench: Bench, folder: &Path) -> Vec<u8> {
    bench.broker.unwrap().shutdown().await;
    std::fs::read(folder.join("broker.sqlite")).unwrap()
}

/// What the operator says, and whether the program took it.
fn say(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let (database, keys) = (folder.join("broker.sqlite"), folder.join("keys"));
    let at = [
        "restored-broker",
        "--database",
        database.to_str().unwrap(),
        "--keys",
        keys.to_str().unwrap(),
    ];
    run(&[&at, arguments].concat())
}

#[tokio::test]
async fn after_a_restore_that_was_said_nothing_is_contradicted_and_nobody_comes_back() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::new());
    let folder = folder.path();
    let bench = open(folder, &clock).await;
    let mut monitor = StatusMonitor::new(BROKER);
    let offer = |monitor: &mut StatusMonitor, snapshot: StatusSnapshot, bench: &Bench| {
        let mut offered = monitor.clone();
        let verdict = offered.offer(snapshot, bench.now());
        if matches!(verdict, Verdict::Valid(_)) {
            *monitor = offered;
        }
        verdict
    };
    let newer = Verdict::Valid(Accepted::Newer);
    let before = Person::registered(&bench).await;
    before.revoke(&bench).await;
    let known = Person::registered(&bench).await;
    let first = snapshot(&bench).await;
    assert_eq!(offer(&mut monitor, first, &bench), newer);
    let backup = close(bench, folder).await;

    // Since the backup: two are revoked, one of whom it does not know, and a nonce is burnt.
    let bench = open(folder, &clock).await;
    known.revoke(&bench).await;
    let since = Person::registered(&bench).await;
    since.revoke(&bench).await;
    let used = Person::new().registration(&bench.nonce().await, BROKER, bench.now());
    let register = "/api/anchor/register";
    assert_eq!(bench.post(register, &used).await.status, 200);
    clock.advance(61_000);
    let second = snapshot(&bench).await;
    assert_eq!(second.counts(), (3, 0));
    assert_eq!(offer(&mut monitor, second, &bench), newer);
    let published = bench.get("/api/anchor/snapshot").await.body.to_string();
    let latest = folder.join("latest.json");
    std::fs::write(&latest, &published).unwrap();
    let latest = latest.to_str().unwrap();
    close(bench, folder).await;

    let restore = || std::fs::write(folder.join("broker.sqlite"), &backup).unwrap();
    // The hazard itself.
    restore();
    clock.advance(61_000);
    let bench = open(folder, &clock).await;
    assert_eq!(known.status(&bench).await.body["state"], "active");
    assert_eq!(bench.post(register, &used).await.status, 200);
    let lie = Verdict::Invalid(StatusReason::Equivocation);
    assert_eq!(offer(&mut monitor, snapshot(&bench).await, &bench), lie);
    close(bench, folder).await;

    let mut witness = monitor.clone();
    restore();
    let named = ["--issuer", BROKER, "--snapshot", latest];
    let another = ["--issuer", "https://id.example", "--snapshot", latest];
    for wrong in [&another[..], &named[..2]] {
        assert!(!say(folder, wrong).status.success(), "{wrong:?}");
    }
    let said = json_lines(&say(folder, &named));
    assert_eq!(said[0]["revokedAgain"], 2, "{said:?}");
    let bench = open(folder, &clock).await;
    let after = snapshot(&bench).await;
    assert!(after.head().seq > said[0]["nextSnapshotAfter"].as_u64().unwrap());
    assert_eq!(after.counts(), (3, 0));
    assert_eq!(offer(&mut monitor, after, &bench), newer);
    for person in [&before, &known, &since] {
        assert_eq!(person.status(&bench).await.body["state"], "revoked");
        let again = person.register(&bench).await;
        again.refused(403, Code::AnchorRevoked);
    }
    let replayed = bench.post(register, &used).await;
    replayed.refused(401, Code::NonceInvalid);
    close(bench, folder).await;

    // Where nobody has a snapshot, the chain is not contradicted; who remembers more says so.
    restore();
    let lost = ["--issuer", BROKER, "--none-found"];
    assert_eq!(json_lines(&say(folder, &lost))[0]["revokedAgain"], 0);
    let bench = open(folder, &clock).await;
    let shrunk = Verdict::Invalid(StatusReason::AnchorsShrank);
    assert_eq!(offer(&mut witness, snapshot(&bench).await, &bench), shrunk);
    let mut stranger = StatusMonitor::new(BROKER);
    assert_eq!(offer(&mut stranger, snapshot(&bench).await, &bench), newer);
}
