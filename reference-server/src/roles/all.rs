//! Every role in one process, for demonstration: each keeps its own port, keys and database.

use std::{path::Path, sync::Arc};

use chitty_client::clock::{Clock, SystemClock};
use spooky_core::credential::Schema;

use super::{BrokerHandle, BrokerServer, FallbackHandle, FallbackServer, MainHandle, MainServer};
use crate::{
    config::{Listen, wrong},
    error::Error,
    fault::Faults,
};

/// Namespaces that the demonstration's fallback may use.
const NAMESPACES: [&str; 8] = ["GEN", "USR", "DOC", "CLM", "EVD", "AST", "IDN", "MNT"];
const NAME: &str = "fallback-1";
/// What the demonstration's broker issues.
const SCHEMA: &[u8] = br#"{"typ":"spookyid/schema/v1","id":"https://broker.example/person",
"life_days":7,"linkable":false,"attributes":[{"name":"family_name","type":"text"},
{"name":"birth_date","type":"date"},{"name":"age_over_21","type":"boolean",
"derived":{"rule":"age_over","from":"birth_date","years":21}}]}"#;

/// The running roles.
pub struct All {
    /// The main service.
    pub main: MainHandle,
    /// Its fallback, enrolled.
    pub fallback: FallbackHandle,
    /// A broker, which issues the schema in the folder's `person-schema.json`.
    pub broker: BrokerHandle,
}

impl All {
    /// Stops all.
    pub async fn shutdown(self) {
        self.broker.shutdown().await;
        self.fallback.shutdown().await;
        self.main.shutdown().await;
    }
}

/// Starts main, an enrolled fallback and a broker with their files under `folder`; the broker takes a
/// free port on loopback.
///
/// # Errors
/// [`Error::Configuration`] for addresses other than loopback, otherwise as the roles' own `start`.
pub async fn start_all(
    folder: &Path,
    main: Listen,
    fallback: Listen,
    faults: Faults,
) -> Result<All, Error> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    if !main.address.ip().is_loopback() || !fallback.address.ip().is_loopback() {
        return wrong("all roles in one process are a demonstration, on loopback only");
    }
    std::fs::create_dir_all(folder).map_err(Error::about(folder.display()))?;
    let issuer = "https://id.example";
    let main = MainServer::builder()
        .issuer(issuer)
        .database(folder.join("main.sqlite"))
        .keys_dir(folder.join("main-keys"))
        .clock(clock.clone())
        .listen(main)
        .faults(faults)
        .start()
        .await?;
    let fallback = FallbackServer::builder()
        .name(NAME)
        .main_url(main.url())
        .main_issuer(issuer)
        .database(folder.join("fallback.sqlite"))
        .keys_dir(folder.join("fallback-keys"))
        .clock(clock.clone())
        .listen(fallback)
        .start()
        .await?;
    let thumbprint = fallback.thumbprint();
    let enrolled = main.store().fallbacks().await?;
    if !enrolled
        .iter()
        .any(|row| row.enrolment.thumbprint == thumbprint)
    {
        main.enroll_fallback(NAME, &thumbprint, &NAMESPACES).await?;
    }
    if let Err(error) = fallback.renew_now().await {
        tracing::warn!(%error, "the fallback holds no grant yet");
    }
    let schema =
        Schema::from_json(SCHEMA).map_err(|error| Error::Configuration(error.to_string()))?;
    let file = folder.join("person-schema.json");
    if !file.exists() {
        // So that `enrolment add` can name it.
        std::fs::write(file, SCHEMA)?;
    }
    let broker = BrokerServer::builder()
        .schema(schema)
        .database(folder.join("broker.sqlite"))
        .keys_dir(folder.join("broker-keys"))
        .clock(clock)
        .start()
        .await?;
    Ok(All {
        main,
        fallback,
        broker,
    })
}
