//! The cryptography under the Chitty SDK.
//!
//! This crate owns formats and proofs. It opens no socket, reads no file and asks no clock: time,
//! randomness and stored bytes are handed in by the caller. The only global state are public
//! constants of [`bbs`] that are computed once and kept, within a settable limit.
//!
//! | module | what it owns |
//! |---|---|
//! | [`bbs`] | BBS signatures, blind signatures, pseudonyms, their proofs |
//! | `bbs_plus` | with feature `bbs-plus`: BBS+ (A, e, s); not constant-time |
//! | [`encoding`] | base64url, canonical JSON (RFC 8785), labelled SHA-256 |
//! | [`entropy`] | where random bytes come from |
//! | [`jose`] | compact JWS with ES256 (RFC 7515), P-256 JWK (RFC 7517) and thumbprints (RFC 7638) |
//! | [`secret`] | byte strings that are wiped and never printed |
//! | [`verdict`] | the three answers of every check |

pub mod bbs;
#[cfg(feature = "bbs-plus")]
pub mod bbs_plus;
mod bls;
#[cfg(test)]
mod conformance;
pub mod encoding;
pub mod entropy;
mod error;
pub mod jose;
pub mod secret;
#[cfg(test)]
mod timing;
pub mod verdict;

pub use error::Error;
