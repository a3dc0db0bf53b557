//! A broker's BBS keys as stored: each signs the credentials of a period of last days
//! (`spec/credentials.md`, section 4), so that an issuer has no key to choose for one person.
//!
//! Owns how the periods follow one another. Refuses to change the period of a key that exists: what it
//! signed must stay under it. A key is dropped when its last day is over, since nothing it signed
//! counts any more.

use serde::{Deserialize, Serialize};
use spooky_core::{
    bbs::{SecretKey, Suite},
    credential::{Day, IssuerKey},
    encoding::{base64url, from_base64url},
    entropy::OsEntropy,
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::Error;

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
    /// The secret scalar, base64url.
    d: String,
}

impl StoredIssuerKey {
    fn make(from: i64, until: i64) -> Result<Self, Error> {
        let key = SecretKey::make(SUITE, &OsEntropy);
        let key = key.map_err(|error| Error::Keys(error.to_string()))?;
        let d = base64url(key.expose_secret().as_slice());
        Ok(Self { from, until, d })
    }

    /// The key, ready to sign.
    pub(super) fn read(&self) -> Result<IssuingKey, Error> {
        let damaged = |_| Error::Keys("a BBS key in keys.json is damaged".to_owned());
        let mut scalar = from_base64url(&self.d).unwrap_or_default();
        let key = SecretKey::from_bytes(SUITE, &scalar);
        scalar.zeroize();
        Ok(IssuingKey {
            key: key.map_err(damaged)?,
            from: Day::from_number(self.from).map_err(damaged)?,
            until: Day::from_number(self.until).map_err(damaged)?,
        })
    }
}

/// A key that signs credentials.
pub(super) struct IssuingKey {
    pub(super) key: SecretKey,
    from: Day,
    until: Day,
}

impl IssuingKey {
    /// Whether it signs credentials with this last day.
    pub(super) fn signs(&self, not_after: Day) -> bool {
        (self.from..=self.until).contains(&not_after)
    }

    /// The last day that it signs.
    pub(super) fn until(&self) -> Day {
        self.until
    }

    /// The public key with its period.
    pub(super) fn published(&self) -> IssuerKey {
        IssuerKey {
            key: self.key.public_key().clone(),
            from: self.from,
            until: self.until,
        }
    }
}

/// Drops what is over and adds a key for the last days that none covers, up to `days` from `now`
/// (seconds).
pub(super) fn extend(keys: &mut Vec<StoredIssuerKey>, now: i64, days: u32) -> Result<(), Error> {
    let today = now.div_euclid(DAY);
    // A day later, since clocks differ.
    keys.retain(|key| key.until >= today - 1);
    let until = today + i64::from(days);
    let from = keys.last().map_or(today, |key| key.until + 1);
    if from > until {
        return Ok(());
    }
    if keys.len() == MOST {
        return Err(Error::Keys(format!(
            "there are {MOST} BBS keys already; rotate less often"
        )));
    }
    keys.push(StoredIssuerKey::make(from, until)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_794_312_000;

    fn periods(keys: &[StoredIssuerKey]) -> Vec<(i64, i64)> {
        let today = NOW / DAY;
        let period = |key: &StoredIssuerKey| (key.from - today, key.until - today);
        keys.iter().map(period).collect()
    }

    #[test]
    fn periods_follow_one_another_without_gap_and_end() {
        let mut keys = Vec::new();
        extend(&mut keys, NOW, 10).unwrap();
        extend(&mut keys, NOW + 60, 10).unwrap();
        assert_eq!(periods(&keys), [(0, 10)], "nothing to add on the same day");
        extend(&mut keys, NOW + 4 * DAY, 10).unwrap();
        assert_eq!(periods(&keys), [(0, 10), (11, 14)]);
        extend(&mut keys, NOW + 12 * DAY, 10).unwrap();
        assert_eq!(periods(&keys), [(11, 14), (15, 22)], "what is over is gone");
        let read: Vec<_> = keys.iter().map(|key| key.read().unwrap()).collect();
        let day = |n| Day::from_number(NOW / DAY + n).unwrap();
        assert!(read[0].signs(day(14)) && !read[0].signs(day(15)) && read[1].signs(day(15)));
    }

    #[test]
    fn more_keys_than_a_set_may_hold_are_refused() {
        let mut keys = Vec::new();
        for day in 0..i64::try_from(MOST).unwrap() {
            extend(&mut keys, NOW + day * DAY, 365).unwrap();
        }
        let next = i64::try_from(MOST).unwrap();
        assert!(extend(&mut keys, NOW + next * DAY, 365).is_err());
        assert_eq!(keys.len(), MOST);
    }
}
