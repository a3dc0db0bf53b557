//! Load is shed before collapse, and what happened can be read from `/metrics`.

use std::time::Duration;

use chitty_client::error::Code;
use reference_server::{ApiKeySpec, MainServer, Overload};

use spooky_core::encoding::base64url;

use crate::bench::{Ask, Bench, JsonBody, TestClock, client, reply};

async fn bench(overload: Overload) -> Bench {
    let clock = TestClock::new();
    let main = MainServer::builder()
        .clock(clock.clone())
        .overload(overload)
        .start()
        .await
        .unwrap();
    let secret = main.add_api_key(ApiKeySpec::new("alpha")).await.unwrap();
    Bench {
        clock,
        main,
        secret,
        http: client(),
    }
}

pub(crate) async fn metrics(base: &str) -> String {
    let answer = client()
        .get(format!("{base}/metrics"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let form = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(form.starts_with("application/openmetrics-text"), "{form}");
    answer.text().await.unwrap()
}

#[track_caller]
pub(crate) fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(' '))
    });
    let line = line.unwrap_or_else(|| panic!("no {name} in:\n{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn beyond_the_queue_requests_are_told_to_come_back_and_health_still_answers() {
    let bench = bench(Overload {
        concurrent: 2,
        waiting: 2,
        patience: Duration::from_secs(5),
        ..Overload::default()
    })
    .await;
    bench.main.faults().set("latency=1500ms".parse().unwrap());
    let send = |n: usize| {
        let url = format!("{}/api/chittyid/generate", bench.main.url());
        let ask = Ask::new(&n.to_string());
        let request = bench.http.post(url).header("x-api-key", &bench.secret);
        let request = request.header("idempotency-key", base64url(&ask.key));
        tokio::spawn(reply(request.json_body(&ask.body())))
    };
    let tasks: Vec<_> = (0..10).map(send).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(bench.get("/health", None).await.status, 200);
    let (mut answered, mut shed) = (0, 0);
    for task in tasks {
        let reply = task.await.unwrap().unwrap();
        match reply.status {
            200 => answered += 1,
            _ => {
                reply.refused(503, Code::Overloaded);
                assert_eq!(reply.headers["retry-after"], "1");
                shed += 1;
            }
        }
    }
    assert_eq!((answered, shed), (4, 6));
    bench.main.faults().set("".parse().unwrap());
    let text = metrics(&bench.main.url()).await;
    let admitted = |outcome: &str| {
        value(
            &text,
            &format!("chitty_admissions_total{{outcome=\"{outcome}\"}}"),
        )
    };
    assert_eq!((admitted("shed"), admitted("waited")), (6.0, 2.0));
    assert_eq!(bench.generate(&Ask::new("later")).await.status, 200);
}

#[tokio::test]
async fn strangers_have_a_limit_and_callers_do_not_share_it() {
    let bench = bench(Overload {
        strangers_per_second: 0.5,
        strangers_burst: 3.0,
        ..Overload::default()
    })
    .await;
    let path = "/api/chittyid/verify/AA-C-GEN-0001-I-8Z-0-X";
    for _ in 0..3 {
        assert_eq!(bench.get(path, None).await.status, 200);
    }
    let reply = bench.get(path, None).await;
    reply.refused(429, Code::TooManyRequests);
    assert_eq!(reply.headers["retry-after"], "2");
    bench
        .get("/api/chittyid/fallback/nonce", None)
        .await
        .refused(429, Code::TooManyRequests);
    assert_eq!(bench.get(path, Some(&bench.secret)).await.status, 200);
    // Its route takes no key, so one changes nothing.
    let with_key = bench.get("/api/chittyid/fallback/nonce", Some("any")).await;
    with_key.refused(429, Code::TooManyRequests);
    assert_eq!(bench.get("/health", None).await.status, 200);
}

#[tokio::test]
async fn metrics_count_the_seed_s_four_and_name_nobody() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let (ask, later) = (Ask::new("a"), Ask::new("b"));
    let issue = backup.issue(&ask).await.ok();
    backup.issue(&ask).await.ok();
    let waiting = backup.issue(&later).await.ok();
    bench.clock.advance(90_000);
    backup.handle.renew_now().await.unwrap();
    let permanent = bench.reconcile(&ask, &issue).await.unwrap();
    bench.reconcile(&ask, &issue).await.unwrap();
    let wrong = bench.reconcile(&later, &issue).await;
    assert_eq!(wrong, Err(Code::DebtKeyMismatch));
    bench.generate(&Ask::new("c")).await.ok();

    let fallback = metrics(&backup.handle.url()).await;
    assert_eq!(value(&fallback, "chitty_fallback_ids_total"), 2.0);
    let main = metrics(&bench.main.url()).await;
    for (name, expected) in [
        ("chitty_reconciliations_total{outcome=\"settled\"}", 1.0),
        ("chitty_reconciliations_total{outcome=\"repeated\"}", 1.0),
        ("chitty_reconciliations_total{outcome=\"failed\"}", 1.0),
        ("chitty_reconciliation_time_seconds_sum", 90.0),
        ("chitty_reconciliation_time_seconds_count", 1.0),
        ("chitty_ids_total", 1.0),
        ("chitty_fallback_outstanding", 1.0),
        ("chitty_fallback_outstanding_oldest_age_seconds", 90.0),
    ] {
        assert_eq!(value(&main, name), expected, "{name}");
    }
    let failure = format!(
        "chitty_reconciliation_failures_total{{code=\"{}\"}}",
        Code::DebtKeyMismatch.as_str()
    );
    assert_eq!(value(&main, &failure), 1.0);
    assert!(
        main.contains("route=\"/api/chittyid/generate\",status=\"200\""),
        "{main}"
    );
    // Main's own answer to the request that waits settles it, and counts too.
    let answered = "chitty_reconciliations_total{outcome=\"answered\"}";
    assert_eq!(value(&main, answered), 0.0);
    bench.generate(&later).await.ok();
    let after = metrics(&bench.main.url()).await;
    assert_eq!(value(&after, answered), 1.0);
    let sum = value(&after, "chitty_reconciliation_time_seconds_sum");
    assert_eq!(sum, 180.0);
    for text in [main, fallback, after] {
        for private in [
            &issue.id,
            &waiting.id,
            &permanent.id,
            "alpha",
            "secret-metadata",
            &ask.idk(),
        ] {
            assert!(!text.contains(private), "{private} in:\n{text}");
        }
    }
}
