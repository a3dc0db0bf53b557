//! Plays every service the SDK talks to.
pub mod error;
pub mod store;
pub mod auth;
mod id { pub(crate) mod mint; }
pub mod keys;
