//! Generate: one id per key, for ever; slots that end; requests out of form (decisions D2, D6).

use std::time::Duration;

use chitty_client::{
    error::Code,
    id::{Check, ChittyId, Class},
    issuance::key_digest,
};
use reference_server::{ApiKeySpec, Database};
use serde_json::{Value, json};
use spooky_core::encoding::base64url;

use crate::bench::{Ask, Bench, DAY, JsonBody, TestClock, reply};

#[tokio::test]
async fn a_repeat_answers_the_stored_id_and_receipt_whatever_the_time() {
    let bench = Bench::new().await;
    let ask = Ask::new("a");
    let first = bench.generate(&ask).await.ok();
    let id: ChittyId = first.id.parse().unwrap();
    assert_eq!(
        (id.class(), id.check(), id.year_month(), id.issuer_prefix()),
        (Class::Standard, Check::Ok, "8Z", Some("AA"))
    );
    let receipt = bench.check(&first);
    assert_eq!(receipt.claims().idk, ask.idk());
    let rqd = base64url(&ask.intent.request_digest(&ask.salt).unwrap());
    assert_eq!(
        (&receipt.claims().rqd, receipt.class()),
        (&rqd, Class::Standard)
    );

    bench.clock.advance(40 * DAY);
    assert_eq!(bench.generate(&ask).await.ok(), first);
    let other = bench.generate(&Ask::new("b")).await.ok();
    assert_ne!(other.id, first.id);
    assert_eq!(other.id.parse::<ChittyId>().unwrap().year_month(), "90");
}

#[tokio::test]
async fn another_intent_under_the_same_key_is_refused_and_another_tenant_is_another_scope() {
    let bench = Bench::new().await;
    let ask = Ask::new("a");
    let first = bench.generate(&ask).await.ok();
    let changed = ask.clone().namespace("USR");
    bench
        .generate(&changed)
        .await
        .refused(422, Code::IdempotencyKeyReused);
    let mut changed = ask.clone();
    changed.intent.metadata.insert("more".into(), json!(1));
    bench
        .generate(&changed)
        .await
        .refused(422, Code::IdempotencyKeyReused);

    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    assert_ne!(bench.generate_as(&beta, &ask).await.ok().id, first.id);
    // Two API keys of one tenant share its intents.
    let second = bench.tenant(ApiKeySpec::new("alpha").named("second")).await;
    assert_eq!(bench.generate_as(&second, &ask).await.ok(), first);
}

#[tokio::test]
async fn the_same_key_in_flight_is_told_to_wait() {
    if crate::place::ELSEWHERE {
        return; // it locks a file of SQLite; the conformance tests race on PostgreSQL
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("main.sqlite");
    let bench = Bench::on(TestClock::new(), Database::File(file.clone()), None).await;
    // Another process holds the write lock, so the first request stays under way.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let lock = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let ask = Ask::new("a");
    let second = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let reply = bench.generate(&ask).await;
        lock.rollback().await.unwrap();
        reply
    };
    let (first, second) = tokio::join!(bench.generate(&ask), second);
    second.refused(409, Code::RequestInFlight);
    assert_eq!(second.headers["retry-after"], "1");
    let first = first.ok();
    assert_eq!(bench.generate(&ask).await.ok(), first);
}

#[tokio::test]
async fn many_at_once_get_one_id_each_and_none_twice() {
    let bench = Bench::new().await;
    let asks: Vec<Ask> = (0..40).map(|n| Ask::new(&n.to_string())).collect();
    let replies = futures_join(asks.iter().map(|ask| bench.generate(ask))).await;
    let mut ids: Vec<String> = replies.into_iter().map(|reply| reply.ok().id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40);
}

async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pinned: Vec<_> = futures.map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = pinned.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, output) in pinned.iter_mut().zip(&mut outputs) {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        match waiting {
            true => std::task::Poll::Pending,
            false => std::task::Poll::Ready(()),
        }
    })
    .await;
    outputs.into_iter().map(Option::unwrap).collect()
}

