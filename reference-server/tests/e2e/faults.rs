//! Faults on purpose, and what survives them: an answer lost after the commit, a restart (decision D6).

use std::time::Duration;

use reference_server::{Listen, MainServer};

use crate::bench::{Ask, Bench, ISSUER, JsonBody, TestClock, client, reply};
use crate::place::place;

#[tokio::test]
async fn an_answer_lost_after_the_commit_is_found_again() {
    let bench = Bench::new().await;
    bench
        .main
        .faults()
        .set("drop-after-commit=1".parse().unwrap());
    let ask = Ask::new("a");
    let url = format!("{}/api/chittyid/generate", bench.main.url());
    let request = bench.http.post(&url).header("x-api-key", &bench.secret);
    let request = request.header(
        "idempotency-key",
        spooky_core::encoding::base64url(&ask.key),
    );
    assert!(reply(request.json_body(&ask.body())).await.is_err());
    let stored = bench.main.store().intents().await.unwrap();
    assert_eq!(stored.len(), 1, "the work was done");
    bench.main.faults().clear();
    let found = bench.generate(&ask).await.ok();
    assert_eq!(
        (&found.id, &found.receipt),
        (&stored[0].identifier, &stored[0].receipt)
    );
    assert_eq!(bench.main.store().intents().await.unwrap().len(), 1);
}

#[tokio::test]
async fn faults_do_what_they_say_and_spare_health_and_keys_unless_down() {
    let bench = Bench::new().await;
    let ask = Ask::new("a");
    let url = format!("{}/api/chittyid/generate", bench.main.url());
    let send = || {
        let request = bench.http.post(&url).header("x-api-key", &bench.secret);
        let request = request.header(
            "idempotency-key",
            spooky_core::encoding::base64url(&ask.key),
        );
        reply(request.json_body(&ask.body()))
    };
    for fault in [
        "drop-before=1",
        "status=503",
        "error-rate=1",
        "garbage=1",
        "truncate=1",
        "latency=150ms",
    ] {
        bench.main.faults().set(fault.parse().unwrap());
        let begun = std::time::Instant::now();
        let outcome = send().await;
        match fault {
            "status=503" => assert_eq!(outcome.unwrap().status, 503),
            "error-rate=1" => assert_eq!(outcome.unwrap().status, 500),
            "garbage=1" => assert!(outcome.unwrap().body.is_null()),
            "latency=150ms" => {
                assert!(outcome.is_ok() && begun.elapsed() >= Duration::from_millis(150))
            }
            _ => assert!(outcome.is_err(), "{fault}"),
        }
        for path in ["/health", "/.well-known/jwks.json"] {
            assert_eq!(bench.get(path, None).await.status, 200, "{fault}");
        }
    }
    bench.main.faults().set("down".parse().unwrap());
    for path in ["/health", "/api/chittyid/generate"] {
        assert!(
            client()
                .get(format!("{}{path}", bench.main.url()))
                .send()
                .await
                .is_err()
        );
    }
    bench.main.faults().clear();
    send().await.unwrap().ok();
}

#[tokio::test]
async fn a_restart_on_the_same_port_and_files_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (
        folder.path().join("main.sqlite"),
        folder.path().join("keys"),
    );
    let clock = TestClock::new();
    let bench = Bench::on(clock.clone(), file.clone().into(), Some(&keys)).await;
    let ask = Ask::new("a");
    let first = bench.generate(&ask).await.ok();
    let address: std::net::SocketAddr = bench.main.url()["http://".len()..].parse().unwrap();
    let set = bench.main.key_set();
    let Bench {
        main, secret, http, ..
    } = bench;
    main.kill().await;
    let main = MainServer::builder()
        .issuer(ISSUER)
        .database(place(file.into()))
        .keys_dir(&keys)
        .clock(clock.clone())
        .listen(Listen::from(address))
        .start()
        .await
        .unwrap();
    assert_eq!(main.key_set(), set);
    let bench = Bench {
        clock,
        main,
        secret,
        http,
    };
    assert_eq!(bench.generate(&ask).await.ok(), first);
    assert_ne!(bench.generate(&Ask::new("b")).await.ok().id, first.id);
    bench.main.shutdown().await;
}
