//! The keys that a service publishes for its statements: P-256 and Ed25519, each for one use and one
//! life. Who fetches them, and how often, is the caller's business.
//!
//! A key in a set is ours when its `use`, `kty` and `crv` are known here. Whatever else is in the set is
//! ignored, key by key (RFC 7517, section 5); a key of ours that is malformed refuses the set.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use super::{Algorithm, Ed25519VerifyingKey, Jwk, OkpJwk, UnverifiedJws, VerifyingKey};
use crate::{Error, encoding::json};

const MALFORMED: Error = Error::Malformed("key set");

/// Most keys in a set, not counting those that are not ours.
const MAX_KEYS: usize = 64;

/// What keys in such sets sign; the rooms that do so name these.
pub(crate) mod uses {
    /// Statements that an anchor is registered.
    pub(crate) const REGISTERED: &str = "spookyid-registered";
    /// Status snapshots.
    pub(crate) const STATUS: &str = "spookyid-status";
    /// A site's requests.
    pub(crate) const REQUEST: &str = "spookyid-request";
    /// All of them.
    pub(super) const KNOWN: [&str; 3] = [REGISTERED, STATUS, REQUEST];
}

/// Longest key set that is looked at, in bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// Seconds since 1970-01-01T00:00:00Z that JSON and calendars can carry: up to the year 9999.
pub(crate) fn unix_time(seconds: u64) -> Result<u64, Error> {
    if seconds > 253_402_300_799 {
        return Err(Error::Malformed("time"));
    }
    Ok(seconds)
}

/// A public key of either algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKey {
    /// P-256.
    Es256(VerifyingKey),
    /// Ed25519.
    EdDsa(Ed25519VerifyingKey),
}

impl StatementKey {
    pub(crate) fn check(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        match (self, algorithm) {
            (Self::Es256(key), Algorithm::Es256) => key.verify_message(message, signature),
            (Self::EdDsa(key), Algorithm::EdDsa) => key.verify_message(message, signature),
            _ => Err(Error::Signature),
        }
    }
}

/// What a published key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Signs from `nbf` on.
    Next,
    /// Signs now.
    Active,
    /// Signs no more; what it signed in its life counts.
    Retired,
    /// Nothing of it counts.
    Revoked,
    /// A state that this version does not know: nothing counts.
    #[serde(other)]
    Unknown,
}

/// A key with its name, use and life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    /// The key's name; unique within one use.
    pub kid: String,
    /// What it signs, such as [`crate::anchor::STATUS_USE`].
    pub usage: String,
    /// The key.
    pub key: StatementKey,
    /// First second in which it may sign.
    pub nbf: u64,
    /// Last second in which it may sign.
    pub exp: u64,
    /// What it may do.
    pub state: KeyState,
}

/// A service's published keys for statements.
///
/// ```
/// use spooky_core::{entropy::OsEntropy, jose::*};
/// let key = Ed25519SigningKey::make(&OsEntropy)?;
/// let published = PublishedKey {
///     kid: "1".into(), usage: "spookyid-status".into(),
///     key: StatementKey::EdDsa(key.verifying_key()),
///     nbf: 0, exp: 4_000_000_000, state: KeyState::Active,
/// };
/// let keys = StatementKeys::new("https://broker.example", 1, vec![published])?;
/// assert_eq!(StatementKeys::from_json(&keys.to_json()?)?, keys);
/// # Ok::<(), spooky_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementKeys {
    issuer: String,
    version: u64,
    keys: Vec<PublishedKey>,
}

#[derive(Serialize, Deserialize)]
struct WireSet<K> {
    issuer: String,
    version: u64,
    keys: Vec<K>,
}

