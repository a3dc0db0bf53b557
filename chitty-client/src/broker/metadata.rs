//! An issuer's metadata: its keys for credentials, and the schemas that it offers by their digest.

use std::collections::BTreeMap;

use serde::Deserialize;
use spooky_core::{
    credential::{IssuerId, IssuerKeys, Schema},
    encoding::json,
};

use super::answered;
use crate::error::{Code, Error};

#[derive(Deserialize)]
struct Document {
    credential_issuer: String,
    issuer_keys: serde_json::Value,
    #[serde(default)]
    credential_configurations_supported: BTreeMap<String, Offer>,
}

#[derive(Deserialize)]
struct Offer {
    format: String,
    #[serde(default)]
    schema: serde_json::Value,
}

/// What an issuer publishes about its credentials.
#[derive(Clone)]
pub(crate) struct Metadata {
    pub(crate) keys: IssuerKeys,
    pub(crate) schemas: Vec<Schema>,
}

impl Metadata {
    /// Reads the document that `issuer` served. Offers of other formats are ignored.
    ///
    /// # Errors
    /// `AnswerMalformed`, `KeySetInvalid`, and `MetadataRefused` for another issuer's document or a
    /// schema that is not the one of its name.
    pub(super) fn read(body: &[u8], issuer: &IssuerId) -> Result<Self, Error> {
        let document: Document = json::read(body).map_err(|_| answered(Code::AnswerMalformed))?;
        let bytes = |value: &serde_json::Value| serde_json::to_vec(value).unwrap_or_default();
        let keys = IssuerKeys::from_json(&bytes(&document.issuer_keys))
            .map_err(|_| answered(Code::KeySetInvalid))?;
        if document.credential_issuer != issuer.as_str() || keys.issuer() != issuer {
            return Err(answered(Code::MetadataRefused).detail("it is another issuer's"));
        }
        let mut schemas = Vec::new();
        for (name, offer) in &document.credential_configurations_supported {
            if offer.format != "spookyid-bbs" {
                continue;
            }
            let schema = Schema::from_json(&bytes(&offer.schema))
                .ok()
                .filter(|schema| schema.digest().to_text() == *name)
                .ok_or_else(|| {
                    answered(Code::MetadataRefused).detail("a schema is not the one of its name")
                })?;
            schemas.push(schema);
        }
        Ok(Self { keys, schemas })
    }
}
