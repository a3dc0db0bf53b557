//! Every way in which a service can fail to answer, or answer wrongly: what the caller is told,
//! whether the fallback may be asked, and what stays on record.

mod configuration;
mod encodings;
mod fallback_answers;
mod main_answers;
mod numbers;
mod requests;

use std::sync::Arc;

use chitty_client::{Client, Error, IdRequest, Trust, reconcile::store::State};
use chitty_tests::{
    client_of,
    issuer::{FALLBACK, Issuer},
    raw_server::{Action, RawServer, Received},
};

const GENERATE: &str = "/api/chittyid/generate";
const TAKE_FALLBACK: &str = "/api/chittyid/fallback";

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I')
}

async fn open_rows(client: &Client) -> u64 {
    client.health().await.expect("store").store.of(State::Open)
}

async fn debts(client: &Client) -> usize {
    client.pending_reconciliations().await.expect("store").len()
}

/// Main does `main`; an honest fallback stands by. Tells the outcome and how often it was asked.
async fn with_main(
    issuer: &Arc<Issuer>,
    main: impl Fn(&Received) -> Action + Send + Sync + 'static,
) -> (Result<String, Error>, usize, Client, (RawServer, RawServer)) {
    let main = RawServer::start(move |request| match request.path.as_str() {
        "/health" => Action::Close,
        _ => main(request),
    })
    .await;
    let honest = Arc::clone(issuer);
    let fallback = RawServer::start(move |request| honest.answer_fallback(request, FALLBACK)).await;
    let client = client_of(
        &main.origin,
        Some(&fallback.origin),
        Trust::Pinned(issuer.key_set()),
    )
    .reconcile(chitty_client::ReconcilePolicy::default().manual())
    .build()
    .expect("client");
    let outcome = client
        .request_id(request())
        .await
        .map(|issued| issued.id().to_string());
    let asked = fallback.count(TAKE_FALLBACK);
    (outcome, asked, client, (main, fallback))
}
