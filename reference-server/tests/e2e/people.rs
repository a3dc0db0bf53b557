//! A broker, and people with keys of their own, over HTTP.

use std::sync::Arc;

use chitty_client::clock::{Clock, SystemClock};
use reference_server::{ApiKeySpec, BrokerHandle, BrokerServer, Database, Overload};
use serde_json::{Value, json};
use spooky_core::{
    anchor::{AnchorCommitment, RevocationReason, register, revoke_by_anchor},
    credential::{
        AttributeName, Attributes, Consent, HeldCredential, HolderSecrets, IssuedCredential,
        IssuerId, IssuerKeys, Nonce, Policy, PolicyTerms, Presentation, PresentationRequest,
        Requirement, Schema, request_credential,
    },
    encoding::{base64url, bytes_32, from_base64url},
    entropy::{OsEntropy, random_32},
    jose::StatementKeys,
    keys::{AnchorKey, RecoveryKey, Seed, SeedSize, SoftwareSigner},
    pseudonym::AuthenticatedRp,
};

use crate::{
    bench::{JsonBody, Reply, TestClock, client, reply},
    place::place,
};

pub(crate) const BROKER: &str = "https://broker.example";
pub(crate) const SITE: &str = "shop.example";

pub(crate) fn schema() -> Schema {
    Schema::from_json(
        br#"{"typ":"spookyid/schema/v1","id":"https://broker.example/person","life_days":7,
        "linkable":false,"attributes":[{"name":"family_name","type":"text"},
        {"name":"birth_date","type":"date"},{"name":"age_over_21","type":"boolean",
        "derived":{"rule":"age_over","from":"birth_date","years":21}}]}"#,
    )
    .unwrap()
}

pub(crate) fn attributes() -> Attributes {
    serde_json::from_value(json!({
        "family_name": { "type": "text", "value": "Lovelace-Marker" },
        "birth_date": { "type": "date", "value": "1985-12-10" },
    }))
    .unwrap()
}

pub(crate) fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

