//! The two ciphersuites, their hashing, and the three interfaces built on them.

use zeroize::{Zeroize, Zeroizing};

use crate::{
    Error,
    bls::{Scalar, hash::Expander},
};

/// A ciphersuite of draft-irtf-cfrg-bbs-signatures, section 7.2.
///
/// Keys, signatures and proofs of one suite mean nothing in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// `BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_`: the default choice.
    Bls12381Sha256,
    /// `BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_`.
    Bls12381Shake256,
}

/// Which protocol is spoken: it separates the domains of generators and challenges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interface {
    /// draft-irtf-cfrg-bbs-signatures.
    Core,
    /// draft-irtf-cfrg-bbs-blind-signatures.
    Blind,
    /// draft-irtf-cfrg-bbs-per-verifier-linkability.
    Pseudonym,
}

impl Suite {
    /// Both suites.
    pub const ALL: [Self; 2] = [Self::Bls12381Sha256, Self::Bls12381Shake256];

    /// The ciphersuite identifier of the draft.
    ///
    /// ```
    /// use spooky_core::bbs::Suite;
    /// assert_eq!(Suite::Bls12381Sha256.id(), "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_");
    /// ```
    pub fn id(self) -> &'static str {
        match self {
            Self::Bls12381Sha256 => "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_",
            Self::Bls12381Shake256 => "BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_",
        }
    }

    pub(crate) fn expander(self) -> Expander {
        match self {
            Self::Bls12381Sha256 => Expander::XmdSha256,
            Self::Bls12381Shake256 => Expander::XofShake256,
        }
    }

    pub(crate) fn api_id(self, interface: Interface) -> String {
        let suffix = match interface {
            Interface::Core => "H2G_HM2S_",
            Interface::Blind => "BLIND_H2G_HM2S_",
            Interface::Pseudonym => "H2G_HM2S_PSEUDONYM_",
        };
        format!("{}{suffix}", self.id())
    }

    /// hash_to_scalar of the concatenation of `parts`.
    pub(crate) fn hash_to_scalar(self, parts: &[&[u8]], dst: &[u8]) -> Result<Scalar, Error> {
        let mut okm = Zeroizing::new([0; 48]);
        self.expander().expand(parts, dst, okm.as_mut_slice())?;
        Ok(Scalar::from_okm(&okm))
    }

    /// messages_to_scalars.
    pub(crate) fn map_messages<M: AsRef<[u8]>>(
        self,
        interface: Interface,
        messages: &[M],
    ) -> Result<Zeroizing<Vec<Scalar>>, Error> {
        let dst = self.api_id(interface) + "MAP_MSG_TO_SCALAR_AS_HASH_";
        // Room for all at once: a vector that grows leaves copies behind.
        let mut scalars = Zeroizing::new(Vec::with_capacity(messages.len()));
        for message in messages {
            let mut scalar = self.hash_to_scalar(&[message.as_ref()], dst.as_bytes())?;
            scalars.push(scalar);
            scalar.zeroize();
        }
        Ok(scalars)
    }
}

/// I2OSP(value, 8).
pub(crate) fn octets_8(value: usize) -> [u8; 8] {
    // No target of the Rust toolchain has addresses of more than 64 bits.
    u64::try_from(value).unwrap_or(u64::MAX).to_be_bytes()
}
