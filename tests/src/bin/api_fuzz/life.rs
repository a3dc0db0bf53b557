//! Honest work: what clients, a fallback, a wallet and a site do in an ordinary life, so that every
//! operation has answered well once, and that the ids and rights exist which some operations need.

use std::time::Duration;

use chitty_client::{
    IdRequest,
    transport::{HttpRequest, HttpTransport, MAX_ANSWER, Method, ReqwestOptions, ReqwestTransport},
};
use chitty_tests::{
    bodies::{Person, SITE, presentation},
    people::{attributes, schema},
    world::World,
};
use reference_server::{ApiKeySpec, BrokerHandle};
use serde_json::Value;
use spooky_core::encoding::bytes_32;

/// A client and a fallback; answers a permanent id.
pub async fn of_issuance(world: &World) -> Result<String, String> {
    let client = world.client().build().map_err(|error| error.to_string())?;
    let request = || IdRequest::new("GEN", 'I');
    let issued = client.request_id(request()).await;
    let issued = issued.map_err(|error| error.to_string())?;
    world.main_down(true);
    let temporary = client.request_id(request()).await;
    temporary.map_err(|error| error.to_string())?;
    world.main_down(false);
    let drained = client.drain(Duration::from_secs(10)).await;
    drained.map_err(|error| error.to_string())?;
    // Takes a nonce and a grant, and uploads the issue log.
    let renewed = world.fallback.renew_now().await;
    renewed.map_err(|error| error.to_string())?;
    Ok(issued.id().to_string())
}

/// Somebody registers, gets a credential and shows it to a site; somebody else is revoked. Answers the
/// site's API key.
pub async fn of_a_broker(broker: &BrokerHandle) -> Result<String, String> {
    let key = broker.add_api_key(ApiKeySpec::new(SITE)).await;
    let key = key.map_err(|error| error.to_string())?;
    let site = Caller {
        url: broker.url(),
        key: key.clone(),
    };
    let person = Person::new();
    let body = person.registration(&site.nonce().await?);
    site.post("/api/anchor/register", &body).await?;
    let status = format!("/api/anchor/status?anchor={}", person.anchor());
    site.get(&status).await?;
    let code = broker.enrol("somebody", &schema(), &attributes()).await;
    let code = code.map_err(|error| error.to_string())?;
    let ask = person.asks(&site.nonce().await?, Some(&code));
    let answer = site.post("/api/oidc/credential", &ask).await?;
    let keys = broker.issuer_keys().map_err(|error| error.to_string())?;
    let held = person.take(&answer, &keys);
    let shown = presentation(&held, &site.site_nonce().await?);
    site.post("/api/oidc/verify", &shown).await?;
    let other = Person::new();
    let body = other.registration(&site.nonce().await?);
    site.post("/api/anchor/register", &body).await?;
    site.post("/api/anchor/revoke", &other.revocation()).await?;
    Ok(key)
}

struct Caller {
    url: String,
    key: String,
}

impl Caller {
    /// For a wallet: with an API key it would be the site's.
    async fn nonce(&self) -> Result<[u8; 32], String> {
        let wallet = Self {
            url: self.url.clone(),
            key: String::new(),
        };
        wallet.site_nonce().await
    }

    async fn site_nonce(&self) -> Result<[u8; 32], String> {
        let answer = self.get("/api/oidc/nonce").await?;
        let text = answer["nonce"].as_str().unwrap_or_default();
        bytes_32(text).map_err(|error| error.to_string())
    }

    async fn get(&self, path: &str) -> Result<Value, String> {
        self.send(Method::Get, path, Vec::new()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.send(Method::Post, path, body.to_string().into_bytes())
            .await
    }

    async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Value, String> {
        let transport = ReqwestTransport::new(&ReqwestOptions::default());
        let transport = transport.map_err(|error| error.to_string())?;
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if !self.key.is_empty() {
            headers.push(("x-api-key", self.key.clone()));
        }
        let answer = transport.send(HttpRequest {
            method,
            url: format!("{}{path}", self.url),
            headers,
            body,
            timeout: Duration::from_secs(10),
            max_answer: MAX_ANSWER,
        });
        let answer = answer.await.map_err(|error| error.to_string())?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).map_err(|error| error.to_string()),
            status => Err(format!("honest work at {path} got {status}")),
        }
    }
}
