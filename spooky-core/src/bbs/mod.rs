//! BBS signatures (draft-irtf-cfrg-bbs-signatures-12) with both ciphersuites, blind signatures
//! (draft-irtf-cfrg-bbs-blind-signatures) and per-verifier pseudonyms
//! (draft-irtf-cfrg-bbs-per-verifier-linkability), the latter two as their official files have them.
//!
//! Signing, committing and proving run in constant time in everything secret; verification is
//! variable-time, since all it sees is public. What is proven here are octet strings; what they
//! mean belongs to the credential layer.

mod batch;
mod blind;
mod challenge;
mod commitment;
#[cfg(test)]
mod constant_time;
mod credential;
mod frame;
mod generators;
mod keys;
mod proof;
mod prove;
mod pseudonym;
mod random;
mod signature;
mod suite;
#[cfg(test)]
mod tests;
mod verify;

pub use batch::{BatchError, BatchItem, verify_batch};
pub use commitment::{CommitmentWithProof, ProverBlind, commit};
pub use credential::{Credential, Disclosure};
pub use generators::{DEFAULT_TABLE_MEMORY, MAX_MESSAGES, set_table_memory, table_memory};
pub use keys::{PublicKey, SecretKey};
pub use proof::Proof;
pub use pseudonym::{NymSecret, Pseudonym, commit_to_nym_again, commit_with_nym};
pub use signature::Signature;
pub use suite::Suite;
#[cfg(feature = "bbs-plus")]
pub(crate) use suite::octets_8;
pub use verify::{Shown, Statement};

/// What the conformance runner reaches besides the public interface: for tests only.
#[cfg(test)]
pub(crate) mod internal {
    pub(crate) use super::commitment::commit_with;
    pub(crate) use super::generators::{Kind, generators};
    pub(crate) use super::pseudonym::{pseudonym_of, with_nyms};
    pub(crate) use super::suite::Interface;
}
