//! What the SDK costs on top of bare reqwest: the same server, rounds in turn, medians.

use std::time::Instant;

use chitty_client::{
    Client, IdRequest, issuance::receipt::verify_receipt, reconcile::store::SqliteStore,
};
use chitty_tests::world::World;

use crate::{
    measure::{median, throughput},
    services::{Bare, entity_type, handled, latency},
};

const ROUNDS: usize = 5;
const ALONE: usize = 400;
const IN_FLIGHT: usize = 64;
const TOGETHER: usize = 3_000;
const ROUTE: &str = "/api/chittyid/generate";

pub async fn run() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let origin = world.main_url();
    let bare = Bare::new(&origin, &world.main_key);
    let memory = world.client().build().expect("client");
    let file = SqliteStore::open(folder.path().join("client.db")).expect("store");
    let sqlite = world.client().store(file).build().expect("client");
    let ask = |client: &Client| {
        let client = client.clone();
        move |number: usize| {
            let client = client.clone();
            async move {
                let request = IdRequest::new("GEN", entity_type(number));
                client.request_id(request).await.expect("id");
            }
        }
    };
    let plain = move |number: usize| {
        let bare = bare.clone();
        async move {
            bare.request(entity_type(number)).await;
        }
    };
    let (in_memory, in_file) = (ask(&memory), ask(&sqlite));
    let mut alone = [Vec::new(), Vec::new(), Vec::new()];
    let mut handler = [Vec::new(), Vec::new(), Vec::new()];
    let mut together = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for way in 0..3 {
            let before = handled(&origin, ROUTE).await;
            let time = match way {
                0 => latency(ALONE, &plain).await,
                1 => latency(ALONE, &in_memory).await,
                _ => latency(ALONE, &in_file).await,
            };
            let after = handled(&origin, ROUTE).await;
            alone[way].push(time.as_secs_f64() * 1e6);
            handler[way].push((after.0 - before.0) / (after.1 - before.1) * 1e6);
            together[way].push(match way {
                0 => throughput(IN_FLIGHT, TOGETHER, plain.clone()).await,
                1 => throughput(IN_FLIGHT, TOGETHER, in_memory.clone()).await,
                _ => throughput(IN_FLIGHT, TOGETHER, in_file.clone()).await,
            });
        }
    }
    let verification = verification(&memory, &world).await;
    println!("\nclients: medians of {ROUNDS} rounds in turn, server in the same process");
    println!(
        "{:<28} {:>14} {:>20} {:>22}",
        "", "p50 alone, µs", "server's share, µs", "ids/s, 64 in flight"
    );
    let rows = ["bare reqwest", "SDK, memory store", "SDK, SQLite store"];
    let mut figures = Vec::new();
    for (way, name) in rows.into_iter().enumerate() {
        let (time, share, rate) = (
            median(std::mem::take(&mut alone[way])),
            median(std::mem::take(&mut handler[way])),
            median(std::mem::take(&mut together[way])),
        );
        println!("{name:<28} {time:>14.0} {share:>20.0} {rate:>22.0}");
        figures.push((time, share, rate));
    }
    let own = figures[1].0 - figures[0].0 - verification;
    println!("one receipt verification: {verification:.0} µs");
    println!("memory store beyond reqwest and one verification: {own:.0} µs (target: 40)");
    println!(
        "SQLite store against bare reqwest at 64 in flight: {:.2} (target: 0.5)",
        figures[2].2 / figures[0].2
    );
}

/// Median time to verify one receipt, in microseconds.
async fn verification(client: &Client, world: &World) -> f64 {
    let issued = client
        .request_id(IdRequest::new("GEN", 'I'))
        .await
        .expect("id");
    let keys = world.key_set();
    let now = issued.receipt().claims().iat;
    let times = (0..500)
        .map(|_| {
            let start = Instant::now();
            let verdict = verify_receipt(&issued.id(), issued.receipt().as_str(), &keys, now);
            assert!(verdict.into_result().is_ok());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    median(times)
}
