//! The nonces that a site gave out: each is good for one presentation, and burnt before anything else
//! of it is looked at.

use std::{collections::HashMap, fmt, sync::Mutex};

use async_trait::async_trait;
use spooky_core::{clock::is_ahead, credential::Nonce};

use crate::{
    error::{Code, Error},
    service::lock,
};

/// A site's memory of its nonces. Processes that serve one site share one. Times are seconds since
/// 1970, by the clock of the process that calls, and clocks differ and jump: what makes a nonce good for
/// once is that `burn` takes it out, not its time. A store that keeps used nonces instead must keep each
/// for at least 900 seconds beyond its end, by a clock that does not run ahead of theirs. A nonce that was
/// remembered more than 300 seconds after `now` comes from a clock that was ahead: it is not good, and must
/// not take up room for ever.
#[async_trait]
pub trait NonceStore: Send + Sync {
    /// Remembers a fresh nonce until the second `until`.
    ///
    /// # Errors
    /// Any: the nonce is not given out then.
    async fn remember(&self, nonce: &Nonce, until: u64, now: u64) -> Result<(), Error>;

    /// Takes the nonce out, durably and for one caller alone: true when it was there and `now` is not
    /// after its end.
    ///
    /// # Errors
    /// Any: nothing is accepted then.
    async fn burn(&self, nonce: &Nonce, now: u64) -> Result<bool, Error>;
}

#[async_trait]
impl<T: NonceStore + ?Sized> NonceStore for std::sync::Arc<T> {
    async fn remember(&self, nonce: &Nonce, until: u64, now: u64) -> Result<(), Error> {
        (**self).remember(nonce, until, now).await
    }

    async fn burn(&self, nonce: &Nonce, now: u64) -> Result<bool, Error> {
        (**self).burn(nonce, now).await
    }
}

/// Nonces in memory, of one process: after a restart open requests have to be asked again.
pub struct MemoryNonces {
    most: usize,
    open: Mutex<HashMap<[u8; 32], Life>>,
}

/// From when to when a nonce is good.
struct Life {
    from: u64,
    until: u64,
}

impl Life {
    /// Not when the clock that remembered it was ahead of this one: it would be good for too long.
    fn is_good(&self, now: u64) -> bool {
        now <= self.until && !is_ahead(self.from, now)
    }
}

impl MemoryNonces {
    /// A store of at most `most` open nonces, 72 bytes or so each.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            open: Mutex::default(),
        }
    }
}

/// Room for 100 000 open requests.
impl Default for MemoryNonces {
    fn default() -> Self {
        Self::new(100_000)
    }
}

impl fmt::Debug for MemoryNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryNonces")
    }
}

#[async_trait]
impl NonceStore for MemoryNonces {
    async fn remember(&self, nonce: &Nonce, until: u64, now: u64) -> Result<(), Error> {
        let mut open = lock(&self.open);
        if open.len() >= self.most {
            open.retain(|_, life| life.is_good(now));
        }
        if open.len() >= self.most {
            return Err(Code::NonceStoreFull.into());
        }
        open.insert(*nonce.as_bytes(), Life { from: now, until });
        Ok(())
    }

    async fn burn(&self, nonce: &Nonce, now: u64) -> Result<bool, Error> {
        let life = lock(&self.open).remove(nonce.as_bytes());
        Ok(life.is_some_and(|life| life.is_good(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(byte: u8) -> Nonce {
        Nonce::from_bytes([byte; 32])
    }

    #[tokio::test]
    async fn a_nonce_is_burnt_once_and_in_time() -> Result<(), Error> {
        let nonces = MemoryNonces::default();
        nonces.remember(&nonce(1), 300, 0).await?;
        assert!(!nonces.burn(&nonce(2), 0).await?, "it was never given out");
        assert!(nonces.burn(&nonce(1), 300).await?);
        assert!(!nonces.burn(&nonce(1), 300).await?, "it was used");
        nonces.remember(&nonce(1), 300, 0).await?;
        assert!(!nonces.burn(&nonce(1), 301).await?, "it is over");
        Ok(())
    }

    #[tokio::test]
    async fn a_clock_that_was_ahead_makes_no_nonce_good_for_longer() -> Result<(), Error> {
        const YEAR: u64 = 31_536_000;
        let nonces = MemoryNonces::new(2);
        // Processes may differ a little.
        nonces.remember(&nonce(1), 620, 320).await?;
        assert!(nonces.burn(&nonce(1), 20).await?, "the control");
        for byte in [1, 2] {
            nonces.remember(&nonce(byte), YEAR + 300, YEAR).await?;
        }
        assert!(!nonces.burn(&nonce(1), 0).await?, "good for a year");
        nonces.remember(&nonce(3), 300, 0).await?;
        nonces.remember(&nonce(4), 300, 0).await?;
        assert!(nonces.burn(&nonce(4), 0).await?, "there is room again");
        Ok(())
    }

    #[tokio::test]
    async fn no_more_are_open_than_allowed_and_ended_ones_make_room() -> Result<(), Error> {
        let nonces = MemoryNonces::new(2);
        nonces.remember(&nonce(1), 300, 0).await?;
        nonces.remember(&nonce(2), 400, 0).await?;
        let full = nonces.remember(&nonce(3), 600, 300).await;
        assert!(full.is_err_and(|error| error.code() == Code::NonceStoreFull));
        nonces.remember(&nonce(3), 601, 301).await?;
        assert!(nonces.burn(&nonce(3), 301).await? && nonces.burn(&nonce(2), 301).await?);
        Ok(())
    }
}
