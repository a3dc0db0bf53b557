//! Keys: 32 octets secret, 96 octets public (core draft, section 3.3).

use std::sync::{Arc, OnceLock};

use zeroize::{Zeroize, Zeroizing};

use super::{frame::LastDomain, suite::Suite};
use crate::{
    Error,
    bls::{G2Affine, PreparedG2, Scalar, reveal},
    entropy::Entropy,
    secret::Secret32,
};

/// A secret signing key of one suite, 32 octets. Wiped on drop.
pub struct SecretKey {
    pub(crate) suite: Suite,
    pub(crate) scalar: Zeroizing<Scalar>,
    public: PublicKey,
}

impl SecretKey {
    /// Makes a fresh key from 32 bytes of `source`.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    ///
    /// ```
    /// use spooky_core::{bbs::{SecretKey, Suite}, entropy::OsEntropy};
    /// let key = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy)?;
    /// assert_eq!(key.public_key().to_bytes().len(), 96);
    /// # Ok::<(), spooky_core::Error>(())
    /// ```
    pub fn make(suite: Suite, source: &dyn Entropy) -> Result<Self, Error> {
        let material = Secret32::make(source)?;
        Self::from_key_material(suite, material.expose_secret(), b"", None)
    }

    /// KeyGen: derives the key from secret `material` of at least 32 octets and public `info` of
    /// at most 65 535. Without `dst` the draft's default takes its place.
    ///
    /// # Errors
    /// [`Error::Malformed`] for other lengths.
    pub fn from_key_material(
        suite: Suite,
        material: &[u8],
        info: &[u8],
        dst: Option<&[u8]>,
    ) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("key material");
        let info_length = u16::try_from(info.len()).map_err(|_| WHAT)?.to_be_bytes();
        if material.len() < 32 {
            return Err(WHAT);
        }
        let default = format!("{}H2G_HM2S_KEYGEN_DST_", suite.id());
        let dst = dst.unwrap_or(default.as_bytes());
        let scalar = suite.hash_to_scalar(&[material, &info_length, info], dst)?;
        Self::from_scalar(suite, scalar)
    }

    /// Reads 32 octets, big-endian.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another length, zero, or a value not below the group order.
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, Error> {
        Self::from_scalar(suite, Scalar::nonzero_from_bytes(bytes)?)
    }

    fn from_scalar(suite: Suite, mut scalar: Scalar) -> Result<Self, Error> {
        let kept = Zeroizing::new(scalar);
        scalar.zeroize();
        if reveal(kept.is_zero()) {
            return Err(Error::Malformed("secret key"));
        }
        let public = PublicKey::new(suite, G2Affine::from_secret(&kept));
        Ok(Self {
            suite,
            scalar: kept,
            public,
        })
    }

    /// The 32 octets, for storage in an owner-only place.
    pub fn expose_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.scalar.to_bytes())
    }

    /// The matching public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretKey")
    }
}

/// A public key of one suite, 96 octets compressed. Copies share what was computed before: 19 KiB at
/// the first verification, and what the last header came to.
#[derive(Clone)]
pub struct PublicKey {
    pub(crate) suite: Suite,
    pub(crate) bytes: [u8; G2Affine::BYTES],
    point: G2Affine,
    prepared: Arc<OnceLock<PreparedG2>>,
    pub(super) last_domain: Arc<LastDomain>,
}

impl PublicKey {
    /// Octets of a public key.
    pub const BYTES: usize = G2Affine::BYTES;

    fn new(suite: Suite, point: G2Affine) -> Self {
        Self {
            suite,
            bytes: point.to_bytes(),
            point,
            prepared: Arc::default(),
            last_domain: Arc::default(),
        }
    }

    /// Reads 96 octets: a canonical point of G2, in the subgroup, not the identity.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self::new(suite, G2Affine::from_bytes(bytes)?))
    }

    /// The 96 octets.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        self.bytes
    }

    /// The suite that the key belongs to.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    pub(crate) fn prepared(&self) -> &PreparedG2 {
        self.prepared.get_or_init(|| PreparedG2::new(&self.point))
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.suite == other.suite && self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PublicKey")
            .field("suite", &self.suite)
            .field("bytes", &crate::encoding::base64url(&self.bytes))
            .finish()
    }
}
