//! What every language gets: [`Client`], [`Wallet`], [`Site`], [`CancelToken`] and
//! [`EventSubscription`] are objects, all else is records that are copied across the border.
//!
//! Owns waiting (deadline, cancelling, closing), the runtime and the adapters of foreign parts.
//! Refuses to know how ids come to be and what wallets do: that is `chitty-client`.

/// How a record prints itself, in Rust and, by `uniffi::export(Debug, Display)`, in every language:
/// none of its texts and bytes, which may be ids, keys, receipts, metadata or headers.
macro_rules! prints {
    ($record:ident, |$it:ident, $f:ident| $print:expr) => {
        impl std::fmt::Debug for $record {
            fn fmt(&self, $f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $it = self;
                $print
            }
        }

        impl std::fmt::Display for $record {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self, f)
            }
        }
    };
}

mod adapt;
mod call;
mod client;
mod config;
mod debts;
mod error;
mod events;
pub mod foreign;
mod ids;
mod log;
mod opened;
mod people;
pub(crate) mod process;
mod records;
mod signed;
mod site;
mod status;
mod wallet;
mod wallet_config;

pub use self::{
    call::CancelToken,
    client::Client,
    config::{ClientConfig, ForeignParts},
    error::{ChittyError, ErrorKind, Stage},
    events::EventSubscription,
    ids::{ParsedId, Profile, parse_id, suggest},
    log::{LogLevel, set_log_sink},
    people::{AnchorStanding, Consent, CredentialInfo, PresentationVerdict},
    process::live_handles,
    records::{
        DrainReport, IdClass, IdRequest, Issued, LifecycleEvent, Pending, PendingState, Verdict,
        VerdictState, Verification,
    },
    signed::{Arrival, Flow, ResponseAnswer, SignedRequestInfo, SiteAnswer, SiteRequest},
    site::Site,
    status::{CircuitState, Event, Health, Metrics, ServiceHealth},
    wallet::Wallet,
    wallet_config::{SiteConfig, SiteParts, WalletConfig, WalletParts},
};

pub use chitty_client::error::Code;

/// Rises when the C interface changes in a way that older callers do not survive.
pub const ABI_VERSION: u32 = 2;

/// The SDK's version, such as `0.1.0`.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
