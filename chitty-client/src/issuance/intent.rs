//! What is asked for, and the two values that tie answers to it: the request digest and the
//! idempotency key (`spec/receipts.md`; decisions D3, D6).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use spooky_core::{
    encoding::{base64url, canonical_json, json, labelled_sha256},
    entropy::{Entropy, random_32},
    secret::Secret32,
};

use super::metadata;
use crate::{
    error::{Code, Error},
    id::{ChittyId, Class, Profile},
};

/// Longest canonical form of an intent's metadata, in bytes.
pub const MAX_METADATA: usize = 16 * 1024;
/// Deepest nesting of an intent's metadata.
const MAX_DEPTH: usize = 8;
/// Longest handle, in bytes.
const MAX_HANDLE: usize = 256;

/// What is asked for. Its canonical JSON, with all five members, is what digests cover.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// `secure-fallback` or `canonical`.
    #[serde(default = "default_profile")]
    pub profile: String,
    /// Three letters A-Z.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// The entity type, one letter A-Z.
    #[serde(rename = "type", default = "default_type")]
    pub entity_type: String,
    /// The id of the thing this one belongs to.
    #[serde(default)]
    pub parent: Option<ChittyId>,
    /// The caller's own data. The services store it; it never appears in ids, receipts or logs.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

pub(super) fn default_profile() -> String {
    Profile::SecureFallback.as_str().to_owned()
}

fn default_namespace() -> String {
    "GEN".to_owned()
}

fn default_type() -> String {
    "I".to_owned()
}

impl Intent {
    /// Reads JSON in which every member may be absent, checked in its text (decision D40).
    ///
    /// # Errors
    /// `MetadataInvalid`, `MemberRepeated` or `TextNotUnicode`, with the place.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        json::read(text.as_bytes()).map_err(metadata::refused)
    }

    /// Checks every member. Numbers are [`Intent::check_numbers`]' matter: what was stored before
    /// they were looked at must still be answered.
    ///
    /// # Errors
    /// `NamespaceInvalid`, `EntityTypeInvalid`, `MetadataInvalid`, `ParentInvalid` or
    /// `ProfileUnsupported`.
    pub fn validate(&self) -> Result<(), Error> {
        let profile = self.parsed_profile()?;
        if self.namespace.len() != 3 || !self.namespace.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(Code::NamespaceInvalid.into());
        }
        let letters = match profile {
            Profile::SecureFallback => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            Profile::Canonical => "PLTEA",
        };
        if self.entity_type.len() != 1 || !letters.contains(&self.entity_type) {
            return Err(Code::EntityTypeInvalid.into());
        }
        if self
            .parent
            .is_some_and(|parent| parent.class() == Class::Error)
        {
            return Err(Code::ParentInvalid.into());
        }
        let deep = self
            .metadata
            .values()
            .any(|value| is_deep(value, MAX_DEPTH));
        if deep || self.canonical()?.len() > MAX_METADATA + 256 {
            return Err(Code::MetadataInvalid.into());
        }
        Ok(())
    }

    /// Checks that no number of the metadata exceeds 2^53 − 1: two that a double rounds to one would
    /// be one intent. A text is checked before it is parsed instead ([`Intent::from_json`]).
    ///
    /// # Errors
    /// `MetadataInvalid`.
    pub fn check_numbers(&self) -> Result<(), Error> {
        match self.metadata.values().all(json::numbers_fit) {
            true => Ok(()),
            false => Err(Error::new(Code::MetadataInvalid).detail("a number beyond 2^53 - 1")),
        }
    }

    /// The profile that is asked for.
    ///
    /// # Errors
    /// `ProfileUnsupported`.
    pub fn parsed_profile(&self) -> Result<Profile, Error> {
        Profile::from_name(&self.profile).ok_or_else(|| Code::ProfileUnsupported.into())
    }

    /// Canonical JSON (RFC 8785) of all five members.
    ///
    /// # Errors
    /// `MetadataInvalid` when a number cannot be represented exactly.
    pub fn canonical(&self) -> Result<Vec<u8>, Error> {
        let value = serde_json::to_value(self).map_err(|_| Code::MetadataInvalid)?;
        canonical_json(&value).map_err(|_| Code::MetadataInvalid.into())
    }

    /// The request digest `rqd` = SHA-256("chitty/request/v1" ‖ 0 ‖ salt ‖ canonical intent).
    ///
    /// # Errors
    /// As [`Intent::canonical`].
    pub fn request_digest(&self, salt: &[u8; 32]) -> Result<[u8; 32], Error> {
        let canonical = self.canonical()?;
        Ok(labelled_sha256("chitty/request/v1", &[salt, &canonical]))
    }

    /// SHA-256("chitty/intent/v1" ‖ 0 ‖ canonical intent): tells whether two requests under one
    /// idempotency key ask for the same.
    ///
    /// # Errors
    /// As [`Intent::canonical`].
    pub fn fingerprint(&self) -> Result<[u8; 32], Error> {
        Ok(labelled_sha256("chitty/intent/v1", &[&self.canonical()?]))
    }
}

