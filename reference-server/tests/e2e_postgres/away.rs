//! A PostgreSQL that is away, slow, or met by many replicas at their start.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chitty_client::error::Code;
use reference_server::{
    Database,
    store::{Access, MainStore, PostgresMain},
};

use crate::{
    bench::{Ask, Bench, TestClock},
    postgres::Postgres,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_requests_are_refused_and_then_all_is_as_before() {
    let Some(server) = Postgres::start(true) else {
        return;
    };
    let database = Database::Postgres(server.database());
    let bench = Bench::on(TestClock::new(), database, None).await;
    let ask = Ask::new("a");
    let first = bench.generate(&ask).await.ok();
    server.stop();
    for ask in [&ask, &Ask::new("b")] {
        let started = Instant::now();
        let reply = bench.generate(ask).await;
        reply.refused(503, Code::StoreUnavailable);
        assert_eq!(reply.headers["retry-after"], "1");
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "it waited too long"
        );
    }
    assert_eq!(bench.get("/health", None).await.status, 503);
    server.resume();
    assert_eq!(bench.generate(&ask).await.ok(), first);
    assert_ne!(bench.generate(&Ask::new("b")).await.ok().id, first.id);
    // An answer of `/health` is good for a second.
    let patience = Instant::now() + Duration::from_secs(30);
    while bench.get("/health", None).await.status != 200 {
        assert!(Instant::now() < patience, "it says no for ever");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_waits_too_long_is_given_up() {
    let Some(server) = Postgres::start(false) else {
        return;
    };
    let server = Arc::new(server);
    let url = server.database();
    let bench = Bench::on(TestClock::new(), Database::Postgres(url.clone()), None).await;
    let holder = server.clone();
    let held = tokio::task::spawn_blocking(move || {
        holder.sql(
            &url,
            "BEGIN; LOCK TABLE intents; SELECT pg_sleep(9); COMMIT",
        );
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let started = Instant::now();
    let reply = bench.generate(&Ask::new("a")).await;
    reply.refused(503, Code::StoreUnavailable);
    let took = started.elapsed();
    assert!(
        took > Duration::from_secs(3) && took < Duration::from_secs(8),
        "{took:?}"
    );
    held.await.unwrap();
    bench.generate(&Ask::new("a")).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_make_the_tables_once_and_roles_do_not_mix() {
    let Some(server) = Postgres::start(false) else {
        return;
    };
    let url = server.database();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { PostgresMain::open(&url).await })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap().ping().await.unwrap();
    }
    let other = reference_server::store::PostgresFallback::open(&url).await;
    assert!(other.is_err(), "a fallback took main's database");
    let fresh: &dyn MainStore = &PostgresMain::open(&url).await.unwrap();
    assert!(fresh.intents().await.unwrap().is_empty());
}
