//! What a fallback answers: an id counts only inside its grant.

use std::sync::Arc;

use chitty_client::{
    Client, Code, Error, Trust, issuance::receipt::ReceiptClaims, reconcile::store::State,
};
use chitty_tests::{
    client_of,
    issuer::{FALLBACK, ISSUER, Issuer, STANDARD, now},
    raw_server::{Action, RawServer},
};
use serde_json::json;
use spooky_core::{entropy::OsEntropy, jose::SigningKey};

use crate::{debts, open_rows, request};

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
