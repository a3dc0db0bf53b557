//! Foreign parts as the client wants them. Calls that may block run on threads made for blocking; a
//! panic there counts as a failure of the foreign part.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use chitty_client::{
    clock::{Clock, SystemClock},
    error::{Code, Error},
    id::ChittyId,
    reconcile::store::{Counts, Durability, Entry, EntryKey, PendingStore, Put, State},
    transport::{HttpRequest, HttpResponse, HttpTransport, Method, TransportError, TransportFault},
};
use spooky_core::secret::Secret32;
use zeroize::Zeroizing;

pub(crate) use self::keys::{SecretsOf, SeedKeeperOf, SignerOf};
use super::foreign::{self, ForeignError, HttpHeader, StoreRow};

mod keys;

/// A foreign clock; the system's answers for it when it fails.
pub(crate) struct ClockOf {
    pub(crate) clock: Arc<dyn foreign::Clock>,
    pub(crate) failures: Arc<AtomicU64>,
}

impl Clock for ClockOf {
    fn now_ms(&self) -> i64 {
        self.clock.now_ms().unwrap_or_else(|_| {
            self.failures.fetch_add(1, Ordering::Relaxed);
            SystemClock.now_ms()
        })
    }
}

/// A foreign transport.
pub(crate) struct TransportOf(pub(crate) Arc<dyn foreign::HttpTransport>);

#[async_trait]
impl HttpTransport for TransportOf {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let max_answer = request.max_answer;
        let request = foreign::HttpRequest {
            method: match request.method {
                Method::Get => "GET".to_owned(),
                Method::Post => "POST".to_owned(),
            },
            url: request.url,
            headers: request
                .headers
                .into_iter()
                .map(|(name, value)| HttpHeader {
                    name: name.to_owned(),
                    value,
                })
                .collect(),
            body: request.body,
            timeout_ms: u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
        };
        // A task of its own: a panic in the foreign part's stub must not take the request with it.
        let sender = Arc::clone(&self.0);
        let sent = Guarded(tokio::spawn(async move { sender.send(request).await }));
        let answer = sent.wait().await.map_err(fault)?;
        if answer.body.len() > max_answer {
            return Err(TransportError {
                fault: TransportFault::AnswerTooLarge,
                stage: chitty_client::Stage::Answered,
            });
        }
        Ok(HttpResponse {
            status: answer.status,
            headers: answer
                .headers
                .into_iter()
                .map(|header| (header.name.to_ascii_lowercase(), header.value))
                .collect(),
            body: answer.body,
        })
    }
}

/// A task that ends with the one who waits for it.
struct Guarded<T>(tokio::task::JoinHandle<Result<T, ForeignError>>);

impl<T> Guarded<T> {
    async fn wait(mut self) -> Result<T, ForeignError> {
        (&mut self.0).await.unwrap_or(Err(ForeignError::UNNAMED))
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn fault(error: ForeignError) -> TransportError {
    use TransportFault as Fault;
    let ForeignError::Failed { code, stage } = error;
    let named = [
        Fault::NameNotResolved,
        Fault::ConnectFailed,
        Fault::TlsIdentity,
        Fault::TlsFailed,
        Fault::TimedOut,
        Fault::ConnectionLost,
        Fault::AnswerTooLarge,
        Fault::RequestInvalid,
    ];
    TransportError {
        fault: named
            .into_iter()
            .find(|fault| fault.code().number() == code)
            .unwrap_or(Fault::ForeignFailed),
        stage: stage.into(),
    }
}

/// A foreign store.
pub(crate) struct StoreOf(pub(crate) Arc<dyn foreign::PendingStore>);

impl StoreOf {
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn foreign::PendingStore) -> Result<T, ForeignError> + Send + 'static,
    ) -> Result<T, Error> {
        let store = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(store.as_ref()))
            .await
            .unwrap_or(Err(ForeignError::UNNAMED))
            .map_err(store_error)
    }
}

fn store_error(error: ForeignError) -> Error {
    let ForeignError::Failed { code, .. } = error;
    let named = Code::ALL
        .iter()
        .find(|known| (1501..=1508).contains(&code) && known.number() == code);
    Error::new(named.copied().unwrap_or(Code::ForeignFailed))
}

