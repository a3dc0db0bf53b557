//! Replicas that share one PostgreSQL behave as one, while they and it are killed and restarted.
//!
//! Six seconds per run, sixty with `CHITTY_SOAK`. The control runs without the unique row of an
//! intent and must be caught.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod balancer;
mod fleet;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chitty_client::{
    ApiKey, Class, Client, IdRequest, ReconcilePolicy, Trust, reconcile::store::MemoryStore,
    resilience::BreakerPolicy,
};
use chitty_tests::postgres::Postgres;
use reference_server::store::MainStore;
use tokio::time::{Instant, sleep};

use crate::{
    balancer::{Balancer, Tally},
    fleet::{FALLBACKS, Fleet, TENANTS},
};

const CLIENTS: usize = 64;

fn length() -> Duration {
    Duration::from_secs(if std::env::var("CHITTY_SOAK").is_ok() {
        60
    } else {
        6
    })
}

/// A client, what it asked for, and which fallback ids it was given.
struct Worker {
    client: Client,
    handles: Vec<String>,
    refused: BTreeMap<String, usize>,
    temporary: BTreeSet<String>,
}

impl Worker {
    fn new(fleet: &Fleet, number: usize, tally: &Arc<Tally>) -> Self {
        let (tenant, fallback) = (number % TENANTS, number % FALLBACKS);
        let client = Client::builder()
            .main(&fleet.mains[0], ApiKey::new(&fleet.main_keys[tenant]))
            .fallback(
                &fleet.fallbacks[fallback],
                ApiKey::new(&fleet.fallback_keys[fallback][tenant]),
            )
            .trust(Trust::Pinned(fleet.key_set.clone()))
            .store(MemoryStore::new().expect("memory"))
            .transport(Balancer::new(&fleet.mains, tally))
            .deadline(Duration::from_secs(3))
            .breaker(
                BreakerPolicy::default()
                    .failures(3, Duration::from_secs(1))
                    .open(Duration::from_millis(100), Duration::from_millis(200)),
            )
            .reconcile(
                ReconcilePolicy::default()
                    .interval(Duration::from_millis(300))
                    .longest_interval(Duration::from_millis(600)),
            )
            .build()
            .expect("client");
        Self {
            client,
            handles: Vec::new(),
            refused: BTreeMap::new(),
            temporary: BTreeSet::new(),
        }
    }

    async fn ask(&self, handle: &str) -> Result<(String, Class), String> {
        let request = IdRequest::new("GEN", 'I').handle(handle).expect("handle");
        let issued = self.client.request_id(request).await;
        issued
            .map(|issued| (issued.id().to_string(), issued.class()))
            .map_err(|error| error.code().to_string())
    }

    async fn run(mut self, end: Instant) -> Self {
        while Instant::now() < end {
            let handle = format!("h{}", self.handles.len());
            match self.ask(&handle).await {
                Ok((id, Class::Fallback)) => drop(self.temporary.insert(id)),
                Ok(_) => {}
                Err(code) => {
                    *self.refused.entry(code).or_default() += 1;
                    sleep(Duration::from_millis(100)).await;
                }
            }
            self.handles.push(handle);
            sleep(Duration::from_millis(20)).await;
        }
        self
    }

    /// Asks until every handle has its permanent id and nothing is owed.
    async fn settle(self) -> (Self, Vec<String>) {
        let patience = Instant::now() + Duration::from_secs(90) + length() * 5;
        let mut stopped = None;
        let mut ids = Vec::new();
        for handle in &self.handles {
            loop {
                match self.ask(handle).await {
                    Ok((id, Class::Standard)) => break ids.push(id),
                    other => assert!(
                        Instant::now() < patience,
                        "{handle}: {other:?}, {stopped:?}"
                    ),
                }
                stopped = Some(self.client.drain(Duration::from_secs(2)).await);
                sleep(Duration::from_millis(50)).await;
            }
        }
        let owed = self.client.pending_reconciliations().await.expect("list");
        assert!(owed.is_empty(), "{} debts are open", owed.len());
        (self, ids)
    }
}

struct Outcome {
    handles: usize,
    distinct: usize,
    rows: usize,
    differing: usize,
    waiting: usize,
}

