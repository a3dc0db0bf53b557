//! What goes over the wire and when: credentials, waiting, batches, a full queue.

use std::sync::Arc;
use std::time::Duration;

use chitty_client::{
    Code, Stage, Trust,
    transport::{
        HttpRequest, HttpTransport, MAX_ANSWER, Method, ReqwestOptions, ReqwestTransport,
        TransportFault,
    },
};
use chitty_tests::{
    client_of,
    issuer::{FALLBACK, Issuer, STANDARD},
    raw_server::{Action, RawServer},
};
use serde_json::json;

use crate::{GENERATE, TAKE_FALLBACK, open_rows, request, with_main};

#[tokio::test]
async fn both_down_is_a_clear_failure_without_an_id() {
    let issuer = Issuer::default();
    let client = client_of(
        "http://127.0.0.1:1",
        Some("http://127.0.0.1:2"),
        Trust::Pinned(issuer.key_set()),
    )
    .build()
    .expect("client");
    let error = client.request_id(request()).await.expect_err("down");
    assert_eq!(error.code(), Code::ServicesUnavailable);
    assert_eq!(error.stage(), Stage::NotSent);
    assert_eq!(error.causes().len(), 2);
    assert_eq!(
        open_rows(&client).await,
        0,
        "nothing was sent, nothing stays"
    );
}

#[tokio::test]
async fn an_answer_is_read_up_to_what_its_request_allows() {
    let server = RawServer::start(|_| Action::Answer(200, vec![], vec![b' '; 3 << 20])).await;
    let transport = ReqwestTransport::new(&ReqwestOptions::default()).expect("transport");
    let read = async |max_answer| {
        let request = HttpRequest {
            method: Method::Get,
            url: format!("{}/", server.origin),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(10),
            max_answer,
        };
        let answer = transport.send(request).await;
        answer
            .map(|answer| answer.body.len())
            .map_err(|error| error.fault)
    };
    assert_eq!(read(3 << 20).await, Ok(3 << 20));
    let refused = Err(TransportFault::AnswerTooLarge);
    assert_eq!(read((3 << 20) - 1).await, refused);
    assert_eq!(read(MAX_ANSWER).await, refused);
}

#[tokio::test]
async fn credentials_stay_at_their_origin() {
    let issuer = Arc::new(Issuer::default());
    let elsewhere = RawServer::start(|_| Action::Json(200, json!({}))).await;
    let target = elsewhere.origin.clone();
    let (outcome, _, _client, (main, _)) = with_main(&issuer, move |_| {
        Action::Answer(
            308,
            vec![("location", format!("{target}{GENERATE}"))],
            vec![],
        )
    })
    .await;
    assert_eq!(outcome.expect_err("redirect").code(), Code::RedirectRefused);
    assert_eq!(
        elsewhere.requests().len(),
        0,
        "nothing followed the redirect"
    );
    let sent = main.requests();
    assert_eq!(sent[0].header("x-api-key"), Some("key-for-main"));

    let (outcome, _, _client, (main, fallback)) = with_main(&issuer, |_| Action::Close).await;
    assert_eq!(outcome.expect("fallback"), FALLBACK);
    let (to_main, to_fallback) = (&main.requests()[0], &fallback.requests()[0]);
    assert_eq!(to_fallback.header("x-api-key"), Some("key-for-fallback"));
    let key = to_main.header("idempotency-key").expect("K");
    let digest = to_fallback.header("idempotency-key").expect("digest of K");
    assert_ne!(key, digest, "the fallback never sees K");
    let main_key = spooky_core::encoding::bytes_32(key).expect("32 bytes");
    let expected = chitty_client::issuance::key_digest(&main_key);
    assert_eq!(digest, spooky_core::encoding::base64url(&expected));
    let everything = format!("{:?}", fallback.requests());
    assert!(!everything.contains(key) && !everything.contains("key-for-main"));
}

