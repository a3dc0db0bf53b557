//! Signing keys in owner-only files: made, rotated, published (decisions D3, D4, D12a).
//!
//! Owns `keys.json`: the set with its version, private scalars included. Refuses files and folders
//! that others may read, and two writers at once. A running server sees a rotation within a second.
//! A retired
//! key stays published for ever and what it signed stays valid; of a revoked one nothing does. Their
//! private scalars are erased: of a revoked one at once, of a retired one as soon as its successor signs at
//! every replica (decision D29).

mod file;
mod issuer;
mod ring;
#[cfg(test)]
mod tests;
mod turn;

use chitty_client::issuance::{
    keyset::{KeyState, KeyUse, PublishedKey},
    receipt::CLOCK_SKEW,
};
use serde::{Deserialize, Serialize};
use spooky_core::{
    anchor::{REGISTERED_USE, STATUS_USE},
    encoding::{base64url, from_base64url},
    entropy::OsEntropy,
    jose::{self, Jwk, SigningKey, StatementKey, VerifyingKey},
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use self::issuer::StoredIssuerKey;
pub use self::ring::KeyRing;
pub(crate) use self::ring::Keys;
use crate::error::Error;

/// How long a key may sign unless told otherwise: two years.
pub const KEY_LIFE_DAYS: u32 = 730;
/// How many last days of credentials a broker's BBS key covers unless told otherwise: that many days' credentials
/// are void when it has to be revoked.
pub const PERIOD_DAYS: u32 = 60;
/// How far the clocks of two replicas may be apart, in seconds.
const TOLERANCE: i64 = CLOCK_SKEW;

/// How long new keys last.
#[derive(Debug, Clone, Copy)]
pub struct Lives {
    /// How many days a key may sign, and how far ahead BBS keys cover the last days of credentials.
    pub days: u32,
    /// How many of those last days one BBS key covers.
    pub period_days: u32,
}

impl Default for Lives {
    fn default() -> Self {
        Self::from(KEY_LIFE_DAYS)
    }
}

impl From<u32> for Lives {
    fn from(days: u32) -> Self {
        Self {
            days,
            period_days: PERIOD_DAYS,
        }
    }
}

/// What was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// A key that signs statements, receipts or grants.
    Key(Purpose),
    /// A broker's BBS key.
    Credentials,
}

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Receipts of standard and reconciled ids.
    #[serde(rename = "chitty-receipt")]
    Receipt,
    /// Grants to fallbacks.
    #[serde(rename = "chitty-grant")]
    Grant,
    /// A fallback's receipts and requests; known to main by its thumbprint and never published.
    #[serde(rename = "chitty-holder")]
    Holder,
    /// A broker's statements that an anchor is registered.
    #[serde(rename = "spookyid-registered")]
    Registered,
    /// A broker's status snapshots.
    #[serde(rename = "spookyid-status")]
    Status,
}

/// Which keys a service holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A receipt key and a grant key.
    Main,
    /// One holder key.
    Fallback,
    /// A key for statements about anchors, one for snapshots, and BBS keys for credentials.
    Broker,
}

impl Role {
    fn purposes(self) -> &'static [Purpose] {
        match self {
            Self::Main => &[Purpose::Receipt, Purpose::Grant],
            Self::Fallback => &[Purpose::Holder],
            Self::Broker => &[Purpose::Registered, Purpose::Status],
        }
    }
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct KeyFile {
    version: u64,
    keys: Vec<StoredKey>,
    /// A broker's BBS keys, by ascending periods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    issuer: Vec<StoredIssuerKey>,
}

/// One key as stored. Times are seconds since 1970.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct StoredKey {
    kid: String,
    #[zeroize(skip)]
    #[serde(rename = "use")]
    purpose: Purpose,
    nbf: i64,
    exp: i64,
    #[zeroize(skip)]
    state: KeyState,
    #[zeroize(skip)]
    jwk: Jwk,
    /// The private scalar, base64url; erased when the key signs no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<String>,
}

