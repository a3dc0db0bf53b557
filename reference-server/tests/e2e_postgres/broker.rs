//! A broker on PostgreSQL: while the database is away every check rejects, and afterwards all is as
//! before (R-ERR-001, R-ERR-002); replicas on one database behave as one (decision D20).

use std::time::{Duration, Instant};

use chitty_client::error::Code;
use reference_server::{BrokerServer, Database, Overload};
use serde_json::json;
use spooky_core::anchor::{RevocationReason, revoke_by_anchor};

use crate::{
    bench::Reply,
    people::{BROKER, Bench, Person, SITE, schema},
    postgres::Postgres,
};

fn rejected(what: &str, reply: &Reply) {
    reply.refused(503, Code::StoreUnavailable);
    assert_eq!(reply.headers["retry-after"], "1", "{what}");
    let text = reply.body.to_string().to_lowercase();
    for internal in ["postgres", "sql", "127.0.0.1", "select", "insert"] {
        assert!(!text.contains(internal), "{what} says {internal}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_broker_s_database_is_away_nothing_passes() {
    let Some(server) = Postgres::start(true) else {
        return;
    };
    let bench = Bench::on(Database::Postgres(server.database())).await;
    let (person, credential) = Person::with_credential(&bench).await;
    let stranger = Person::new();
    let policy = bench.policy(&["age_over_21"], true);
    let shown = bench.shown(&credential, SITE, &policy).await;
    let register = stranger.registration(&bench.nonce().await, BROKER, bench.now());
    let renew = person.asks(&bench.nonce().await, &schema(), bench.now());
    let certificate = revoke_by_anchor(&person.anchor, bench.now(), RevocationReason::Lost);
    let revoke = json!({ "certificate": certificate.unwrap() });

    server.stop();
    let posts = [
        ("/api/anchor/register", &register),
        ("/api/oidc/credential", &renew),
        ("/api/anchor/revoke", &revoke),
    ];
    for (path, body) in posts {
        rejected(path, &bench.post(path, body).await);
    }
    rejected("verify", &bench.verify(&shown, &policy).await);
    rejected("status", &person.status(&bench).await);
    rejected("snapshot", &bench.get("/api/anchor/snapshot").await);
    assert_eq!(bench.get("/health").await.status, 503);

    // What was rejected burnt nothing: the same requests pass when the database is back.
    server.resume();
    // An answer of `/health` is good for a second.
    let patience = Instant::now() + Duration::from_secs(30);
    while bench.get("/health").await.status != 200 {
        assert!(Instant::now() < patience, "it says no for ever");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(bench.verify(&shown, &policy).await.status, 200);
    assert_eq!(person.status(&bench).await.body["state"], "active");
    for (path, body) in posts {
        let reply = bench.post(path, body).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    }
    assert_eq!(person.status(&bench).await.body["state"], "revoked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_of_a_broker_behave_as_one() {
    let Some(server) = Postgres::start(false) else {
        return;
    };
    let url = server.database();
    let keys = tempfile::tempdir().unwrap();
    let replica = async || {
        let mut bench = Bench::on(Database::Memory).await;
        let broker = BrokerServer::builder()
            .issuer(BROKER)
            .schema(schema())
            .database(Database::Postgres(url.clone()))
            .keys_dir(keys.path().join("keys"))
            .clock(bench.clock.clone())
            .overload(Overload {
                strangers_per_second: 0.0,
                ..Overload::default()
            })
            .start();
        let broker = broker.await.unwrap();
        (bench.url, bench.broker) = (broker.url(), Some(broker));
        bench
    };
    let (one, other) = (replica().await, replica().await);
    // A nonce of one is good at the other, once.
    let person = Person::new();
    let body = person.registration(&one.nonce().await, BROKER, one.now());
    let register = "/api/anchor/register";
    assert_eq!(other.post(register, &body).await.status, 200);
    let replayed = one.post(register, &body).await;
    replayed.refused(401, Code::NonceInvalid);
    assert_eq!(person.status(&one).await.body["state"], "active");
    // The lineage of one is renewed by the other, under the keys that both publish.
    let code = one.enrol("one").await;
    let (person, first) = Person::with_code(&one, &code).await;
    let renewed = person.renew(&other).await;
    assert!(person.take(&one, &renewed).await.has_tags_of(&first));
    let snapshot = one.get("/api/anchor/snapshot").await.body;
    assert_eq!(other.get("/api/anchor/snapshot").await.body, snapshot);
    person.revoke(&other).await;
    let refused = person.renew(&one).await;
    refused.refused(403, Code::AnchorRevoked);
    // Each keeps the snapshot that it answered last, and answers it only while it is the newest.
    for bench in [&one, &other] {
        bench.clock.advance(61_000);
    }
    let next = other.get("/api/anchor/snapshot").await.body;
    assert_ne!(next, snapshot);
    assert_eq!(one.get("/api/anchor/snapshot").await.body, next);
}
