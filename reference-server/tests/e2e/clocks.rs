//! Clocks that differ and clocks that jump (decision D29): two replicas of a broker at ±20 s, and one that was
//! a year ahead and is put right. Nothing that was signed or stored by a clock ahead blocks anything, and
//! nothing that was used counts again.

use std::sync::Arc;

use chitty_client::error::Code;
use reference_server::{BrokerServer, Database, Overload};
use spooky_core::{
    anchor::{Accepted, StatusMonitor, StatusReason, UnverifiedRegistered},
    verdict::Verdict,
};

use crate::{
    anchors::snapshot,
    bench::TestClock,
    people::{BROKER, Bench, Person, schema},
    place::place,
};

/// As far ahead as the keys of a test reach and credentials are covered.
const AHEAD: i64 = 300 * 86_400_000;

/// A replica with a clock of its own.
async fn replica(folder: &std::path::Path, off_ms: i64) -> Bench {
    let clock = TestClock::new();
    clock.advance(off_ms);
    let broker = BrokerServer::builder()
        .issuer(BROKER)
        .schema(schema())
        .database(place(Database::File(folder.join("broker.sqlite"))))
        .keys_dir(folder.join("keys"))
        .clock(clock.clone())
        .overload(Overload {
            strangers_per_second: 0.0,
            ..Overload::default()
        })
        .start();
    let broker = broker.await.unwrap();
    let mut bench = Bench::elsewhere(&broker.url(), "");
    (bench.clock, bench.broker) = (Arc::clone(&clock), Some(broker));
    bench
}

#[tokio::test]
async fn a_broker_whose_clock_was_ahead_publishes_what_is_revoked_at_once() {
    let bench = Bench::new().await;
    let mut right = StatusMonitor::new(BROKER);
    let first = snapshot(&bench).await;
    assert!(right.offer(first, bench.now()).is_valid());
    // One verifier's clock goes along with the broker's; another one's does not.
    let mut along = right.clone();

    bench.clock.advance(AHEAD);
    let early = Person::registered(&bench).await;
    early.revoke(&bench).await;
    bench.clock.advance(61_000);
    let ahead = snapshot(&bench).await;
    assert!(ahead.revokes_anchor(&early.commitment()));
    assert_eq!(ahead.head().reset, None);
    assert!(along.offer(ahead.clone(), bench.now()).is_valid());
    let during = Person::registered(&bench).await;
    during.revoke(&bench).await;

    bench.clock.advance(-AHEAD);
    // The hazard: by this clock the snapshot of the time to come is new enough for a long time.
    assert!(ahead.head().as_of > bench.now() + 300);
    let refused = right.offer(ahead.clone(), bench.now());
    assert_eq!(refused, Verdict::Indeterminate(StatusReason::AheadOfClock));
    let late = Person::registered(&bench).await;
    late.revoke(&bench).await;
    let back = snapshot(&bench).await;
    let head = back.head();
    assert_eq!((head.seq, head.as_of), (3, bench.now()));
    assert_eq!((head.reset, head.prev), (Some(3), Some(ahead.digest())));
    for person in [&early, &during, &late] {
        assert!(back.revokes_anchor(&person.commitment()));
    }
    let alive = Person::registered(&bench).await.commitment();
    for monitor in [&mut right, &mut along] {
        let taken = monitor.offer(back.clone(), bench.now());
        assert_eq!(taken, Verdict::Valid(Accepted::Newer));
        let judged = monitor.anchor(&alive, bench.now(), 600);
        assert_eq!(judged, Verdict::Valid(bench.now()));
    }

    // Later ones repeat it, and go forward again: also for one who missed the step.
    let mut missed = StatusMonitor::new(BROKER);
    assert!(
        missed
            .offer(ahead, bench.now() + AHEAD.unsigned_abs() / 1000)
            .is_valid()
    );
    bench.clock.advance(61_000);
    let next = snapshot(&bench).await;
    assert_eq!((next.head().seq, next.head().reset), (4, Some(3)));
    for monitor in [&mut right, &mut along, &mut missed] {
        assert!(monitor.offer(next.clone(), bench.now()).is_valid());
    }
}

