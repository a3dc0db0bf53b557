//! The end-to-end tests once more, each on PostgreSQL databases of its own.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs)]
#![allow(clippy::expect_used, clippy::print_stderr)]

#[path = "../e2e/anchors.rs"]
mod anchors;
#[path = "../e2e/attacks.rs"]
mod attacks;
mod away;
#[path = "../e2e/bench.rs"]
mod bench;
mod broker;
#[path = "../e2e/clocks.rs"]
mod clocks;
#[path = "../e2e/credentials.rs"]
mod credentials;
#[path = "../e2e/fallback.rs"]
mod fallback;
#[path = "../e2e/faults.rs"]
mod faults;
#[path = "../e2e/generate.rs"]
mod generate;
#[path = "../e2e/grants.rs"]
mod grants;
#[path = "../e2e/json.rs"]
mod json;
#[path = "../e2e/operations.rs"]
mod operations;
#[path = "../e2e/people.rs"]
mod people;
mod place;
#[allow(dead_code, unreachable_pub)]
#[path = "../../../tests/src/postgres.rs"]
mod postgres;
#[path = "../e2e/presentations.rs"]
mod presentations;
#[path = "../e2e/reconcile.rs"]
mod reconcile;
#[path = "../e2e/rogue.rs"]
mod rogue;
#[path = "../e2e/shares.rs"]
mod shares;
#[path = "../e2e/verify.rs"]
mod verify;
