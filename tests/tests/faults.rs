//! Every way in which a service can fail to answer, or answer wrongly: what the caller is told,
//! whether the fallback may be asked, and what stays on record.

use std::time::Duration;

use chitty_client::{
    Client, Code, Error, IdRequest, Stage, Trust, issuance::receipt::ReceiptClaims,
    reconcile::store::State,
};
use chitty_tests::{
    client_of,
    issuer::{FALLBACK, ISSUER, Issuer, STANDARD, STANDARD_2, now},
    raw_server::{Action, RawServer, Received},
};
use serde_json::json;
use spooky_core::{entropy::OsEntropy, jose::SigningKey};
use std::sync::Arc;

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

#[tokio::test]
async fn what_is_not_available_opens_the_fallback() {
    let issuer = Arc::new(Issuer::default());
    let status = |status: u16| move |_: &Received| Action::Json(status, json!({}));
    type Script = Box<dyn Fn(&Received) -> Action + Send + Sync>;
    let cases: Vec<(&str, Script)> = vec![
        ("closes without an answer", Box::new(|_| Action::Close)),
        ("hangs", Box::new(|_| Action::Hang)),
        (
            "stops in the middle of the answer",
            Box::new(|_| Action::HalfOpen),
        ),
        (
            "truncates the answer",
            Box::new(|_| {
                Action::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"i".to_vec())
            }),
        ),
        ("502", Box::new(status(502))),
        ("503", Box::new(status(503))),
        ("504", Box::new(status(504))),
    ];
    for (what, script) in cases {
        let (outcome, asked, client, _servers) = with_main(&issuer, script).await;
        assert_eq!(
            outcome.as_deref().ok(),
            Some(FALLBACK),
            "{what}: {outcome:?}"
        );
        assert_eq!(asked, 1, "{what}");
        assert_eq!(debts(&client).await, 1, "{what}: the debt is on record");
    }
}