#[tokio::test]
async fn a_statement_dated_by_a_clock_that_was_ahead_is_signed_anew() {
    let bench = Bench::new().await;
    bench.clock.advance(AHEAD);
    let (person, other) = (
        Person::registered(&bench).await,
        Person::registered(&bench).await,
    );
    let dated_ahead = person.status(&bench).await.body;
    bench.clock.advance(-AHEAD);
    let keys = bench.statement_keys().await;
    let judge = |person: &Person, text: &serde_json::Value| {
        let statement = UnverifiedRegistered::parse(text.as_str().unwrap()).unwrap();
        statement.verify(&keys, &person.commitment(), bench.now())
    };
    // The hazard: nobody takes it before its time.
    let early = judge(&person, &dated_ahead["statement"]);
    assert!(matches!(
        early,
        Verdict::Indeterminate(StatusReason::AheadOfClock)
    ));
    // Both ways to a statement mend it, and once.
    let asked = person.status(&bench).await.body;
    assert!(judge(&person, &asked["statement"]).is_valid());
    let again = other.register(&bench).await.body;
    assert!(judge(&other, &again["statement"]).is_valid());
    bench.clock.advance(3_600_000);
    assert_eq!(person.status(&bench).await.body, asked);
    assert_eq!(other.register(&bench).await.body, again);
}

#[tokio::test]
async fn replicas_at_twenty_seconds_serve_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let behind = replica(folder.path(), -20_000).await;
    let ahead = replica(folder.path(), 20_000).await;
    let mut monitor = StatusMonitor::new(BROKER);
    let mut now = behind.now() + 20;
    for n in 0..4 {
        let person = Person::registered(&ahead).await;
        person.revoke(&behind).await;
        for bench in [&ahead, &behind] {
            bench.clock.advance(121_000);
        }
        now += 121;
        let asked = match n % 2 {
            0 => [&ahead, &behind],
            _ => [&behind, &ahead],
        };
        for bench in asked {
            let one = snapshot(bench).await;
            assert_eq!(one.head().reset, None, "20 seconds are no set-back");
            assert!(one.revokes_anchor(&person.commitment()));
            let taken = monitor.offer(one, now);
            assert!(taken.is_valid(), "{taken:?}");
        }
    }
}

/// A nonce that one replica burnt, asked again at another one.
async fn replayed(burnt_at: &Bench, again_at: &Bench, between: impl AsyncFnOnce()) -> bool {
    let person = Person::new();
    let nonce = again_at.nonce().await;
    let body = person.registration(&nonce, BROKER, burnt_at.now());
    let first = burnt_at.post("/api/anchor/register", &body).await;
    assert_eq!(first.status, 200, "{}", first.body);
    between().await;
    let body = person.registration(&nonce, BROKER, again_at.now());
    let again = again_at.post("/api/anchor/register", &body).await;
    if again.status != 200 {
        again.refused(401, Code::NonceInvalid);
    }
    again.status == 200
}

#[tokio::test]
async fn a_used_nonce_counts_at_no_replica_whatever_its_clock_does() {
    let folder = tempfile::tempdir().unwrap();
    let behind = replica(folder.path(), -20_000).await;
    let ahead = replica(folder.path(), 20_000).await;
    // The one that is ahead has forgotten all that ended, by its clock, long ago.
    let counted = replayed(&ahead, &behind, async || {
        ahead.clock.advance(281_000);
        behind.clock.advance(281_000);
        Person::registered(&ahead).await;
    });
    assert!(!counted.await, "20 seconds apart");
    // One jump far ahead, during which everything is forgotten that ever ended, and back.
    let counted = replayed(&ahead, &behind, async || {
        ahead.clock.advance(AHEAD);
        Person::registered(&ahead).await;
        ahead.clock.advance(AHEAD);
        Person::registered(&ahead).await;
        ahead.clock.advance(-2 * AHEAD);
    });
    assert!(!counted.await, "after a jump ahead");
    // What ends up to where nonces were forgotten counts as used; here a replica that is behind waits for
    // 40 seconds. What ends later does not.
    for bench in [&ahead, &behind] {
        bench.clock.advance(60_000);
    }
    // One jump back, to a time whose nonces were forgotten.
    let hour = 3_600_000;
    let counted = replayed(&ahead, &behind, async || {
        ahead.clock.advance(hour);
        behind.clock.advance(hour);
        Person::registered(&ahead).await;
        behind.clock.advance(-hour);
    });
    assert!(!counted.await, "after a jump back");
    behind.clock.advance(hour);
    // The control: a fresh nonce counts at each, at once and after all of this.
    for bench in [&ahead, &behind] {
        Person::registered(bench).await;
    }
}
