//! The reference server over real HTTP on loopback, with virtual time.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs)]

mod anchors;
mod attacks;
mod bench;
mod broker_cli;
mod broker_limits;
mod cli;
mod credentials;
mod fallback;
mod faults;
mod floods;
mod generate;
mod grants;
mod main_ca;
mod openapi;
mod operations;
mod overload;
mod people;
mod place;
mod presentations;
mod reconcile;
mod restored;
mod restored_broker;
mod rogue;
mod tls;
mod verify;
