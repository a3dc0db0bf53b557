//! The one error of this crate. Verification failures stay coarse on purpose: a caller that needs
//! to know more holds the object and can look; a stranger who probes learns nothing.

/// What went wrong in a cryptographic operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a well-formed object of the expected kind.
    #[error("the {0} is malformed")]
    Malformed(&'static str),
    /// The object is well formed but uses an algorithm, type or parameter that is not on the allow-list.
    #[error("the {0} is not supported")]
    Unsupported(&'static str),
    /// The signature does not verify under the given key.
    #[error("the signature does not verify")]
    Signature,
    /// The source of randomness failed; nothing was produced.
    #[error("the source of random bytes failed")]
    Entropy,
}
