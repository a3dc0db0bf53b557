//! Plays every service the Chitty SDK talks to: the only code that mints identifiers.
//!
//! One binary with the roles `main`, `fallback`, `broker` and `all` (decision D20), and a library for
//! tests and examples that want a real server in their process: [`MainServer`], [`FallbackServer`],
//! [`BrokerServer`], [`start_all`]. Each role has its own port, keys and database.
//!
//! The server speaks plain HTTP on loopback, and elsewhere TLS, its own or that of a proxy in front.

pub mod admission;
pub mod auth;
mod broker;
pub mod cli;
pub mod config;
pub mod error;
mod extract;
mod fallback;
pub mod fault;
mod files;
mod id;
pub mod keys;
mod layers;
mod metrics;
pub mod openapi;
mod roles;
mod server;
pub mod store;
pub mod telemetry;
pub mod tls;

pub use self::{
    admission::Overload,
    broker::AttributeSource,
    config::{Listen, Minting},
    error::{Error, Refusal},
    fault::{FaultHandle, Faults},
    roles::{
        All, BrokerBuilder, BrokerHandle, BrokerServer, FallbackBuilder, FallbackHandle,
        FallbackServer, MainBuilder, MainHandle, MainServer, start_all,
    },
    store::{ApiKeySpec, Database},
    tls::TlsFiles,
};
