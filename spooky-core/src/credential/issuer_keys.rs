//! The keys that an issuer publishes for its credentials (`spec/credentials.md`, section 4).
//!
//! Which key signed a credential follows from its last day alone: the periods of a set do not
//! overlap. So an issuer cannot sign one person's credentials with a key of their own, and follow
//! it; the wallet refuses a credential under any other key. The one thing that may become of a published
//! period is that it is revoked, in the set that everybody sees; another key may then cover its days.

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

/// Whether what an issuer's key signed counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssuerKeyState {
    /// It does. What older sets do not say.
    #[default]
    Active,
    /// Nothing of it does, for good.
    Revoked,
    /// A state that this version does not know: nothing does.
    #[serde(other)]
    Unknown,
}

impl IssuerKeyState {
    fn is_active(&self) -> bool {
        *self == Self::Active
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
    /// Whether what it signed counts.
    pub state: IssuerKeyState,
}

impl IssuerKey {
    fn covers(&self, not_after: Day) -> bool {
        (self.from..=self.until).contains(&not_after)
    }

    /// Whether `newer` is this key in a later set: the same but for its state, which is never taken back
    /// from `revoked`.
    fn may_become(&self, newer: &Self) -> bool {
        let revoked = self.state == IssuerKeyState::Revoked;
        self.key == newer.key
            && (self.from, self.until) == (newer.from, newer.until)
            && (!revoked || newer.state == IssuerKeyState::Revoked)
    }
}

/// An issuer's published keys: the periods of those that count ascend and do not overlap.
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
    keys: Vec<WireEntry>,
}

