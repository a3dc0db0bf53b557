//! The client process that gets killed. It asks for ids, some with a handle and some without, and
//! tells on standard output what it is about to do, so that the journal lives outside of it.

use std::{
    io::Write,
    process::ExitCode,
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use chitty_client::{
    ApiKey, ChittyId, Client, Error, IdRequest, ReconcilePolicy, Trust,
    clock::{Clock, SystemClock},
    reconcile::store::{
        Counts, Durability, Entry, EntryKey, PendingStore, Put, SqliteStore, State,
    },
    resilience::BreakerPolicy,
    transport::{
        HttpRequest, HttpResponse, HttpTransport, ReqwestOptions, ReqwestTransport, TransportError,
    },
};
use serde::{Deserialize, Serialize};
use spooky_core::secret::Secret32;

/// What the victim needs to know.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) store: String,
    pub(crate) main: String,
    pub(crate) main_key: String,
    pub(crate) fallback: String,
    pub(crate) fallback_key: String,
    pub(crate) key_set: String,
    pub(crate) write_ahead: bool,
    /// Numbers of requests with a handle that the app began and never saw answered.
    pub(crate) again: Vec<u64>,
    /// The number of the next new request; 0 to settle everything and leave.
    pub(crate) next: u64,
}

/// One line of the journal.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(tag = "at", rename_all = "kebab-case")]
pub(crate) enum Line {
    Begin {
        number: u64,
    },
    Intent,
    Sent,
    Answered,
    Reconcile,
    ReconcileEnded,
    Got {
        number: u64,
        id: String,
    },
    Failed {
        number: u64,
        code: String,
    },
    Row {
        key: String,
        state: u8,
        old: Option<String>,
        new: Option<String>,
    },
    Settled {
        debts: u64,
        open: u64,
    },
}

fn say(line: &Line) {
    let mut text = serde_json::to_string(line).expect("line");
    text.push('\n');
    // One write, so that a kill never splits a line.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    let _ = std::io::stdout().lock().flush();
}

/// Says where the process is, and stays there for a moment, so that a kill can hit the place.
async fn mark(line: Line) {
    say(&line);
    tokio::time::sleep(Duration::from_millis(2)).await;
}

