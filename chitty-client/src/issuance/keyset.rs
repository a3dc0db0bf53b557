//! The main service's public keys: versioned, each with a use, a life and a state (decision D3).
//!
//! Refuses to go back to an older version, keys of another kind, and keys used outside their life.

use serde::{Deserialize, Serialize};
use spooky_core::{
    encoding::json,
    jose::{Jwk, VerifyingKey},
};

use crate::error::{Code, Error};

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyUse {
    /// Receipts of standard and reconciled ids.
    #[serde(rename = "chitty-receipt")]
    Receipt,
    /// Grants to fallback services.
    #[serde(rename = "chitty-grant")]
    Grant,
    /// Another kind of object, of no concern here.
    #[serde(other, rename = "other")]
    Other,
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Published ahead of its use.
    Next,
    /// In use.
    Active,
    /// No longer signs; what it signed stays valid.
    Retired,
    /// Nothing it signed counts any more. Unknown states count as this one.
    #[serde(other)]
    Revoked,
}

/// One public key with its conditions. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedKey {
    /// The key itself.
    #[serde(flatten)]
    pub jwk: Jwk,
    /// Its name in headers.
    pub kid: String,
    /// What it signs.
    #[serde(rename = "use")]
    pub key_use: KeyUse,
    /// The first second of its life.
    pub nbf: i64,
    /// The last second in which it may sign.
    pub exp: i64,
    /// Where it is in its life.
    pub state: KeyState,
}

/// The published set, as `GET /.well-known/jwks.json` answers it.
///
/// ```
/// use chitty_client::issuance::keyset::KeySet;
/// let set = KeySet::from_json(r#"{"issuer":"https://id.example","version":1,"keys":[]}"#)?;
/// assert_eq!(set.version, 1);
/// # Ok::<(), chitty_client::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// The issuer that receipts and grants must name.
    pub issuer: String,
    /// Rises with every change and never falls.
    pub version: u64,
    /// All keys, retired ones included.
    pub keys: Vec<PublishedKey>,
}

impl KeySet {
    /// Reads and checks a set; every key must be a point on P-256, and named once within its use.
    ///
    /// # Errors
    /// `KeySetInvalid`.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        // A number in a key of another kind must not spoil ours.
        let set: Self = json::read_names(text.as_bytes())
            .map_err(|error| Error::new(Code::KeySetInvalid).caused_by(error))?;
        for (index, key) in set.keys.iter().enumerate() {
            if key.key_use == KeyUse::Other {
                continue;
            }
            // Two keys of one name would leave it to their order which state counts.
            let repeated = set.keys[..index]
                .iter()
                .any(|other| other.kid == key.kid && other.key_use == key.key_use);
            if repeated || VerifyingKey::from_jwk(&key.jwk).is_err() {
                return Err(Code::KeySetInvalid.into());
            }
        }
        Ok(set)
    }

    /// Accepts `newer` in the place of this set.
    ///
    /// # Errors
    /// `KeySetRolledBack` when the version falls, the issuer changes, or one version has two contents.
    pub fn replace_with(&mut self, newer: Self) -> Result<bool, Error> {
        let same_version_differs = newer.version == self.version && newer != *self;
        if newer.version < self.version || newer.issuer != self.issuer || same_version_differs {
            return Err(Code::KeySetRolledBack.into());
        }
        let changed = newer.version > self.version;
        *self = newer;
        Ok(changed)
    }

    /// The key named `kid` for `key_use`, if it may have signed at `signed_at` (seconds).
    ///
    /// # Errors
    /// `ReceiptKeyUnknown`, `ReceiptKeyRevoked` or `ReceiptKeyTime`.
    pub(crate) fn find(
        &self,
        kid: &str,
        key_use: KeyUse,
    ) -> Result<(&PublishedKey, VerifyingKey), Code> {
        let key = self
            .keys
            .iter()
            .find(|key| key.kid == kid && key.key_use == key_use)
            .ok_or(Code::ReceiptKeyUnknown)?;
        if key.state == KeyState::Revoked {
            return Err(Code::ReceiptKeyRevoked);
        }
        let verifying = VerifyingKey::from_jwk(&key.jwk).map_err(|_| Code::ReceiptKeyUnknown)?;
        Ok((key, verifying))
    }
}