fn row(entry: Entry) -> StoreRow {
    StoreRow {
        key: entry.key.to_vec(),
        state: entry.state as u8,
        fallback_id: entry.fallback_id.map(|id| id.to_string()),
        permanent_id: entry.permanent_id.map(|id| id.to_string()),
        due_ms: entry.due_ms,
        version: entry.version,
        body: entry.body,
    }
}

fn entry(row: StoreRow) -> Result<Entry, Error> {
    let id = |text: Option<String>| -> Result<Option<ChittyId>, Error> {
        text.map(|text| text.parse())
            .transpose()
            .map_err(|_| Code::StoreDamaged.into())
    };
    Ok(Entry {
        key: row.key.try_into().map_err(|_| Code::StoreDamaged)?,
        state: State::from_number(row.state).ok_or(Code::StoreDamaged)?,
        fallback_id: id(row.fallback_id)?,
        permanent_id: id(row.permanent_id)?,
        due_ms: row.due_ms,
        version: row.version,
        body: row.body,
    })
}

fn entries(rows: Vec<StoreRow>) -> Result<Vec<Entry>, Error> {
    rows.into_iter().map(entry).collect()
}

#[async_trait]
impl PendingStore for StoreOf {
    async fn store_key(&self) -> Result<Secret32, Error> {
        let bytes = Zeroizing::new(self.ask(|store| store.store_key()).await?);
        Secret32::from_slice(&bytes).map_err(|_| Code::StoreDamaged.into())
    }

    async fn get(&self, key: &EntryKey) -> Result<Option<Entry>, Error> {
        let key = key.to_vec();
        let found = self.ask(move |store| store.get(key)).await?;
        found.map(entry).transpose()
    }

    async fn put(&self, entry: Entry, durability: Durability) -> Result<Put, Error> {
        let row = row(entry);
        let power_safe = durability == Durability::Power;
        let version = self.ask(move |store| store.put(row, power_safe)).await?;
        Ok(version.map_or(Put::Conflict, Put::Done))
    }

    async fn remove(&self, key: &EntryKey, version: u64) -> Result<bool, Error> {
        let key = key.to_vec();
        self.ask(move |store| store.remove(key, version)).await
    }

    async fn find(&self, id: &ChittyId) -> Result<Vec<Entry>, Error> {
        let id = id.to_string();
        entries(self.ask(move |store| store.find(id)).await?)
    }

    async fn list(&self, states: &[State], due_ms: i64, limit: usize) -> Result<Vec<Entry>, Error> {
        let states = states.iter().map(|state| *state as u8).collect();
        // Foreign languages count with signed numbers.
        let limit = u64::try_from(limit)
            .unwrap_or(u64::MAX)
            .min(i64::MAX.unsigned_abs());
        entries(
            self.ask(move |store| store.list(states, due_ms, limit))
                .await?,
        )
    }

    async fn counts(&self) -> Result<Counts, Error> {
        let mut counts = Counts::default();
        for count in self.ask(|store| store.counts()).await? {
            let state = State::from_number(count.state).ok_or(Code::StoreDamaged)?;
            counts.set(state, count.rows);
        }
        Ok(counts)
    }

    async fn lease(&self, owner: &[u8; 16], now_ms: i64, until_ms: i64) -> Result<bool, Error> {
        let owner = owner.to_vec();
        self.ask(move |store| store.lease(owner, now_ms, until_ms))
            .await
    }

    async fn release(&self, owner: &[u8; 16]) -> Result<(), Error> {
        let owner = owner.to_vec();
        self.ask(move |store| store.release(owner)).await
    }

    async fn note(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let name = name.to_owned();
        self.ask(move |store| store.note(name)).await
    }

    async fn set_note(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        let (name, value) = (name.to_owned(), value.to_vec());
        self.ask(move |store| store.set_note(name, value)).await
    }

    async fn swap_note(
        &self,
        name: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, Error> {
        let (name, value) = (name.to_owned(), value.to_vec());
        let expected = expected.map(<[u8]>::to_vec);
        self.ask(move |store| store.swap_note(name, expected, value))
            .await
    }

    async fn suspend(&self) -> Result<(), Error> {
        self.ask(|store| store.suspend()).await
    }

    async fn resume(&self) -> Result<(), Error> {
        self.ask(|store| store.resume()).await
    }
}
