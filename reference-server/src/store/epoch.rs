//! Which life of a database it is: a counter and 16 random bytes, renewed whenever somebody says that
//! the database was restored (decision D27).
//!
//! Owns the value and its text `counter.random`. Refuses to say anything about time.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
};

use chitty_client::error::Code;
use spooky_core::{
    encoding::{base64url, from_base64url},
    entropy::{Entropy, OsEntropy},
};

use crate::error::Refusal;

/// An epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// How often a restore was said.
    pub counter: u64,
    /// 16 random bytes, base64url.
    pub random: String,
}

impl Epoch {
    /// An epoch of this number that nobody has seen before.
    pub(crate) fn fresh(counter: u64) -> Result<Self, Code> {
        let mut bytes = [0; 16];
        OsEntropy
            .fill(&mut bytes)
            .map_err(|_| Code::EntropyFailed)?;
        Ok(Self {
            counter,
            random: base64url(&bytes),
        })
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.counter, self.random)
    }
}

impl FromStr for Epoch {
    type Err = Code;

    fn from_str(text: &str) -> Result<Self, Code> {
        let (counter, random) = text.split_once('.').ok_or(Code::BodyInvalid)?;
        let is_random = from_base64url(random).is_ok_and(|bytes| bytes.len() == 16);
        match counter.parse() {
            Ok(counter) if is_random => Ok(Self {
                counter,
                random: random.to_owned(),
            }),
            _ => Err(Code::BodyInvalid),
        }
    }
}

/// What a database says of its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochState {
    /// The database's epoch.
    pub epoch: Epoch,
    /// When the last restore was said, in milliseconds since 1970.
    pub restored_at: Option<i64>,
    /// Why the database is believed to be an older copy, if it is.
    pub behind: Option<String>,
}

impl EpochState {
    /// Refuses to give anything out of a database that is believed to be an older copy.
    pub(crate) fn may_allocate(&self, behind: Code) -> Result<(), Refusal> {
        match self.behind {
            None => Ok(()),
            Some(_) => Err(Refusal::new(behind).after(60)),
        }
    }
}

/// The epoch that a handle was opened in.
#[derive(Debug, Clone)]
pub(super) struct Known(Arc<RwLock<Epoch>>);

impl Known {
    pub(super) fn new(epoch: Epoch) -> Self {
        Self(Arc::new(RwLock::new(epoch)))
    }

    pub(super) fn get(&self) -> Epoch {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set(&self, epoch: Epoch) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = epoch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_survives_its_text_and_is_never_drawn_twice() {
        let own = Epoch::fresh(3).unwrap();
        assert_eq!(own.to_string().parse(), Ok(own.clone()));
        for wrong in ["", "3", "3.", "x.AAAAAAAAAAAAAAAAAAAAAA", "3.AAAA"] {
            assert_eq!(wrong.parse::<Epoch>(), Err(Code::BodyInvalid), "{wrong}");
        }
        assert_ne!(Epoch::fresh(3).unwrap(), own);
    }
}
