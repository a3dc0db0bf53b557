//! What the SDK costs on top of bare reqwest: the same server, rounds in turn, medians.

use std::sync::Arc;

use chitty_client::{
    Client, IdRequest,
    issuance::{keyset::KeySet, receipt::verify_receipt},
    reconcile::store::SqliteStore,
    wire::id::GenerateResponse,
};
use chitty_tests::{issuer::now, world::World};

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
    let keys = Arc::new(world.key_set());
    let verified = {
        let plain = bare.clone();
        move |number: usize| {
            let (bare, keys) = (plain.clone(), Arc::clone(&keys));
            async move { verify(&bare.request(entity_type(number)).await, &keys) }
        }
    };
    let plain = move |number: usize| {
        let bare = bare.clone();
        async move {
            bare.request(entity_type(number)).await;
        }
    };
    let (in_memory, in_file) = (ask(&memory), ask(&sqlite));
    let mut alone: [Vec<f64>; 4] = Default::default();
    let mut handler: [Vec<f64>; 4] = Default::default();
    let mut beside: [Vec<f64>; 4] = Default::default();
    let mut together: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        for way in 0..4 {
            let before = handled(&origin, ROUTE).await;
            let time = match way {
                0 => latency(ALONE, &plain).await,
                1 => latency(ALONE, &verified).await,
                2 => latency(ALONE, &in_memory).await,
                _ => latency(ALONE, &in_file).await,
            };
            let after = handled(&origin, ROUTE).await;
            let (middle, mean) = time;
            alone[way].push(middle.as_secs_f64() * 1e6);
            let share = (after.0 - before.0) / (after.1 - before.1) * 1e6;
            handler[way].push(share);
            beside[way].push(mean.as_secs_f64() * 1e6 - share);
            together[way].push(match way {
                0 => throughput(IN_FLIGHT, TOGETHER, plain.clone()).await,
                1 => throughput(IN_FLIGHT, TOGETHER, verified.clone()).await,
                2 => throughput(IN_FLIGHT, TOGETHER, in_memory.clone()).await,
                _ => throughput(IN_FLIGHT, TOGETHER, in_file.clone()).await,
            });
        }
    }
    println!("\nclients: medians of {ROUNDS} rounds in turn, server in the same process");
    println!(
        "{:<28} {:>14} {:>20} {:>22}",
        "", "p50 alone, µs", "server's share, µs", "ids/s, 64 in flight"
    );
    let rows = [
        "bare reqwest",
        "reqwest and verification",
        "SDK, memory store",
        "SDK, SQLite store",
    ];
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
    // What the server took differs by its disk, more than what is compared; only its mean is known.
    let [_, verified, in_memory, _] = beside.map(median);
    println!(
        "memory store beyond reqwest and one verification: {:.0} µs, of means without the server's share {:.0} µs (target: 40)",
        figures[2].0 - figures[1].0,
        in_memory - verified
    );
    println!(
        "SQLite store against bare reqwest at 64 in flight: {:.2} (target: 0.5)",
        figures[3].2 / figures[0].2
    );
}

/// What a careful caller without the SDK does with an answer.
fn verify(answer: &[u8], keys: &KeySet) {
    let answer: GenerateResponse = serde_json::from_slice(answer).expect("JSON");
    let (id, receipt) = (answer.identifier.parse().expect("id"), answer.receipt);
    let receipt = receipt.expect("receipt");
    let verdict = verify_receipt(&id, &receipt, keys, now());
    assert!(verdict.into_result().is_ok());
}
