//! The keys that an issuer publishes for its credentials (`spec/credentials.md`, section 4).
//!
//! Which key signed a credential follows from its last day alone: the periods of a set do not
//! overlap. So an issuer cannot sign one person's credentials with a key of their own, and follow
//! it; the wallet refuses a credential under any other key.

use serde::{Deserialize, Serialize};

use super::{Day, codec::from_json};
use crate::{
    Error,
    bbs::{PublicKey, Suite},
    encoding::{base64url, from_base64url},
};

const LABEL: &str = "spookyid/issuer-keys/v1";

/// Most keys of a set.
const MAX_KEYS: usize = 64;

/// The name of an issuer: printable ASCII without spaces, 1 to 255 characters; by convention its
/// https origin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct IssuerId(String);

impl IssuerId {
    /// Reads a name.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if printable && (1..=255).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Malformed("issuer"))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for IssuerId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A key and the last days of the credentials that it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerKey {
    /// The key.
    pub key: PublicKey,
    /// The first such day.
    pub from: Day,
    /// The last such day.
    pub until: Day,
}

/// An issuer's published keys, by ascending periods that do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerKeys {
    issuer: IssuerId,
    version: u64,
    keys: Vec<IssuerKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    typ: String,
    issuer: IssuerId,
    version: u64,
    keys: Vec<WireKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKey {
    suite: String,
    key: String,
    from: String,
    until: String,
}

impl IssuerKeys {
    /// Makes a set; `version` rises with every change.
    ///
    /// # Errors
    /// [`Error::Malformed`] for more than 64 keys, and for periods that are empty, overlap or do not
    /// ascend.
    pub fn new(issuer: IssuerId, version: u64, keys: Vec<IssuerKey>) -> Result<Self, Error> {
        let periods = keys.iter().all(|key| key.from <= key.until)
            && keys.is_sorted_by(|a, b| a.until < b.from);
        if keys.len() > MAX_KEYS || !periods {
            return Err(Error::Malformed("issuer keys"));
        }
        Ok(Self {
            issuer,
            version,
            keys,
        })
    }

    /// Reads JSON of at most 64 KiB; unknown members are refused.
    ///
    /// # Errors
    /// As [`IssuerKeys::new`], and [`Error::Unsupported`] for another `typ` or suite.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let wire: Wire = from_json(text, "issuer keys")?;
        if wire.typ != LABEL {
            return Err(Error::Unsupported("type of issuer keys"));
        }
        let read = |key: WireKey| -> Result<IssuerKey, Error> {
            let mut suites = Suite::ALL.into_iter();
            let suite = suites
                .find(|suite| suite.id() == key.suite)
                .ok_or(Error::Unsupported("suite"))?;
            Ok(IssuerKey {
                key: PublicKey::from_bytes(suite, &from_base64url(&key.key)?)?,
                from: Day::parse(&key.from)?,
                until: Day::parse(&key.until)?,
            })
        };
        let keys = wire.keys.into_iter().map(read).collect::<Result<_, _>>()?;
        Self::new(wire.issuer, wire.version, keys)
    }

    /// The set as JSON.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let key = |key: &IssuerKey| WireKey {
            suite: key.key.suite().id().to_owned(),
            key: base64url(&key.key.to_bytes()),
            from: key.from.to_string(),
            until: key.until.to_string(),
        };
        let wire = Wire {
            typ: LABEL.to_owned(),
            issuer: self.issuer.clone(),
            version: self.version,
            keys: self.keys.iter().map(key).collect(),
        };
        serde_json::to_vec(&wire).map_err(|_| Error::Malformed("issuer keys"))
    }

    /// Who publishes it.
    pub fn issuer(&self) -> &IssuerId {
        &self.issuer
    }

    /// It only rises.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The key of credentials whose last day this is.
    pub fn for_last_day(&self, not_after: Day) -> Option<&PublicKey> {
        let covers = |key: &&IssuerKey| (key.from..=key.until).contains(&not_after);
        self.keys.iter().find(covers).map(|key| &key.key)
    }

    /// Whether this set may take the place of `held`: the same issuer, and either a higher version
    /// or the same content.
    pub fn may_replace(&self, held: &Self) -> bool {
        self.issuer == held.issuer && (self.version > held.version || self == held)
    }

    /// Whether every key of `held` whose period is not over on `today` is in this set, with the same
    /// period: a published period never changes.
    pub fn keeps_periods_of(&self, held: &Self, today: Day) -> bool {
        let mut needed = held.keys.iter().filter(|key| key.until >= today);
        needed.all(|key| self.keys.contains(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bbs::SecretKey, entropy::OsEntropy};

    #[test]
    fn a_period_that_is_not_over_stays_with_its_key() -> Result<(), Error> {
        let day = Day::from_number;
        let key = || SecretKey::make(Suite::Bls12381Sha256, &OsEntropy);
        let (one, two) = (key()?, key()?);
        let part = |key: &SecretKey, from, until| -> Result<IssuerKey, Error> {
            Ok(IssuerKey {
                key: key.public_key().clone(),
                from: day(from)?,
                until: day(until)?,
            })
        };
        let issuer = IssuerId::parse("https://issuer.example")?;
        let set = |keys| IssuerKeys::new(issuer.clone(), 1, keys);
        let held = set(vec![part(&one, 10, 19)?, part(&two, 20, 29)?])?;
        let longer = set(vec![part(&two, 20, 29)?, part(&one, 30, 39)?])?;
        assert!(held.keeps_periods_of(&held, day(0)?));
        assert!(
            longer.keeps_periods_of(&held, day(20)?),
            "the first is over"
        );
        assert!(!longer.keeps_periods_of(&held, day(19)?), "its last day");
        for other in [
            vec![part(&one, 20, 29)?],
            vec![part(&two, 20, 28)?],
            vec![part(&two, 20, 30)?],
            vec![part(&two, 21, 29)?],
            vec![part(&one, 20, 20)?, part(&two, 21, 29)?],
            vec![],
        ] {
            assert!(!set(other)?.keeps_periods_of(&held, day(25)?));
        }
        Ok(())
    }
}
