//! The body of a store row: what was asked and what was answered, as versioned JSON.
//!
//! Holds the intent only while it may have to be sent again; a settled row keeps its digest, so
//! metadata does not outlive its purpose.

use serde::{Deserialize, Serialize};
use spooky_core::encoding::{base64url, bytes_32, from_base64url};

use super::store::{Entry, State};
use crate::{
    error::{Code, Error},
    id::ChittyId,
    issuance::{Handle, Intent},
};

/// The version this code writes. Older ones are read; newer ones are refused.
const VERSION: u32 = 1;

/// The content of a row.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    version: u32,
    /// Base64url: the key and the salt are derived from it.
    handle: String,
    /// Whether the app chose the handle.
    pub(crate) named: bool,
    /// Base64url of the intent's fingerprint.
    fingerprint: String,
    /// What was asked, until it is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) intent: Option<Intent>,
    /// Time of the request, milliseconds.
    pub(crate) created_ms: i64,
    /// The receipt of the fallback id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fallback_receipt: Option<String>,
    /// The receipt of the permanent id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<String>,
    /// Time of the permanent answer, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) settled_ms: Option<i64>,
    /// Attempts to settle it so far.
    #[serde(default)]
    pub(crate) attempts: u32,
    /// Why the last attempt failed, or why it is wedged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_code: Option<String>,
    /// Why the app gave it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Ids of the live service that came besides, or could not be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<String>,
}

impl Record {
    pub(crate) fn new(
        handle: &Handle,
        named: bool,
        intent: &Intent,
        now_ms: i64,
    ) -> Result<Self, Error> {
        Ok(Self {
            version: VERSION,
            handle: base64url(handle.as_bytes()),
            named,
            fingerprint: base64url(&intent.fingerprint()?),
            intent: Some(intent.clone()),
            created_ms: now_ms,
            fallback_receipt: None,
            receipt: None,
            settled_ms: None,
            attempts: 0,
            last_code: None,
            reason: None,
            others: Vec::new(),
        })
    }

    /// Keeps an id that came besides the row's own.
    pub(crate) fn came_too(&mut self, id: &ChittyId) {
        let text = id.as_str();
        if !self.others.iter().any(|known| known == text) {
            self.others.push(text.to_owned());
        }
    }

    /// Ids that came besides.
    pub(crate) fn others(&self) -> Result<Vec<ChittyId>, Error> {
        let ids = self.others.iter().map(|text| text.parse());
        ids.collect::<Result<_, _>>()
            .map_err(|_| Code::StoreDamaged.into())
    }

    pub(crate) fn read(entry: &Entry) -> Result<Self, Error> {
        let record: Self = serde_json::from_slice(&entry.body)
            .map_err(|error| Error::new(Code::StoreDamaged).caused_by(error))?;
        if record.version > VERSION {
            return Err(Code::StoreNewer.into());
        }
        Ok(record)
    }

    /// The row's next content in `state`.
    pub(crate) fn into_entry(self, old: &Entry, state: State) -> Result<Entry, Error> {
        Ok(Entry {
            state,
            body: self.bytes()?,
            ..old.clone()
        })
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|error| Error::new(Code::Internal).caused_by(error))
    }

    pub(crate) fn handle(&self) -> Result<Handle, Error> {
        let bytes = from_base64url(&self.handle).map_err(|_| Code::StoreDamaged)?;
        Handle::new(bytes).map_err(|_| Code::StoreDamaged.into())
    }

    /// Whether `intent` is what this row was made for.
    pub(crate) fn asks_for(&self, intent: &Intent) -> Result<bool, Error> {
        let stored = bytes_32(&self.fingerprint).map_err(|_| Code::StoreDamaged)?;
        Ok(stored == intent.fingerprint()?)
    }
}