#[tokio::test]
async fn a_refusal_or_a_wrong_answer_never_opens_the_fallback() {
    let issuer = Arc::new(Issuer::default());
    type Script = Box<dyn Fn(&Received) -> Action + Send + Sync>;
    let status = |status: u16| -> Script { Box::new(move |_| Action::Json(status, json!({}))) };
    let bent = |bend: fn(&Issuer, &Received) -> Action| -> Script {
        let issuer = Arc::clone(&issuer);
        Box::new(move |request| bend(&issuer, request))
    };
    // (what, script, code, whether an id may exist at main, so that the row must stay)
    let cases: Vec<(&str, Script, Code, bool)> = vec![
        ("400", status(400), Code::RequestRefused, false),
        ("401", status(401), Code::Unauthorized, false),
        ("403", status(403), Code::Forbidden, false),
        ("404", status(404), Code::NotFound, false),
        ("409 that stays", status(409), Code::InFlight, true),
        ("422", status(422), Code::KeyReused, false),
        ("429", status(429), Code::RateLimited, false),
        ("500 that stays", status(500), Code::ServerFailed, true),
        ("501", status(501), Code::ServerFailed, true),
        (
            "204 without a body",
            status(204),
            Code::AnswerMalformed,
            true,
        ),
        (
            "garbage",
            bent(|_, _| Action::Bytes(b"\x00\xff garbage\r\n\r\n".to_vec())),
            Code::AnswerMalformed,
            true,
        ),
        (
            "JSON of another form",
            bent(|_, _| Action::Json(200, json!({ "id": 7 }))),
            Code::AnswerMalformed,
            true,
        ),
        (
            "not JSON",
            bent(|_, _| Action::Answer(200, vec![], b"<html>".to_vec())),
            Code::AnswerMalformed,
            true,
        ),
        (
            "a huge answer",
            bent(|_, _| Action::Answer(200, vec![], vec![b' '; 3 << 20])),
            Code::AnswerTooLarge,
            true,
        ),
        (
            "a redirect",
            bent(|_, _| {
                Action::Answer(
                    307,
                    vec![("location", "http://127.0.0.1:9/".into())],
                    vec![],
                )
            }),
            Code::RedirectRefused,
            false,
        ),
        (
            "an invented id",
            bent(|_, _| Action::Json(200, json!({ "identifier": "ID-1", "receipt": "x" }))),
            Code::AnswerMalformed,
            true,
        ),
        (
            "no receipt",
            bent(|_, _| Action::Json(200, json!({ "identifier": STANDARD }))),
            Code::ReceiptMissing,
            true,
        ),
        (
            "an id of the fallback's domain",
            bent(|issuer, request| {
                let receipt = issuer.sign_standard(&issuer.standard_claims(request, FALLBACK));
                Action::Json(200, json!({ "identifier": FALLBACK, "receipt": receipt }))
            }),
            Code::DomainWrong,
            true,
        ),
        (
            "an id of another namespace",
            bent(|issuer, request| issuer.answer_standard(request, "AA-C-USR-0001-I-8Z-0-1")),
            Code::ReceiptRequest,
            true,
        ),
        (
            "a receipt for another id",
            bent(|issuer, request| {
                let receipt = issuer.sign_standard(&issuer.standard_claims(request, STANDARD_2));
                Action::Json(200, json!({ "identifier": STANDARD, "receipt": receipt }))
            }),
            Code::ReceiptSubject,
            true,
        ),
        (
            "a receipt for another request",
            claims_bent(&issuer, |c| c.rqd = c.idk.clone()),
            Code::ReceiptRequest,
            true,
        ),
        (
            "a receipt for another key",
            claims_bent(&issuer, |c| c.idk = c.rqd.clone()),
            Code::ReceiptKey,
            true,
        ),
        (
            "a receipt by another issuer",
            claims_bent(&issuer, |c| c.iss = "https://evil.example".into()),
            Code::ReceiptIssuer,
            true,
        ),
        (
            "a receipt of another class",
            claims_bent(&issuer, |c| c.cls = "gold".into()),
            Code::ReceiptClass,
            true,
        ),
        (
            "a receipt before its key",
            claims_bent(&issuer, |c| c.iat = now() - 900_000),
            Code::ReceiptKeyTime,
            true,
        ),
        (
            "a receipt by the wrong key",
            bent(|issuer, request| {
                let other = SigningKey::make(&OsEntropy).expect("key");
                let claims = issuer.standard_claims(request, STANDARD);
                let receipt = other
                    .sign_jws("receipt-1", "chitty-receipt+jwt", &claims)
                    .expect("jws");
                Action::Json(200, json!({ "identifier": STANDARD, "receipt": receipt }))
            }),
            Code::ReceiptSignature,
            true,
        ),
        (
            "a receipt by an unknown key",
            bent(|issuer, request| {
                let claims = issuer.standard_claims(request, STANDARD);
                let receipt = issuer
                    .receipt_key
                    .sign_jws("nobody", "chitty-receipt+jwt", &claims)
                    .expect("jws");
                Action::Json(200, json!({ "identifier": STANDARD, "receipt": receipt }))
            }),
            Code::ReceiptKeyUnknown,
            true,
        ),
        (
            "a receipt of another type",
            bent(|issuer, request| {
                let claims = issuer.standard_claims(request, STANDARD);
                let receipt = issuer
                    .receipt_key
                    .sign_jws("receipt-1", "JWT", &claims)
                    .expect("jws");
                Action::Json(200, json!({ "identifier": STANDARD, "receipt": receipt }))
            }),
            Code::ReceiptUnsupported,
            true,
        ),
    ];
    for (what, script, code, stays) in cases {
        let (outcome, asked, client, _servers) = with_main(&issuer, script).await;
        let error = outcome.expect_err(what);
        assert_eq!(error.code(), code, "{what}: {error}");
        assert_eq!(asked, 0, "{what}: the fallback was asked");
        assert_eq!(debts(&client).await, 0, "{what}");
        assert_eq!(
            open_rows(&client).await,
            u64::from(stays),
            "{what}: what stays on record"
        );
    }
}

fn claims_bent(
    issuer: &Arc<Issuer>,
    bend: fn(&mut ReceiptClaims),
) -> Box<dyn Fn(&Received) -> Action + Send + Sync> {
    let issuer = Arc::clone(issuer);
    Box::new(move |request| {
        let mut claims = issuer.standard_claims(request, STANDARD);
        bend(&mut claims);
        let receipt = issuer.sign_standard(&claims);
        Action::Json(200, json!({ "identifier": STANDARD, "receipt": receipt }))
    })
}

