//! Errors: [`Refusal`] is what a caller over HTTP gets, [`Error`] why a server could not start or
//! an administrative call failed.
//!
//! Owns the one mapping from a stable code to an HTTP status. Refuses to carry ids, keys, receipts
//! or metadata: a refusal's detail is written by this crate and never copied from a request.

use axum::response::{IntoResponse, Response};
use chitty_client::{error::Code, wire::ErrorDetail};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};

/// Why a request was refused. The outermost layer turns it into `{"error": {…}}`.
#[derive(Debug, Clone)]
pub struct Refusal {
    code: Code,
    retry_after: Option<u64>,
    detail: Option<String>,
    reason: Option<&'static str>,
    /// The database undid the transaction because another one was in the way.
    may_repeat: bool,
}

impl Refusal {
    /// A refusal with this code.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            retry_after: None,
            detail: None,
            reason: None,
            may_repeat: false,
        }
    }

    /// The same refusal, advising to come back after `seconds`.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same refusal with a remark for people, free of request data.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// The same refusal, naming the check that failed as the specification does.
    #[must_use]
    pub fn reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Whether the transaction may be run again at once.
    pub(crate) fn may_repeat(&self) -> bool {
        self.may_repeat
    }

    /// What happened.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What happened, with the remark.
    fn said(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}: {detail}", self.code.what()),
            None => self.code.what().to_owned(),
        }
    }

    /// The body's `error` member.
    pub fn to_detail(&self, request_id: &str) -> ErrorDetail {
        ErrorDetail {
            code: self.code.as_str().to_owned(),
            reason: self.reason.map(str::to_owned),
            message: self.said(),
            hint: self.code.hint().to_owned(),
            request_id: request_id.to_owned(),
        }
    }

    /// The HTTP status of this refusal.
    pub fn status(&self) -> StatusCode {
        use Code as C;
        match self.code {
            C::ApiKeyInvalid
            | C::NonceInvalid
            | C::FallbackNotEnrolled
            | C::FallbackRequestInvalid
            | C::SignedTimeInvalid => StatusCode::UNAUTHORIZED,
            C::ScopeMissing
            | C::NamespaceForbidden
            | C::FallbackSuspended
            | C::DebtForeign
            | C::DebtKeyMismatch
            | C::AnchorRevoked
            | C::EnrolmentMissing
            | C::EnrolmentCodeInvalid => StatusCode::FORBIDDEN,
            C::RouteUnknown | C::NotFound | C::DebtUnknown | C::AnchorUnknown => {
                StatusCode::NOT_FOUND
            }
            C::MethodRefused => StatusCode::METHOD_NOT_ALLOWED,
            C::RequestInFlight
            | C::DebtKeyConflict
            | C::DuplicateFallbackId
            | C::AnchorConflict
            | C::CommitmentChanged
            | C::PairConflict
            | C::EpochOld => StatusCode::CONFLICT,
            C::MediaTypeUnsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            C::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            C::BodyTooLarge | C::BatchTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            C::QuotaExceeded | C::TooManyRequests | C::SlotShareUsed => {
                StatusCode::TOO_MANY_REQUESTS
            }
            C::ServiceFailed | C::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            C::SequenceExhausted
            | C::GrantExhausted
            | C::GrantNotHeld
            | C::StoreUnavailable
            | C::Overloaded
            | C::TimedOutInside
            | C::EntropyFailed
            | C::RestoreUnannounced
            | C::EpochChanged
            | C::PairNotShown
            | C::FallbackRolledBack
            | C::PresentationUndecided => StatusCode::SERVICE_UNAVAILABLE,
            C::IdMalformed
            | C::BodyInvalid
            | C::IdempotencyKeyInvalid
            | C::NamespaceInvalid
            | C::EntityTypeInvalid
            | C::MetadataInvalid
            | C::MemberRepeated
            | C::TextNotUnicode
            | C::ParentInvalid
            | C::ProfileUnsupported
            | C::PolicyInvalid
            | C::OverDisclosed => StatusCode::BAD_REQUEST,
            // What is well formed and still cannot be done: reused keys, receipts, grants.
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<chitty_client::error::Error> for Refusal {
    fn from(error: chitty_client::error::Error) -> Self {
        Self::new(error.code())
    }
}

/// The store's own words stay in the log; callers learn only that the database is unavailable.
impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        let kind = match &error {
            sqlx::Error::Database(inner) => inner.code().unwrap_or_default().into_owned(),
            sqlx::Error::PoolTimedOut => "pool timed out".to_owned(),
            sqlx::Error::Io(inner) => inner.kind().to_string(),
            _ => "other".to_owned(),
        };
        let may_repeat = lost_a_race(&error);
        match may_repeat {
            true => tracing::debug!(kind, "another transaction was in the way"),
            false => tracing::error!(kind, "the database did not do as asked"),
        }
        Self {
            may_repeat,
            ..Self::new(Code::StoreUnavailable).after(1)
        }
    }
}

/// Whether PostgreSQL undid a transaction because of another one: a serialisation failure, a
/// deadlock, or a row that the other one inserted first. SQLite has one writer and no such races.
fn lost_a_race(error: &sqlx::Error) -> bool {
    let Some(inner) = error.as_database_error() else {
        return false;
    };
    match inner.code().as_deref() {
        Some("40001" | "40P01") => true,
        Some("23505") => inner
            .constraint()
            .is_some_and(|name| name.ends_with("_pkey") || name == "issued_tenant_idk_key"),
        _ => false,
    }
}

/// Carries the refusal as an extension; `server::outermost` writes the body with the request id.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Why a server did not start, or an administrative call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is missing, malformed or unsafe.
    #[error("configuration: {0}")]
    Configuration(String),
    /// A key file or its folder is unsafe, damaged or missing.
    #[error("keys: {0}")]
    Keys(String),
    /// The database could not be opened or changed.
    #[error("database: {0}")]
    Database(String),
    /// The address could not be listened on, or a file not be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// What was asked for is done, and nobody could be told: standard output is closed or full.
    #[error(
        "the answer could not be written to standard output ({0}); what was asked for is done, so look \
         before it is repeated; a secret that was in the answer is lost: revoke it and make another"
    )]
    Output(std::io::Error),
    /// The operation was refused.
    #[error("{}: {}; {}", .0.code(), .0.said(), .0.code().hint())]
    Refused(Refusal),
    /// Main could not be reached, or refused a fallback.
    #[error("main service: {0}")]
    Main(String),
}

impl Error {
    /// The same error of the system, with what it is about: a path or an address.
    pub(crate) fn about(what: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> Self {
        move |error| {
            Self::Io(std::io::Error::new(
                error.kind(),
                format!("{what}: {error}"),
            ))
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}
