//! The clients: each asks for an id now and then, and does nothing else. What happens to debts is
//! the SDK's own business.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chitty_client::{
    ApiKey, Client, IdRequest, ReconcilePolicy, Trust,
    clock::Clock,
    reconcile::store::MemoryStore,
    resilience::{BreakerPolicy, RetryPolicy},
};
use spooky_core::{
    Error,
    entropy::{Entropy, OsEntropy},
};

use crate::{
    clock::Virtual,
    network::{BACKUP, MAIN, Network},
};

/// When what happens, in seconds since the start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeline {
    pub(crate) outage: u64,
    pub(crate) recovery: u64,
    pub(crate) end: u64,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            outage: 180,
            recovery: 180 + 660,
            end: 180 + 660 + 420,
        }
    }
}

pub(crate) struct Outcome {
    /// Intents per second.
    pub(crate) intents: Vec<u64>,
    pub(crate) fallback_ids: u64,
    pub(crate) reconciled: u64,
    /// Seconds from recovery until no debt was left.
    pub(crate) drained_after: Option<u64>,
}

/// No jitter: everybody draws the same number, so high that none of its requests is held back.
struct Constant;

impl Entropy for Constant {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(0xff);
        Ok(())
    }
}

pub(crate) async fn live(
    network: &Network,
    clock: &Arc<Virtual>,
    clients: usize,
    every: f64,
    storm: bool,
) -> Outcome {
    let timeline = Timeline::default();
    let intents = Arc::new(Mutex::new(vec![0_u64; timeline.end as usize + 60]));
    let mut all = Vec::with_capacity(clients);
    for _ in 0..clients {
        let client = client(network, Arc::clone(clock) as Arc<dyn Clock>, storm);
        tokio::spawn(ask_now_and_then(
            client.clone(),
            network.clone(),
            Arc::clone(&intents),
            every,
        ));
        all.push(client);
    }
    let (debts, mut drained_after) = (AtomicU64::new(0), None);
    while network.second() < timeline.end {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (issued, settled) = totals(&all);
        debts.store(issued - settled, Ordering::Relaxed);
        let second = network.second();
        if second > timeline.recovery + 5 && issued == settled && drained_after.is_none() {
            drained_after = Some(second - timeline.recovery);
        }
        if second.is_multiple_of(60) {
            let minute = second / 60;
            eprintln!(
                "minute {minute:>2}: {} debts",
                debts.load(Ordering::Relaxed)
            );
        }
    }
    let (fallback_ids, reconciled) = totals(&all);
    let intents = intents.lock().expect("intents").clone();
    Outcome {
        intents,
        fallback_ids,
        reconciled,
        drained_after,
    }
}

fn totals(clients: &[Client]) -> (u64, u64) {
    let metrics = clients.iter().map(Client::metrics);
    metrics.fold((0, 0), |(issued, settled), metrics| {
        (
            issued + metrics.issued_fallback,
            settled + metrics.reconciled,
        )
    })
}

fn client(network: &Network, clock: Arc<dyn Clock>, storm: bool) -> Client {
    let builder = Client::builder()
        .main(MAIN, ApiKey::new("key-for-main"))
        .fallback(BACKUP, ApiKey::new("key-for-fallback"))
        .trust(Trust::Pinned(network.key_set()))
        .store(MemoryStore::new().expect("memory"))
        .transport(network.clone())
        .clock(clock);
    let builder = match storm {
        false => builder,
        true => builder
            .danger()
            .unlimited_retries()
            .entropy(Arc::new(Constant))
            .retry(RetryPolicy::default().max_attempts(10))
            .breaker(BreakerPolicy::default().failures(usize::MAX, Duration::from_secs(1)))
            .reconcile(
                ReconcilePolicy::default()
                    .longest_interval(Duration::from_secs(5))
                    .batch(1),
            ),
    };
    builder.build().expect("client")
}

async fn ask_now_and_then(
    client: Client,
    network: Network,
    intents: Arc<Mutex<Vec<u64>>>,
    every: f64,
) {
    let mut number = 0_u64;
    loop {
        tokio::time::sleep(Duration::from_secs_f64(2.0 * every * unit())).await;
        number += 1;
        if let Some(count) = intents
            .lock()
            .expect("intents")
            .get_mut(network.second() as usize)
        {
            *count += 1;
        }
        let request = IdRequest::new("GEN", 'I')
            .handle(number.to_be_bytes())
            .expect("handle");
        // A refusal is an answer too; nothing repeats it here.
        let _ = client.request_id(request).await;
    }
}

/// A number in [0, 1) for the arrival times, the same kind with and without `--storm`.
fn unit() -> f64 {
    let mut bytes = [0; 4];
    OsEntropy.fill(&mut bytes).expect("random bytes");
    f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}