/// Main is down; the fallback answers with bent claims.
async fn with_fallback(
    issuer: &Arc<Issuer>,
    id: &'static str,
    bend: impl Fn(&Issuer, &mut ReceiptClaims) + Send + Sync + 'static,
) -> (Result<String, Error>, Client, RawServer) {
    let honest = Arc::clone(issuer);
    let fallback = RawServer::start(move |request| {
        let mut claims = honest.fallback_claims(request, id);
        bend(&honest, &mut claims);
        let receipt = honest.sign_fallback(&claims);
        Action::Json(200, json!({ "identifier": id, "receipt": receipt }))
    })
    .await;
    let client = client_of(
        "http://127.0.0.1:1",
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
    (outcome, client, fallback)
}

fn regrant(
    issuer: &Issuer,
    claims: &mut ReceiptClaims,
    bend: impl Fn(&mut chitty_client::issuance::grant::GrantClaims),
) {
    let mut grant = issuer.grant_claims();
    bend(&mut grant);
    claims.grant = Some(issuer.grant(&grant));
}

#[tokio::test]
async fn a_fallback_id_outside_its_grant_is_refused() {
    let issuer = Arc::new(Issuer::default());
    type Bend = Box<dyn Fn(&Issuer, &mut ReceiptClaims) + Send + Sync>;
    let cases: Vec<(&str, &'static str, Bend, Code)> = vec![
        (
            "a standard id",
            STANDARD,
            Box::new(|_, _| ()),
            Code::DomainWrong,
        ),
        (
            "no grant",
            FALLBACK,
            Box::new(|_, c| c.grant = None),
            Code::GrantMissing,
        ),
        (
            "no grant at all",
            FALLBACK,
            Box::new(|_, c| c.grant = Some("x".into())),
            Code::GrantMalformed,
        ),
        (
            "another namespace",
            FALLBACK,
            Box::new(|i, c| regrant(i, c, |g| g.ns = vec!["USR".into()])),
            Code::GrantNamespace,
        ),
        (
            "another month",
            FALLBACK,
            Box::new(|i, c| regrant(i, c, |g| g.ym = vec!["8Y".into()])),
            Code::GrantYearMonth,
        ),
        (
            "another cycle",
            FALLBACK,
            Box::new(|i, c| regrant(i, c, |g| g.cyc = vec!["7".into()])),
            Code::GrantCycle,
        ),
        (
            "expired grant",
            FALLBACK,
            Box::new(|i, c| regrant(i, c, |g| g.exp = now() - 60)),
            Code::GrantTime,
        ),
        (
            "backdated",
            FALLBACK,
            Box::new(|_, c| c.iat = now() - 7_200),
            Code::GrantTime,
        ),
        (
            "distant expiry",
            FALLBACK,
            Box::new(|_, c| c.exp = Some(now() + 900_000)),
            Code::GrantReceiptLife,
        ),
        (
            "no expiry",
            FALLBACK,
            Box::new(|_, c| c.exp = None),
            Code::ReceiptMalformed,
        ),
        (
            "another main",
            FALLBACK,
            Box::new(|i, c| regrant(i, c, |g| g.iss = "https://evil.example".into())),
            Code::GrantIssuer,
        ),
        (
            "another fallback's name",
            FALLBACK,
            Box::new(|_, c| c.iss = ISSUER.into()),
            Code::ReceiptIssuer,
        ),
        (
            "another fallback's grant",
            FALLBACK,
            Box::new(|i, c| {
                let other = SigningKey::make(&OsEntropy).expect("key").verifying_key();
                regrant(i, c, move |g| g.cnf.jwk = other.to_jwk());
            }),
            Code::GrantHolder,
        ),
        (
            "a grant that nobody of main signed",
            FALLBACK,
            Box::new(|i, c| {
                c.grant = Some(
                    i.holder
                        .sign_jws("grant-1", "chitty-fallback-grant+jwt", &i.grant_claims())
                        .expect("jws"),
                );
            }),
            Code::GrantSignature,
        ),
        (
            "another key",
            FALLBACK,
            Box::new(|_, c| c.idk = c.rqd.clone()),
            Code::ReceiptKey,
        ),
    ];
    for (what, id, bend, code) in cases {
        let (outcome, client, _server) = with_fallback(&issuer, id, bend).await;
        let error = outcome.expect_err(what);
        assert_eq!(error.code(), code, "{what}: {error}");
        assert_eq!(
            debts(&client).await,
            0,
            "{what}: no debt for an id that does not count"
        );
        assert_eq!(
            open_rows(&client).await,
            1,
            "{what}: the request stays on record"
        );
    }
    let (outcome, _client, _server) = with_fallback(&issuer, FALLBACK, |_, _| ()).await;
    assert_eq!(outcome.expect("the control passes"), FALLBACK);
}

#[tokio::test]
async fn a_receipt_refused_only_for_time_is_held_and_counts_as_a_debt() {
    let issuer = Arc::new(Issuer::default());
    let (outcome, client, _server) =
        with_fallback(&issuer, FALLBACK, |_, claims| claims.iat = now() + 3_000).await;
    assert_eq!(
        outcome.expect_err("the clock disagrees").code(),
        Code::ReceiptHeld
    );
    let pending = client.pending_reconciliations().await.expect("store");
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].state, State::Held);
}

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

