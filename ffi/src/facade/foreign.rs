//! Parts that an application may hand in, as its own language writes them.
//!
//! Every method may fail. What a foreign part says or throws never crosses: it becomes a number
//! ([`ForeignError`]). The SDK calls them from threads of its own and holds no lock meanwhile, so
//! they may block, and may call back in. The clock alone must answer at once.

use async_trait::async_trait;
use chitty_client::error::Code;

pub use self::keys::{HardwareSigner, SecretStore, SecurityLevel, SeedKeeper, SignerError};
use super::{error::Stage, log::LogLevel, status::Event};

mod keys;

/// A foreign part failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Error))]
pub enum ForeignError {
    /// The only shape there is.
    Failed {
        /// What happened: a transport may give 1101 to 1107 or 1114, a store 1501 to 1508. Every
        /// other number means `ForeignFailed`.
        code: u16,
        /// How far a request got. When in doubt: [`Stage::MaybeSent`].
        stage: Stage,
    },
}

impl ForeignError {
    /// A failure without a reason that the SDK could act upon.
    pub const UNNAMED: Self = Self::Failed {
        code: Code::ForeignFailed as u16,
        stage: Stage::MaybeSent,
    };
}

impl std::fmt::Display for ForeignError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Failed { code, .. } = self;
        write!(f, "CHT-{code}")
    }
}

impl std::error::Error for ForeignError {}

/// An exception that the foreign side did not declare. Its text may be a stack trace: dropped.
#[cfg(feature = "uniffi")]
impl From<uniffi::UnexpectedUniFFICallbackError> for ForeignError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::UNNAMED
    }
}

/// One header.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct HttpHeader {
    /// In lower case.
    pub name: String,
    /// May be secret.
    pub value: String,
}

prints!(HttpHeader, |_it, f| f.write_str("HttpHeader(…)"));

/// One request, complete.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// All headers to send.
    pub headers: Vec<HttpHeader>,
    /// The body, empty for `GET`.
    pub body: Vec<u8>,
    /// How long the whole exchange may take.
    pub timeout_ms: u64,
}

prints!(HttpRequest, |_it, f| f.write_str("HttpRequest(…)"));

/// One complete answer of any status.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The answer's headers, names in any case.
    pub headers: Vec<HttpHeader>,
    /// The body, at most 1 MiB; 16 MiB of a broker's snapshot.
    pub body: Vec<u8>,
}

prints!(HttpResponse, |it, f| write!(
    f,
    "HttpResponse({})",
    it.status
));

/// Moves one request and brings back one answer. Follows no redirect, retries nothing, caches
/// nothing, logs neither headers nor bodies.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
#[async_trait]
pub trait HttpTransport: Send + Sync {
    /// Sends `request`. Every status is an answer.
    ///
    /// # Errors
    /// When there is no complete answer: why, and how far the request got.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ForeignError>;
}

/// One row of a store. The store compares versions and understands nothing else.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct StoreRow {
    /// Its name, 32 bytes.
    pub key: Vec<u8>,
    /// A number from 1 to 7; rows are listed and counted by it.
    pub state: u8,
    /// The fallback id, when there is one. Not unique.
    pub fallback_id: Option<String>,
    /// The permanent id, when there is one.
    pub permanent_id: Option<String>,
    /// Nobody works on it before this time, in milliseconds since 1970.
    pub due_ms: i64,
    /// Rises by one with each write; 0 for a row that was never stored.
    pub version: u64,
    /// Opaque bytes.
    pub body: Vec<u8>,
}

prints!(StoreRow, |it, f| write!(f, "StoreRow({})", it.state));

/// Rows in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct StateCount {
    /// The state's number.
    pub state: u8,
    /// How many rows are in it.
    pub rows: u64,
}