/// Any key at all: what its members are is looked at only when it is one of ours.
struct Entry {
    members: Map<String, Value>,
    repeats: bool,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                let (mut members, mut repeats) = (Map::new(), false);
                while let Some((name, value)) = map.next_entry()? {
                    repeats |= members.insert(name, value).is_some();
                }
                Ok(Entry { members, repeats })
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// A key of ours.
#[derive(Serialize, Deserialize)]
struct WireKey {
    kty: String,
    crv: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    kid: String,
    #[serde(rename = "use")]
    usage: String,
    nbf: u64,
    exp: u64,
    state: KeyState,
}

impl Entry {
    /// `None` for a key that is not ours, whatever else it is.
    fn read(self) -> Result<Option<PublishedKey>, Error> {
        let text = |name| self.members.get(name).and_then(Value::as_str);
        let ours = text("use").is_some_and(|usage| uses::KNOWN.contains(&usage));
        let kind = (text("kty").unwrap_or(""), text("crv").unwrap_or(""));
        if !ours || !matches!(kind, ("EC", "P-256") | ("OKP", "Ed25519")) {
            return Ok(None);
        }
        if self.repeats {
            return Err(MALFORMED);
        }
        let wire: WireKey = WireKey::deserialize(self.members).map_err(|_| MALFORMED)?;
        wire.read().map(Some)
    }
}

impl WireKey {
    fn read(self) -> Result<PublishedKey, Error> {
        let Self { kty, crv, x, .. } = self;
        let key = if kty == "EC" {
            let y = self.y.ok_or(MALFORMED)?;
            StatementKey::Es256(VerifyingKey::from_jwk(&Jwk { kty, crv, x, y })?)
        } else {
            StatementKey::EdDsa(Ed25519VerifyingKey::from_jwk(&OkpJwk { kty, crv, x })?)
        };
        Ok(PublishedKey {
            kid: self.kid,
            usage: self.usage,
            key,
            nbf: unix_time(self.nbf)?,
            exp: unix_time(self.exp)?,
            state: self.state,
        })
    }
}

impl StatementKeys {
    /// Makes a set.
    ///
    /// # Errors
    /// [`Error::Malformed`] for more than 64 keys and for two keys of one use with one name.
    pub fn new(issuer: &str, version: u64, keys: Vec<PublishedKey>) -> Result<Self, Error> {
        let mut names: Vec<_> = keys.iter().map(|key| (&key.usage, &key.kid)).collect();
        names.sort();
        if keys.len() > MAX_KEYS || names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(MALFORMED);
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            version,
            keys,
        })
    }

    /// Reads JSON: `{issuer, version, keys: [{kty, crv, x, y, kid, use, nbf, exp, state}]}`, at most
    /// 64 KiB. Keys of other uses and kinds, and members that are not named, are ignored, since other
    /// standards add theirs.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            return Err(MALFORMED);
        }
        // A number in a key of another kind must not spoil ours.
        let wire: WireSet<Entry> = json::read_names(text).map_err(|_| MALFORMED)?;
        let keys = wire.keys.into_iter().map(Entry::read);
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        let keys = keys.into_iter().flatten().collect();
        Self::new(&wire.issuer, wire.version, keys)
    }

    /// The set as JSON.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it does not serialise.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let keys = self.keys.iter().map(|key| {
            let (kty, crv, x, y) = match &key.key {
                StatementKey::Es256(key) => {
                    let Jwk { kty, crv, x, y } = key.to_jwk();
                    (kty, crv, x, Some(y))
                }
                StatementKey::EdDsa(key) => {
                    let OkpJwk { kty, crv, x } = key.to_jwk();
                    (kty, crv, x, None)
                }
            };
            WireKey {
                kty,
                crv,
                x,
                y,
                kid: key.kid.clone(),
                usage: key.usage.clone(),
                nbf: key.nbf,
                exp: key.exp,
                state: key.state,
            }
        });
        let wire = WireSet {
            issuer: self.issuer.clone(),
            version: self.version,
            keys: keys.collect::<Vec<_>>(),
        };
        serde_json::to_vec(&wire).map_err(|_| MALFORMED)
    }

    /// Who publishes the set.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// It only rises.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether this set may take the place of `held`: the same issuer, and either a higher version
    /// or the same content.
    pub fn may_replace(&self, held: &Self) -> bool {
        self.issuer == held.issuer && (self.version > held.version || self == held)
    }

    /// Whether every key that both sets have went forward only: the same key and beginning, an end that is
    /// no later, a state that is no earlier; and whether every key that `held` says is revoked still is.
    pub fn keeps_keys_of(&self, held: &Self) -> bool {
        held.keys.iter().all(|held| {
            let named = |key: &&PublishedKey| key.usage == held.usage && key.kid == held.kid;
            match self.keys.iter().find(named) {
                Some(key) => held.may_become(key),
                None => held.state != KeyState::Revoked,
            }
        })
    }

    /// The key of this use that the statement names, whatever its life.
    pub(crate) fn find(&self, jws: &UnverifiedJws, usage: &str) -> Option<&PublishedKey> {
        self.keys
            .iter()
            .find(|key| key.usage == usage && key.kid == jws.kid())
    }
}

impl PublishedKey {
    /// Whether `newer` is this key in a later set.
    fn may_become(&self, newer: &Self) -> bool {
        let place = |state| match state {
            KeyState::Next => 0,
            KeyState::Active => 1,
            KeyState::Retired => 2,
            KeyState::Revoked => 3,
            KeyState::Unknown => 4,
        };
        let forward = match self.state {
            KeyState::Revoked => newer.state == KeyState::Revoked,
            KeyState::Unknown => true,
            state => place(state) <= place(newer.state),
        };
        forward && self.key == newer.key && self.nbf == newer.nbf && self.exp >= newer.exp
    }

