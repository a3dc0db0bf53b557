//! Ids per second of the reference server, by database and number of replicas; bare reqwest asks.

use std::sync::Arc;

use chitty_tests::postgres::Postgres;
use reference_server::{ApiKeySpec, Database, MainHandle, MainServer, Overload};

use crate::{
    measure::{median, throughput},
    services::{Bare, entity_type},
};

const ROUNDS: usize = 3;
const IN_FLIGHT: usize = 64;
const IDS: usize = 4_000;

pub async fn run() {
    println!("\nservers: ids per second at {IN_FLIGHT} in flight, median of {ROUNDS} rounds");
    let postgres = Postgres::start(true);
    let sqlite = |folder: &std::path::Path| Database::from(folder.join("main.db"));
    let rate = measure(1, sqlite).await;
    println!("{:<28} {rate:>8.0}", "SQLite, 1 replica");
    let Some(postgres) = postgres else {
        println!("PostgreSQL: skipped, it is not installed");
        return;
    };
    for replicas in [1, 3] {
        let database = postgres.database();
        let rate = measure(replicas, |_| Database::Postgres(database.clone())).await;
        println!(
            "{:<28} {rate:>8.0}",
            format!("PostgreSQL, {replicas} replica(s)")
        );
    }
}

async fn measure(replicas: usize, database: impl Fn(&std::path::Path) -> Database) -> f64 {
    let folder = tempfile::tempdir().expect("folder");
    let mut mains: Vec<MainHandle> = Vec::new();
    for _ in 0..replicas {
        let main = MainServer::builder()
            .database(database(folder.path()))
            .keys_dir(folder.path().join("keys"))
            .overload(Overload::default())
            .start()
            .await
            .expect("main");
        mains.push(main);
    }
    let key = mains[0]
        .add_api_key(ApiKeySpec::new("acme"))
        .await
        .expect("key");
    let share = mains[0].store().set_share("acme", Some(100)).await;
    share.expect("share");
    let callers: Arc<[Bare]> = mains
        .iter()
        .enumerate()
        .map(|(number, main)| Bare::numbered(&main.url(), &key, number))
        .collect();
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let callers = Arc::clone(&callers);
        let call = move |number: usize| {
            let callers = Arc::clone(&callers);
            async move {
                callers[number % callers.len()]
                    .request(entity_type(number))
                    .await;
            }
        };
        rates.push(throughput(IN_FLIGHT, IDS, call).await);
    }
    for main in mains {
        main.shutdown().await;
    }
    median(rates)
}
