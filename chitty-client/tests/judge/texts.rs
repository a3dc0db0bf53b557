//! Ids, intents and derived keys.

use chitty_client::error::{Code, Error};
use chitty_client::id::{Check, ChittyId, IdError, Segment};
use chitty_client::issuance::{Handle, Intent, IntentKeys, tenant_digest};
use serde::Deserialize;
use spooky_core::encoding::{base64url, bytes_32, from_base64url};
use spooky_core::secret::Secret32;

use super::{same, wanted};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdCase {
    pub(crate) description: String,
    text: String,
    pub(crate) result: String,
    segment: Option<String>,
    profile: Option<String>,
    class: Option<String>,
    check: Option<String>,
    segments: Option<Vec<String>>,
    lints: Option<Vec<String>>,
}

impl IdCase {
    pub(crate) fn judge(&self) -> Result<(), String> {
        let id = match self.text.parse::<ChittyId>() {
            Ok(id) => id,
            Err(error) => {
                assert_eq!(Error::from(error).code(), Code::IdMalformed);
                let (result, segment) = name(error);
                same("the result", result, self.result.as_str())?;
                return same(
                    "the segment",
                    segment.map(|segment| format!("{segment:?}")),
                    self.segment.clone(),
                );
            }
        };
        same("the result", "valid", &self.result)?;
        same(
            "the profile",
            id.profile().as_str(),
            wanted(self.profile.as_ref(), "profile")?,
        )?;
        same(
            "the class",
            id.class().as_str(),
            wanted(self.class.as_ref(), "class")?,
        )?;
        let check = match id.check() {
            Check::Ok => "Ok",
            Check::Mismatch => "Mismatch",
        };
        same("the check", check, wanted(self.check.as_ref(), "check")?)?;
        let lints = id.lints().iter().map(|lint| format!("{lint:?}")).collect();
        same("the lints", Some(lints), self.lints.clone())?;
        same("the segments", Some(segments(&id)), self.segments.clone())?;
        same("the text", id.as_str(), self.text.as_str())
    }
}

fn name(error: IdError) -> (&'static str, Option<Segment>) {
    match error {
        IdError::Length { .. } => ("Length", None),
        IdError::Missing { segment } => ("Missing", Some(segment)),
        IdError::Width { segment, .. } => ("Width", Some(segment)),
        IdError::Character { segment, .. } => ("Character", Some(segment)),
        IdError::Check => ("Check", None),
        _ => ("another", None),
    }
}

/// The eight segments through the public accessors.
fn segments(id: &ChittyId) -> Vec<String> {
    let first = id.issuer_prefix().or(id.version()).unwrap_or_default();
    let second = id.domain().or(id.region()).unwrap_or_default();
    let seventh = id
        .cycle()
        .or(id
            .trust_level()
            .and_then(|level| char::from_digit(level.into(), 10)))
        .unwrap_or_default();
    vec![
        first.to_owned(),
        second.to_string(),
        id.namespace().to_owned(),
        id.sequence().to_owned(),
        id.entity_type().to_string(),
        id.year_month().to_owned(),
        seventh.to_string(),
        id.check_text().to_owned(),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntentCase {
    pub(crate) description: String,
    /// JSON as text, since the way in which numbers are written is part of the case.
    intent: String,
    pub(crate) result: String,
    canonical: Option<String>,
    fingerprint: Option<String>,
    salt: Option<String>,
    rqd: Option<String>,
}

impl IntentCase {
    pub(crate) fn judge(&self) -> Result<(), String> {
        match Intent::from_json(&self.intent) {
            Ok(intent) => match intent.validate().and_then(|()| intent.check_numbers()) {
                Ok(()) => same("the result", "valid", &self.result)?,
                Err(error) => return same("the result", error.code().as_str(), &self.result),
            },
            Err(_) if self.result == "unreadable" => return Ok(()),
            Err(error) => same("the result", error.code().as_str(), &self.result)?,
        }
        if self.result != "valid" && self.canonical.is_none() {
            return Ok(());
        }
        // Also what was stored before numbers were checked keeps its form and digests.
        let intent: Intent = serde_json::from_str(&self.intent).map_err(|e| e.to_string())?;
        let canonical = intent.canonical().map_err(|error| error.to_string())?;
        same(
            "the canonical form",
            std::str::from_utf8(&canonical).ok(),
            self.canonical.as_deref(),
        )?;
        let fingerprint = intent.fingerprint().map_err(|error| error.to_string())?;
        same(
            "the fingerprint",
            base64url(&fingerprint).as_str(),
            wanted(self.fingerprint.as_ref(), "fingerprint")?,
        )?;
        let salt = bytes_32(wanted(self.salt.as_ref(), "salt")?).map_err(|e| e.to_string())?;
        let digest = intent.request_digest(&salt).map_err(|e| e.to_string())?;
        same(
            "rqd",
            base64url(&digest).as_str(),
            wanted(self.rqd.as_ref(), "rqd")?,
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DerivationCase {
    pub(crate) description: String,
    store_key: String,
    handle: String,
    pub(crate) result: String,
    key: Option<String>,
    salt: Option<String>,
    idk: Option<String>,
    tenant: Option<String>,
    tnd: Option<String>,
}

impl DerivationCase {
    pub(crate) fn judge(&self) -> Result<(), String> {
        let store_key = bytes_32(&self.store_key).map_err(|error| error.to_string())?;
        let handle = from_base64url(&self.handle).map_err(|error| error.to_string())?;
        let handle = match Handle::new(handle) {
            Ok(handle) => handle,
            Err(error) => return same("the result", error.code().as_str(), &self.result),
        };
        same("the result", "valid", &self.result)?;
        let keys = IntentKeys::derive(&Secret32::new(store_key), &handle);
        let tenant = wanted(self.tenant.as_ref(), "tenant")?;
        for (what, found, wished) in [
            ("K", base64url(keys.key.expose_secret()), &self.key),
            ("the salt", base64url(keys.salt.expose_secret()), &self.salt),
            ("idk", base64url(&keys.key_digest()), &self.idk),
            (
                "tnd",
                tenant_digest(keys.salt.expose_secret(), tenant),
                &self.tnd,
            ),
        ] {
            same(what, found.as_str(), wanted(wished.as_ref(), what)?)?;
        }
        Ok(())
    }
}
