//! Where random bytes come from.
//!
//! Owns the [`Entropy`] trait and the operating system's implementation. Never caches generator
//! state: forks and snapshots of a process would repeat it (`decisions.md` D10).

use crate::Error;

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with fresh unpredictable bytes.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails; `bytes` must then not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error>;
}

/// The operating system's generator.
///
/// ```
/// use spooky_core::entropy::{Entropy, OsEntropy};
/// let mut nonce = [0; 32];
/// OsEntropy.fill(&mut nonce)?;
/// # Ok::<(), spooky_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|_| Error::Entropy)
    }
}

/// Thirty-two fresh bytes from `source`.
///
/// # Errors
/// [`Error::Entropy`] when the source fails.
pub fn random_32(source: &dyn Entropy) -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    source.fill(&mut bytes)?;
    Ok(bytes)
}
