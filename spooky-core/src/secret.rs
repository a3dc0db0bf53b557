//! Byte strings that must not leak: wiped on drop, never printed, never cloned by accident,
//! compared in constant time, opened only through a greppable name.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::{Error, entropy::Entropy};

/// Thirty-two secret bytes on the heap.
///
/// ```
/// use spooky_core::secret::Secret32;
/// let key = Secret32::new([7; 32]);
/// assert_eq!(format!("{key:?}"), "Secret32");
/// assert_eq!(key.expose_secret()[0], 7);
/// ```
pub struct Secret32(Box<[u8; 32]>);

impl Drop for Secret32 {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Secret32 {
    /// Takes over `bytes`.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Box::new(bytes))
    }

    /// Makes a fresh secret.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(source: &dyn Entropy) -> Result<Self, Error> {
        let mut secret = Self::new([0; 32]);
        source.fill(secret.0.as_mut_slice())?;
        Ok(secret)
    }

    /// Reads exactly 32 bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`] for any other length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let mut secret = Self::new([0; 32]);
        if bytes.len() != 32 {
            return Err(Error::Malformed("32-byte secret"));
        }
        secret.0.copy_from_slice(bytes);
        Ok(secret)
    }

    /// The secret bytes. Every use is a place to review.
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// Derives a purpose-bound secret: HMAC-SHA256(self, label ‖ 0x00 ‖ message) (RFC 2104).
    pub fn derive(&self, label: &str, message: &[u8]) -> Self {
        use hmac::{Hmac, KeyInit, Mac};
        // RFC 2104 pads a short key with zeros to the hash's block of 64 bytes.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(self.expose_secret());
        let mut mac = Hmac::<sha2::Sha256>::new((&*block).into());
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        Self::new(mac.finalize().into_bytes().into())
    }

    /// Constant-time comparison with bytes of any length.
    pub fn matches(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }
}

impl core::fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret32")
    }
}

/// Constant-time equality of two byte strings; different lengths are simply unequal.
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}
