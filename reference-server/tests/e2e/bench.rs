//! The workbench: a clock that tests move, a main service, a fallback, callers, and a rogue.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chitty_client::{
    clock::Clock,
    error::Code,
    id::ChittyId,
    issuance::{
        Intent, key_digest,
        receipt::{CheckedReceipt, Expected},
    },
};
use reference_server::{
    ApiKeySpec, Database, FallbackHandle, FallbackServer, MainHandle, MainServer, Minting, Overload,
};
use serde_json::{Value, json};
use spooky_core::encoding::{base64url, sha256};

use crate::place::place;

pub(crate) const ISSUER: &str = "https://id.example";
/// 2026-11-10T12:00:00Z, whose month is "8Z".
pub(crate) const START: i64 = 1_794_312_000_000;
pub(crate) const DAY: i64 = 86_400_000;

pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(START)))
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub(crate) struct Bench {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) main: MainHandle,
    pub(crate) secret: String,
    pub(crate) http: reqwest::Client,
}

/// An answer: status, headers, body.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn code(&self) -> Option<Code> {
        Code::from_text(self.body["error"]["code"].as_str()?)
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: Code) -> &Self {
        assert_eq!(
            (self.status, self.code()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert!(!self.body["error"]["requestId"].as_str().unwrap().is_empty());
        self
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Issue {
        assert_eq!(self.status, 200, "{}", self.body);
        Issue {
            id: self.body["identifier"].as_str().unwrap().to_owned(),
            receipt: self.body["receipt"].as_str().unwrap().to_owned(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Issue {
    pub(crate) id: String,
    pub(crate) receipt: String,
}

/// An intent with the secrets of its holder.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) key: [u8; 32],
    pub(crate) salt: [u8; 32],
    pub(crate) intent: Intent,
}

impl Ask {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            key: sha256(format!("key {name}").as_bytes()),
            salt: sha256(format!("salt {name}").as_bytes()),
            intent: serde_json::from_value(json!({"metadata": {"row": "secret-metadata"}}))
                .unwrap(),
        }
    }

    pub(crate) fn namespace(mut self, namespace: &str) -> Self {
        namespace.clone_into(&mut self.intent.namespace);
        self
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = serde_json::to_value(&self.intent).unwrap();
        body["requestSalt"] = base64url(&self.salt).into();
        body
    }

    pub(crate) fn idk(&self) -> String {
        base64url(&key_digest(&self.key))
    }

    pub(crate) fn item(&self, issue: &Issue) -> Value {
        json!({
            "fallbackId": issue.id,
            "fallbackReceipt": issue.receipt,
            "request": self.intent,
            "requestSalt": base64url(&self.salt),
            "idempotencyKey": base64url(&self.key),
        })
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::on(TestClock::new(), Database::Memory, None).await
    }

    pub(crate) async fn on(clock: Arc<TestClock>, database: Database, keys: Option<&Path>) -> Self {
        Self::prefixed(clock, database, keys, "AA").await
    }

    /// One whose ids begin with `prefix`.
    pub(crate) async fn prefixed(
        clock: Arc<TestClock>,
        database: Database,
        keys: Option<&Path>,
        prefix: &str,
    ) -> Self {
        let mut builder = MainServer::builder()
            .issuer(ISSUER)
            .minting(Minting {
                prefix: prefix.to_owned(),
                ..Minting::default()
            })
            .database(place(database))
            .clock(clock.clone())
            // Every stranger of a test is 127.0.0.1.
            .overload(Overload {
                strangers_per_second: 0.0,
                ..Overload::default()
            });
        if let Some(keys) = keys {
            builder = builder.keys_dir(keys);
        }
        let main = builder.start().await.unwrap();
        let name = format!("key-{}", main.url());
        let secret = main
            .add_api_key(ApiKeySpec::new("alpha").named(name))
            .await
            .unwrap();
        Self {
            clock,
            main,
            secret,
            http: client(),
        }
    }

    pub(crate) async fn tenant(&self, spec: ApiKeySpec) -> String {
        self.main.add_api_key(spec).await.unwrap()
    }

    pub(crate) async fn generate_as(&self, secret: &str, ask: &Ask) -> Reply {
        let url = format!("{}/api/chittyid/generate", self.main.url());
        let request = self.http.post(url).header("x-api-key", secret);
        let request = request.header("idempotency-key", base64url(&ask.key));
        reply(request.json_body(&ask.body())).await.unwrap()
    }

    pub(crate) async fn generate(&self, ask: &Ask) -> Reply {
        self.generate_as(&self.secret, ask).await
    }

    pub(crate) async fn get(&self, path: &str, secret: Option<&str>) -> Reply {
        let mut request = self.http.get(format!("{}{path}", self.main.url()));
        if let Some(secret) = secret {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        reply(request).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, secret: &str, body: &Value) -> Reply {
        let request = self.http.post(format!("{}{path}", self.main.url()));
        reply(request.header("x-api-key", secret).json_body(body))
            .await
            .unwrap()
    }

    /// Reconciles one item and answers its result, in the form of a reply.
    pub(crate) async fn reconcile_as(&self, secret: &str, item: Value) -> Result<Issue, Code> {
        let body = json!({ "items": [item] });
        let reply = self.post("/api/chittyid/reconcile", secret, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let result = &reply.body["results"][0];
        match result["error"]["code"].as_str() {
            Some(code) => Err(Code::from_text(code).unwrap()),
            None => Ok(Issue {
                id: result["identifier"].as_str().unwrap().to_owned(),
                receipt: result["receipt"].as_str().unwrap().to_owned(),
            }),
        }
    }

    pub(crate) async fn reconcile(&self, ask: &Ask, issue: &Issue) -> Result<Issue, Code> {
        self.reconcile_as(&self.secret, ask.item(issue)).await
    }

    /// A fallback that is enrolled and holds a grant.
    pub(crate) async fn fallback(&self, name: &str) -> Backup {
        self.fallback_on(name, Database::Memory, None).await
    }

    pub(crate) async fn fallback_on(
        &self,
        name: &str,
        database: Database,
        keys: Option<&Path>,
    ) -> Backup {
        let backup = self.bare_fallback(name, database, keys).await;
        self.main
            .enroll_fallback(name, &backup.handle.thumbprint(), &["GEN", "USR"])
            .await
            .unwrap();
        backup.handle.renew_now().await.unwrap();
        backup
    }

    pub(crate) async fn bare_fallback(
        &self,
        name: &str,
        database: Database,
        keys: Option<&Path>,
    ) -> Backup {
        let mut builder = FallbackServer::builder()
            .name(name)
            .main_url(self.main.url())
            .main_issuer(ISSUER)
            .database(place(database))
            .clock(self.clock.clone())
            .renew_by_hand();
        if let Some(keys) = keys {
            builder = builder.keys_dir(keys);
        }
        let handle = builder.start().await.unwrap();
        let own = format!("key-{}", handle.url());
        let secret = handle
            .add_api_key(ApiKeySpec::new("alpha").named(own))
            .await
            .unwrap();
        Backup {
            handle,
            secret,
            http: client(),
        }
    }

    pub(crate) fn clock_seconds(&self) -> i64 {
        self.clock.now_ms() / 1000
    }

    #[track_caller]
    pub(crate) fn check(&self, issue: &Issue) -> CheckedReceipt {
        let id: ChittyId = issue.id.parse().unwrap();
        CheckedReceipt::check(
            &issue.receipt,
            &id,
            &self.main.key_set(),
            Expected::default(),
        )
        .unwrap()
    }
}

pub(crate) struct Backup {
    pub(crate) handle: FallbackHandle,
    pub(crate) secret: String,
    pub(crate) http: reqwest::Client,
}

impl Backup {
    pub(crate) async fn issue_as(&self, secret: &str, ask: &Ask) -> Reply {
        let url = format!("{}/api/chittyid/fallback", self.handle.url());
        let request = self
            .http
            .post(url)
            .header("x-api-key", secret)
            .header("x-fallback-request", "true")
            .header("idempotency-key", format!("\"{}\"", ask.idk()));
        reply(request.json_body(&ask.body())).await.unwrap()
    }

    pub(crate) async fn issue(&self, ask: &Ask) -> Reply {
        self.issue_as(&self.secret, ask).await
    }
}

pub(crate) trait JsonBody {
    fn json_body(self, body: &Value) -> Self;
}

impl JsonBody for reqwest::RequestBuilder {
    fn json_body(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }
}

pub(crate) async fn reply(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await?;
    Ok(Reply {
        status,
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

pub(crate) fn client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}
