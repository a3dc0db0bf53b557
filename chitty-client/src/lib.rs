//! Requests ChittyIDs, survives outages, and can never make an identifier itself.
//!
//! An app builds a [`Client`] once, asks it for ids with [`Client::request_id`] and keeps what it
//! gets with its receipt. What happens on the way:
//!
//! 1. The intent is written to the [store](reconcile::store) before a byte leaves.
//! 2. Main is asked. If it is *not available*, and only then, the separate fallback service is
//!    asked under the same key and answers with a temporary id (`AA-E-…`).
//! 3. The answer counts only with a [receipt](issuance::receipt) that verifies offline.
//! 4. Temporary ids are debts: they are replaced in the background, and
//!    [`Client::resolve`] leads from the old id to the new one for ever.
//!
//! If neither service can answer there is no id: nothing in this crate can build one.
//!
//! | module | what it owns |
//! |---|---|
//! | [`id`] | the identifier, parsed and checked, never made |
//! | [`issuance`] | requests, receipts, grants, key sets |
//! | [`reconcile`] | the store of obligations, draining, aliases |
//! | [`resilience`] | retry, quota, circuit breaker, throttle, deadline: pure functions |
//! | [`live`] | a client of the live service, which knows no receipts and no repetition |
//! | [`wallet`] | a person's wallet, and the site that it presents to |
//! | [`transport`] | the HTTP trait and its built-in implementation |
//! | [`wire`] | shapes shared with the reference server |
//! | [`blocking`] | the same client without an async runtime |

#[cfg(feature = "blocking")]
pub mod blocking;
mod broker;
mod client;
pub mod clock;
mod config;
pub mod error;
pub mod events;
mod files;
pub mod id;
pub mod issuance;
mod line;
pub mod live;
pub mod metrics;
mod process;
pub mod reconcile;
pub mod resilience;
mod service;
mod shared;
mod trace;
pub mod transport;
pub mod wallet;
pub mod wire;

pub use client::{Client, Health, ServiceHealth, Verification};
pub use config::{ApiKey, ClientBuilder, Danger, ReconcilePolicy, Trust};
pub use error::{Code, Error, ErrorKind, Stage};
pub use events::{Event, Events};
pub use id::{ChittyId, Class, Profile};
pub use issuance::{IdRequest, Issued};
pub use service::Route;
pub use trace::TraceContext;