async fn run(postgres: &Arc<Postgres>, label: &str, outage: bool, unique: bool) -> Outcome {
    let folder = tempfile::tempdir().expect("folder");
    let mut fleet = Fleet::start(postgres, folder.path()).await;
    if !unique {
        let drop = "ALTER TABLE intents DROP CONSTRAINT intents_pkey";
        postgres.sql(&fleet.main_database, drop);
    }
    let tally = Arc::new(Tally::default());
    let end = Instant::now() + length();
    let workers: Vec<_> = (0..CLIENTS)
        .map(|n| tokio::spawn(Worker::new(&fleet, n, &tally).run(end)))
        .collect();
    let database = Arc::clone(postgres);
    let away = tokio::task::spawn_blocking(move || {
        if outage {
            std::thread::sleep(length() / 3);
            database.stop();
            std::thread::sleep(length() / 6);
            database.resume();
        }
    });
    fleet.havoc(end, 20_261_120).await;
    away.await.expect("outage");
    fleet.all_up().await;
    let settled = Instant::now();
    let mut settling = Vec::new();
    let (mut refused, mut temporary) = (BTreeMap::new(), BTreeSet::new());
    for worker in workers {
        settling.push(tokio::spawn(worker.await.expect("worker").settle()));
    }
    let (mut ids, mut handles) = (Vec::new(), 0);
    for task in settling {
        let (worker, permanent) = task.await.expect("settled");
        for (code, count) in worker.refused {
            *refused.entry(code).or_insert(0) += count;
        }
        handles += worker.handles.len();
        temporary.extend(worker.temporary);
        ids.extend(permanent);
    }
    let settled = settled.elapsed().as_secs();
    let logged = fleet.logs_uploaded(postgres).await;
    let waiting = "SELECT fallback_id FROM issue_log l WHERE NOT EXISTS
        (SELECT 1 FROM debts d WHERE d.fallback_id = l.fallback_id AND d.jti = l.jti)";
    let waiting: BTreeSet<String> = postgres
        .sql(&fleet.main_database, waiting)
        .lines()
        .map(str::to_owned)
        .collect();
    let owed = waiting.intersection(&temporary).count();
    let (debts, alarms) = (
        fleet.main.debts().await.expect("table"),
        fleet.main.alarms().await,
    );
    let distinct = ids.iter().collect::<BTreeSet<_>>().len();
    let intents = fleet.intents().await;
    let differing = tally.differing.lock().expect("lock").len();
    println!(
        "{label}: {CLIENTS} clients, {} requests to main, {} kills; {handles} intents, refused \
         at first {refused:?}, {distinct} distinct permanent ids, {} rows; {} answers repeated on \
         another replica, {differing} differing; {logged} fallback ids issued, {} of them given to \
         clients, {} debts settled, {owed} of those owed, {} ids nobody heard of; all settled {settled} s after the end",
        tally.requests.load(Ordering::Relaxed),
        fleet.kills.load(Ordering::Relaxed),
        intents.len(),
        tally.twins.load(Ordering::Relaxed),
        temporary.len(),
        debts.len(),
        waiting.len(),
    );
    assert_eq!(owed, 0, "a client's debt was never settled");
    assert!(
        alarms.expect("table").is_empty(),
        "a fallback id was issued twice"
    );
    let unique_ids = intents
        .iter()
        .map(|row| &row.identifier)
        .collect::<BTreeSet<_>>();
    assert_eq!(unique_ids.len(), intents.len(), "an id was issued twice");
    Outcome {
        handles,
        distinct,
        rows: intents.len(),
        differing,
        waiting: waiting.len(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_behave_as_one_and_the_control_is_caught() {
    let Some(postgres) = Postgres::start(true) else {
        return;
    };
    let postgres = Arc::new(postgres);
    for (label, outage) in [("replicas killed", false), ("and PostgreSQL stopped", true)] {
        let outcome = run(&postgres, label, outage, true).await;
        assert_eq!(outcome.differing, 0, "a repeat got another answer");
        assert_eq!(
            outcome.distinct, outcome.handles,
            "an id twice, or a handle without one"
        );
        assert_eq!(outcome.rows, outcome.handles, "an id that nobody has");
        // Also those that no client was given: main has answered their intents since.
        assert_eq!(outcome.waiting, 0, "a fallback id waits for nobody");
    }
    let control = run(&postgres, "control without the unique row", false, false).await;
    assert!(
        control.differing > 0 || control.rows > control.handles,
        "without the unique row nothing went wrong, so this test shows nothing"
    );
}
