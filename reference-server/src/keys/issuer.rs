//! A broker's BBS keys as stored: each signs the credentials of a period of last days
//! (`spec/credentials.md`, section 4), so that an issuer has no key to choose for one person.
//!
//! Owns how the periods follow one another. They are short, since what a key signed is void when the key is
//! revoked, and many lie ahead, so that nobody has to make them in time. Refuses to change the period
//! of a key that exists: what it signed must stay under it. It may be revoked alone, and then another key
//! covers its days. A key is dropped when its last day is over, since nothing it signed counts any more.

use serde::{Deserialize, Serialize};
use spooky_core::{
    bbs::{PublicKey, SecretKey, Suite},
    credential::{Day, IssuerKey, IssuerKeyState},
    encoding::{base64url, from_base64url},
    entropy::OsEntropy,
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Lives;
use crate::{config::wrong, error::Error};

const SUITE: Suite = Suite::Bls12381Sha256;
/// Most keys of a published set.
const MOST: usize = 64;
const DAY: i64 = 86_400;

/// One key as stored. Days are counted since 1970-01-01.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct StoredIssuerKey {
    /// The first last day that it signs.
    from: i64,
    /// The last one.
    until: i64,
    /// The secret scalar, base64url; erased when the key is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<String>,
    /// The public key of a revoked one, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<String>,
}

impl StoredIssuerKey {
    fn make(from: i64, until: i64) -> Result<Self, Error> {
        let key = SecretKey::make(SUITE, &OsEntropy);
        let key = key.map_err(|error| Error::Keys(error.to_string()))?;
        let d = Some(base64url(key.expose_secret().as_slice()));
        let revoked = None;
        Ok(Self {
            from,
            until,
            d,
            revoked,
        })
    }

    /// The key, ready to sign unless it is revoked.
    pub(super) fn read(&self) -> Result<IssuingKey, Error> {
        let damaged = |_| Error::Keys("a BBS key in keys.json is damaged".to_owned());
        let (secret, key, state) = match &self.revoked {
            Some(public) => {
                let key = from_base64url(public).and_then(|key| PublicKey::from_bytes(SUITE, &key));
                (None, key.map_err(damaged)?, IssuerKeyState::Revoked)
            }
            None => {
                let text = self.d.as_deref().unwrap_or_default();
                let mut scalar = from_base64url(text).unwrap_or_default();
                let secret = SecretKey::from_bytes(SUITE, &scalar);
                scalar.zeroize();
                let secret = secret.map_err(damaged)?;
                let key = secret.public_key().clone();
                (Some(secret), key, IssuerKeyState::Active)
            }
        };
        let published = IssuerKey {
            key,
            from: Day::from_number(self.from).map_err(damaged)?,
            until: Day::from_number(self.until).map_err(damaged)?,
            state,
        };
        Ok(IssuingKey { secret, published })
    }
}

/// A key that signs credentials, or did.
pub(super) struct IssuingKey {
    secret: Option<SecretKey>,
    published: IssuerKey,
}

impl IssuingKey {
    /// What signs credentials with this last day, if this key does.
    pub(super) fn signs(&self, not_after: Day) -> Option<&SecretKey> {
        let period = self.published.from..=self.published.until;
        self.secret.as_ref().filter(|_| period.contains(&not_after))
    }

    /// The last day that it signs; `None` for a revoked one.
    pub(super) fn until(&self) -> Option<Day> {
        self.secret.as_ref().map(|_| self.published.until)
    }

    /// The public key with its period.
    pub(super) fn published(&self) -> IssuerKey {
        self.published.clone()
    }
}

/// Drops what is over and adds keys for the last days that none covers, period by period, until they reach
/// `days` from `now` (seconds).
pub(super) fn extend(keys: &mut Vec<StoredIssuerKey>, now: i64, lives: Lives) -> Result<(), Error> {
    let today = now.div_euclid(DAY);
    // A day later, since clocks differ.
    keys.retain(|key| key.until >= today - 1);
    let target = today + i64::from(lives.days);
    let length = i64::from(lives.period_days.max(1));
    let covered = keys.iter().map(|key| key.until).max();
    let mut from = covered.map_or(today, |until| until + 1);
    while from <= target {
        if keys.len() == MOST {
            return Err(Error::Keys(format!(
                "a broker publishes at most {MOST} BBS keys; choose fewer --days or longer --period-days"
            )));
        }
        keys.push(StoredIssuerKey::make(from, from + length - 1)?);
        from += length;
    }
    Ok(())
}

