//! What a site remembers of its signed requests: what each asked, and the answer until the asking session
//! fetches it. Every entry is taken out once, by one caller (`spec/credentials.md`, section 5).
//!
//! Refuses to hand an answer to who does not bring its response code: keys are hashes of codes and nonces, so
//! who reads the store cannot fetch by them, and what it holds are presentations, which prove themselves: who
//! writes into it invents nobody.

use std::{collections::HashMap, fmt, sync::Mutex};

use async_trait::async_trait;
use spooky_core::{
    credential::Nonce,
    encoding::{base64url, bytes_32, labelled_sha256},
    entropy::{Entropy, random_32},
};

use crate::{
    error::{Code, Error},
    service::lock,
};

/// A site's memory of its signed requests and their answers. Processes that serve one site share one. Times
/// are seconds since 1970.
#[async_trait]
pub trait ResponseStore: Send + Sync {
    /// Keeps `value` under a key that is new, until the second `until`.
    ///
    /// # Errors
    /// Any: no request is given out, or no answer is accepted, then.
    async fn put(&self, key: [u8; 32], value: Vec<u8>, until: u64, now: u64) -> Result<(), Error>;

    /// Takes the value out, durably and for one caller alone: `None` when there is none, or `now` is after
    /// its end.
    ///
    /// # Errors
    /// Any: nothing is accepted then.
    async fn take(&self, key: [u8; 32], now: u64) -> Result<Option<Vec<u8>>, Error>;
}

#[async_trait]
impl<T: ResponseStore + ?Sized> ResponseStore for std::sync::Arc<T> {
    async fn put(&self, key: [u8; 32], value: Vec<u8>, until: u64, now: u64) -> Result<(), Error> {
        (**self).put(key, value, until, now).await
    }

    async fn take(&self, key: [u8; 32], now: u64) -> Result<Option<Vec<u8>>, Error> {
        (**self).take(key, now).await
    }
}

/// Requests and answers in memory, of one process: after a restart people have to begin again.
pub struct MemoryResponses {
    most: usize,
    held: Mutex<HashMap<[u8; 32], Kept>>,
}

/// An end, in seconds since 1970, and a value.
type Kept = (u64, Vec<u8>);

impl MemoryResponses {
    /// A store of at most `most` entries, each as long as a policy or a policy and a presentation.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            held: Mutex::default(),
        }
    }
}

/// Room for 20 000 entries: some 10 MB of open requests of an ordinary size, 40 MB of answers.
impl Default for MemoryResponses {
    fn default() -> Self {
        Self::new(20_000)
    }
}

impl fmt::Debug for MemoryResponses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryResponses")
    }
}

#[async_trait]
impl ResponseStore for MemoryResponses {
    async fn put(&self, key: [u8; 32], value: Vec<u8>, until: u64, now: u64) -> Result<(), Error> {
        let mut held = lock(&self.held);
        if held.len() >= self.most {
            held.retain(|_, (until, _)| *until >= now);
        }
        if held.len() >= self.most {
            return Err(Code::ResponseStoreFull.into());
        }
        held.insert(key, (until, value));
        Ok(())
    }

    async fn take(&self, key: [u8; 32], now: u64) -> Result<Option<Vec<u8>>, Error> {
        let entry = lock(&self.held).remove(&key);
        Ok(entry.and_then(|(until, value)| (now <= until).then_some(value)))
    }
}

/// A response code: 32 random bytes, for the asking session alone. Prints nothing.
pub(super) struct ResponseCode([u8; 32]);

impl ResponseCode {
    pub(super) fn make(entropy: &dyn Entropy) -> Result<Self, Error> {
        let bytes = random_32(entropy).map_err(|_| Code::EntropyFailed)?;
        Ok(Self(bytes))
    }

    /// `None` for anything but 43 characters of base64url.
    pub(super) fn parse(text: &str) -> Option<Self> {
        bytes_32(text).ok().map(Self)
    }

    pub(super) fn to_text(&self) -> String {
        base64url(&self.0)
    }

    /// Under which its answer is kept.
    pub(super) fn key(&self) -> [u8; 32] {
        labelled_sha256("spookyid/site-response-code/v1", &[&self.0])
    }
}

/// Under which an open request is kept.
pub(super) fn open_key(nonce: &Nonce) -> [u8; 32] {
    labelled_sha256("spookyid/site-open/v1", &[nonce.as_bytes()])
}

/// Under which the answer to a request from another device is kept.
pub(super) fn answer_key(nonce: &Nonce) -> [u8; 32] {
    labelled_sha256("spookyid/site-answer/v1", &[nonce.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_entry_is_taken_once_and_in_time() -> Result<(), Error> {
        let store = MemoryResponses::new(2);
        store.put([1; 32], vec![1], 300, 0).await?;
        assert_eq!(store.take([2; 32], 0).await?, None);
        assert_eq!(store.take([1; 32], 300).await?, Some(vec![1]));
        assert_eq!(store.take([1; 32], 300).await?, None, "it was used");
        store.put([1; 32], vec![1], 300, 0).await?;
        assert_eq!(store.take([1; 32], 301).await?, None, "it is over");
        store.put([3; 32], vec![3], 300, 0).await?;
        store.put([4; 32], vec![4], 400, 0).await?;
        let full = store.put([5; 32], vec![5], 600, 300).await;
        assert!(full.is_err_and(|error| error.code() == Code::ResponseStoreFull));
        store.put([5; 32], vec![5], 601, 301).await?;
        assert_eq!(store.take([4; 32], 301).await?, Some(vec![4]));
        Ok(())
    }
}
