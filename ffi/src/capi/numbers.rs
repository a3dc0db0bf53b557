//! The numbers of the header, held against the facade's at compile time. Append-only.
#![allow(dead_code)]

use crate::facade::{self, Arrival, Flow};

/// What C sees and what the facade says are one number, or the crate does not compile.
macro_rules! same {
    ($own:ident, $theirs:ident, $($name:ident),+) => {
        const _: () = {
            $(assert!($own::$name as u8 == facade::$theirs::$name as u8);)+
        };
    };
}

/// The interface that this header describes; compare it with `chitty_abi_version()`.
pub const CHITTY_ABI_VERSION: u32 = 2;
const _: () = assert!(CHITTY_ABI_VERSION == facade::ABI_VERSION);

/// What the caller should do.
#[repr(C)]
pub enum ChittyErrorKind {
    /// Repeat the same call with the same handle; it cannot issue twice.
    Retry = 1,
    /// Wait: a service or a resource is not available.
    Unavailable = 2,
    /// Get other credentials or rights.
    Unauthorized = 3,
    /// Change the call.
    InvalidInput = 4,
    /// Stop: the answer must not be trusted, or the request is refused for good.
    Rejected = 5,
    /// Two things contradict each other; decide which is meant.
    Conflict = 6,
    /// Stored data is damaged; restore it.
    Corrupt = 7,
    /// A defect of the library.
    Internal = 8,
}
same!(
    ChittyErrorKind,
    ErrorKind,
    Retry,
    Unavailable,
    Unauthorized,
    InvalidInput,
    Rejected,
    Conflict,
    Corrupt,
    Internal
);

/// How far a request got.
#[repr(C)]
pub enum ChittyStage {
    /// Not a byte of the request left this machine.
    NotSent = 1,
    /// The service may have acted on it.
    MaybeSent = 2,
    /// The service answered.
    Answered = 3,
}
same!(ChittyStage, Stage, NotSent, MaybeSent, Answered);

/// What the text of an id claims it is for.
#[repr(C)]
pub enum ChittyClass {
    /// A permanent id.
    Standard = 1,
    /// A temporary id of the fallback service, to be replaced.
    Fallback = 2,
    /// An error id of the live service: never a key.
    Error = 3,
}
same!(ChittyClass, IdClass, Standard, Fallback, Error);

/// Which grammar an id follows.
#[repr(C)]
pub enum ChittyProfile {
    /// `AA-D-XXX-SSSS-T-YM-C-X`.
    SecureFallback = 1,
    /// `VV-G-LLL-SSSS-T-YYMM-C-XX`.
    Canonical = 2,
}
same!(ChittyProfile, Profile, SecureFallback, Canonical);

/// The three answers of an offline check.
#[repr(C)]
pub enum ChittyVerdictState {
    /// The check passed.
    Valid = 1,
    /// Refused for good.
    Invalid = 2,
    /// Something is stale or missing; until then refused.
    Indeterminate = 3,
}
same!(
    ChittyVerdictState,
    VerdictState,
    Valid,
    Invalid,
    Indeterminate
);

/// Where a debt stands.
#[repr(C)]
pub enum ChittyPendingState {
    /// It will be replaced.
    Owed = 1,
    /// Owed, and its receipt is not yet accepted by this clock.
    Held = 2,
    /// The service refuses to replace it.
    Wedged = 3,
}
same!(ChittyPendingState, PendingState, Owed, Held, Wedged);

/// Where a circuit stands.
#[repr(C)]
pub enum ChittyCircuitState {
    /// Calls pass.
    Closed = 1,
    /// Calls are refused for a while.
    Open = 2,
    /// A probe is awaited or under way.
    HalfOpen = 3,
}
same!(ChittyCircuitState, CircuitState, Closed, Open, HalfOpen);

/// How much a log line matters.
#[repr(C)]
pub enum ChittyLogLevel {
    /// Something failed.
    Error = 1,
    /// Something is odd.
    Warn = 2,
    /// Something worth knowing.
    Info = 3,
    /// For those who look for a defect.
    Debug = 4,
    /// Everything.
    Trace = 5,
}
same!(ChittyLogLevel, LogLevel, Error, Warn, Info, Debug, Trace);

/// What happened in the background.
#[repr(C)]
pub enum ChittyEventKind {
    /// A fallback id was handed out; a permanent one is owed.
    FallbackIssued = 1,
    /// A fallback id has been replaced.
    Reconciled = 2,
    /// A request whose caller went away was answered after all.
    Recovered = 3,
    /// The service refuses to replace a fallback id.
    Wedged = 4,
    /// The main service published a newer key set.
    KeySetUpdated = 5,
}

/// Where an anchor stands.
#[repr(C)]
pub enum ChittyAnchorStanding {
    /// Nobody registered it.
    Unknown = 1,
    /// Registered and not revoked.
    Active = 2,
    /// Revoked, for good.
    Revoked = 3,
}
same!(
    ChittyAnchorStanding,
    AnchorStanding,
    Unknown,
    Active,
    Revoked
);

/// How the session that asks gets to know what a wallet answered.
#[repr(C)]
pub enum ChittyFlow {
    /// The session is on the wallet's own device, and brings a one-time response code back.
    SameDevice = 1,
    /// The session is on another device, whose picture the wallet scans. Whoever makes somebody scan it is let
    /// in as them.
    CrossDevice = 2,
}
same!(ChittyFlow, Flow, SameDevice, CrossDevice);

pub(super) fn flow_of(number: i32) -> Result<Flow, facade::ChittyError> {
    [Flow::SameDevice, Flow::CrossDevice]
        .into_iter()
        .find(|flow| *flow as i32 == number)
        .ok_or_else(|| facade::Code::ArgumentInvalid.into())
}

/// How a signed request reached the wallet.
#[repr(C)]
pub enum ChittyArrival {
    /// By a link, or any other call of this device's own browser or apps.
    Link = 1,
    /// By the camera, from the screen of another device.
    Scanned = 2,
}
same!(ChittyArrival, Arrival, Link, Scanned);

pub(super) fn arrival_of(number: i32) -> Result<Arrival, facade::ChittyError> {
    [Arrival::Link, Arrival::Scanned]
        .into_iter()
        .find(|arrival| *arrival as i32 == number)
        .ok_or_else(|| facade::Code::ArgumentInvalid.into())
}
