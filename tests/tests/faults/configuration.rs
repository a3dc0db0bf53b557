//! What the builder refuses, and key sets that are missing or old.

use std::sync::Arc;

use chitty_client::{Code, Trust};
use chitty_tests::{
    client_of,
    issuer::{FALLBACK, Issuer, STANDARD},
    raw_server::{Action, RawServer},
    stubs::Shifted,
};
use serde_json::json;

use crate::request;

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
    let clock = Shifted::by(0);
    let client = || {
        client_of(&main.origin, None, Trust::Fetched)
            .shared_store(Arc::clone(&store))
            .clock(Arc::clone(&clock) as _)
            .build()
            .expect("client")
    };
    client()
        .request_id(request())
        .await
        .expect("version 5 is taken over");
    version.store(4, std::sync::atomic::Ordering::SeqCst);
    // Main is asked again a minute later.
    clock.set(61_000);
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
