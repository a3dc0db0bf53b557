//! A broker on loopback, wallets and sites around it, and a clock that they share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chitty_client::{
    Error,
    clock::Clock,
    resilience::RetryPolicy,
    wallet::{
        MemoryWallet, Saved, SecretStore, SeedKeeper, Site, SiteBuilder, Stored, Wallet,
        WalletBuilder, WalletStore,
    },
};
use reference_server::{BrokerHandle, BrokerServer, Database, Overload};
use serde_json::json;
use spooky_core::{
    credential::{
        AttributeName, Attributes, Consent, IssuerId, Policy, PolicyTerms, Presentation,
        PresentationRequest, PresentationVerdict, Presented, Requirement, Schema,
    },
    keys::Seed,
    pseudonym::AuthenticatedRp,
    verdict::Verdict,
};
use zeroize::Zeroizing;

use crate::stubs::Shifted;

pub const BROKER: &str = "https://broker.example";
pub const DAY: i64 = 86_400_000;
/// The name in the attributes of everybody here.
pub const FAMILY_NAME: &str = "Lovelace-Marker";

/// A schema of three attributes, one derived; credentials live seven days.
pub fn schema() -> Schema {
    Schema::from_json(
        br#"{"typ":"spookyid/schema/v1","id":"https://broker.example/person","life_days":7,
        "linkable":false,"attributes":[{"name":"family_name","type":"text"},
        {"name":"birth_date","type":"date"},{"name":"age_over_21","type":"boolean",
        "derived":{"rule":"age_over","from":"birth_date","years":21}}]}"#,
    )
    .expect("schema")
}

pub fn attributes() -> Attributes {
    serde_json::from_value(json!({
        "family_name": { "type": "text", "value": FAMILY_NAME },
        "birth_date": { "type": "date", "value": "1985-12-10" },
    }))
    .expect("attributes")
}

pub fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).expect("name")
}

/// Asks for these attributes of `schema`.
pub fn policy_of(schema: &Schema, names: &[&str], tag: bool) -> Policy {
    let requirement = |text: &&str| Requirement {
        name: name(text),
        equals: None,
    };
    let terms = PolicyTerms {
        issuers: vec![IssuerId::parse(BROKER).expect("issuer")],
        attributes: names.iter().map(requirement).collect(),
        tag,
        max_days: 7,
    };
    Policy::build(schema, terms).expect("policy")
}

pub fn policy(names: &[&str], tag: bool) -> Policy {
    policy_of(&schema(), names, tag)
}

/// Agrees to all that is asked.
pub fn all_of(policy: &Policy) -> Consent {
    Consent {
        attributes: policy
            .attributes()
            .iter()
            .map(|one| one.name.clone())
            .collect(),
        tag: policy.tag(),
    }
}

/// The site `host` as the platform verified it.
pub fn rp(host: &str) -> AuthenticatedRp {
    AuthenticatedRp::platform_origin(&format!("https://{host}")).expect("origin")
}

/// Remembers the seeds that it was given.
#[derive(Clone, Default)]
pub struct Keeper(Arc<Mutex<Vec<Vec<u8>>>>);

impl Keeper {
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        self.0.lock().expect("seeds").clone()
    }
}

#[async_trait]
impl SeedKeeper for Keeper {
    async fn keep(&self, seed: &Seed) -> Result<(), Error> {
        let bytes = seed.expose_secret().to_vec();
        self.0.lock().expect("seeds").push(bytes);
        Ok(())
    }
}

/// A broker, and a clock that everybody reads.
pub struct People {
    pub clock: Arc<Shifted>,
    pub broker: BrokerHandle,
}

impl People {
    pub async fn start() -> Self {
        Self::on(Database::Memory).await
    }

    pub async fn on(database: impl Into<Database>) -> Self {
        Self::with(database, vec![schema()]).await
    }

    pub async fn with(database: impl Into<Database>, schemas: Vec<Schema>) -> Self {
        let clock = Shifted::by(0);
        let mut builder = BrokerServer::builder()
            .issuer(BROKER)
            .database(database)
            .clock(clock.clone())
            // Every stranger of a test is 127.0.0.1.
            .overload(Overload {
                strangers_per_second: 0.0,
                ..Overload::default()
            });
        for schema in schemas {
            builder = builder.schema(schema);
        }
        let broker = builder.start().await.expect("broker");
        Self { clock, broker }
    }