#[tokio::test]
async fn without_a_key_set_the_fallback_is_not_even_asked() {
    let issuer = Arc::new(Issuer::default());
    let honest = Arc::clone(&issuer);
    let fallback = RawServer::start(move |request| honest.answer_fallback(request, FALLBACK)).await;
    let client = client_of("http://127.0.0.1:1", Some(&fallback.origin), Trust::Fetched)
        .build()
        .expect("client");
    let error = client
        .request_id(request())
        .await
        .expect_err("nothing to check with");
    assert_eq!(error.code(), Code::KeySetMissing);
    assert_eq!(fallback.requests().len(), 0);
}

#[tokio::test]
async fn an_older_key_set_is_refused() {
    let issuer = Arc::new(Issuer::default());
    let version = Arc::new(std::sync::atomic::AtomicU64::new(5));
    let (honest, offered) = (Arc::clone(&issuer), Arc::clone(&version));
    let main = RawServer::start(move |request| {
        if request.path == "/.well-known/jwks.json" {
            let mut set = honest.key_set();
            set.version = offered.load(std::sync::atomic::Ordering::SeqCst);
            return Action::Json(200, serde_json::to_value(set).expect("set"));
        }
        let claims = honest.standard_claims(request, STANDARD);
        let kid = if request.json()["metadata"]["kid"] == "new" {
            "receipt-9"
        } else {
            "receipt-1"
        };
        let receipt = honest
            .receipt_key
            .sign_jws(kid, "chitty-receipt+jwt", &claims)
            .expect("jws");
        Action::Json(200, json!({ "identifier": STANDARD, "receipt": receipt }))
    })
    .await;
    let store: Arc<dyn chitty_client::reconcile::store::PendingStore> =
        Arc::new(chitty_client::reconcile::store::MemoryStore::new().expect("memory"));
    let client = || {
        client_of(&main.origin, None, Trust::Fetched)
            .shared_store(Arc::clone(&store))
            .build()
            .expect("client")
    };
    client()
        .request_id(request())
        .await
        .expect("version 5 is taken over");
    version.store(4, std::sync::atomic::Ordering::SeqCst);
    let error = client()
        .request_id(request().metadata("kid", "new"))
        .await
        .expect_err("an older set");
    assert_eq!(error.code(), Code::KeySetRolledBack);
}

#[test]
fn the_builder_refuses_what_would_undo_a_promise() {
    let issuer = Issuer::default();
    let trust = || Trust::Pinned(issuer.key_set());
    let same_key = chitty_client::Client::builder()
        .main("https://a.example", chitty_client::ApiKey::new("k"))
        .fallback("https://b.example", chitty_client::ApiKey::new("k"))
        .trust(trust())
        .store(chitty_client::reconcile::store::MemoryStore::new().expect("memory"))
        .build();
    assert_eq!(same_key.expect_err("same key").code(), Code::SecretsEqual);
    let cases = [
        (
            "https://a.example",
            Some("https://a.example:443"),
            Code::OriginsEqual,
        ),
        (
            "https://a.example",
            Some("https://A.EXAMPLE/"),
            Code::OriginsEqual,
        ),
        ("http://a.example", None, Code::PlainHttp),
        ("ftp://a.example", None, Code::OriginInvalid),
        ("https://a.example/path", None, Code::OriginInvalid),
        ("https://user@a.example", None, Code::OriginInvalid),
        ("nonsense", None, Code::OriginInvalid),
    ];
    for (main, fallback, code) in cases {
        let built = client_of(main, fallback, trust()).build();
        assert_eq!(built.expect_err(main).code(), code, "{main} {fallback:?}");
    }
    assert!(
        client_of("http://a.example", None, trust())
            .danger()
            .allow_plain_http()
            .build()
            .is_ok()
    );
}
