//! From a request to a verified answer.
//!
//! Owns what is asked ([`Intent`], [`IdRequest`]), what proves the answer ([`receipt`], [`grant`],
//! [`keyset`]) and what the caller gets ([`Issued`]). Refuses every answer that it cannot verify.

pub(crate) mod answer;
pub(crate) mod flight;
pub mod grant;
mod id_request;
mod intent;
mod issued;
pub(crate) mod job;
pub(crate) mod judge;
pub mod keyset;
mod metadata;
pub mod receipt;
pub(crate) mod request;
pub(crate) mod trust;

pub use self::id_request::IdRequest;
pub use self::intent::{Handle, Intent, IntentKeys, MAX_METADATA, key_digest, tenant_digest};
pub use self::issued::Issued;