/// A broker and a site that may ask it.
pub(crate) struct Bench {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) url: String,
    /// The broker, unless it is another process.
    pub(crate) broker: Option<BrokerHandle>,
    /// The site's API key.
    pub(crate) site: String,
    pub(crate) http: reqwest::Client,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::on(Database::Memory).await
    }

    pub(crate) async fn on(database: Database) -> Self {
        Self::at(database, None).await
    }

    /// One with keys in this folder.
    pub(crate) async fn at(database: Database, keys: Option<&std::path::Path>) -> Self {
        let clock = TestClock::new();
        let mut builder = BrokerServer::builder()
            .issuer(BROKER)
            .schema(schema())
            .database(place(database))
            .clock(clock.clone())
            .credentials_per_day(3)
            // Every stranger of a test is 127.0.0.1.
            .overload(Overload {
                strangers_per_second: 0.0,
                ..Overload::default()
            });
        if let Some(keys) = keys {
            builder = builder.keys_dir(keys.join("keys"));
        }
        let broker = builder.start().await.unwrap();
        let site = broker.add_api_key(ApiKeySpec::new(SITE)).await.unwrap();
        Self {
            clock,
            url: broker.url(),
            broker: Some(broker),
            site,
            http: client(),
        }
    }

    /// One at a broker of another process, where real time passes.
    pub(crate) fn elsewhere(url: &str, site: &str) -> Self {
        let clock = TestClock::new();
        clock.advance(SystemClock.now_ms() - clock.now_ms());
        Self {
            clock,
            url: url.to_owned(),
            broker: None,
            site: site.to_owned(),
            http: client(),
        }
    }

    pub(crate) fn handle(&self) -> &BrokerHandle {
        self.broker.as_ref().unwrap()
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.clock.now_ms().unsigned_abs() / 1000
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        let url = format!("{}{path}", self.url);
        reply(self.http.get(url)).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        let url = format!("{}{path}", self.url);
        reply(self.http.post(url).json_body(body)).await.unwrap()
    }

    /// A nonce for a wallet: no API key is sent.
    pub(crate) async fn nonce(&self) -> [u8; 32] {
        let reply = self.get("/api/oidc/nonce").await;
        bytes_32(reply.body["nonce"].as_str().unwrap()).unwrap()
    }

    /// A nonce for the site whose API key this is.
    pub(crate) async fn site_nonce(&self, key: &str) -> [u8; 32] {
        let url = format!("{}/api/oidc/nonce", self.url);
        let reply = reply(self.http.get(url).header("x-api-key", key)).await;
        bytes_32(reply.unwrap().body["nonce"].as_str().unwrap()).unwrap()
    }

    /// A site's nonce of a time that lies ahead by `ms`.
    pub(crate) async fn nonce_at(&self, ms: i64) -> [u8; 32] {
        self.clock.advance(ms);
        let nonce = self.site_nonce(&self.site).await;
        self.clock.advance(-ms);
        nonce
    }

    /// The broker's keys for statements, as anybody fetches them.
    pub(crate) async fn statement_keys(&self) -> StatementKeys {
        let body = self.get("/.well-known/jwks.json").await.body;
        StatementKeys::from_json(body.to_string().as_bytes()).unwrap()
    }

    /// The broker's keys for credentials, as anybody fetches them.
    pub(crate) async fn issuer_keys(&self) -> IssuerKeys {
        let path = "/.well-known/openid-credential-issuer";
        let body = self.get(path).await.body;
        IssuerKeys::from_json(body["issuer_keys"].to_string().as_bytes()).unwrap()
    }

    /// A one-time code for somebody's attributes.
    pub(crate) async fn enrol(&self, name: &str) -> String {
        let (schema, attributes) = (schema(), attributes());
        let done = self.handle().enrol(name, &schema, &attributes);
        done.await.unwrap()
    }

    /// What a site asks for.
    pub(crate) fn policy(&self, names: &[&str], tag: bool) -> Policy {
        let requirement = |text: &&str| Requirement {
            name: name(text),
            equals: None,
        };
        let terms = PolicyTerms {
            issuers: vec![IssuerId::parse(BROKER).unwrap()],
            attributes: names.iter().map(requirement).collect(),
            tag,
            max_days: 7,
        };
        Policy::build(&schema(), terms).unwrap()
    }

    /// A presentation for the site `host` over a nonce that the site of this bench fetched, base64url.
    pub(crate) async fn shown(
        &self,
        credential: &HeldCredential,
        host: &str,
        policy: &Policy,
    ) -> String {
        let nonce = self.site_nonce(&self.site).await;
        self.shown_over(nonce, credential, host, policy)
    }

    /// A presentation over this nonce, base64url.
    pub(crate) fn shown_over(
        &self,
        nonce: [u8; 32],
        credential: &HeldCredential,
        host: &str,
        policy: &Policy,
    ) -> String {
        let request = PresentationRequest {
            nonce: Nonce::from_bytes(nonce),
            policy: policy.clone(),
        };
        self.answer(credential, host, &request)
    }

    /// A presentation for the site `host` by a person who agrees to everything, base64url.
    pub(crate) fn answer(
        &self,
        credential: &HeldCredential,
        host: &str,
        request: &PresentationRequest,
    ) -> String {
        let names = request.policy.attributes().iter();
        let consent = Consent {
            attributes: names.map(|one| one.name.clone()).collect(),
            tag: request.policy.tag(),
        };
        let rp = AuthenticatedRp::posting_to(&format!("https://{host}")).unwrap();
        let shown = credential.present(&rp, request, &consent, self.now(), &OsEntropy);
        base64url(&shown.unwrap().to_cbor())
    }

    /// Asks the broker as the site whose key this is, for the session that asked with the very nonce that the
    /// presentation names.
    pub(crate) async fn verify_as(&self, key: &str, shown: &str, policy: &Policy) -> Reply {
        let bytes = from_base64url(shown).unwrap();
        let claimed = Presentation::from_cbor(&bytes).map(|shown| shown.claimed_nonce());
        let nonce = claimed.map_or([0; 32], |nonce| *nonce.as_bytes());
        self.verify_for(key, nonce, shown, policy).await
    }

    /// Asks the broker for the session that asked with this nonce.
    pub(crate) async fn verify_for(
        &self,
        key: &str,
        expected: [u8; 32],
        shown: &str,
        policy: &Policy,
    ) -> Reply {
        let url = format!("{}/api/oidc/verify", self.url);
        let body = json!({ "expected_nonce": base64url(&expected), "presentation": shown,
            "policy": policy });
        let request = self.http.post(url).header("x-api-key", key);
        reply(request.json_body(&body)).await.unwrap()
    }

    pub(crate) async fn verify(&self, shown: &str, policy: &Policy) -> Reply {
        self.verify_as(&self.site, shown, policy).await
    }
}

