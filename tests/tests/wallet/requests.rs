//! Requests that a site signed, and presentations that the wallet posts itself: the host is that of keys
//! or connection, and nothing follows a redirect.

use std::sync::{Arc, Mutex};

use chitty_client::{
    Code, Stage,
    transport::{HttpRequest, HttpResponse},
};
use chitty_tests::people::{all_of, policy};
use spooky_core::{
    credential::{
        Arrival, Flow, Nonce, Presentation, PresentationRequest, REQUEST_USE, ResponseUri,
        sign_request,
    },
    entropy::OsEntropy,
    jose::{Ed25519SigningKey, KeyState, PublishedKey, StatementKey, StatementKeys},
};

use crate::{Bench, code, refused};

const SHOP: &str = "shop.example";
const FORUM: &str = "forum.example";

/// Addresses and bodies.
type Posted = Vec<(String, Vec<u8>)>;

/// What a site published, and what was posted to it.
#[derive(Clone, Default)]
struct Web {
    keys: Arc<Mutex<Option<StatementKeys>>>,
    posted: Arc<Mutex<Posted>>,
    status: Arc<Mutex<u16>>,
    says: Arc<Mutex<String>>,
}

impl Web {
    fn answer(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let answered = |status, body| HttpResponse {
            status,
            headers: vec![("location".to_owned(), "https://forum.example/".to_owned())],
            body,
        };
        match request.url.as_str() {
            "https://shop.example/.well-known/jwks.json" => {
                let keys = self.keys.lock().expect("keys");
                Some(answered(200, keys.as_ref()?.to_json().expect("JSON")))
            }
            "https://shop.example:8443/login?step=2" => {
                let posted = (request.url.clone(), request.body.clone());
                self.posted.lock().expect("posted").push(posted);
                let known = |name: &str| request.headers.iter().any(|(known, _)| *known == name);
                assert!(!known("x-api-key") && !known("cookie"));
                Some(answered(
                    *self.status.lock().expect("status"),
                    self.says.lock().expect("says").clone().into_bytes(),
                ))
            }
            _ => None,
        }
    }
}

fn published(key: &Ed25519SigningKey, issuer: &str) -> StatementKeys {
    let key = PublishedKey {
        kid: "1".into(),
        usage: REQUEST_USE.into(),
        key: StatementKey::EdDsa(key.verifying_key()),
        nbf: 0,
        exp: 4_000_000_000,
        state: KeyState::Active,
    };
    StatementKeys::new(issuer, 1, vec![key]).expect("keys")
}

