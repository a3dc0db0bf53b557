//! Faults on purpose, for tests of what clients do about them.
//!
//! Owns the description of faults and the layer that commits them. Refuses to touch `/health` and
//! `/.well-known/jwks.json`, except under `down`. Only on loopback (decision D20).

use std::{
    pin::Pin,
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    extract::State,
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chitty_client::error::Code;
use http::{Request, StatusCode, header::CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::Frame;
use spooky_core::entropy::{Entropy, OsEntropy};

use crate::{error::Refusal, server::Connection};

/// What goes wrong, and how often (rates from 0 to 1).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// Every request waits this long first.
    pub latency: Duration,
    /// Share of requests answered 500 without being looked at.
    pub error_rate: f64,
    /// Share of connections cut before the request is looked at.
    pub drop_before: f64,
    /// Share of connections cut after the work is done and committed, without a byte of answer.
    pub drop_after_commit: f64,
    /// Share of answers cut in the middle.
    pub truncate: f64,
    /// Share of answers replaced by bytes that are no JSON.
    pub garbage: f64,
    /// Every request gets this status without being looked at.
    pub status: Option<u16>,
    /// Every connection is closed at once.
    pub down: bool,
}

impl Faults {
    /// Whether nothing goes wrong.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// `latency=50ms,error-rate=0.1,drop-after-commit=0.3,drop-before=0.1,down,truncate=0.1,garbage=0.1,status=503`
impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut faults = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let rate = || match value.parse::<f64>() {
                Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
                _ => Err(format!("{name} needs a rate from 0 to 1")),
            };
            match name {
                "latency" => {
                    let ms = value.strip_suffix("ms").and_then(|ms| ms.parse().ok());
                    let ms = ms.ok_or("latency needs a number of ms, such as 50ms")?;
                    faults.latency = Duration::from_millis(ms);
                }
                "error-rate" => faults.error_rate = rate()?,
                "drop-before" => faults.drop_before = rate()?,
                "drop-after-commit" => faults.drop_after_commit = rate()?,
                "truncate" => faults.truncate = rate()?,
                "garbage" => faults.garbage = rate()?,
                "status" => {
                    let status = value.parse().ok().filter(|code| (200..600).contains(code));
                    faults.status = Some(status.ok_or("status needs a number from 200 to 599")?);
                }
                "down" => faults.down = true,
                _ => return Err(format!("there is no fault `{name}`")),
            }
        }
        Ok(faults)
    }
}

/// Changes a running server's faults.
#[derive(Debug, Clone, Default)]
pub struct FaultHandle(Arc<RwLock<Faults>>);

impl FaultHandle {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Arc::new(RwLock::new(faults)))
    }

    /// The faults in force.
    pub fn get(&self) -> Faults {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts other faults in force.
    pub fn set(&self, faults: Faults) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.set(Faults::default());
    }
}

pub(crate) async fn layer(
    State(handle): State<FaultHandle>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let faults = handle.get();
    let connection = request.extensions().get::<Connection>().cloned();
    if faults.down {
        return cut(connection).await;
    }
    let path = request.uri().path();
    if faults.are_none() || path == "/health" || path == "/.well-known/jwks.json" {
        return next.run(request).await;
    }
    tokio::time::sleep(faults.latency).await;
    if happens(faults.drop_before) {
        return cut(connection).await;
    }
    if let Some(status) = faults.status {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Refusal::new(Code::ServiceFailed).into_response();
        *response.status_mut() = status;
        return response;
    }
    if happens(faults.error_rate) {
        return Refusal::new(Code::ServiceFailed).into_response();
    }
    let response = next.run(request).await;
    if happens(faults.drop_after_commit) {
        return cut(connection).await;
    }
    if happens(faults.garbage) {
        return (StatusCode::OK, vec![0xff_u8, 0x00, 0x7b, 0x22, 0xfe]).into_response();
    }
    if happens(faults.truncate) {
        return truncated(response).await;
    }
    response
}

/// Cuts the connection without a byte.
async fn cut(connection: Option<Connection>) -> Response {
    match connection {
        Some(connection) => {
            connection.0.cancel();
            std::future::pending().await
        }
        // Without a connection of ours there is nothing to cut: a unit test calls the router.
        None => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => Bytes::new(),
    };
    parts.headers.insert(CONTENT_LENGTH, bytes.len().into());
    let half = bytes.slice(..bytes.len() / 2);
    Response::from_parts(parts, Body::new(Half(Some(half))))
}

/// Half a body, then a failure.
struct Half(Option<Bytes>);

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(Frame::data(half)),
            None => Err(std::io::Error::other("cut on purpose")),
        }))
    }
}

fn happens(rate: f64) -> bool {
    if rate <= 0.0 {
        return false;
    }
    let mut bytes = [0; 4];
    // Without randomness every possible fault happens.
    let drawn = match OsEntropy.fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.0,
    };
    drawn < rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_as_written_and_nonsense_is_refused() {
        let faults: Faults = "latency=50ms,drop-after-commit=0.3,down,status=503"
            .parse()
            .unwrap();
        assert_eq!(faults.latency, Duration::from_millis(50));
        assert!((faults.drop_after_commit - 0.3).abs() < f64::EPSILON);
        assert!(faults.down && faults.status == Some(503));
        for text in ["latency=50", "error-rate=2", "sideways", "status=99"] {
            assert!(text.parse::<Faults>().is_err(), "{text}");
        }
    }
}