/// Revokes the key with this public key and lets another one cover its days. False when there is none of
/// that name.
///
/// # Errors
/// [`Error::Configuration`] for one that is revoked already, [`Error::Keys`] for too many.
pub(super) fn revoke(
    keys: &mut Vec<StoredIssuerKey>,
    public: &str,
    now: i64,
) -> Result<bool, Error> {
    let mut place = None;
    for (n, key) in keys.iter().enumerate() {
        let known = base64url(&key.read()?.published.key.to_bytes());
        if known == public {
            place = Some((n, known));
        }
    }
    let Some((place, public)) = place else {
        return Ok(false);
    };
    let over = keys[place].until < now.div_euclid(DAY) - 1;
    let old = &mut keys[place];
    if old.revoked.is_some() {
        return wrong("this key is revoked already");
    }
    let (from, until) = (old.from, old.until);
    old.d.zeroize();
    old.d = None;
    old.revoked = Some(public);
    if over {
        return Ok(true);
    }
    if keys.len() == MOST {
        return Err(Error::Keys(format!(
            "there are {MOST} BBS keys already, and none is over; nothing was revoked"
        )));
    }
    keys.insert(place + 1, StoredIssuerKey::make(from, until)?);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_794_312_000;

    fn lives(days: u32, period_days: u32) -> Lives {
        Lives { days, period_days }
    }

    fn periods(keys: &[StoredIssuerKey]) -> Vec<(i64, i64)> {
        let today = NOW / DAY;
        let period = |key: &StoredIssuerKey| (key.from - today, key.until - today);
        keys.iter().map(period).collect()
    }

    fn public(key: &StoredIssuerKey) -> String {
        base64url(&key.read().unwrap().published.key.to_bytes())
    }

    fn day(n: i64) -> Day {
        Day::from_number(NOW / DAY + n).unwrap()
    }

    #[test]
    fn periods_follow_one_another_without_gap_and_end() {
        let mut keys = Vec::new();
        extend(&mut keys, NOW, lives(10, 4)).unwrap();
        assert_eq!(periods(&keys), [(0, 3), (4, 7), (8, 11)]);
        extend(&mut keys, NOW + DAY, lives(10, 4)).unwrap();
        assert_eq!(
            keys.len(),
            3,
            "nothing to add until the last days come near"
        );
        extend(&mut keys, NOW + 5 * DAY, lives(10, 4)).unwrap();
        let later = [(4, 7), (8, 11), (12, 15)];
        assert_eq!(periods(&keys), later, "what is over is gone");
        let read: Vec<_> = keys.iter().map(|key| key.read().unwrap()).collect();
        let signs = |n: usize, last| read[n].signs(day(last)).is_some();
        assert!(signs(1, 11) && !signs(1, 12) && signs(2, 12));
        // Far enough ahead for the longest credentials, by itself.
        let mut keys = Vec::new();
        extend(&mut keys, NOW, Lives::default()).unwrap();
        assert_eq!((keys.len(), periods(&keys)[12]), (13, (720, 779)));
    }

    #[test]
    fn more_keys_than_a_set_may_hold_are_refused() {
        let mut keys = Vec::new();
        extend(&mut keys, NOW, lives(63, 1)).unwrap();
        assert_eq!(keys.len(), MOST);
        assert!(extend(&mut keys, NOW, lives(64, 1)).is_err());
        let name = public(&keys[5]);
        assert!(revoke(&mut keys, &name, NOW).is_err());
    }

    #[test]
    fn a_revoked_period_is_covered_by_another_key_at_once() {
        let mut keys = Vec::new();
        extend(&mut keys, NOW, lives(10, 4)).unwrap();
        let name = public(&keys[1]);
        assert!(!revoke(&mut keys, "AA", NOW).unwrap());
        assert!(revoke(&mut keys, &name, NOW).unwrap());
        assert_eq!(periods(&keys), [(0, 3), (4, 7), (4, 7), (8, 11)]);
        assert_eq!(public(&keys[1]), name, "it stays published");
        assert!(keys[1].d.is_none() && keys[1].read().unwrap().signs(day(5)).is_none());
        assert_ne!(public(&keys[2]), name);
        assert!(keys[2].read().unwrap().signs(day(5)).is_some());
        assert!(revoke(&mut keys, &name, NOW).is_err(), "twice");
        let written = serde_json::to_string(&keys).unwrap();
        let again: Vec<StoredIssuerKey> = serde_json::from_str(&written).unwrap();
        assert_eq!(
            again[1].read().unwrap().published.state,
            IssuerKeyState::Revoked
        );
        // What a rotation adds follows the last day that anything covers.
        extend(&mut keys, NOW, lives(12, 4)).unwrap();
        assert_eq!(periods(&keys)[4], (12, 15));
        // As the version before wrote them.
        let old = r#"{"from":1,"until":2,"d":"AQ"}"#;
        assert!(
            serde_json::from_str::<StoredIssuerKey>(old)
                .unwrap()
                .d
                .is_some()
        );
    }
}
