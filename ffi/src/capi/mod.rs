//! The face for C and C++. `bindings/c/include/chitty.h` is written from here.
//!
//! Owns the translation of pointers and lengths, and nothing else. What C holds are numbers in the
//! shape of pointers ([`handle`]), so a stale one is an error and never a crash. Every entry goes
//! through [`entry::enter`], which stops panics. Private to Rust: its callers are in C, where no
//! compiler checks, so what a pointer must fulfil stands in the header.
#![allow(unsafe_code, unreachable_pub)]

mod about;
mod block;
mod client;
mod codes;
mod credentials;
mod debts;
mod entry;
mod events;
mod exchange;
mod handle;
mod ids;
mod input;
mod key_parts;
mod later;
mod lists;
mod numbers;
mod parts;
mod request;
mod show;
mod sinks;
mod site;
mod site_signed;
mod state;
mod store;
mod types;
mod verify;
mod wallet;
