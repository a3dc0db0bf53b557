//! Where the attributes of people come from: a trait, and the reference issuer's own table.
//!
//! The table is filled by the operator, who hands each person a one-time code; the first request that
//! brings the code ties the attributes to its anchor. Refuses attributes that do not fit the schema
//! before they are stored. It is the one place of a broker that holds attributes of people.

use std::sync::Arc;

use async_trait::async_trait;
use chitty_client::error::Code;
use spooky_core::{
    anchor::AnchorCommitment,
    credential::{Attributes, Day, Schema},
    encoding::{base64url, sha256},
    entropy::{OsEntropy, random_32},
};

use crate::{
    config::wrong,
    error::{Error, Refusal},
    store::{BrokerStore, NewEnrolment},
};

/// What an issuer knows about the people to whom it issues.
#[async_trait]
pub trait AttributeSource: Send + Sync {
    /// The attributes of whoever holds this anchor, derived ones left out; `None` when nothing is
    /// known. `code` is what the holder brought with the request, whose signature was checked.
    ///
    /// # Errors
    /// What the holder gets; a source that does not answer is an error and never `None`.
    async fn attributes(
        &self,
        anchor: &AnchorCommitment,
        schema: &Schema,
        code: Option<&str>,
    ) -> Result<Option<Attributes>, Refusal>;
}

/// The reference issuer's source: the table `enrolments` of the broker's own database.
pub(crate) struct EnrolmentTable(pub(crate) Arc<dyn BrokerStore>);

#[async_trait]
impl AttributeSource for EnrolmentTable {
    async fn attributes(
        &self,
        anchor: &AnchorCommitment,
        schema: &Schema,
        code: Option<&str>,
    ) -> Result<Option<Attributes>, Refusal> {
        let digest = schema.digest().0;
        if let Some(code) = code
            && !self
                .0
                .claim(sha256(code.as_bytes()), digest, anchor)
                .await?
        {
            return Err(Code::EnrolmentCodeInvalid.into());
        }
        let Some(json) = self.0.enrolled(anchor, digest).await? else {
            return Ok(None);
        };
        serde_json::from_str(&json).map(Some).map_err(|_| {
            tracing::error!("enrolled attributes cannot be read");
            Code::ServiceFailed.into()
        })
    }
}

/// Enrols attributes under a name of the operator's and answers the one-time code, which is kept
/// nowhere. `now` is in milliseconds since 1970.
///
/// # Errors
/// [`Error::Configuration`] for attributes that are not the schema's, [`Error::Refused`] when the name
/// is taken or the database does not answer.
pub(crate) async fn enrol(
    store: &dyn BrokerStore,
    name: &str,
    schema: &Schema,
    attributes: &Attributes,
    now: i64,
) -> Result<String, Error> {
    if name.is_empty() {
        return wrong("an enrolment needs a name");
    }
    let seconds = now.div_euclid(1000).unsigned_abs();
    let fits = Day::of_unix_time(seconds).and_then(|today| {
        let mut all = attributes.clone();
        schema.derive(&mut all, today)?;
        schema.check_attributes(&all)
    });
    if fits.is_err() {
        return wrong("the attributes are not exactly those of the schema");
    }
    let attributes = serde_json::to_string(attributes).map_err(std::io::Error::from)?;
    let random = random_32(&OsEntropy).map_err(|_| Refusal::new(Code::EntropyFailed))?;
    let code = format!("enr_{}", base64url(&random));
    let new = NewEnrolment {
        name,
        code: sha256(code.as_bytes()),
        schema: schema.digest().0,
        attributes: &attributes,
        now,
    };
    store.enrol(&new).await?;
    Ok(code)
}
