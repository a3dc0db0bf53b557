//! A row of the client's store that is well sealed and says anything: a client lives with it while nobody
//! answers. No work of the client takes a debt away, and none panics.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chitty_client::{
    ApiKey, Client, ReconcilePolicy, Stage, Trust,
    reconcile::store::{Durability, Entry, EntryKey, MemoryStore, PendingStore, State},
    transport::{HttpRequest, HttpResponse, HttpTransport, TransportError, TransportFault},
};
use spooky_core::secret::Secret32;

use crate::{
    Input,
    client::key_set,
    store::{C_ID, E_ID, HOUR, runtime},
};

/// A well sealed row: state, ids, due time, body. The services are away.
pub(crate) fn any_row(input: &mut Input<'_>) {
    let state = State::ALL[usize::from(input.byte()) % State::ALL.len()];
    let id = |input: &mut Input<'_>| match input.byte() % 4 {
        0 => None,
        1 => E_ID.parse().ok(),
        2 => C_ID.parse().ok(),
        _ => core::str::from_utf8(input.bytes()).ok()?.parse().ok(),
    };
    let (fallback_id, permanent_id) = (id(input), id(input));
    let due_ms = i64::from(input.byte()) * HOUR;
    let row = Entry {
        key: [7; 32],
        state,
        fallback_id,
        permanent_id,
        due_ms,
        version: 0,
        body: input.rest().to_vec(),
    };
    let store: Arc<dyn PendingStore> = Arc::new(MemoryStore::with_key(Secret32::new([1; 32])));
    runtime().block_on(async {
        let put = store.put(row.clone(), Durability::Process).await;
        put.expect("memory takes any row");
        live_with(&store, &row).await;
    });
}

async fn live_with(store: &Arc<dyn PendingStore>, row: &Entry) {
    let client = Client::builder()
        .main("https://main.example", ApiKey::new("one"))
        .fallback("https://fallback.example", ApiKey::new("two"))
        .trust(Trust::Pinned(key_set()))
        .shared_store(Arc::clone(store))
        .transport(Away)
        .reconcile(ReconcilePolicy::default().manual())
        .build()
        .expect("a client");
    let owed = State::DEBTS.contains(&row.state);
    if let Ok(pending) = client.pending_reconciliations().await {
        assert_eq!(pending.len(), usize::from(owed), "a debt is not shown");
    }
    for id in [row.fallback_id, row.permanent_id].into_iter().flatten() {
        let _ = client.resolve(&id).await;
        let _ = client.reconcile(&id).await;
    }
    let _ = client.drain(Duration::from_secs(60)).await;
    let _ = client.retry_wedged().await;
    still_there(store, &row.key, row.state).await;
}

async fn still_there(store: &Arc<dyn PendingStore>, key: &EntryKey, before: State) {
    let after = store.get(key).await.expect("memory answers");
    let after = after.map(|row| row.state);
    match before {
        State::Open => {}
        debt if State::DEBTS.contains(&debt) => {
            let owed = after.is_some_and(|state| State::DEBTS.contains(&state));
            assert!(owed, "a debt is gone, though nobody answered");
        }
        other => assert!(after == Some(other), "a settled row was changed"),
    }
}

/// Nobody can be reached.
struct Away;

#[async_trait]
impl HttpTransport for Away {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError {
            fault: TransportFault::ConnectFailed,
            stage: Stage::NotSent,
        })
    }
}
