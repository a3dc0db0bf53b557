//! The keys that a service publishes for its statements: P-256 and Ed25519, each for one use and one
//! life. Who fetches them, and how often, is the caller's business.

use serde::{Deserialize, Serialize};

use super::{Algorithm, Ed25519VerifyingKey, Jwk, OkpJwk, UnverifiedJws, VerifyingKey};
use crate::{Error, encoding::json};

/// Most keys in a set.
const MAX_KEYS: usize = 64;

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
struct WireSet {
    issuer: String,
    version: u64,
    keys: Vec<WireKey>,
}

/// All members are optional, since a set may hold keys of kinds that are not known here.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct WireKey {
    kty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    nbf: Option<u64>,
    exp: Option<u64>,
    state: Option<KeyState>,
}

impl WireKey {
    /// `None` for a key of another kind (RFC 7517 §5).
    fn read(self) -> Result<Option<PublishedKey>, Error> {
        const WHAT: Error = Error::Malformed("key set");
        let crv = self.crv.unwrap_or_default();
        let (kty, x) = (self.kty, self.x);
        let key = match (kty.as_str(), crv.as_str()) {
            ("EC", "P-256") => {
                let (x, y) = (x.ok_or(WHAT)?, self.y.ok_or(WHAT)?);
                StatementKey::Es256(VerifyingKey::from_jwk(&Jwk { kty, crv, x, y })?)
            }
            ("OKP", "Ed25519") => {
                let x = x.ok_or(WHAT)?;
                StatementKey::EdDsa(Ed25519VerifyingKey::from_jwk(&OkpJwk { kty, crv, x })?)
            }
            _ => return Ok(None),
        };
        Ok(Some(PublishedKey {
            kid: self.kid.ok_or(WHAT)?,
            usage: self.usage.ok_or(WHAT)?,
            key,
            nbf: unix_time(self.nbf.ok_or(WHAT)?)?,
            exp: unix_time(self.exp.ok_or(WHAT)?)?,
            state: self.state.ok_or(WHAT)?,
        }))
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
            return Err(Error::Malformed("key set"));
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            version,
            keys,
        })
    }

    /// Reads JSON: `{issuer, version, keys: [{kty, crv, x, y, kid, use, nbf, exp, state}]}`, at most
    /// 64 KiB. Keys of other kinds and members that are not named are ignored, since other standards
    /// add theirs.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("key set");
        if text.len() > MAX_LENGTH {
            return Err(WHAT);
        }
        // A number in a key of another kind must not spoil ours.
        let wire: WireSet = json::read_names(text).map_err(|_| WHAT)?;
        let keys = wire.keys.into_iter().map(WireKey::read);
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
                crv: Some(crv),
                x: Some(x),
                y,
                kid: Some(key.kid.clone()),
                usage: Some(key.usage.clone()),
                nbf: Some(key.nbf),
                exp: Some(key.exp),
                state: Some(key.state),
            }
        });
        let wire = WireSet {
            issuer: self.issuer.clone(),
            version: self.version,
            keys: keys.collect(),
        };
        serde_json::to_vec(&wire).map_err(|_| Error::Malformed("key set"))
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

    /// The key of this use that the statement names, whatever its life.
    pub(crate) fn find(&self, jws: &UnverifiedJws, usage: &str) -> Option<&PublishedKey> {
        self.keys
            .iter()
            .find(|key| key.usage == usage && key.kid == jws.kid())
    }
}

impl PublishedKey {
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
        let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"1","use":"u","nbf":1,"exp":2,"state":"active"}"#;
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
        // A key of another kind is nobody's here, and one in an unknown state counts for nothing.
        for other in [
            "{\"kty\":\"RSA\",\"n\":\"AQ\"}",
            &key.replace("Ed25519", "X25519"),
        ] {
            assert_eq!(read(other).map(|set| set.keys.len()), Ok(0));
        }
        let unknown = read(&key.replace("active", "compromised")).map(|set| set.keys);
        assert!(unknown.is_ok_and(|keys| keys.len() == 1 && !keys[0].counts_at(1)));
    }
}
