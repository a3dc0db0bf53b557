//! What a broker does not take on: large bodies, and strangers who send much, whatever they call
//! themselves.

use chitty_client::error::Code;
use reference_server::{BrokerServer, Overload};
use serde_json::json;

use crate::{
    bench::{DAY, reply},
    overload::{metrics, value},
    people::{BROKER, Bench, Person},
};

#[tokio::test]
async fn a_body_above_1_mib_is_refused_before_its_nonce_is_burnt() {
    let bench = Bench::new().await;
    let good = Person::new().registration(&bench.nonce().await, BROKER, bench.now());
    let mut large = good.clone();
    large["registration"] = "x".repeat(1024 * 1024).into();
    for path in ["/api/anchor/register", "/api/anchor/revoke"] {
        let reply = bench.post(path, &large).await;
        reply.refused(413, Code::BodyTooLarge);
    }
    let missing = bench.post("/api/anchor/register", &json!({})).await;
    missing.refused(400, Code::BodyInvalid);
    assert_eq!(bench.post("/api/anchor/register", &good).await.status, 200);
}

#[tokio::test]
async fn a_key_that_nobody_looks_at_is_no_way_around_the_limit_for_strangers() {
    let broker = BrokerServer::builder()
        .overload(Overload {
            strangers_per_second: 0.001,
            strangers_burst: 3.0,
            ..Overload::default()
        })
        .start()
        .await
        .unwrap();
    let bench = Bench::elsewhere(&broker.url(), "");
    let anchor = Person::new().commitment().to_text();
    let status = format!("{}/api/anchor/status?anchor={anchor}", bench.url);
    let ask = async |key: &str| {
        let request = bench.http.get(&status).header("x-api-key", key);
        reply(request).await.unwrap()
    };
    for n in 0..3 {
        assert_eq!(ask(&format!("chk_{n}")).await.status, 200);
    }
    let limited = ask("chk_other").await;
    limited.refused(429, Code::TooManyRequests);
    assert_eq!(bench.get("/health").await.status, 200);
}

#[tokio::test]
async fn metrics_say_how_long_the_keys_of_a_broker_last() {
    // Keys for 13 times 60 last days, and credentials that live for 7: the last could be issued on day 772.
    // Those for statements end on day 730.
    for (day, left, ready) in [(0, 773.0, 1.0), (729, 44.0, 1.0), (773, 0.0, 0.0)] {
        let bench = Bench::new().await;
        bench.clock.advance(day * DAY);
        let shown = metrics(&bench.url).await;
        assert_eq!(
            value(&shown, "chitty_credential_key_days"),
            left,
            "day {day}"
        );
        assert_eq!(value(&shown, "chitty_ready"), ready, "day {day}");
    }
}