/// Somebody with a seed and a device.
pub(crate) struct Person {
    pub(crate) seed: Seed,
    pub(crate) anchor: AnchorKey,
    pub(crate) device: SoftwareSigner,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self {
            seed: Seed::make(SeedSize::Bits128, &OsEntropy).unwrap(),
            anchor: AnchorKey::make(&OsEntropy).unwrap(),
            device: SoftwareSigner::make(&OsEntropy).unwrap(),
        }
    }

    pub(crate) async fn registered(bench: &Bench) -> Self {
        let person = Self::new();
        let reply = person.register(bench).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        person
    }

    pub(crate) fn recovery(&self) -> RecoveryKey {
        self.seed.recovery_key().unwrap()
    }

    pub(crate) fn commitment(&self) -> AnchorCommitment {
        AnchorCommitment::of(&self.anchor.public())
    }

    /// The signed statement and its nonce, as a request.
    pub(crate) fn registration(&self, nonce: &[u8; 32], audience: &str, now: u64) -> Value {
        let device = Some(&self.device as _);
        let recovery = self.recovery();
        let text = register(nonce, audience, now, &self.anchor, &recovery, device).unwrap();
        json!({ "nonce": Nonce::from_bytes(*nonce).to_text(), "registration": text })
    }

    pub(crate) async fn register(&self, bench: &Bench) -> Reply {
        let body = self.registration(&bench.nonce().await, BROKER, bench.now());
        bench.post("/api/anchor/register", &body).await
    }

    pub(crate) async fn status(&self, bench: &Bench) -> Reply {
        let anchor = self.commitment().to_text();
        bench
            .get(&format!("/api/anchor/status?anchor={anchor}"))
            .await
    }

    pub(crate) async fn revoke(&self, bench: &Bench) -> Reply {
        let text = revoke_by_anchor(&self.anchor, bench.now(), RevocationReason::Lost).unwrap();
        let body = json!({ "certificate": text });
        bench.post("/api/anchor/revoke", &body).await
    }

    pub(crate) fn secrets(&self) -> HolderSecrets {
        let issuer = IssuerId::parse(BROKER).unwrap();
        let suite = spooky_core::bbs::Suite::Bls12381Sha256;
        HolderSecrets::derive(&self.seed.pseudonym_secret().unwrap(), suite, &issuer).unwrap()
    }

    /// Registered, enrolled, and with a first credential.
    pub(crate) async fn with_credential(bench: &Bench) -> (Self, HeldCredential) {
        let code = bench
            .enrol(&base64url(&random_32(&OsEntropy).unwrap()))
            .await;
        Self::with_code(bench, &code).await
    }

    /// Registered, and with a first credential for this enrolment code.
    pub(crate) async fn with_code(bench: &Bench, code: &str) -> (Self, HeldCredential) {
        let person = Self::registered(bench).await;
        let mut ask = person.asks(&bench.nonce().await, &schema(), bench.now());
        ask["enrolment_code"] = code.into();
        let reply = bench.post("/api/oidc/credential", &ask).await;
        let credential = person.take(bench, &reply).await;
        (person, credential)
    }

    /// Asks again, as on another day.
    pub(crate) async fn renew(&self, bench: &Bench) -> Reply {
        let ask = self.asks(&bench.nonce().await, &schema(), bench.now());
        bench.post("/api/oidc/credential", &ask).await
    }

    /// Puts what was issued into the wallet, which checks it.
    pub(crate) async fn take(&self, bench: &Bench, reply: &Reply) -> HeldCredential {
        assert_eq!(reply.status, 200, "{}", reply.body);
        let bytes = from_base64url(reply.body["credential"].as_str().unwrap()).unwrap();
        let issued = IssuedCredential::from_cbor(&bytes).unwrap();
        let keys = bench.issuer_keys().await;
        HeldCredential::take(&issued, &schema(), &keys, &self.secrets(), bench.now()).unwrap()
    }

    /// A request for a credential with this nonce and time.
    pub(crate) fn asks(&self, nonce: &[u8; 32], schema: &Schema, now: u64) -> Value {
        let (secrets, anchor) = (self.secrets(), &self.anchor);
        let nonce = Nonce::from_bytes(*nonce);
        let text = request_credential(&secrets, anchor, schema, &nonce, now, &OsEntropy).unwrap();
        json!({ "nonce": nonce.to_text(), "schema": schema.digest().to_text(), "request": text })
    }
}