impl StoredKey {
    /// Makes one that may sign from `nbf` on.
    fn make(purpose: Purpose, state: KeyState, nbf: i64, days: u32) -> Result<Self, Error> {
        let key = SigningKey::make(&OsEntropy).map_err(|error| Error::Keys(error.to_string()))?;
        Ok(Self {
            kid: key.verifying_key().thumbprint(),
            purpose,
            nbf,
            exp: nbf + TOLERANCE + i64::from(days) * 86_400,
            state,
            jwk: key.verifying_key().to_jwk(),
            d: Some(base64url(key.expose_secret().as_slice())),
        })
    }

    fn signing_key(&self) -> Result<SigningKey, Error> {
        let text = self.d.as_deref().unwrap_or_default();
        let mut scalar = from_base64url(text).unwrap_or_default();
        let key = SigningKey::from_bytes(&scalar);
        scalar.zeroize();
        key.map_err(|_| Error::Keys("a private key in keys.json is damaged".to_owned()))
    }

    /// Takes back everything that it signed, and its private scalar with it.
    fn revoke(&mut self) {
        self.state = KeyState::Revoked;
        self.d.zeroize();
        self.d = None;
    }

    fn published(&self) -> Option<PublishedKey> {
        let key_use = match self.purpose {
            Purpose::Receipt => KeyUse::Receipt,
            Purpose::Grant => KeyUse::Grant,
            Purpose::Holder | Purpose::Registered | Purpose::Status => return None,
        };
        Some(PublishedKey {
            jwk: self.jwk.clone(),
            kid: self.kid.clone(),
            key_use,
            nbf: self.nbf,
            exp: self.exp,
            state: self.state,
        })
    }

    /// The key as a broker publishes it.
    fn statement(&self) -> Result<Option<jose::PublishedKey>, Error> {
        let usage = match self.purpose {
            Purpose::Registered => REGISTERED_USE,
            Purpose::Status => STATUS_USE,
            Purpose::Receipt | Purpose::Grant | Purpose::Holder => return Ok(None),
        };
        let damaged = |_| Error::Keys("a public key in keys.json is damaged".to_owned());
        Ok(Some(jose::PublishedKey {
            kid: self.kid.clone(),
            usage: usage.to_owned(),
            key: StatementKey::Es256(VerifyingKey::from_jwk(&self.jwk).map_err(damaged)?),
            nbf: self.nbf.unsigned_abs(),
            exp: self.exp.unsigned_abs(),
            state: match self.state {
                KeyState::Next => jose::KeyState::Next,
                KeyState::Active => jose::KeyState::Active,
                KeyState::Retired => jose::KeyState::Retired,
                KeyState::Revoked => jose::KeyState::Revoked,
            },
        }))
    }
}

impl KeyFile {
    fn new(role: Role, now: i64, lives: Lives) -> Result<Self, Error> {
        // Nothing signed before them, so a replica whose clock is behind uses them at once.
        let make = |purpose: &Purpose| {
            StoredKey::make(*purpose, KeyState::Active, now - TOLERANCE, lives.days)
        };
        let keys = role.purposes().iter().map(make).collect::<Result<_, _>>()?;
        let mut made = Self {
            version: 1,
            keys,
            issuer: Vec::new(),
        };
        made.extend_issuer(now, lives)?;
        Ok(made)
    }

    /// Lets a broker's BBS keys cover the last days up to `days` from now.
    fn extend_issuer(&mut self, now: i64, lives: Lives) -> Result<(), Error> {
        match self.role() {
            Role::Broker => issuer::extend(&mut self.issuer, now, lives),
            Role::Main | Role::Fallback => Ok(()),
        }
    }

    fn role(&self) -> Role {
        match self.keys.first().map(|key| key.purpose) {
            Some(Purpose::Holder) => Role::Fallback,
            Some(Purpose::Registered | Purpose::Status) => Role::Broker,
            Some(Purpose::Receipt | Purpose::Grant) | None => Role::Main,
        }
    }
}
