//! A service that refuses most of what it is sent is asked less, and every request can be found in
//! the service's log.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use chitty_client::{
    Client, ClientBuilder, Code, IdRequest, ReconcilePolicy, TraceContext, Trust,
    resilience::{BreakerPolicy, RetryPolicy},
};
use chitty_tests::{
    client_of,
    issuer::{FALLBACK, Issuer, STANDARD},
    raw_server::{Action, RawServer},
};
use serde_json::json;

const GENERATE: &str = "/api/chittyid/generate";
const TAKE_FALLBACK: &str = "/api/chittyid/fallback";
const REQUESTS: usize = 100;

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I')
}

/// Without retries and without a circuit breaker: what holds back is the throttle alone.
fn throttled(builder: ClientBuilder) -> Client {
    builder
        .retry(RetryPolicy::default().max_attempts(1))
        .breaker(BreakerPolicy::default().failures(100_000, std::time::Duration::from_secs(1)))
        .reconcile(ReconcilePolicy::default().manual())
        .build()
        .expect("client")
}

/// Main answers with `status` until told otherwise; the fallback is honest.
async fn services(issuer: &Arc<Issuer>, status: u16) -> (RawServer, RawServer, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(false));
    let (is_well, honest) = (Arc::clone(&well), Arc::clone(issuer));
    let main = RawServer::start(move |request| match is_well.load(SeqCst) {
        true => honest.answer_standard(request, STANDARD),
        false => Action::Json(status, json!({})),
    })
    .await;
    let honest = Arc::clone(issuer);
    let fallback = RawServer::start(move |request| honest.answer_fallback(request, FALLBACK)).await;
    (main, fallback, well)
}

#[tokio::test]
async fn a_main_that_throttles_everybody_is_hardly_asked_and_the_fallback_not_at_all() {
    let issuer = Arc::new(Issuer::default());
    let (main, fallback, well) = services(&issuer, 429).await;
    let client = throttled(client_of(
        &main.origin,
        Some(&fallback.origin),
        Trust::Pinned(issuer.key_set()),
    ));
    let mut held_back = 0;
    for _ in 0..REQUESTS {
        let error = client.request_id(request()).await.expect_err("refused");
        match error.code() {
            Code::HeldBack => held_back += 1,
            code => assert_eq!(code, Code::RateLimited),
        }
    }
    let sent = main.count(GENERATE);
    assert_eq!(sent + held_back, REQUESTS);
    assert!(sent < REQUESTS / 2, "{sent} of {REQUESTS} were sent");
    assert!(sent >= 10, "the first ones always are: {sent}");
    assert_eq!(fallback.count(TAKE_FALLBACK), 0);
    assert_eq!(client.metrics().held_back, held_back as u64);
    assert_eq!(
        client
            .health()
            .await
            .expect("store")
            .store
            .of(chitty_client::reconcile::store::State::Open),
        0,
        "what was never sent is not on record"
    );

    // The control: a main that is well is sent everything.
    well.store(true, SeqCst);
    let client = throttled(client_of(
        &main.origin,
        None,
        Trust::Pinned(issuer.key_set()),
    ));
    for _ in 0..REQUESTS {
        client.request_id(request()).await.expect("id");
    }
    assert_eq!(client.metrics().held_back, 0);
    assert_eq!(main.count(GENERATE), sent + REQUESTS);
}

#[tokio::test]
async fn a_main_that_sheds_load_is_spared_and_the_fallback_answers() {
    let issuer = Arc::new(Issuer::default());
    let (main, fallback, _) = services(&issuer, 503).await;
    let client = throttled(client_of(
        &main.origin,
        Some(&fallback.origin),
        Trust::Pinned(issuer.key_set()),
    ));
    for _ in 0..REQUESTS {
        let issued = client.request_id(request()).await.expect("fallback id");
        assert!(issued.is_temporary());
    }
    let sent = main.count(GENERATE);
    assert!(sent < REQUESTS / 2, "{sent} of {REQUESTS} were sent");
    assert_eq!(fallback.count(TAKE_FALLBACK), REQUESTS);
}

#[tokio::test]
async fn the_trace_of_the_app_is_passed_along_and_a_refusal_names_the_request() {
    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let issuer = Arc::new(Issuer::default());
    let main =
        RawServer::start(|_| Action::Answer(403, vec![("x-request-id", "req-17".into())], vec![]))
            .await;
    let plain = throttled(client_of(
        &main.origin,
        None,
        Trust::Pinned(issuer.key_set()),
    ));
    let error = plain.request_id(request()).await.expect_err("refused");
    assert_eq!(error.request_id(), Some("req-17"));
    let traced = throttled(
        client_of(&main.origin, None, Trust::Pinned(issuer.key_set()))
            .trace_context(|| TraceContext::parse(TRACE).ok()),
    );
    traced.request_id(request()).await.expect_err("refused");
    let sent = main.requests();
    assert_eq!(sent[0].header("traceparent"), None);
    assert_eq!(sent[1].header("traceparent"), Some(TRACE));
}
