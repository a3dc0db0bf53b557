//! How requests leave: the [`HttpTransport`] trait and, by feature `http`, its reqwest and rustls
//! implementation.
//!
//! A transport moves bytes. It never follows redirects, never retries, and tells how far a failed
//! request got, because that decides whether falling back could issue twice (decision D5).

#[cfg(feature = "http")]
mod connections;
#[cfg(feature = "http")]
mod reqwest;

use std::time::Duration;

use async_trait::async_trait;

#[cfg(feature = "http")]
pub use self::reqwest::{ReqwestOptions, ReqwestTransport};
use crate::error::{Code, Error, Stage};

/// Largest answer that is read, in bytes; of a broker's snapshot [`MAX_SNAPSHOT`].
pub const MAX_ANSWER: usize = 1024 * 1024;

/// Largest snapshot that is read, in bytes: that of about 290 000 revoked anchors.
pub const MAX_SNAPSHOT: usize = 16 * 1024 * 1024;

/// What the SDK calls itself.
pub(crate) const USER_AGENT: &str = concat!("chitty-sdk/", env!("CARGO_PKG_VERSION"));

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes, with a JSON body.
    Post,
}

/// One request, complete.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// Header names in lower case, and values. Some values are secret.
    pub headers: Vec<(&'static str, String)>,
    /// The body, empty for [`Method::Get`].
    pub body: Vec<u8>,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// How many bytes the answer's body may have.
    pub max_answer: usize,
}

/// Prints neither headers nor body: they carry keys and personal data.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// One complete answer of any status.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`HttpRequest::max_answer`] bytes.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The value of the header `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the body is still compressed: without a word in `Accept-Encoding` a server may do so
    /// (RFC 9110 §12.5.3), and some gateways do it whatever is said. A transport that undoes it may
    /// leave the header, so a body that can be JSON is taken as it is.
    pub(crate) fn is_encoded(&self) -> bool {
        const GZIP: &[u8] = &[0x1f, 0x8b];
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_json = matches!(first, Some(b'{' | b'['));
        let mut named = self
            .headers
            .iter()
            .filter(|(name, _)| name == "content-encoding");
        let coded = named.any(|(_, value)| !value.trim().eq_ignore_ascii_case("identity"));
        first.is_some() && !is_json && (coded || self.body.starts_with(GZIP))
    }
}

/// Prints the status only.
impl std::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Why there is no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportFault {
    /// The host name was not found.
    NameNotResolved,
    /// The connection was refused or not made in time.
    ConnectFailed,
    /// The peer proved another identity, or none that is trusted.
    TlsIdentity,
    /// The TLS handshake broke off for another reason.
    TlsFailed,
    /// No complete answer in time.
    TimedOut,
    /// The connection broke before the answer was complete.
    ConnectionLost,
    /// The answer is larger than [`HttpRequest::max_answer`].
    AnswerTooLarge,
    /// The answer is not HTTP.
    AnswerMalformed,
    /// The request could not be formed.
    RequestInvalid,
    /// The application's own transport failed in a way it did not name.
    ForeignFailed,
}

impl TransportFault {
    /// The code of this fault.
    pub fn code(self) -> Code {
        match self {
            Self::NameNotResolved => Code::NameNotResolved,
            Self::ConnectFailed => Code::ConnectFailed,
            Self::TlsIdentity => Code::TlsIdentity,
            Self::TlsFailed => Code::TlsFailed,
            Self::TimedOut => Code::TimedOut,
            Self::ConnectionLost => Code::ConnectionLost,
            Self::AnswerTooLarge => Code::AnswerTooLarge,
            Self::AnswerMalformed => Code::AnswerMalformed,
            Self::RequestInvalid => Code::RequestInvalid,
            Self::ForeignFailed => Code::ForeignFailed,
        }
    }
}

/// A request without a complete answer. When in doubt about the stage, say
/// [`Stage::MaybeSent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", fault.code().what())]
pub struct TransportError {
    /// Why.
    pub fault: TransportFault,
    /// How far the request got.
    pub stage: Stage,
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Error::new(error.fault.code()).at(error.stage)
    }
}

/// Moves one request and brings back one answer.
///
/// Implementations must not follow redirects, retry, cache, or log headers and bodies.
#[async_trait]
pub trait HttpTransport: Send + Sync {
    /// Sends `request`. Dropping the future abandons the exchange.
    ///
    /// # Errors
    /// [`TransportError`] when there is no complete answer. Every status is an answer.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}
