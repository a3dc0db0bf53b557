//! Functions that need no object.

use std::sync::Arc;

use crate::facade::{self, ChittyError, LogLevel, ParsedId, foreign::LogSink};

/// Takes an id apart. That it is well formed says nothing about who issued it.
///
/// # Errors
/// `IdMalformed`.
#[uniffi::export]
pub fn parse_id(text: &str) -> Result<ParsedId, ChittyError> {
    facade::parse_id(text)
}

/// The ids in `held` that differ from `text` by one edit. Nothing that is not in `held` comes out.
///
/// # Errors
/// `IdMalformed` when something in `held` is not an id.
#[uniffi::export]
pub fn suggest(text: &str, held: Vec<String>) -> Result<Vec<String>, ChittyError> {
    facade::suggest(text, &held)
}

/// Sends the SDK's log lines up to `level` to `sink`, for the whole process and for good.
///
/// # Errors
/// `ConfigurationInvalid` when there is a sink already.
#[uniffi::export]
pub fn set_log_sink(sink: Arc<dyn LogSink>, level: LogLevel) -> Result<(), ChittyError> {
    facade::set_log_sink(sink, level)
}

/// The SDK's version, such as `0.1.0`.
#[uniffi::export]
pub fn sdk_version() -> String {
    facade::version().to_owned()
}

/// Rises when the C interface changes in a way that older callers do not survive.
#[uniffi::export]
pub fn abi_version() -> u32 {
    facade::ABI_VERSION
}

/// How many objects of the SDK live in this process. For leak tests.
#[uniffi::export]
pub fn live_handles() -> u64 {
    facade::live_handles()
}

/// Panics, so that tests can see what becomes of it.
#[cfg(feature = "test-hooks")]
#[uniffi::export]
pub fn test_panic() {
    panic!("asked for by a test");
}
