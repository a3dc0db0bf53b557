//! Steps about a broker, a wallet and sites.
//!
//! Owns the check that no step needs to ask for: every presentation that a program makes is judged here
//! as well, from the runner's own host, nonce and policy.

mod judge;
mod wallet_file;

use std::{collections::BTreeMap, sync::Arc, sync::atomic::AtomicI64, sync::atomic::Ordering};

use chitty_client::clock::{Clock, SystemClock};
use reference_server::{BrokerHandle, BrokerServer, Faults, Overload};
use serde_json::{Value, json};
use spooky_core::credential::Schema;

use super::scene::{Scene, text};
use judge::Asked;

/// The broker's name in everything that it signs.
const BROKER: &str = "https://broker.example";
/// What it says about people.
const SCHEMA: &[u8] = br#"{"typ":"spookyid/schema/v1","id":"https://broker.example/person",
"life_days":7,"linkable":false,"attributes":[{"name":"family_name","type":"text"},
{"name":"birth_date","type":"date"},{"name":"age_over_21","type":"boolean",
"derived":{"rule":"age_over","from":"birth_date","years":21}}]}"#;
/// How old a site's keys may get: one day.
const KEYS_MAX_AGE_S: u64 = 86_400;
/// One day.
const DAY_MS: i64 = 86_400_000;

/// The broker's clock: the system's, and days that passed in the story.
#[derive(Debug, Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0.load(Ordering::Relaxed)
    }
}

/// What a scenario about people has.
#[derive(Default)]
pub(crate) struct People {
    broker: Option<BrokerHandle>,
    clock: Arc<Ahead>,
    /// People enrolled so far: each gets a name of their own.
    enrolled: u32,
    /// What was asked last, and by which site.
    asked: Option<Asked>,
    /// The last presentation, hexadecimal.
    shown: Option<String>,
    /// What the last verdict said.
    verdict: super::program::Members,
    /// Tags by the names that steps gave them.
    tags: BTreeMap<String, String>,
}

impl People {
    /// Stops the broker.
    pub(crate) async fn end(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.kill().await;
        }
    }
}

fn schema() -> Result<Schema, String> {
    Schema::from_json(SCHEMA).map_err(|error| error.to_string())
}

impl Scene {
    /// Starts a broker that issues one schema.
    pub(crate) async fn start_broker(&mut self) -> Result<(), String> {
        let broker = BrokerServer::builder()
            .issuer(BROKER)
            .schema(schema()?)
            .clock(self.people.clock.clone())
            // Every stranger of a test is 127.0.0.1.
            .overload(Overload {
                strangers_per_second: 0.0,
                ..Overload::default()
            })
            .start();
        self.people.broker = Some(broker.await.map_err(|error| error.to_string())?);
        self.write_clock()
    }

    fn broker(&self) -> Result<&BrokerHandle, String> {
        let broker = self.people.broker.as_ref();
        broker.ok_or_else(|| "there is no broker".to_owned())
    }

    /// Closes every connection to the broker at once, or lets it answer again.
    pub(crate) fn broker_down(&self, down: bool) -> Result<(), String> {
        self.broker()?.faults().set(Faults {
            down,
            ..Faults::default()
        });
        Ok(())
    }

    /// For the broker and for the program's clock.
    pub(crate) fn days_pass(&self, days: u64) -> Result<(), String> {
        let days = i64::try_from(days).map_err(|error| error.to_string())?;
        self.people
            .clock
            .0
            .fetch_add(days * DAY_MS, Ordering::Relaxed);
        self.write_clock()
    }

    /// How far the clocks of wallet and sites run ahead, where the program reads it.
    fn write_clock(&self) -> Result<(), String> {
        let ahead = self.people.clock.0.load(Ordering::Relaxed);
        std::fs::write(self.path("clock"), ahead.to_string()).map_err(|error| error.to_string())
    }

    /// Opens a wallet, in memory or in a file, with the secrets in that folder.
    pub(crate) async fn open_wallet(&mut self, file: bool, secrets: &str) -> Result<(), String> {
        let args = self.wallet(file, secrets)?;
        self.expect("wallet_open", args).await.map(|_| ())
    }