/// Whether arrays and objects nest in `limit` levels or more. Looks no deeper: what an app hands in
/// may nest without end.
fn is_deep(value: &Value, limit: usize) -> bool {
    let deeper = |value| is_deep(value, limit - 1);
    match value {
        Value::Array(items) => limit == 1 || items.iter().any(deeper),
        Value::Object(members) => limit == 1 || members.values().any(deeper),
        _ => false,
    }
}

/// Prints the shape and no values.
impl fmt::Debug for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            profile,
            namespace,
            entity_type,
            parent,
            metadata,
        } = self;
        f.debug_struct("Intent")
            .field("profile", profile)
            .field("namespace", namespace)
            .field("type", entity_type)
            .field("parent", &parent.is_some())
            .field("metadata_members", &metadata.len())
            .finish()
    }
}

/// The app's own name for the thing that gets an id. The same handle always yields the same id.
#[derive(Clone, PartialEq, Eq)]
pub struct Handle(Vec<u8>);

impl Handle {
    /// Takes 1 to 256 bytes, for instance the row key of the record that the id is for.
    ///
    /// # Errors
    /// `HandleInvalid`.
    pub fn new(name: impl AsRef<[u8]>) -> Result<Self, Error> {
        let name = name.as_ref();
        if name.is_empty() || name.len() > MAX_HANDLE {
            return Err(Code::HandleInvalid.into());
        }
        Ok(Self(name.to_vec()))
    }

    /// A fresh handle of 32 random bytes.
    pub(crate) fn random(entropy: &dyn Entropy) -> Result<Self, Error> {
        random_32(entropy)
            .map(|bytes| Self(bytes.to_vec()))
            .map_err(|_| Code::EntropyFailed.into())
    }

    /// The bytes of the handle.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Prints no content: handles are often personal data.
impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

/// What the store key and a handle yield. Derived anew each time and never stored.
pub struct IntentKeys {
    /// K = HMAC-SHA256(store key, "chitty/key/v1" ‖ 0 ‖ handle). Main and nobody else sees it.
    pub key: Secret32,
    /// The request salt = HMAC-SHA256(store key, "chitty/salt/v1" ‖ 0 ‖ handle). Derived and not
    /// drawn, so that a request repeated after a power cut fits the receipt of the first one.
    pub salt: Secret32,
}

impl IntentKeys {
    /// Derives both values.
    pub fn derive(store_key: &Secret32, handle: &Handle) -> Self {
        Self {
            key: store_key.derive("chitty/key/v1", handle.as_bytes()),
            salt: store_key.derive("chitty/salt/v1", handle.as_bytes()),
        }
    }

    /// `idk`: what names the intent everywhere but at main.
    pub fn key_digest(&self) -> [u8; 32] {
        key_digest(self.key.expose_secret())
    }
}

/// `idk` = SHA-256("chitty/idk/v1" ‖ 0 ‖ K).
pub fn key_digest(key: &[u8; 32]) -> [u8; 32] {
    labelled_sha256("chitty/idk/v1", &[key])
}

/// `tnd` = SHA-256("chitty/tenant/v1" ‖ 0 ‖ salt ‖ tenant), in base64url: binds a fallback receipt
/// to the tenant it was issued to without naming the tenant.
pub fn tenant_digest(salt: &[u8; 32], tenant: &str) -> String {
    base64url(&labelled_sha256(
        "chitty/tenant/v1",
        &[salt, tenant.as_bytes()],
    ))
}
