//! The Chitty SDK for other languages.
//!
//! [`facade`] is plain safe Rust: three objects, records, one error. The faces put it in the shape
//! that a language wants and hold no logic of their own.
//!
//! | module | feature | for |
//! |---|---|---|
//! | [`facade`] | – | everybody |
//! | `uniffi_face` | `uniffi` | Kotlin, Swift, Python |
//! | `capi` | `capi` | C and C++ |
//!
//! Nothing runs when the library is loaded. The first call that must wait starts one small tokio
//! runtime, which all clients of the process share.

#[cfg(feature = "uniffi")]
uniffi::setup_scaffolding!("chitty");

#[cfg(feature = "capi")]
pub mod capi;
pub mod facade;
#[cfg(feature = "uniffi")]
pub mod uniffi_face;