    fn wallet(&self, file: bool, secrets: &str) -> Result<Value, String> {
        let secrets = self.path(secrets);
        std::fs::create_dir_all(&secrets).map_err(|error| error.to_string())?;
        let mut args = json!({
            "broker": BROKER,
            "broker_url": self.broker()?.url(),
            "secrets_path": secrets,
            "clock_path": self.path("clock"),
            "deadline_ms": 5_000,
        });
        if file {
            args["store_path"] = self.wallet_file().into();
        }
        Ok(args)
    }

    /// Opens a wallet, registers, and gets a first credential.
    pub(crate) async fn wallet_with_credential(&mut self, file: bool) -> Result<(), String> {
        self.open_wallet(file, "secrets").await?;
        self.expect("wallet_register", json!({})).await?;
        self.obtain(Code::Fresh).await?;
        self.lasts(7)
    }

    /// Asks for a credential.
    pub(crate) async fn obtain(&mut self, code: Code<'_>) -> Result<(), String> {
        let mut args = json!({ "schema": schema()?.digest().to_text() });
        match code {
            Code::None => {}
            Code::Other(text) => args["enrolment_code"] = text.into(),
            Code::Fresh => args["enrolment_code"] = self.enrol().await?.into(),
        }
        self.call("wallet_obtain", args).await
    }

    async fn enrol(&mut self) -> Result<String, String> {
        self.people.enrolled += 1;
        let name = format!("person {}", self.people.enrolled);
        let attributes = serde_json::from_value(json!({
            "family_name": { "type": "text", "value": "Lovelace" },
            "birth_date": { "type": "date", "value": "1985-12-10" },
        }));
        let attributes = attributes.map_err(|error| error.to_string())?;
        let schema = schema()?;
        let code = self.broker()?.enrol(&name, &schema, &attributes).await;
        code.map_err(|error| error.to_string())
    }

    /// The last answer is a credential of the broker whose last day lies so far ahead.
    pub(crate) fn lasts(&self, days: u64) -> Result<(), String> {
        let answer = self.answered()?;
        let wanted = self.day_ahead(days)?;
        let said = text(answer, "not_after")?;
        if text(answer, "issuer")? != BROKER
            || text(answer, "schema")? != schema()?.digest().to_text()
        {
            return Err("it is of another issuer or schema".to_owned());
        }
        let attributes: Value = serde_json::from_str(text(answer, "attributes_json")?)
            .map_err(|error| error.to_string())?;
        if attributes["age_over_21"]["value"] != true {
            return Err("it does not tell the age".to_owned());
        }
        match said == wanted {
            true => Ok(()),
            false => Err(format!("its last day is {said} and not {wanted}")),
        }
    }

    /// The wallet holds so many credentials.
    pub(crate) async fn holds(&mut self, count: u64) -> Result<(), String> {
        let answer = self.expect("wallet_credentials", json!({})).await?;
        let schemas = super::scene::texts(&answer, "schemas")?;
        match schemas.len() as u64 == count {
            true => Ok(()),
            false => Err(format!("it holds {}", schemas.len())),
        }
    }

    /// The last answer says that the anchor stands so.
    pub(crate) fn stands(&self, standing: &str) -> Result<(), String> {
        let said = text(self.answered()?, "standing")?;
        match said == standing {
            true => Ok(()),
            false => Err(format!("it is {said}")),
        }
    }

    /// Opens a site.
    pub(crate) async fn open_site(&mut self, host: &str) -> Result<(), String> {
        let args = json!({
            "host": host,
            "broker": BROKER,
            "broker_url": self.broker()?.url(),
            "clock_path": self.path("clock"),
            "keys_max_age_s": KEYS_MAX_AGE_S,
            "deadline_ms": 5_000,
        });
        self.expect("site_open", args).await.map(|_| ())
    }

    /// The last call failed with one of these kinds.
    pub(crate) fn fails_with_kind(&self, one: &str, other: &str) -> Result<(), String> {
        let told = self.failed()?;
        match told.kind == one || told.kind == other {
            true => Ok(()),
            false => Err(format!("it failed with {told:?}")),
        }
    }
}

/// Which enrolment code goes along.
pub(crate) enum Code<'a> {
    /// None.
    None,
    /// One of somebody who was enrolled for it.
    Fresh,
    /// This text.
    Other(&'a str),
}
