//! Anchors at a broker: registered by their own signatures, revoked for good, listed in a chain of
//! snapshots (`spec/broker.md`).

use chitty_client::error::Code;
use serde_json::{Value, json};
use spooky_core::{
    anchor::{
        Accepted, RevocationReason, StatusMonitor, StatusReason, StatusSnapshot,
        UnverifiedRegistered, UnverifiedSnapshot, revoke_by_recovery,
    },
    keys::AnchorKey,
    verdict::Verdict,
};

use crate::{
    bench::Reply,
    people::{BROKER, Bench, Person},
};

const REGISTER: &str = "/api/anchor/register";
const REVOKE: &str = "/api/anchor/revoke";

impl Reply {
    #[track_caller]
    pub(crate) fn because(&self, status: u16, code: Code, reason: &str) {
        self.refused(status, code);
        assert_eq!(self.body["error"]["reason"], reason);
    }
}

pub(crate) async fn snapshot(bench: &Bench) -> StatusSnapshot {
    let reply = bench.get("/api/anchor/snapshot").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let text = reply.body["snapshot"].as_str().unwrap();
    let unverified = UnverifiedSnapshot::parse(text).unwrap();
    match unverified.verify(&bench.statement_keys().await) {
        Verdict::Valid(snapshot) => snapshot,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_registered_anchor_has_a_statement_that_others_verify() {
    let bench = Bench::new().await;
    let person = Person::new();
    let before = person.status(&bench).await;
    assert_eq!(
        (before.status, &before.body),
        (200, &json!({ "state": "unknown" }))
    );

    let first = person.register(&bench).await;
    let text = first.body["statement"].as_str().unwrap();
    let verify = |keys, now| {
        let statement = UnverifiedRegistered::parse(text).unwrap();
        statement.verify(&keys, &person.commitment(), now)
    };
    let keys = bench.statement_keys().await;
    assert!(matches!(verify(keys, bench.now()), Verdict::Valid(_)));

    // The same anchor again, later: the same statement.
    bench.clock.advance(3_600_000);
    assert_eq!(person.register(&bench).await.body, first.body);
    let status = person.status(&bench).await.body;
    assert_eq!(status, json!({ "state": "active", "statement": text }));
    // The key that signed it retires; the statement stays good.
    bench.handle().rotate_keys().unwrap();
    let keys = bench.statement_keys().await;
    assert!(matches!(verify(keys, bench.now()), Verdict::Valid(_)));
    let mut other = Person::new();
    let secret = person.anchor.expose_secret();
    other.anchor = AnchorKey::from_bytes(secret.as_slice()).unwrap();
    let taken = other.register(&bench).await;
    taken.refused(409, Code::AnchorConflict);
}

#[tokio::test]
async fn a_registration_needs_every_signature_and_a_nonce_of_its_own() {
    let bench = Bench::new().await;
    let person = Person::new();
    type Edit = fn(&mut Value);
    let edits: [(&str, Edit); 4] = [
        ("registration_signers", |jws| {
            jws["signatures"].as_array_mut().unwrap().pop();
        }),
        ("registration_anchor_signature", |jws| {
            jws["signatures"][0]["signature"] = jws["signatures"][1]["signature"].take();
            jws["signatures"][1]["signature"] = jws["signatures"][0]["signature"].clone();
        }),
        ("registration_device_signature", |jws| {
            jws["signatures"][2]["signature"] = jws["signatures"][0]["signature"].clone();
        }),
        ("registration_malformed", |jws| {
            jws["payload"] = "e30".into()
        }),
    ];
    for (reason, edit) in edits {
        let mut body = person.registration(&bench.nonce().await, BROKER, bench.now());
        let mut jws: Value = serde_json::from_str(body["registration"].as_str().unwrap()).unwrap();
        edit(&mut jws);
        body["registration"] = jws.to_string().into();
        let reply = bench.post(REGISTER, &body).await;
        reply.because(422, Code::RegistrationRefused, reason);
    }
    let other = person.registration(&bench.nonce().await, "https://other.example", bench.now());
    let reply = bench.post(REGISTER, &other).await;
    reply.because(
        422,
        Code::RegistrationRefused,
        "registration_other_audience",
    );
    let mut shifted = person.registration(&bench.nonce().await, BROKER, bench.now());
    shifted["nonce"] = person.registration(&bench.nonce().await, BROKER, 0)["nonce"].take();
    let reply = bench.post(REGISTER, &shifted).await;
    reply.because(422, Code::RegistrationRefused, "registration_other_nonce");
    for now in [bench.now() - 301, bench.now() + 301] {
        let body = person.registration(&bench.nonce().await, BROKER, now);
        let reply = bench.post(REGISTER, &body).await;
        reply.because(401, Code::SignedTimeInvalid, "registration_clock");
    }
    // A nonce that is late, made up, of another kind, or used, even by a refused request.
    let late = person.registration(&bench.nonce().await, BROKER, bench.now() + 301);
    bench.clock.advance(301_000);
    let made_up = person.registration(&[7; 32], BROKER, bench.now());
    let used = person.registration(&bench.nonce().await, BROKER, bench.now() - 999);
    bench.post(REGISTER, &used).await;
    let mut reused = person.registration(&[0; 32], BROKER, bench.now());
    reused["nonce"] = used["nonce"].clone();
    for body in [
        late,
        made_up,
        reused,
        json!({ "nonce": "A", "registration": "" }),
    ] {
        bench
            .post(REGISTER, &body)
            .await
            .refused(401, Code::NonceInvalid);
    }
    assert_eq!(person.status(&bench).await.body["state"], "unknown");

    // The control, and its replay.
    let good = person.registration(&bench.nonce().await, BROKER, bench.now());
    assert_eq!(bench.post(REGISTER, &good).await.status, 200);
    bench
        .post(REGISTER, &good)
        .await
        .refused(401, Code::NonceInvalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_requests_with_one_nonce_one_passes() {
    let bench = Bench::new().await;
    for _ in 0..5 {
        let person = Person::new();
        let body = person.registration(&bench.nonce().await, BROKER, bench.now());
        let (one, other) = tokio::join!(bench.post(REGISTER, &body), bench.post(REGISTER, &body));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }
}

#[tokio::test]
async fn an_anchor_is_revoked_by_its_own_keys_alone_and_for_good() {
    let bench = Bench::new().await;
    let (person, stranger) = (Person::registered(&bench).await, Person::new());
    stranger
        .revoke(&bench)
        .await
        .refused(404, Code::AnchorUnknown);
    let by_stranger = revoke_by_recovery(
        &stranger.recovery(),
        &person.commitment(),
        bench.now(),
        RevocationReason::Lost,
    );
    let body = json!({ "certificate": by_stranger.unwrap() });
    let reply = bench.post(REVOKE, &body).await;
    reply.because(422, Code::RevocationRefused, "revocation_other_key");
    let reply = bench.post(REVOKE, &json!({ "certificate": "a.b.c" })).await;
    reply.because(422, Code::RevocationRefused, "revocation_malformed");
    assert_eq!(person.status(&bench).await.body["state"], "active");

    for _ in 0..2 {
        let reply = person.revoke(&bench).await;
        assert_eq!(
            (reply.status, &reply.body),
            (200, &json!({ "state": "revoked" }))
        );
    }
    assert_eq!(
        person.status(&bench).await.body,
        json!({ "state": "revoked" })
    );
    person
        .register(&bench)
        .await
        .refused(403, Code::AnchorRevoked);

    let by_recovery = Person::registered(&bench).await;
    let text = revoke_by_recovery(
        &by_recovery.recovery(),
        &by_recovery.commitment(),
        bench.now(),
        RevocationReason::Compromised,
    );
    let body = json!({ "certificate": text.unwrap() });
    assert_eq!(bench.post(REVOKE, &body).await.status, 200);
}

#[tokio::test]
async fn snapshots_form_a_chain_that_only_grows() {
    let bench = Bench::new().await;
    let people = [
        Person::registered(&bench).await,
        Person::registered(&bench).await,
    ];
    let mut monitor = StatusMonitor::new(BROKER);
    let first = snapshot(&bench).await;
    assert_eq!((first.head().seq, first.counts()), (1, (0, 0)));
    let offered = monitor.offer(first.clone(), bench.now());
    assert!(matches!(offered, Verdict::Valid(Accepted::Newer)));

    // Revoked in the second of the snapshot: the same snapshot, until it is a minute old.
    people[0].revoke(&bench).await;
    assert_eq!(snapshot(&bench).await.digest(), first.digest());
    bench.clock.advance(60_000);
    assert_eq!(snapshot(&bench).await.digest(), first.digest());
    bench.clock.advance(1_000);
    let second = snapshot(&bench).await;
    assert_eq!(second.head().seq, 2);
    assert_eq!(second.head().prev, Some(first.digest()));
    assert!(second.revokes_anchor(&people[0].commitment()));
    assert!(!second.revokes_anchor(&people[1].commitment()));
    let offered = monitor.offer(second.clone(), bench.now());
    assert!(matches!(offered, Verdict::Valid(Accepted::Newer)));

    bench.handle().rotate_keys().unwrap();
    people[1].revoke(&bench).await;
    bench.clock.advance(61_000);
    let third = snapshot(&bench).await;
    assert_eq!((third.head().seq, third.counts()), (3, (2, 0)));
    assert_eq!(third.head().prev, Some(second.digest()));
    let offered = monitor.offer(third, bench.now());
    assert!(matches!(offered, Verdict::Valid(Accepted::Newer)));
    // Whoever serves an old one, or nothing new, is seen.
    let older = monitor.offer(second, bench.now());
    assert_eq!(older, Verdict::Invalid(StatusReason::OlderSequence));
    let stranger = Person::registered(&bench).await.commitment();
    let judged = |now| monitor.anchor(&stranger, now, 3_600);
    assert!(matches!(judged(bench.now()), Verdict::Valid(_)));
    let stale = Verdict::Indeterminate(StatusReason::SnapshotStale);
    assert_eq!(judged(bench.now() + 3_601), stale);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_ask_for_a_snapshot_get_one() {
    let bench = Bench::new().await;
    let ask = || snapshot(&bench);
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    assert!([b, c, d].iter().all(|one| one.digest() == a.digest()));
    assert_eq!(a.head().seq, 1);
}