#[tokio::test]
async fn retry_after_is_honoured_and_passed_on() {
    let issuer = Arc::new(Issuer::default());
    let (outcome, asked, _client, (main, _)) = with_main(&issuer, |_| {
        Action::Answer(429, vec![("retry-after", "120".into())], vec![])
    })
    .await;
    let error = outcome.expect_err("throttled");
    assert_eq!(error.code(), Code::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert_eq!((asked, main.count(GENERATE)), (0, 1), "no hammering");
}

#[tokio::test]
async fn a_429_opens_the_fallback_only_when_configured() {
    let issuer = Arc::new(Issuer::default());
    let main =
        RawServer::start(|_| Action::Answer(429, vec![("retry-after", "120".into())], vec![]))
            .await;
    let honest = Arc::clone(&issuer);
    let fallback = RawServer::start(move |request| honest.answer_fallback(request, FALLBACK)).await;
    let client = client_of(
        &main.origin,
        Some(&fallback.origin),
        Trust::Pinned(issuer.key_set()),
    )
    .fallback_when_throttled()
    .build()
    .expect("client");
    assert_eq!(
        client
            .request_id(request())
            .await
            .expect("id")
            .id()
            .as_str(),
        FALLBACK
    );
}

#[tokio::test]
async fn the_same_request_in_flight_is_waited_out() {
    let issuer = Arc::new(Issuer::default());
    let honest = Arc::clone(&issuer);
    let busy = std::sync::atomic::AtomicUsize::new(2);
    let (outcome, asked, _client, _servers) = with_main(&issuer, move |request| {
        let left = busy.fetch_update(
            std::sync::atomic::Ordering::SeqCst,
            std::sync::atomic::Ordering::SeqCst,
            |left| left.checked_sub(1),
        );
        match left {
            Ok(_) => Action::Answer(409, vec![("retry-after", "0".into())], vec![]),
            Err(_) => honest.answer_standard(request, STANDARD),
        }
    })
    .await;
    assert_eq!(outcome.expect("answered at last"), STANDARD);
    assert_eq!(asked, 0);
}

#[tokio::test]
async fn a_permuted_batch_answer_is_matched_by_id() {
    let issuer = Arc::new(Issuer::default());
    let ids = [
        "AA-E-GEN-0001-I-8Z-0-1",
        "AA-E-GEN-0002-I-8Z-0-1",
        "AA-E-GEN-0003-I-8Z-0-1",
    ];
    let down = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let (switch, honest) = (Arc::clone(&down), Arc::clone(&issuer));
    let main = RawServer::start(move |request| {
        if switch.load(std::sync::atomic::Ordering::SeqCst) {
            return Action::Close;
        }
        let body = request.json();
        let mut results: Vec<_> = body["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| {
                let permanent = item["fallbackId"]
                    .as_str()
                    .expect("id")
                    .replace("-E-", "-C-");
                honest.reconciled(item, &permanent)
            })
            .collect();
        results.reverse();
        results.rotate_left(1);
        Action::Json(200, json!({ "results": results }))
    })
    .await;
    let (honest, next) = (Arc::clone(&issuer), std::sync::atomic::AtomicUsize::new(0));
    let fallback = RawServer::start(move |request| {
        let at = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        honest.answer_fallback(request, ids[at])
    })
    .await;
    let client = client_of(
        &main.origin,
        Some(&fallback.origin),
        Trust::Pinned(issuer.key_set()),
    )
    .breaker(
        chitty_client::resilience::breaker::BreakerPolicy::default()
            .failures(1_000, Duration::from_secs(30)),
    )
    .reconcile(chitty_client::ReconcilePolicy::default().manual())
    .build()
    .expect("client");
    for _ in ids {
        client.request_id(request()).await.expect("fallback id");
    }
    down.store(false, std::sync::atomic::Ordering::SeqCst);
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.reconciled, report.remaining), (3, 0), "{report:?}");
    for old in ids {
        let resolved = client
            .resolve(&old.parse().expect("id"))
            .await
            .expect("alias");
        assert_eq!(resolved.id().as_str(), old.replace("-E-", "-C-"));
    }
}

#[tokio::test]
async fn a_full_queue_refuses_before_a_fallback_id_is_asked_for() {
    let issuer = Arc::new(Issuer::default());
    let honest = Arc::clone(&issuer);
    let fallback = RawServer::start(move |request| honest.answer_fallback(request, FALLBACK)).await;
    let client = client_of(
        "http://127.0.0.1:1",
        Some(&fallback.origin),
        Trust::Pinned(issuer.key_set()),
    )
    .reconcile(
        chitty_client::ReconcilePolicy::default()
            .manual()
            .max_debts(1),
    )
    .build()
    .expect("client");
    client.request_id(request()).await.expect("the first fits");
    let error = client.request_id(request()).await.expect_err("full");
    assert_eq!(error.code(), Code::QueueFull);
    assert_eq!(fallback.count(TAKE_FALLBACK), 1, "not asked again");
}