/// Durable memory of a client. Every call happens entirely or not at all.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait PendingStore: Send + Sync {
    /// The store's secret: 32 random bytes, made when the store is created and never changed.
    ///
    /// # Errors
    /// Any.
    fn store_key(&self) -> Result<Vec<u8>, ForeignError>;

    /// The row of that name.
    ///
    /// # Errors
    /// Any.
    fn get(&self, key: Vec<u8>) -> Result<Option<StoreRow>, ForeignError>;

    /// Writes `row` if the stored version equals `row.version` (0: no such row yet) and answers with
    /// the new version, one higher; `None` when another version is stored. With `power_safe` the row
    /// must survive a power cut before the call returns.
    ///
    /// # Errors
    /// Any.
    fn put(&self, row: StoreRow, power_safe: bool) -> Result<Option<u64>, ForeignError>;

    /// Removes the row if it is in state 1 and its version is still `version`; tells whether it did.
    ///
    /// # Errors
    /// Any.
    fn remove(&self, key: Vec<u8>, version: u64) -> Result<bool, ForeignError>;

    /// Rows whose fallback or permanent id is `id`.
    ///
    /// # Errors
    /// Any.
    fn find(&self, id: String) -> Result<Vec<StoreRow>, ForeignError>;

    /// At most `limit` rows in one of `states` that are due at or before `due_ms`, earliest first.
    ///
    /// # Errors
    /// Any.
    fn list(&self, states: Vec<u8>, due_ms: i64, limit: u64)
    -> Result<Vec<StoreRow>, ForeignError>;

    /// Rows per state; states without rows may be left out.
    ///
    /// # Errors
    /// Any.
    fn counts(&self) -> Result<Vec<StateCount>, ForeignError>;

    /// Takes or renews the right to drain until `until_ms`; false when another owner holds it at
    /// `now_ms`. One that is held until later than `until_ms` was taken by a clock that was ahead,
    /// and is free.
    ///
    /// # Errors
    /// Any.
    fn lease(&self, owner: Vec<u8>, now_ms: i64, until_ms: i64) -> Result<bool, ForeignError>;

    /// Gives the right to drain back, if `owner` holds it.
    ///
    /// # Errors
    /// Any.
    fn release(&self, owner: Vec<u8>) -> Result<(), ForeignError>;

    /// A named note.
    ///
    /// # Errors
    /// Any.
    fn note(&self, name: String) -> Result<Option<Vec<u8>>, ForeignError>;

    /// Writes a named note.
    ///
    /// # Errors
    /// Any.
    fn set_note(&self, name: String, value: Vec<u8>) -> Result<(), ForeignError>;

    /// Writes a named note if it holds `expected` now (`None`: there is no such note); tells whether it
    /// did. One step for everybody who shares the store: what another process wrote meanwhile must
    /// not be overwritten.
    ///
    /// # Errors
    /// Any.
    fn swap_note(
        &self,
        name: String,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
    ) -> Result<bool, ForeignError>;

    /// Finishes writes and lets go of files and locks, until [`PendingStore::resume`].
    ///
    /// # Errors
    /// Any.
    fn suspend(&self) -> Result<(), ForeignError>;

    /// Opens again.
    ///
    /// # Errors
    /// Any.
    fn resume(&self) -> Result<(), ForeignError>;
}

/// Is told what happens in the background, one event after the other. Failures are counted and
/// otherwise ignored.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait EventListener: Send + Sync {
    /// Something happened.
    ///
    /// # Errors
    /// Any; it is counted in `foreign_failures`.
    fn on_event(&self, event: Event) -> Result<(), ForeignError>;
}

/// Takes the SDK's log lines. They carry no ids, keys, receipts or metadata. It is called on one thread
/// of its own: a slow one holds up nothing, loses lines, and hears how many it lost.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait LogSink: Send + Sync {
    /// One line.
    ///
    /// # Errors
    /// Any; the line is lost.
    fn log(&self, level: LogLevel, target: String, text: String) -> Result<(), ForeignError>;
}

/// A wall clock. It is asked often and must answer at once, without calling back in.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Any; the system's clock is taken instead, and the failure is counted.
    fn now_ms(&self) -> Result<i64, ForeignError>;
}
