//! A store full of debts: how large the file is, how long it takes to open and to drain.
//! `CHITTY_BENCH_DEBTS` sets their number, 100 000 otherwise.

use std::{sync::Arc, time::Duration, time::Instant};

use chitty_client::{
    IdRequest, ReconcilePolicy,
    clock::{Clock, SystemClock},
    reconcile::store::{PendingStore, SqliteStore},
};
use chitty_tests::world::{World, start_fallback};
use reference_server::store::Enrolment;

use crate::{measure::throughput, services::entity_type};

pub async fn run() {
    let debts: usize = std::env::var("CHITTY_BENCH_DEBTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().expect("folder");
    let mut world = World::start(folder.path()).await;
    // A fallback whose grant is large enough.
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let large = start_fallback(folder.path(), "large", &world.main_url(), clock).await;
    let enrolment = Enrolment {
        name: "large".to_owned(),
        thumbprint: large.thumbprint(),
        namespaces: vec!["GEN".to_owned()],
        max: 2 * u64::try_from(debts).expect("fits"),
        cycles: 1,
    };
    let store = world.main.store();
    store
        .enroll(&enrolment, SystemClock.now_ms())
        .await
        .expect("enrolled");
    large.renew_now().await.expect("granted");
    let key = reference_server::ApiKeySpec::new(chitty_tests::world::TENANT);
    world.fallback_key = large.add_api_key(key).await.expect("key");
    let share = large
        .store()
        .set_share(chitty_tests::world::TENANT, Some(100));
    share.await.expect("share");
    world.fallback = large;

    let file = folder.path().join("client.db");
    let client = || {
        let policy = ReconcilePolicy::default()
            .manual()
            .batch(100)
            .max_debts(u64::MAX);
        world
            .client()
            .store(SqliteStore::open(&file).expect("store"))
            .reconcile(policy)
            .deadline(Duration::from_secs(10))
            .build()
            .expect("client")
    };
    world.main_down(true);
    let asking = client();
    let start = Instant::now();
    let rate = throughput(64, debts, move |number| {
        let client = asking.clone();
        async move {
            let request = IdRequest::new("GEN", entity_type(number));
            client.request_id(request).await.expect("fallback id");
        }
    })
    .await;
    println!(
        "\ndebts: {debts} made in {:.0} s ({rate:.0} ids/s)",
        start.elapsed().as_secs_f64()
    );

    let size: u64 = ["client.db", "client.db-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(folder.path().join(name)).ok())
        .map(|file| file.len())
        .sum();
    println!(
        "file: {:.1} MB, {:.0} bytes per debt",
        size as f64 / 1e6,
        size as f64 / debts as f64
    );
    let start = Instant::now();
    let opened = SqliteStore::open(&file).expect("store");
    let counted = opened.counts().await.expect("counts").debts();
    println!(
        "open and count: {:.1} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    assert_eq!(counted, u64::try_from(debts).expect("fits"));
    drop(opened);

    world.main_down(false);
    let draining = client();
    let start = Instant::now();
    let report = draining
        .drain(Duration::from_secs(3_600))
        .await
        .expect("drain");
    let took = start.elapsed().as_secs_f64();
    assert_eq!(report.remaining, 0, "{report:?}");
    println!("drain: {took:.0} s, {:.0} debts/s", debts as f64 / took);
}
