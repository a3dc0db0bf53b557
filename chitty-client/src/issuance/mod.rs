//! From a request to a verified answer.
//!
//! Owns what is asked ([`Intent`], [`IdRequest`]), what proves the answer ([`receipt`], [`grant`],
//! [`keyset`]) and what the caller gets ([`Issued`]). Refuses every answer that it cannot verify.

pub(crate) mod answer;
pub(crate) mod flight;
pub mod grant;
mod intent;
mod issued;
pub(crate) mod job;
pub(crate) mod judge;
pub mod keyset;
pub mod receipt;
pub(crate) mod request;
pub(crate) mod trust;

pub use self::intent::{
    Handle, IdRequest, Intent, IntentKeys, MAX_METADATA, key_digest, tenant_digest,
};
pub use self::issued::Issued;
