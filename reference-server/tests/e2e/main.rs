//! The reference server over real HTTP on loopback, with virtual time.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs)]

mod anchors;
mod attacks;
mod bench;
mod best_effort_log;
mod broker_cli;
mod broker_keys;
mod broker_limits;
mod cli;
mod cli_mistakes;
mod clocks;
mod credentials;
mod epochs;
mod fallback;
mod faults;
mod floods;
mod full_disk;
mod generate;
mod grants;
mod json;
mod key_turns;
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
mod shares;
mod tls;
mod tls_files;
mod verify;