/// A key of any suite: what one that is not known here has beside its suite's name is not looked at.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WireEntry {
    Ours(WireKey),
    Other { suite: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKey {
    suite: String,
    key: String,
    from: String,
    until: String,
    #[serde(default, skip_serializing_if = "IssuerKeyState::is_active")]
    state: IssuerKeyState,
}

fn suite_of(name: &str) -> Option<Suite> {
    Suite::ALL.into_iter().find(|suite| suite.id() == name)
}

impl WireEntry {
    /// `None` for a key of a suite that is not known here.
    fn read(self) -> Result<Option<IssuerKey>, Error> {
        let key = match self {
            Self::Ours(key) => key,
            // Of a known suite it would have been read as ours.
            Self::Other { suite } if suite_of(&suite).is_some() => {
                return Err(Error::Malformed("issuer keys"));
            }
            Self::Other { .. } => return Ok(None),
        };
        let Some(suite) = suite_of(&key.suite) else {
            return Ok(None);
        };
        Ok(Some(IssuerKey {
            key: PublicKey::from_bytes(suite, &from_base64url(&key.key)?)?,
            from: Day::parse(&key.from)?,
            until: Day::parse(&key.until)?,
            state: key.state,
        }))
    }
}

impl IssuerKeys {
    /// Makes a set; `version` rises with every change.
    ///
    /// # Errors
    /// [`Error::Malformed`] for more than 64 keys, for empty periods, for periods that overlap or do not
    /// ascend (those of keys that count), and for a key that counts and does not.
    pub fn new(issuer: IssuerId, version: u64, keys: Vec<IssuerKey>) -> Result<Self, Error> {
        let (active, others): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.state.is_active());
        let periods = keys.iter().all(|key| key.from <= key.until)
            && active.is_sorted_by(|a, b| a.until < b.from);
        let twice = |other: &&IssuerKey| active.iter().any(|key| key.key == other.key);
        if keys.len() > MAX_KEYS || !periods || others.iter().any(twice) {
            return Err(Error::Malformed("issuer keys"));
        }
        Ok(Self {
            issuer,
            version,
            keys,
        })
    }

    /// Reads JSON of at most 64 KiB. A key of a suite that is not known here is ignored, whatever else it
    /// has; unknown members of the set and of other keys are refused.
    ///
    /// # Errors
    /// As [`IssuerKeys::new`], and [`Error::Unsupported`] for another `typ`.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let wire: Wire = from_json(text, "issuer keys")?;
        if wire.typ != LABEL {
            return Err(Error::Unsupported("type of issuer keys"));
        }
        let keys = wire.keys.into_iter().map(WireEntry::read);
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let keys = keys.into_iter().flatten().collect();
        Self::new(wire.issuer, wire.version, keys)
    }

    /// The set as JSON.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let key = |key: &IssuerKey| {
            WireEntry::Ours(WireKey {
                suite: key.key.suite().id().to_owned(),
                key: base64url(&key.key.to_bytes()),
                from: key.from.to_string(),
                until: key.until.to_string(),
                state: key.state,
            })
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
        let mut keys = self.keys.iter();
        let key = keys.find(|key| key.state.is_active() && key.covers(not_after));
        key.map(|key| &key.key)
    }

    /// The revoked keys of credentials whose last day this is, the latest first.
    pub fn revoked_for(&self, not_after: Day) -> impl Iterator<Item = &PublicKey> {
        let revoked = |key: &&IssuerKey| key.state == IssuerKeyState::Revoked;
        let keys = self.keys.iter().rev().filter(revoked);
        keys.filter(move |key| key.covers(not_after))
            .map(|key| &key.key)
    }

    /// Whether this set may take the place of `held`: the same issuer, and either a higher version
    /// or the same content.
    pub fn may_replace(&self, held: &Self) -> bool {
        self.issuer == held.issuer && (self.version > held.version || self == held)
    }

    /// Whether every key of `held` whose period is not over on `today` is in this set, with the same
    /// period: a published period never changes, but that it may become revoked, for good.
    pub fn keeps_periods_of(&self, held: &Self, today: Day) -> bool {
        let mut needed = held.keys.iter().filter(|key| key.until >= today);
        needed.all(|held| self.keys.iter().any(|key| held.may_become(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bbs::SecretKey, entropy::OsEntropy};

    use IssuerKeyState::{Active, Revoked, Unknown};

    fn day(number: i64) -> Day {
        Day::from_number(number).unwrap()
    }

    fn key() -> PublicKey {
        let secret = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy).unwrap();
        secret.public_key().clone()
    }

    fn part(key: &PublicKey, from: i64, until: i64, state: IssuerKeyState) -> IssuerKey {
        let (key, from, until) = (key.clone(), day(from), day(until));
        IssuerKey {
            key,
            from,
            until,
            state,
        }
    }

    fn set(keys: Vec<IssuerKey>) -> Result<IssuerKeys, Error> {
        IssuerKeys::new(IssuerId::parse("https://issuer.example")?, 1, keys)
    }

    #[test]
    fn a_period_that_is_not_over_stays_with_its_key() -> Result<(), Error> {
        let (one, two) = (key(), key());
        let held = set(vec![part(&one, 10, 19, Active), part(&two, 20, 29, Active)])?;
        let longer = set(vec![part(&two, 20, 29, Active), part(&one, 30, 39, Active)])?;
        assert!(held.keeps_periods_of(&held, day(0)));
        assert!(longer.keeps_periods_of(&held, day(20)), "the first is over");
        assert!(!longer.keeps_periods_of(&held, day(19)), "its last day");
        for other in [
            vec![part(&one, 20, 29, Active)],
            vec![part(&two, 20, 28, Active)],
            vec![part(&two, 20, 30, Active)],
            vec![part(&two, 21, 29, Active)],
            vec![part(&one, 20, 20, Active), part(&two, 21, 29, Active)],
            vec![part(&two, 20, 28, Revoked), part(&one, 20, 29, Active)],
            vec![],
        ] {
            assert!(!set(other)?.keeps_periods_of(&held, day(25)));
        }
        Ok(())
    }

    #[test]
    fn a_period_may_be_revoked_and_covered_again_and_never_comes_back() -> Result<(), Error> {
        let (one, two) = (key(), key());
        let active = set(vec![part(&one, 10, 19, Active)])?;
        let revoked = set(vec![
            part(&one, 10, 19, Revoked),
            part(&two, 10, 25, Active),
        ])?;
        assert!(revoked.keeps_periods_of(&active, day(10)));
        assert_eq!(revoked.for_last_day(day(12)), Some(&two));
        assert_eq!(revoked.revoked_for(day(12)).collect::<Vec<_>>(), [&one]);
        assert_eq!(revoked.revoked_for(day(20)).count(), 0);
        assert!(!active.keeps_periods_of(&revoked, day(10)), "taken back");
        let gone = set(vec![part(&two, 10, 25, Active)])?;
        assert!(!gone.keeps_periods_of(&revoked, day(10)), "forgotten");
        assert!(gone.keeps_periods_of(&revoked, day(20)), "it is over");
        let unknown = set(vec![part(&one, 10, 19, Unknown)])?;
        assert!(!unknown.keeps_periods_of(&revoked, day(10)));
        assert!(active.keeps_periods_of(&unknown, day(10)));
        assert_eq!(unknown.for_last_day(day(12)), None);

        // Neither two keys that count for one day, nor one key that counts and does not.
        for bad in [
            vec![part(&one, 10, 19, Active), part(&two, 19, 29, Active)],
            vec![part(&one, 10, 19, Revoked), part(&one, 10, 19, Active)],
            vec![part(&one, 10, 19, Revoked), part(&one, 20, 29, Active)],
            vec![part(&one, 19, 10, Revoked)],
        ] {
            assert!(set(bad).is_err());
        }
        Ok(())
    }

    #[test]
    fn state_is_said_only_when_it_is_not_active_and_other_suites_are_ignored() -> Result<(), Error>
    {
        let (one, two) = (key(), key());
        let keys = set(vec![
            part(&one, 10, 19, Revoked),
            part(&two, 10, 19, Active),
        ])?;
        let text = String::from_utf8(keys.to_json()?).unwrap();
        assert_eq!(text.matches("\"state\":\"revoked\"").count(), 1, "{text}");
        assert_eq!(text.matches("state").count(), 1);
        assert_eq!(IssuerKeys::from_json(text.as_bytes())?, keys);

        let with = |entry: &str| {
            let text = text.replacen("\"keys\":[", &format!("\"keys\":[{entry},"), 1);
            IssuerKeys::from_json(text.as_bytes())
        };
        for foreign in [
            r#"{"suite":"BBS_OF_TOMORROW"}"#,
            r#"{"suite":"BBS_OF_TOMORROW","key":[1],"from":7,"more":null}"#,
            r#"{"suite":"BBS_OF_TOMORROW","key":"AA","from":"1980-01-11","until":"1980-01-12"}"#,
        ] {
            assert_eq!(with(foreign)?, keys, "{foreign}");
        }
        let good = text.split('{').nth(2).unwrap().split('}').next().unwrap();
        let ours = format!("{{{good}}}").replace("1970-01-11", "1970-02-11");
        let ours = ours.replace("1970-01-20", "1970-02-11");
        assert!(with(&ours).is_ok(), "the control");
        for (from, to) in [
            ("\"key\":\"", "\"key\":\"A"),
            ("1970-02-11", "1970-13-11"),
            ("\"state\":\"revoked\"", "\"state\":1"),
            ("\"state\"", "\"more\""),
            ("\"until\"", "\"till\""),
            ("\"suite\"", "\"sweet\""),
        ] {
            assert!(ours.contains(from), "{from}");
            assert!(with(&ours.replace(from, to)).is_err(), "{from}");
        }
        let unknown = with(&ours.replace("revoked", "suspended"))?;
        assert_eq!(
            unknown.keys.iter().filter(|k| k.state == Unknown).count(),
            1
        );
        Ok(())
    }
}
