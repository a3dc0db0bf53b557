//! Registrations, renewals and verifications per second, by database; and how long a nonce takes
//! meanwhile, which costs the broker nothing but a free thread.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chitty_tests::{
    bodies::{Person, presentation, start_broker},
    postgres::Postgres,
};
use reference_server::Database;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    caller::{Caller, with_credential},
    measure::{median, throughput},
};

const ROUNDS: usize = 3;
const IN_FLIGHT: usize = 64;
const CALLS: usize = 512;

pub fn run(callers: &Runtime, broker: &Runtime) {
    println!("\nbroker: calls per second at {IN_FLIGHT} in flight, median of {ROUNDS} rounds of");
    println!("{CALLS} calls; and the time to a nonce meanwhile");
    println!(
        "{:<28} {:>8} {:>12} {:>12} {:>8}",
        "", "calls/s", "nonce, p50", "nonce, p99", "503"
    );
    let folder = tempfile::tempdir().expect("folder");
    let file = Database::from(folder.path().join("broker.sqlite"));
    measure(callers, broker, "SQLite", file);
    match Postgres::start(true) {
        Some(server) => {
            let database = Database::Postgres(server.database());
            measure(callers, broker, "PostgreSQL", database);
        }
        None => println!("PostgreSQL: skipped, it is not installed"),
    }
}

fn measure(callers: &Runtime, broker: &Runtime, name: &str, database: Database) {
    let handle = broker.block_on(start_broker(database));
    callers.block_on(async {
        let caller = Caller::new(&handle).await;
        let title = |what: &str| format!("{name}, {what}");

        let rounds = rounds(async |all| {
            for _ in 0..CALLS {
                all.push(Person::new().registration(&caller.nonce().await));
            }
        });
        let path = "/api/anchor/register";
        timed(&title("register"), &caller, path, rounds.await).await;

        let mut people = Vec::new();
        for _ in 0..IN_FLIGHT {
            people.push(with_credential(&handle, &caller).await.0);
        }
        let rounds = rounds_of_renewals(&people, &caller).await;
        timed(&title("renew"), &caller, "/api/oidc/credential", rounds).await;

        let (_, mut held) = with_credential(&handle, &caller).await;
        held.prepare();
        let rounds = rounds_of_presentations(&held, &caller).await;
        timed(&title("verify"), &caller, "/api/oidc/verify", rounds).await;
    });
    broker.block_on(handle.shutdown());
}

async fn rounds(fill: impl AsyncFn(&mut Vec<Value>)) -> Vec<Vec<Value>> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut all = Vec::with_capacity(CALLS);
        fill(&mut all).await;
        rounds.push(all);
    }
    rounds
}

async fn rounds_of_renewals(people: &[Person], caller: &Caller) -> Vec<Vec<Value>> {
    rounds(async |all| {
        for number in 0..CALLS {
            all.push(people[number % people.len()].asks(&caller.nonce().await, None));
        }
    })
    .await
}

async fn rounds_of_presentations(
    held: &spooky_core::credential::HeldCredential,
    caller: &Caller,
) -> Vec<Vec<Value>> {
    rounds(async |all| {
        for _ in 0..CALLS {
            all.push(presentation(held, &caller.site_nonce().await));
        }
    })
    .await
}

/// Sends every round, while somebody else asks for nonces one after the other.
async fn timed(title: &str, caller: &Caller, path: &'static str, rounds: Vec<Vec<Value>>) {
    let over = Arc::new(AtomicBool::new(false));
    let (asking, ended) = (caller.clone(), over.clone());
    let nonces = tokio::spawn(async move {
        let mut times: Vec<Duration> = Vec::new();
        while !ended.load(Ordering::Relaxed) {
            let start = Instant::now();
            asking.nonce().await;
            times.push(start.elapsed());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        times.sort();
        times
    });
    let mut rates = Vec::new();
    let refused = Arc::new(AtomicUsize::new(0));
    for bodies in rounds {
        let (bodies, caller) = (Arc::new(bodies), caller.clone());
        let refused = refused.clone();
        let call = move |number: usize| {
            let (bodies, caller, refused) = (bodies.clone(), caller.clone(), refused.clone());
            async move {
                if !caller.offer(path, &bodies[number]).await {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        rates.push(throughput(IN_FLIGHT, CALLS, call).await);
    }
    over.store(true, Ordering::Relaxed);
    let times = nonces.await.expect("nonces");
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "{title:<28} {:>8.0} {:>9.1} ms {:>9.1} ms {:>8}",
        median(rates),
        at(50),
        at(99),
        refused.load(Ordering::Relaxed)
    );
}