#[tokio::test]
async fn a_signed_request_counts_by_the_keys_of_the_host_that_it_names() {
    let bench = Bench::new();
    let wallet = bench.person().await;
    let web = Web::default();
    let served = web.clone();
    bench
        .broker
        .elsewhere(move |request| served.answer(request));
    let key = Ed25519SigningKey::make(&OsEntropy).expect("key");
    let now = bench.broker.now();
    let wants = policy(&["age_over_21"], true);
    let nonce = Nonce::make(&OsEntropy).expect("random");
    let policy = wants.clone();
    let question = PresentationRequest { nonce, policy };
    let sign = |key: &Ed25519SigningKey, host: &str, now: u64| {
        let uri = ResponseUri::parse(&format!("https://{host}:8443/login?step=2"));
        let (uri, flow) = (uri.expect("URI"), Flow::SameDevice);
        sign_request(key, "1", &question, &uri, flow, now, now + 600).expect("JWS")
    };
    let open = async |signed: &str| wallet.open_request(signed, Arrival::Link).await;
    let signed = sign(&key, SHOP, now);
    let nobody = refused(open(&signed).await);
    assert_eq!(nobody.code(), Code::NameNotResolved, "nothing is published");

    *web.keys.lock().expect("keys") = Some(published(&key, "https://shop.example"));
    let opened = open(&signed).await.expect("request");
    assert_eq!(opened.rp().host().as_str(), SHOP);
    let consent = all_of(&opened.request().policy);
    let code_text = "A".repeat(43);
    *web.says.lock().expect("says") = format!(r#"{{"response_code":"{code_text}"}}"#);
    *web.status.lock().expect("status") = 200;
    let said = wallet.answer(&opened, &consent).await.expect("the control");
    assert_eq!(said.response_code, Some(code_text));
    let posted = web.posted.lock().expect("posted").clone();
    assert_eq!(posted.len(), 1, "to the address in the request");
    // The first version of requests, which does not say where the answer goes, by the same key.
    let claims = serde_json::json!({ "iss": "https://shop.example", "iat": now, "exp": now + 300,
        "nonce": question.nonce.to_text(), "policy": question.policy });
    let first = key.sign_jws("1", "spookyid-request+jwt", &claims);
    let first = refused(open(&first.expect("JWS")).await);
    assert_eq!(
        (first.code(), first.reason()),
        (Code::SignedRequestRefused, Some("request_other_version"))
    );

    let other = Ed25519SigningKey::make(&OsEntropy).expect("key");
    let forged = refused(open(&sign(&other, SHOP, now)).await);
    assert_eq!(
        (forged.code(), forged.reason()),
        (Code::SignedRequestRefused, Some("request_signature"))
    );
    let old = refused(open(&sign(&key, SHOP, now - 2_000)).await);
    assert_eq!(
        (old.code(), old.reason()),
        (Code::SignedRequestRefused, Some("request_expired"))
    );
    let early = refused(open(&sign(&key, SHOP, now + 2_000)).await);
    assert_eq!(early.code(), Code::SignedRequestUndecided);
    let unread = open("a.b.c").await;
    assert_eq!(code(unread), Code::SignedRequestRefused);
    // Another host's keys under this host's address, and a host that serves nothing.
    *web.keys.lock().expect("keys") = Some(published(&key, "https://forum.example"));
    let foreign = open(&signed).await;
    assert_eq!(code(foreign), Code::KeySetInvalid);
    let away = open(&sign(&key, FORUM, now)).await;
    assert_eq!(code(away), Code::NameNotResolved);
}

#[tokio::test]
async fn a_presentation_is_posted_to_the_host_that_it_is_made_for_and_nowhere_else() {
    let bench = Bench::new();
    let wallet = bench.person().await;
    let web = Web::default();
    let served = web.clone();
    bench
        .broker
        .elsewhere(move |request| served.answer(request));
    let wants = policy(&["age_over_21"], true);
    let nonce = Nonce::make(&OsEntropy).expect("random");
    let policy = wants.clone();
    let question = PresentationRequest { nonce, policy };
    let url = "https://shop.example:8443/login?step=2";
    let post = async |url: &str| wallet.present_to(url, &question, &all_of(&wants)).await;
    *web.status.lock().expect("status") = 200;
    *web.says.lock().expect("says") = "welcome".to_owned();
    assert_eq!(post(url).await.expect("answer"), b"welcome");
    let posted = web.posted.lock().expect("posted").clone();
    let shown = Presentation::from_cbor(&posted[0].1).expect("CBOR");
    let json: serde_json::Value =
        serde_json::from_slice(&shown.to_json().expect("JSON")).expect("JSON");
    assert_eq!(json["host"], SHOP);

    for (status, wanted) in [
        (302, Code::RedirectRefused),
        (308, Code::RedirectRefused),
        (403, Code::Forbidden),
        (500, Code::ServerFailed),
    ] {
        *web.status.lock().expect("status") = status;
        let before = web.posted.lock().expect("posted").len();
        let error = refused(post(url).await);
        assert_eq!((error.code(), error.stage()), (wanted, Stage::Answered));
        let after = web.posted.lock().expect("posted").len();
        assert_eq!(after, before + 1, "sent once: {status}");
    }
    for url in [
        "http://shop.example/login",
        "https://192.0.2.1/login",
        "https://somebody@shop.example/login",
        "https://[::1]/login",
        "ftp://shop.example/",
        "shop.example",
    ] {
        assert_eq!(code(post(url).await), Code::SiteInvalid, "{url}");
    }
}
