//! What main answers, and whether it opens the fallback.

use std::sync::Arc;

use chitty_client::{Code, issuance::receipt::ReceiptClaims};
use chitty_tests::{
    issuer::{FALLBACK, Issuer, STANDARD, STANDARD_2, now},
    raw_server::{Action, Received},
};
use serde_json::json;
use spooky_core::{entropy::OsEntropy, jose::SigningKey};

use crate::{debts, open_rows, with_main};

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
