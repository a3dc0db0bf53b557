//! A broker whose keys somebody else may hold: what they signed is refused by everybody, with the reason
//! that says so, and everything goes on under the keys that take their place.

use chitty_client::error::Code;
use reference_server::{BrokerHandle, Database};
use serde_json::{Value, json};
use spooky_core::{
    anchor::{
        Accepted, REGISTERED_USE, STATUS_USE, StatusMonitor, StatusReason, StatusSnapshot,
        UnverifiedRegistered, UnverifiedSnapshot,
    },
    verdict::Verdict,
};

use crate::people::{BROKER, Bench, Person, SITE};

/// The published name of the first active key for this use.
fn active(broker: &BrokerHandle, usage: &str) -> String {
    let keys = broker.statement_keys().unwrap().to_json().unwrap();
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let mut keys = keys["keys"].as_array().unwrap().iter();
    let key = keys.find(|key| key["use"] == usage && key["state"] == "active");
    key.unwrap()["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn credentials_of_a_revoked_period_are_refused_and_obtained_anew() {
    let bench = Bench::new().await;
    let (person, credential) = Person::with_credential(&bench).await;
    let policy = bench.policy(&["age_over_21"], true);
    let shown = bench.shown(&credential, SITE, &policy).await;
    let before = bench.verify(&shown, &policy).await;
    assert_eq!(before.status, 200, "the control: {}", before.body);

    let held = bench.issuer_keys().await;
    let text: Value = serde_json::from_slice(&held.to_json().unwrap()).unwrap();
    let own = text["keys"].as_array().unwrap().iter().find(|key| {
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        let last = credential.not_after().to_string();
        text("from") <= last && last <= text("until")
    });
    let name = own.unwrap()["key"].as_str().unwrap().to_owned();
    bench.handle().revoke_key(&name).unwrap();
    assert!(bench.handle().revoke_key(&name).is_err(), "twice");
    let now = bench.issuer_keys().await;
    let today = spooky_core::credential::Day::of_unix_time(bench.now()).unwrap();
    assert!(now.may_replace(&held) && now.keeps_periods_of(&held, today));
    assert!(
        !held.keeps_periods_of(&now, today),
        "it cannot be taken back"
    );

    let shown = bench.shown(&credential, SITE, &policy).await;
    let refused = bench.verify(&shown, &policy).await;
    refused.because(422, Code::PresentationRefused, "presentation_key_revoked");
    // The same day, the same lineage, another key.
    let renewed = person.renew(&bench).await;
    let renewed = person.take(&bench, &renewed).await;
    assert!(renewed.has_tags_of(&credential));
    let shown = bench.shown(&renewed, SITE, &policy).await;
    let after = bench.verify(&shown, &policy).await;
    assert_eq!(after.body, before.body, "the same tag");
    // Somebody new is served by it too, and a rotation changes none of this.
    bench.handle().rotate_keys().unwrap();
    let (_, other) = Person::with_credential(&bench).await;
    let shown = bench.shown(&other, SITE, &policy).await;
    assert_eq!(bench.verify(&shown, &policy).await.status, 200);
}

async fn snapshot(bench: &Bench) -> (String, Verdict<StatusSnapshot, StatusReason>) {
    let reply = bench.get("/api/anchor/snapshot").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let text = reply.body["snapshot"].as_str().unwrap().to_owned();
    let unverified = UnverifiedSnapshot::parse(&text).unwrap();
    let verdict = unverified.verify(&bench.statement_keys().await);
    (text, verdict)
}

fn good(verdict: Verdict<StatusSnapshot, StatusReason>) -> StatusSnapshot {
    match verdict {
        Verdict::Valid(snapshot) => snapshot,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_chain_of_snapshots_goes_on_under_the_key_that_took_a_revoked_one_s_place() {
    let bench = Bench::new().await;
    let person = Person::registered(&bench).await;
    let mut monitor = StatusMonitor::new(BROKER);
    person.revoke(&bench).await;
    bench.clock.advance(1_000);
    let (text, first) = snapshot(&bench).await;
    let first = good(first);
    let _ = monitor.offer(first.clone(), bench.now());

    let kid = active(bench.handle(), STATUS_USE);
    bench.handle().revoke_key(&kid).unwrap();
    let old = UnverifiedSnapshot::parse(&text).unwrap();
    let old = old.verify(&bench.statement_keys().await);
    assert_eq!(old, Verdict::Invalid(StatusReason::KeyNotValid));
    // In the same second: the one that nobody takes any more is not handed out again.
    let (_, second) = snapshot(&bench).await;
    let second = good(second);
    assert_eq!(second.head().seq, first.head().seq + 1);
    assert_eq!(second.head().prev, Some(first.digest()));
    assert!(second.revokes_anchor(&person.commitment()));
    let offered = monitor.offer(second.clone(), bench.now());
    assert_eq!(offered, Verdict::Valid(Accepted::Newer), "after an old one");
    // And after it no further one until it is due.
    assert_eq!(good(snapshot(&bench).await.1).digest(), second.digest());
}

#[tokio::test]
async fn statements_about_anchors_are_signed_anew_when_their_key_was_revoked() {
    let bench = Bench::new().await;
    let person = Person::registered(&bench).await;
    let statement = |reply: &crate::bench::Reply| {
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["statement"].as_str().unwrap().to_owned()
    };
    let judge = async |text: &str| {
        let unverified = UnverifiedRegistered::parse(text).unwrap();
        let keys = bench.statement_keys().await;
        unverified.verify(&keys, &person.commitment(), bench.now())
    };
    let first = statement(&person.status(&bench).await);
    assert!(judge(&first).await.is_valid(), "the control");
    bench.clock.advance(86_400_000);
    let kid = active(bench.handle(), REGISTERED_USE);
    bench.handle().revoke_key(&kid).unwrap();
    let void = Verdict::Invalid(StatusReason::KeyNotValid);
    assert_eq!(judge(&first).await, void);

    let second = statement(&person.status(&bench).await);
    assert!(judge(&second).await.is_valid());
    bench.clock.advance(60_000);
    assert_eq!(
        statement(&person.status(&bench).await),
        second,
        "it is kept"
    );
    assert_eq!(statement(&person.register(&bench).await), second);
    // By registering again, too.
    let kid = active(bench.handle(), REGISTERED_USE);
    bench.handle().revoke_key(&kid).unwrap();
    let third = statement(&person.register(&bench).await);
    assert!(judge(&third).await.is_valid());
    // Whoever is revoked gets none.
    person.revoke(&bench).await;
    let kid = active(bench.handle(), REGISTERED_USE);
    bench.handle().revoke_key(&kid).unwrap();
    assert_eq!(
        person.status(&bench).await.body,
        json!({ "state": "revoked" })
    );
    // A rotation voids nothing, and credentials never depended on it.
    let (other, _) = Person::with_credential(&bench).await;
    let before = statement(&other.status(&bench).await);
    bench.handle().rotate_keys().unwrap();
    bench.clock.advance(700_000);
    assert_eq!(statement(&other.status(&bench).await), before);
}

/// Two replicas with one folder of keys whose clocks differ, through a rotation and two revocations.
#[tokio::test]
async fn replicas_whose_clocks_differ_always_have_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let replicas = [
        Bench::at(Database::Memory, Some(folder.path())).await,
        Bench::at(Database::Memory, Some(folder.path())).await,
    ];
    for (off, replica) in [-20_000, 20_000].into_iter().zip(&replicas) {
        replica.clock.advance(off);
    }
    let work = async || {
        for bench in &replicas {
            assert_eq!(bench.get("/health").await.status, 200);
            let person = Person::registered(bench).await;
            let text = person.status(bench).await.body["statement"].clone();
            let unverified = UnverifiedRegistered::parse(text.as_str().unwrap()).unwrap();
            let keys = bench.statement_keys().await;
            let verdict = unverified.verify(&keys, &person.commitment(), bench.now());
            assert!(verdict.is_valid(), "{verdict:?}");
            bench.clock.advance(61_000);
            good(snapshot(bench).await.1);
        }
    };
    work().await;
    replicas[0].handle().rotate_keys().unwrap();
    let seen = async |version: u64| {
        while replicas[1].statement_keys().await.version() < version {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    seen(2).await;
    // Eleven minutes: past the beginning of the new keys by either clock.
    for _ in 0..11 {
        work().await;
    }
    let kids = [
        active(replicas[0].handle(), REGISTERED_USE),
        active(replicas[0].handle(), STATUS_USE),
    ];
    for (version, kid) in (3..).zip(&kids) {
        replicas[0].handle().revoke_key(kid).unwrap();
        seen(version).await;
        work().await;
    }
    // One jump each way.
    for jump in [-3_000_000, 3_000_000, 300_000] {
        for bench in &replicas {
            bench.clock.advance(jump + 3_300_000);
        }
        work().await;
    }
}
