//! What an operator of a broker does beside serving: enrolments, and looking at the keys.

use std::path::Path;

use serde_json::Value;
use spooky_core::{
    credential::{Attributes, IssuerId, Schema},
    encoding::json,
};

use super::{Enrolment, RestoredBroker, admin::now, print};
use crate::{
    broker::{enrol, relearn},
    config::wrong,
    error::{Error, Refusal},
    keys::KeyRing,
    store::open_broker,
};

pub(super) async fn act(order: Enrolment) -> Result<(), Error> {
    match order {
        Enrolment::Add {
            at,
            name,
            schema,
            attributes,
        } => {
            let schema = read_schema(&schema)?;
            let text = read_file(&attributes)?;
            let attributes: Attributes = json::read(&text).map_err(|error| {
                Error::Configuration(format!(
                    "{}: {error}; attributes are {{name: {{type, value}}}}",
                    attributes.display()
                ))
            })?;
            let store = open_broker(&at.database).await?;
            let code = enrol(&*store, &name, &schema, &attributes, now()).await?;
            print(&serde_json::json!({ "name": name, "enrolmentCode": code }))
        }
        Enrolment::List(at) => {
            for row in open_broker(&at.database).await?.enrolments().await? {
                print(&serde_json::json!({ "name": row.name, "claimed": row.claimed }))?;
            }
            Ok(())
        }
        Enrolment::Remove { at, name } => {
            match open_broker(&at.database)
                .await?
                .remove_enrolment(&name)
                .await?
            {
                true => Ok(()),
                false => wrong("there is no enrolment of this name"),
            }
        }
    }
}

/// After a restore of a broker's database.
pub(super) async fn restored(order: RestoredBroker) -> Result<(), Error> {
    let keys = KeyRing::open(&order.keys)?.current();
    let statements = keys.statements(&order.issuer).map_err(Refusal::new)?;
    let texts = order.snapshot.iter().map(|file| {
        let text = read_file(file)?;
        String::from_utf8(text)
            .map_err(|_| Error::Configuration(format!("{}: not UTF-8", file.display())))
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let store = open_broker(&order.at.database).await?;
    let now = now().div_euclid(1000).unsigned_abs();
    let done = relearn(&*store, &statements, &texts, now).await?;
    store.close().await;
    print(&serde_json::json!({ "revokedAgain": done.buried, "nextSnapshotAfter": done.after }))
}

/// Reads a file that the operator names; an error names it too.
fn read_file(file: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(file)
        .map_err(|error| Error::Configuration(format!("{}: {error}", file.display())))
}

/// Reads a schema's file.
pub(super) fn read_schema(file: &Path) -> Result<Schema, Error> {
    let wrong = |error: &dyn std::fmt::Display| {
        Error::Configuration(format!("{}: {error}", file.display()))
    };
    let text = read_file(file)?;
    json::check(&text).map_err(|error| wrong(&error))?;
    Schema::from_json(&text).map_err(|error| wrong(&error))
}

/// Prints a broker's public keys.
pub(super) fn show_keys(ring: &KeyRing, issuer: &str) -> Result<(), Error> {
    let Ok(id) = IssuerId::parse(issuer) else {
        return wrong("the issuer name is 1 to 255 printable characters");
    };
    let keys = ring.current();
    let read = |json: Result<Vec<u8>, spooky_core::Error>| -> Result<Value, Error> {
        let bytes = json.map_err(|error| Error::Keys(error.to_string()))?;
        Ok(serde_json::from_slice(&bytes).map_err(std::io::Error::from)?)
    };
    print(&serde_json::json!({
        "statements": read(keys.statements(issuer).map_err(Refusal::new)?.to_json())?,
        "issuer_keys": read(keys.issuer_keys(&id).map_err(Refusal::new)?.to_json())?,
    }))
}
