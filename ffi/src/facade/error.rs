//! The one error of the border. Its text is for people and never carries an id, a key, a receipt,
//! metadata, or what a foreign part said.

use std::fmt;

use chitty_client::error as client;
use chitty_client::error::Code;

/// What the caller should do. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[non_exhaustive]
#[repr(u8)]
pub enum ErrorKind {
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
    /// A defect of this library.
    Internal = 8,
}

impl From<client::ErrorKind> for ErrorKind {
    fn from(kind: client::ErrorKind) -> Self {
        match kind {
            client::ErrorKind::Retry => Self::Retry,
            client::ErrorKind::Unavailable => Self::Unavailable,
            client::ErrorKind::Unauthorized => Self::Unauthorized,
            client::ErrorKind::InvalidInput => Self::InvalidInput,
            client::ErrorKind::Rejected => Self::Rejected,
            client::ErrorKind::Conflict => Self::Conflict,
            client::ErrorKind::Corrupt => Self::Corrupt,
            _ => Self::Internal,
        }
    }
}

/// How far a request got. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[repr(u8)]
pub enum Stage {
    /// Not a byte of the request left this machine.
    NotSent = 1,
    /// The service may have acted on it.
    MaybeSent = 2,
    /// The service answered.
    Answered = 3,
}

impl From<client::Stage> for Stage {
    fn from(stage: client::Stage) -> Self {
        match stage {
            client::Stage::NotSent => Self::NotSent,
            client::Stage::MaybeSent => Self::MaybeSent,
            client::Stage::Answered => Self::Answered,
        }
    }
}

impl From<Stage> for client::Stage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::NotSent => Self::NotSent,
            Stage::MaybeSent => Self::MaybeSent,
            Stage::Answered => Self::Answered,
        }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Error))]
pub enum ChittyError {
    /// The only shape there is.
    Failed {
        /// What the caller should do.
        kind: ErrorKind,
        /// What happened: append-only, the same in every language.
        code: u16,
        /// The same as text, such as `CHT-1306`.
        code_text: String,
        /// How far the request got.
        stage: Stage,
        /// When to come back, if a service or policy said so.
        retry_after_ms: Option<u64>,
        /// What happened and what to do next, for people.
        reason: String,
        /// The code that the service itself gave, when it gave one.
        service_code: Option<u16>,
    },
}

impl ChittyError {
    /// The number of what happened.
    pub fn code(&self) -> u16 {
        let Self::Failed { code, .. } = self;
        *code
    }

    /// What the caller should do.
    pub fn kind(&self) -> ErrorKind {
        let Self::Failed { kind, .. } = self;
        *kind
    }

    /// Whether it is this code.
    pub fn is(&self, code: Code) -> bool {
        self.code() == code.number()
    }
}

impl From<client::Error> for ChittyError {
    fn from(error: client::Error) -> Self {
        Self::Failed {
            kind: error.kind().into(),
            code: error.code().number(),
            code_text: error.code().as_str().to_owned(),
            stage: error.stage().into(),
            retry_after_ms: error
                .retry_after()
                .map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)),
            reason: error.to_string(),
            service_code: error.service_code().map(Code::number),
        }
    }
}

impl From<Code> for ChittyError {
    fn from(code: Code) -> Self {
        client::Error::new(code).into()
    }
}

impl fmt::Display for ChittyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Failed { reason, .. } = self;
        f.write_str(reason)
    }
}

impl std::error::Error for ChittyError {}