    /// Moves everybody's clock to `days` after now.
    pub fn days_later(&self, days: i64) {
        self.clock.set(days * DAY);
    }

    /// Seconds since 1970.
    pub fn now(&self) -> u64 {
        self.clock.now_ms().unsigned_abs() / 1000
    }

    /// A wallet with a memory store that gives its seed to `keeper`.
    pub fn wallet(&self, keeper: &Keeper) -> WalletBuilder {
        Wallet::builder()
            .broker(BROKER)
            .broker_url(self.broker.url())
            .store(MemoryWallet::new())
            .seed_keeper(keeper.clone())
            .clock(self.clock.clone())
            .deadline(Duration::from_secs(10))
            .retry(RetryPolicy::default().base(Duration::from_millis(1)))
    }

    pub fn site(&self, host: &str) -> SiteBuilder {
        Site::builder()
            .host(host)
            .broker(BROKER)
            .broker_url(self.broker.url())
            .clock(self.clock.clone())
            .retry(RetryPolicy::default().base(Duration::from_millis(1)))
    }

    /// A one-time code for the attributes of somebody whom the operator calls `name`.
    pub async fn enrol(&self, name: &str) -> String {
        self.broker
            .enrol(name, &schema(), &attributes())
            .await
            .expect("code")
    }

    /// A wallet that is registered and holds a first credential.
    pub async fn person(&self, name: &str) -> Wallet {
        let wallet = self.wallet(&Keeper::default()).build().expect("wallet");
        wallet.register().await.expect("registered");
        let code = self.enrol(name).await;
        let obtained = wallet.obtain(schema().digest(), Some(&code)).await;
        obtained.expect("credential");
        wallet
    }
}

/// The wallet answers `request` to the site `host`, agreeing to everything.
pub async fn answer(wallet: &Wallet, host: &str, request: &PresentationRequest) -> Presentation {
    let consent = all_of(&request.policy);
    let shown = wallet.present(&rp(host), request, &consent).await;
    shown.expect("presentation")
}

/// A whole visit: request, presentation, verdict.
pub async fn visit(wallet: &Wallet, site: &Site, host: &str, policy: &Policy) -> Presented {
    let request = site.request(policy).await.expect("request");
    let shown = answer(wallet, host, &request).await;
    let verdict = site.verify(&shown, policy, &request.nonce).await;
    passed(verdict.expect("verdict"))
}

/// What a presentation says that has to pass.
#[track_caller]
pub fn passed(verdict: PresentationVerdict) -> Presented {
    match verdict {
        Verdict::Valid(presented) => presented,
        Verdict::Invalid(reason) | Verdict::Indeterminate(reason) => panic!("{reason}"),
    }
}

/// A wallet in memory whose state can be looked at, bent and copied.
#[derive(Clone, Default)]
pub struct Glass(Arc<MemoryWallet>);

impl Glass {
    /// The state as JSON.
    pub async fn state(&self) -> serde_json::Value {
        let stored = self.0.load().await.expect("memory").expect("a state");
        serde_json::from_slice(&stored.state).expect("JSON")
    }

    /// Puts another state in its place.
    pub async fn put(&self, state: &serde_json::Value) {
        let stored = self.0.load().await.expect("memory");
        let generation = stored.map_or(0, |stored| stored.generation);
        let bytes = state.to_string().into_bytes();
        let saved = self.0.save(generation, &bytes).await.expect("memory");
        assert!(matches!(saved, Saved::Done(_)));
    }

    /// Another one with the same state, as from a backup.
    pub async fn copy(&self) -> Self {
        let copy = Self::default();
        copy.put(&self.state().await).await;
        copy
    }
}

#[async_trait]
impl WalletStore for Glass {
    async fn load(&self) -> Result<Option<Stored>, Error> {
        self.0.load().await
    }

    async fn save(&self, expected: u64, state: &[u8]) -> Result<Saved, Error> {
        self.0.save(expected, state).await
    }
}

/// A keychain in memory. Clones share it; `default` is another device.
#[derive(Clone, Default)]
pub struct Keychain(Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl SecretStore for Keychain {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let values = self.0.lock().expect("keychain");
        Ok(values.get(name).cloned().map(Zeroizing::new))
    }

    fn save(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        let mut values = self.0.lock().expect("keychain");
        values.insert(name.to_owned(), value.to_vec());
        Ok(())
    }
}
