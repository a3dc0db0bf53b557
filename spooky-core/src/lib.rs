//! The cryptography under the Chitty SDK.
//!
//! This crate owns formats and proofs. It opens no socket, reads no file and asks no clock: time,
//! randomness and stored bytes are handed in by the caller. The only global state are public
//! constants of [`bbs`] that are computed once and kept, within a settable limit.
//!
//! | module | what it owns |
//! |---|---|
//! | [`anchor`] | chain 1: registration, revocation and status of a person's anchor |
//! | [`bbs`] | BBS signatures, blind signatures, pseudonyms, their proofs |
//! | `bbs_plus` | with feature `bbs-plus`: BBS+ (A, e, s); not constant-time |
//! | [`clock`] | how far clocks may be apart |
//! | [`credential`] | chain 2: attributes, issuance, presentations, policies and their verdicts |
//! | [`encoding`] | base64url, canonical JSON (RFC 8785), labelled SHA-256 |
//! | [`entropy`] | where random bytes come from |
//! | [`jose`] | JWS with ES256 and EdDSA (RFC 7515), JWK (RFC 7517) and thumbprints (RFC 7638) |
//! | [`keys`] | a person's keys: from the seed, and on the device |
//! | [`pseudonym`] | chain 3: contexts, tags of sites, bans |
//! | [`secret`] | byte strings that are wiped and never printed |
//! | [`verdict`] | the three answers of every check |

pub mod anchor;
pub mod bbs;
#[cfg(feature = "bbs-plus")]
pub mod bbs_plus;
mod bls;
mod cbor;
pub mod clock;
#[cfg(test)]
mod conformance;
pub mod credential;
pub mod encoding;
pub mod entropy;
mod error;
pub mod jose;
pub mod keys;
pub mod pseudonym;
mod reason;
pub mod secret;
#[cfg(test)]
mod timing;
#[cfg(test)]
mod vectors;
pub mod verdict;

pub use error::Error;
