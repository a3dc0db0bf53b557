//! What every language gets: [`Client`], [`CancelToken`] and [`EventSubscription`] are objects, all
//! else is records that are copied across the border.
//!
//! Owns waiting (deadline, cancelling, closing), the runtime and the adapters of foreign parts.
//! Refuses to know how ids come to be: that is `chitty-client`.

mod adapt;
mod call;
mod client;
mod config;
mod error;
mod events;
pub mod foreign;
mod ids;
mod log;
mod process;
mod records;
mod status;

pub use self::{
    call::CancelToken,
    client::Client,
    config::{ClientConfig, ForeignParts},
    error::{ChittyError, ErrorKind, Stage},
    events::EventSubscription,
    ids::{ParsedId, Profile, parse_id, suggest},
    log::{LogLevel, set_log_sink},
    process::live_handles,
    records::{
        DrainReport, IdClass, IdRequest, Issued, LifecycleEvent, Pending, PendingState, Verdict,
        VerdictState, Verification,
    },
    status::{CircuitState, Event, Health, Metrics, ServiceHealth},
};

pub use chitty_client::error::Code;

/// Rises when the C interface changes in a way that older callers do not survive.
pub const ABI_VERSION: u32 = 1;

/// The SDK's version, such as `0.1.0`.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