#[tokio::test]
async fn canonical_ids_come_on_request() {
    let bench = Bench::new().await;
    let mut ask = Ask::new("a");
    ask.intent.profile = "canonical".into();
    ask.intent.entity_type = "T".into();
    let issue = bench.generate(&ask).await.ok();
    assert!(
        issue.id.starts_with("03-1-USA-0000-T-2611-0-"),
        "{}",
        issue.id
    );
    bench.check(&issue);
    ask.key = [9; 32];
    ask.intent.entity_type = "I".into();
    bench
        .generate(&ask)
        .await
        .refused(400, Code::EntityTypeInvalid);
}

#[tokio::test]
async fn an_exhausted_slot_says_so_and_others_go_on() {
    let bench = Bench::new().await;
    let store = bench.main.store();
    store.set_counter("AA-C-GEN-I-8Z", 359_999).await.unwrap();
    let last = bench.generate(&Ask::new("last")).await.ok();
    assert!(last.id.starts_with("AA-C-GEN-9999-I-8Z-Z-"), "{}", last.id);
    let refused = Ask::new("too late");
    for _ in 0..2 {
        bench
            .generate(&refused)
            .await
            .refused(503, Code::SequenceExhausted);
    }
    assert_eq!(store.intents().await.unwrap().len(), 1);
    bench
        .generate(&Ask::new("other").namespace("USR"))
        .await
        .ok();
    bench.clock.advance(30 * DAY);
    bench.generate(&refused).await.ok();
}

#[tokio::test]
async fn requests_out_of_form_are_refused_with_a_reason() {
    let bench = Bench::new().await;
    let url = format!("{}/api/chittyid/generate", bench.main.url());
    let ask = Ask::new("a");
    let post = |key: Option<String>, body: &Value| {
        let mut request = bench.http.post(&url).header("x-api-key", &bench.secret);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        reply(request.json_body(body))
    };
    let good = base64url(&ask.key);
    for key in [
        None,
        Some("short".to_owned()),
        Some(format!("{good}A")),
        Some(format!("\"{good}")),
    ] {
        let reply = post(key, &ask.body()).await.unwrap();
        reply.refused(400, Code::IdempotencyKeyInvalid);
    }
    let cases = [
        (json!({"namespace": "gen"}), Code::NamespaceInvalid),
        (json!({"type": "II"}), Code::EntityTypeInvalid),
        (json!({"profile": "else"}), Code::ProfileUnsupported),
        (
            json!({"parent": "03-0-ERR-0001-P-2601-0-16"}),
            Code::BodyInvalid,
        ),
        (
            json!({"metadata": {"n": 9_007_199_254_740_993_u64}}),
            Code::MetadataInvalid,
        ),
        (
            json!({"metadata": {"n": "x".repeat(20_000)}}),
            Code::MetadataInvalid,
        ),
        (json!({"requestSalt": "AAAA"}), Code::BodyInvalid),
        (json!({"requestSalt": 7}), Code::BodyInvalid),
    ];
    for (change, code) in cases {
        let mut body = ask.body();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        post(Some(good.clone()), &body)
            .await
            .unwrap()
            .refused(400, code);
    }
    let huge = json!({"metadata": {"n": "x".repeat(1_100_000)}});
    post(Some(good.clone()), &huge)
        .await
        .unwrap()
        .refused(413, Code::BodyTooLarge);
    assert!(bench.main.store().intents().await.unwrap().is_empty());
    // Quoted is as good as bare.
    let quoted = post(Some(format!("\"{good}\"")), &ask.body())
        .await
        .unwrap()
        .ok();
    assert_eq!(quoted, bench.generate(&ask).await.ok());
    let stored = bench.main.store().intents().await.unwrap();
    assert_eq!(stored[0].idk, base64url(&key_digest(&ask.key)));
}