pub(crate) async fn run(order: &str) -> ExitCode {
    let order = std::fs::read_to_string(order).expect("order");
    let order: Order = serde_json::from_str(&order).expect("order");
    let settle = order.next == 0;
    let store = Arc::new(SqliteStore::open(&order.store).expect("store"));
    let client = Client::builder()
        .main(&order.main, ApiKey::new(&order.main_key))
        .fallback(&order.fallback, ApiKey::new(&order.fallback_key))
        .trust(Trust::Pinned(
            chitty_client::issuance::keyset::KeySet::from_json(&order.key_set).expect("keys"),
        ))
        .store(Marked {
            store: Arc::clone(&store),
            write_ahead: order.write_ahead,
        })
        .transport(Marking(
            ReqwestTransport::new(&ReqwestOptions::default()).expect("transport"),
        ))
        .clock(Arc::new(Ahead(if settle { 120_000 } else { 0 })))
        .deadline(Duration::from_millis(800))
        .breaker(
            BreakerPolicy::default()
                .failures(3, Duration::from_secs(1))
                .open(Duration::from_millis(20), Duration::from_millis(40)),
        )
        .reconcile(match settle {
            true => ReconcilePolicy::default().manual(),
            false => ReconcilePolicy::default()
                .interval(Duration::from_millis(30))
                .longest_interval(Duration::from_millis(60))
                .batch(4),
        })
        .build()
        .expect("client");
    for number in order.again {
        ask(&client, number).await;
    }
    if settle {
        return finish(&client, store.as_ref()).await;
    }
    let next = Arc::new(AtomicU64::new(order.next));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (client, next) = (client.clone(), Arc::clone(&next));
        workers.spawn(async move {
            loop {
                ask(&client, next.fetch_add(1, Ordering::Relaxed)).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
    workers.join_all().await;
    ExitCode::SUCCESS
}

async fn ask(client: &Client, number: u64) {
    let mut request = IdRequest::new("GEN", 'I').metadata("number", number);
    if named(number) {
        request = request.handle(format!("thing-{number}")).expect("handle");
    }
    say(&Line::Begin { number });
    match client.request_id(request).await {
        Ok(issued) => say(&Line::Got {
            number,
            id: issued.id().to_string(),
        }),
        Err(error) => say(&Line::Failed {
            number,
            code: error.code().to_string(),
        }),
    }
}

/// Every other request has a handle, and the app repeats it after a crash.
pub(crate) fn named(number: u64) -> bool {
    number.is_multiple_of(2)
}

/// With everything up again: drains until nothing is owed, then shows the rows.
async fn finish(client: &Client, store: &SqliteStore) -> ExitCode {
    for _ in 0..200 {
        client
            .drain(Duration::from_secs(5))
            .await
            .expect("nobody else drains");
        let counts = store.counts().await.expect("counts");
        if counts.of(State::Open) + counts.of(State::Owed) + counts.of(State::Held) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let rows = store
        .list(&State::ALL, i64::MAX, usize::MAX)
        .await
        .expect("rows");
    for row in rows {
        say(&Line::Row {
            key: spooky_core::encoding::base64url(&row.key),
            state: row.state as u8,
            old: row.fallback_id.map(|id| id.to_string()),
            new: row.permanent_id.map(|id| id.to_string()),
        });
    }
    let counts = store.counts().await.expect("counts");
    say(&Line::Settled {
        debts: counts.debts(),
        open: counts.of(State::Open),
    });
    ExitCode::SUCCESS
}

/// The system's clock, some milliseconds ahead: rows become due without waiting.
struct Ahead(i64);

impl Clock for Ahead {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0
    }
}

struct Marking(ReqwestTransport);

#[async_trait]
impl HttpTransport for Marking {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let reconcile = request.url.ends_with("/reconcile");
        mark(if reconcile {
            Line::Reconcile
        } else {
            Line::Sent
        })
        .await;
        let answer = self.0.send(request).await;
        if reconcile {
            say(&Line::ReconcileEnded);
        } else if answer.as_ref().is_ok_and(|answer| answer.status == 200) {
            mark(Line::Answered).await;
        }
        answer
    }
}

/// The real store, telling when an intent is down; without write-ahead it pretends.
struct Marked {
    store: Arc<SqliteStore>,
    write_ahead: bool,
}

#[async_trait]
impl PendingStore for Marked {
    async fn store_key(&self) -> Result<Secret32, Error> {
        self.store.store_key().await
    }

    async fn get(&self, key: &EntryKey) -> Result<Option<Entry>, Error> {
        self.store.get(key).await
    }

    async fn put(&self, entry: Entry, durability: Durability) -> Result<Put, Error> {
        if entry.state != State::Open || entry.version != 0 {
            return self.store.put(entry, durability).await;
        }
        if !self.write_ahead && self.store.get(&entry.key).await?.is_none() {
            return Ok(Put::Done(1));
        }
        let put = self.store.put(entry, durability).await;
        mark(Line::Intent).await;
        put
    }

    async fn remove(&self, key: &EntryKey, version: u64) -> Result<bool, Error> {
        self.store.remove(key, version).await
    }

    async fn find(&self, id: &ChittyId) -> Result<Vec<Entry>, Error> {
        self.store.find(id).await
    }

    async fn list(&self, states: &[State], due: i64, limit: usize) -> Result<Vec<Entry>, Error> {
        self.store.list(states, due, limit).await
    }

    async fn counts(&self) -> Result<Counts, Error> {
        self.store.counts().await
    }

    async fn lease(&self, owner: &[u8; 16], now: i64, until: i64) -> Result<bool, Error> {
        // A killed drainer must not keep the next one waiting for longer than a life lasts here.
        self.store.lease(owner, now, until.min(now + 60)).await
    }

    async fn release(&self, owner: &[u8; 16]) -> Result<(), Error> {
        self.store.release(owner).await
    }

    async fn note(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.store.note(name).await
    }

    async fn set_note(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        self.store.set_note(name, value).await
    }

    async fn swap_note(
        &self,
        name: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, Error> {
        self.store.swap_note(name, expected, value).await
    }

    async fn suspend(&self) -> Result<(), Error> {
        self.store.suspend().await
    }

    async fn resume(&self) -> Result<(), Error> {
        self.store.resume().await
    }
}
