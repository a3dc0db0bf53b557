//! The one public error of this crate: what to do ([`ErrorKind`]), what happened ([`Code`]), whether
//! anything may have reached a service ([`Stage`]) and when to come back.
//!
//! Texts never carry an id, a key, a receipt or metadata.

mod codes;

use std::fmt;
use std::time::Duration;

pub use self::codes::Code;

/// What the caller should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Repeat the same call with the same handle; it cannot issue twice.
    Retry,
    /// Wait: a service or a resource is not available.
    Unavailable,
    /// Get other credentials or rights.
    Unauthorized,
    /// Change the call.
    InvalidInput,
    /// Stop: the answer or object must not be trusted or is refused for good.
    Rejected,
    /// Two things contradict each other; decide which is meant.
    Conflict,
    /// Stored data is damaged; restore it.
    Corrupt,
    /// A defect of this library.
    Internal,
}

/// How far a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Not a byte of the request left this machine.
    NotSent,
    /// The service may have acted on it.
    MaybeSent,
    /// The service answered.
    Answered,
}

/// Why a call failed.
///
/// ```
/// use chitty_client::error::{Code, Error, ErrorKind};
///
/// let error = Error::from(Code::ServicesUnavailable);
/// assert_eq!(error.kind(), ErrorKind::Unavailable);
/// assert_eq!(error.code().as_str(), "CHT-1111");
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

type Reason = std::borrow::Cow<'static, str>;

#[derive(Debug)]
struct Inner {
    code: Code,
    stage: Stage,
    retry_after: Option<Duration>,
    detail: Option<String>,
    reason: Option<Reason>,
    service_code: Option<Code>,
    request_id: Option<String>,
    causes: Vec<Error>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `code` before anything was sent.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            stage: Stage::NotSent,
            retry_after: None,
            detail: None,
            reason: None,
            service_code: None,
            request_id: None,
            causes: Vec::new(),
            source: None,
        }))
    }

    /// What the caller should do.
    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind()
    }

    /// What happened.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// How far the request got.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// When to come back, if a service or policy said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Which check failed, by the stable name that `spec/anchors.md` or `spec/credentials.md` gives
    /// it, such as `take_signature`.
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The code that the service itself gave, when it gave one of ours.
    pub fn service_code(&self) -> Option<Code> {
        self.0.service_code
    }

    /// The service's own name for the refused request, as it stands in its log.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What each route said, when several were tried.
    pub fn causes(&self) -> &[Error] {
        &self.0.causes
    }

    /// What to do next, for people.
    pub fn hint(&self) -> &'static str {
        self.0.service_code.unwrap_or(self.0.code).hint()
    }

    /// The same error at another stage.
    #[must_use]
    pub fn at(mut self, stage: Stage) -> Self {
        self.0.stage = stage;
        self
    }

    /// The same error with advice when to come back.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// The same error with a remark for people. It must not hold an id, key, receipt or metadata.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.0.detail = Some(text.into());
        self
    }

    /// The same error with the name of the check that failed.
    #[must_use]
    pub(crate) fn named(mut self, reason: &'static str) -> Self {
        self.0.reason = Some(reason.into());
        self
    }

    /// The same error with the name that a service gave, when it looks like one.
    pub(crate) fn named_remotely(mut self, reason: Option<&str>) -> Self {
        let plain = |text: &&str| {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        self.0.reason = reason.filter(plain).map(|text| text.to_owned().into());
        self
    }

    /// The same error under the code that the service gave, when it gave one that `fits`.
    pub(crate) fn promoted(mut self, fits: impl FnOnce(Code) -> bool) -> Self {
        self.0.code = self
            .0
            .service_code
            .filter(|code| fits(*code))
            .unwrap_or(self.0.code);
        self
    }

    pub(crate) fn said_by_service(mut self, code: Option<Code>) -> Self {
        self.0.service_code = code;
        self
    }

    pub(crate) fn named_by_service(mut self, request_id: Option<&str>) -> Self {
        self.0.request_id = request_id
            .filter(|text| crate::wire::is_request_id(text))
            .map(str::to_owned);
        self
    }

    pub(crate) fn because_of(mut self, causes: Vec<Error>) -> Self {
        self.0.causes = causes;
        self
    }

    /// The same error with its technical source.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }
}

impl Code {
    /// The code of that text, such as `CHT-2007`.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The number alone: append-only, the same in every language.
    pub const fn number(self) -> u16 {
        self as u16
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<crate::id::IdError> for Error {
    fn from(error: crate::id::IdError) -> Self {
        Self::new(Code::IdMalformed).caused_by(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.code.what())?;
        if let Some(detail) = &self.0.detail {
            write!(f, " ({detail})")?;
        }
        if let Some(reason) = &self.0.reason {
            write!(f, " ({reason})")?;
        }
        if let Some(said) = self.0.service_code.filter(|said| *said != self.0.code) {
            write!(f, "; the service says {said}: {}", said.what())?;
        }
        for cause in &self.0.causes {
            write!(f, "; {}", cause.0.code.what())?;
        }
        write!(f, "; {}", self.hint())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}
