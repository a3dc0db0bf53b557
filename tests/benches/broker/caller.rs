//! Who asks a broker: bare reqwest, and people who use it.

use std::sync::Arc;

use chitty_tests::{
    bodies::{Person, SITE},
    people::{attributes, schema},
};
use reference_server::{ApiKeySpec, BrokerHandle};
use serde_json::Value;
use spooky_core::{credential::HeldCredential, encoding::bytes_32};

/// Sends what it is given, and takes no other answer than 200.
#[derive(Clone)]
pub struct Caller {
    client: reqwest::Client,
    url: Arc<str>,
    key: Arc<str>,
}

impl Caller {
    pub async fn new(broker: &BrokerHandle) -> Self {
        let key = broker.add_api_key(ApiKeySpec::new(SITE)).await;
        let client = reqwest::Client::builder().tls_certs_only([]).build();
        Self {
            client: client.expect("client"),
            url: broker.url().into(),
            key: key.expect("key").into(),
        }
    }

    pub async fn get(&self, path: &str) -> Vec<u8> {
        let request = self.client.get(format!("{}{path}", self.url));
        done(request).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Vec<u8> {
        done(self.request(path, body)).await
    }

    /// Sends it; `false` when the broker says that it, or its database, has too much to do.
    pub async fn offer(&self, path: &str, body: &Value) -> bool {
        let answer = self.request(path, body).send().await.expect("answer");
        let status = answer.status();
        assert!(matches!(status.as_u16(), 200 | 503), "{status}");
        answer.bytes().await.expect("body");
        status == 200
    }

    fn request(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url));
        request
            .header("content-type", "application/json")
            .header("x-api-key", &*self.key)
            .body(body.to_string())
    }

    /// For a wallet: `get` sends no API key.
    pub async fn nonce(&self) -> [u8; 32] {
        nonce_in(&self.get("/api/oidc/nonce").await)
    }

    /// For this site's presentations.
    pub async fn site_nonce(&self) -> [u8; 32] {
        let request = self.client.get(format!("{}/api/oidc/nonce", self.url));
        nonce_in(&done(request.header("x-api-key", &*self.key)).await)
    }
}

fn nonce_in(answer: &[u8]) -> [u8; 32] {
    let nonce = json(answer)["nonce"].take();
    bytes_32(nonce.as_str().expect("nonce")).expect("32 bytes")
}

async fn done(request: reqwest::RequestBuilder) -> Vec<u8> {
    let answer = request.send().await.expect("answer");
    let status = answer.status();
    let body = answer.bytes().await.expect("body").to_vec();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    body
}

pub fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

/// Somebody who is registered and enrolled, with a first credential.
pub async fn with_credential(broker: &BrokerHandle, caller: &Caller) -> (Person, HeldCredential) {
    let person = Person::new();
    let body = person.registration(&caller.nonce().await);
    caller.post("/api/anchor/register", &body).await;
    let code = broker
        .enrol(&person.anchor(), &schema(), &attributes())
        .await;
    let ask = person.asks(&caller.nonce().await, Some(&code.expect("code")));
    let answer = json(&caller.post("/api/oidc/credential", &ask).await);
    let held = person.take(&answer, &broker.issuer_keys().expect("keys"));
    (person, held)
}
