//! Requests ChittyIDs, survives outages, and can never make an identifier itself.

pub mod clock;
pub mod error;
pub mod id;
pub mod issuance;
pub mod reconcile;
pub mod resilience;
pub mod wire;
