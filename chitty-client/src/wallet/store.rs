//! Where a wallet's state is kept: one value, replaced as a whole, guarded by a generation that only
//! rises. The state is opaque to the store, versioned inside, and secret as a whole.

use std::sync::Mutex;

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::{error::Error, service::lock};

/// The state as it was read.
pub struct Stored {
    /// Rises by at least one with each write; never 0.
    pub generation: u64,
    /// The state, wiped on drop.
    pub state: Zeroizing<Vec<u8>>,
}

/// Prints the generation alone.
impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// Stored, durably, under this generation.
    Done(u64),
    /// Somebody else wrote first: read again and decide anew.
    Conflict,
}

/// Durable memory of one wallet. Several processes may share it.
///
/// Every call is atomic: it happened or it did not, also when the future is dropped or the process
/// dies. What it keeps are keys and attributes of a person: an implementation seals them. It refuses
/// what is damaged, older than what it wrote last, or sealed elsewhere, and leaves it as it is.
/// `# Errors` of all calls: the 15xx codes.
#[async_trait]
pub trait WalletStore: Send + Sync {
    /// The newest state; `None` before the first write.
    async fn load(&self) -> Result<Option<Stored>, Error>;

    /// Writes `state` if the stored generation equals `expected` (0: nothing was ever written).
    async fn save(&self, expected: u64, state: &[u8]) -> Result<Saved, Error>;
}

/// A wallet that lives as long as the program: for tests, and for services that keep it elsewhere.
#[derive(Default)]
pub struct MemoryWallet(Mutex<Option<(u64, Zeroizing<Vec<u8>>)>>);

impl MemoryWallet {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for MemoryWallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryWallet")
    }
}

#[async_trait]
impl WalletStore for MemoryWallet {
    async fn load(&self) -> Result<Option<Stored>, Error> {
        let held = lock(&self.0);
        Ok(held.as_ref().map(|(generation, state)| Stored {
            generation: *generation,
            state: Zeroizing::new(state.to_vec()),
        }))
    }

    async fn save(&self, expected: u64, state: &[u8]) -> Result<Saved, Error> {
        let mut held = lock(&self.0);
        let generation = held.as_ref().map_or(0, |(generation, _)| *generation);
        if generation != expected {
            return Ok(Saved::Conflict);
        }
        *held = Some((expected + 1, Zeroizing::new(state.to_vec())));
        Ok(Saved::Done(expected + 1))
    }
}

#[async_trait]
impl<T: WalletStore + ?Sized> WalletStore for std::sync::Arc<T> {
    async fn load(&self) -> Result<Option<Stored>, Error> {
        (**self).load().await
    }

    async fn save(&self, expected: u64, state: &[u8]) -> Result<Saved, Error> {
        (**self).save(expected, state).await
    }
}