    /// Whether something that it signed at `time` counts.
    pub(crate) fn counts_at(&self, time: u64) -> bool {
        let good = !matches!(self.state, KeyState::Revoked | KeyState::Unknown);
        good && (self.nbf..=self.exp).contains(&time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_are_not_good_are_refused() {
        let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"1","use":"spookyid-status","nbf":1,"exp":2,"state":"active"}"#;
        let set = |keys: &str| format!(r#"{{"issuer":"i","version":1,"keys":[{keys}]}}"#);
        let read = |keys: &str| StatementKeys::from_json(set(keys).as_bytes());
        assert_eq!(read(key).map(|set| set.keys.len()), Ok(1), "the control");
        for (what, keys) in [
            ("two of one name", format!("{key},{key}")),
            ("short bytes", key.replace("HURo", "H")),
            ("no name", key.replace("kid", "name")),
            (
                "a member twice",
                key.replace("\"nbf\":1", "\"nbf\":1,\"nbf\":1"),
            ),
            (
                "a year beyond 9999",
                key.replace("\"exp\":2", "\"exp\":253402300800"),
            ),
        ] {
            assert!(read(&keys).is_err(), "{what}");
        }
        // One in an unknown state counts for nothing.
        let unknown = read(&key.replace("active", "compromised")).map(|set| set.keys);
        assert!(unknown.is_ok_and(|keys| keys.len() == 1 && !keys[0].counts_at(1)));
    }

    const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"1","use":"spookyid-status","nbf":1,"exp":2,"state":"active"}"#;

    fn read(keys: &str) -> Result<StatementKeys, Error> {
        let text = format!(r#"{{"issuer":"i","version":1,"keys":[{keys}]}}"#);
        StatementKeys::from_json(text.as_bytes())
    }

    #[test]
    fn keys_that_are_not_ours_are_ignored_one_by_one() {
        let good = read(KEY).unwrap();
        let edit = |from: &str, to: &str| {
            assert!(KEY.contains(from), "{from}");
            KEY.replacen(from, to, 1)
        };
        for other in [
            "{}".to_owned(),
            r#"{"kty":"RSA","n":"AQ","e":"AQAB","use":"sig"}"#.to_owned(),
            r#"{"kty":"RSA","n":"AQ","use":"spookyid-status"}"#.to_owned(),
            r#"{"kty":"oct","kid":7,"use":["sig"],"k":{}}"#.to_owned(),
            r#"{"kty":null,"use":null,"nbf":"today"}"#.to_owned(),
            edit("spookyid-status", "sig"),
            edit("\"use\":\"spookyid-status\",", ""),
            edit("Ed25519", "X25519"),
            edit("Ed25519", "P-384").replace("OKP", "EC"),
            edit(",\"state\":\"active\"", "").replace("spookyid-status", "enc"),
            edit("\"nbf\":1,\"exp\":2", "\"nbf\":\"x\",\"exp\":1e99")
                .replace("spookyid-status", "u"),
            edit("HURo", "H").replace("spookyid-status", "u"),
        ] {
            assert_eq!(
                read(&format!("{other},{KEY},{other}")).as_ref(),
                Ok(&good),
                "{other}"
            );
        }
        // However many they are.
        let many = vec!["{}"; 500].join(",");
        assert_eq!(read(&format!("{many},{KEY}")).as_ref(), Ok(&good));
        let ours: Vec<_> = (0..65)
            .map(|n| KEY.replace("\"1\"", &format!("\"{n}\"")))
            .collect();
        assert!(read(&ours[..64].join(",")).is_ok(), "the control");
        assert!(read(&ours.join(",")).is_err(), "more than 64 of ours");
        // Ours and malformed refuses the set.
        for (from, to) in [
            ("\"nbf\":1", "\"nbf\":\"1\""),
            ("\"nbf\":1,", ""),
            ("\"exp\":2,", ""),
            (",\"state\":\"active\"", ""),
            ("\"active\"", "7"),
            ("\"kid\":\"1\"", "\"kid\":1"),
            ("HURo", "H"),
        ] {
            assert!(read(&format!("{},{{}}", edit(from, to))).is_err(), "{from}");
        }
    }

    #[test]
    fn keys_of_a_later_set_only_go_forward() {
        let held = |from: &str, to: &str| read(&KEY.replacen(from, to, 1)).unwrap();
        let same = held("", "");
        let to = |from: &str, to: &str| held(from, to).keeps_keys_of(&same);
        assert!(to("", "") && to("active", "retired") && to("active", "revoked"));
        assert!(to("\"exp\":2", "\"exp\":1"), "retired early");
        assert!(
            to("\"kid\":\"1\"", "\"kid\":\"2\""),
            "gone, and another one"
        );
        assert!(!to("active", "next") && !to("\"exp\":2", "\"exp\":3"));
        assert!(!to("\"nbf\":1", "\"nbf\":0"));
        // Another key of this name: that of RFC 8032, section 7.1, test 3.
        let other = "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU";
        assert!(!to("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", other));
        let revoked = held("active", "revoked");
        for back in ["active", "next", "retired", "suspended"] {
            assert!(!held("active", back).keeps_keys_of(&revoked), "{back}");
        }
        assert!(!read("").unwrap().keeps_keys_of(&revoked), "forgotten");
        assert!(read("").unwrap().keeps_keys_of(&same));
        assert!(revoked.keeps_keys_of(&revoked));
    }
}
