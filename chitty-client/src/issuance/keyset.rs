//! The main service's public keys: versioned, each with a use, a life and a state (decision D3).
//!
//! Keys that are not main's kind are ignored one by one (RFC 7517 section 5) and never kept. Refuses
//! to go back to an older version, malformed keys of main's own kind, and keys used outside their life.

mod read;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeySet {
    /// The issuer that receipts and grants must name.
    pub issuer: String,
    /// Rises with every change and never falls.
    pub version: u64,
    /// All keys of the uses above, retired ones included; what else was published is not among them.
    pub keys: Vec<PublishedKey>,
}

impl KeySet {
    /// Reads and checks a set. A key is main's when its `use` is one of [`KeyUse`], its `kty` is `EC`
    /// and its `crv` is `P-256`: then it must be whole, a point on the curve, and named once within
    /// its use. Any other key is left out, whatever it holds.
    ///
    /// # Errors
    /// `KeySetInvalid`, also for a member of `keys` that is no object: then it is no key set at all.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        // A number in a key of another kind must not spoil ours.
        json::read_names(text.as_bytes())
            .map_err(|error| Error::new(Code::KeySetInvalid).caused_by(error))
    }

    /// Accepts `newer` in the place of this set.
    ///
    /// # Errors
    /// `KeySetRolledBack` when the version falls, the issuer changes, or one version has two contents.
    /// Content is main's keys in any order: what is ignored cannot lock a client out.
    pub fn replace_with(&mut self, newer: Self) -> Result<bool, Error> {
        let same_version_differs = newer.version == self.version && !self.holds_what(&newer);
        if newer.version < self.version || newer.issuer != self.issuer || same_version_differs {
            return Err(Code::KeySetRolledBack.into());
        }
        let changed = newer.version > self.version;
        *self = newer;
        Ok(changed)
    }

    /// Whether both hold the same keys. Within a use a name occurs once, so one direction and the
    /// number are enough.
    fn holds_what(&self, other: &Self) -> bool {
        self.keys.len() == other.keys.len() && self.keys.iter().all(|key| other.keys.contains(key))
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
