//! Reads the parts of a request: JSON bodies, idempotency keys, ids.
//!
//! Refuses bodies with a member twice or a number that a double does not hold; bodies that are not called
//! JSON, so that no page of a browser sends one past its own rules for other origins; bodies above 1 MiB before
//! reading them to the end (`admission` reads bodies before and knows what each route takes); and keys that
//! are not exactly 32 bytes of base64url. Error texts name the place of a defect and never repeat what was sent.

use axum::{
    body::{Body, Bytes},
    extract::FromRequest,
};
use chitty_client::{error::Code, id::ChittyId, wire};
use http::{
    HeaderMap, HeaderValue, Request,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use spooky_core::encoding::{
    bytes_32,
    json::{self, JsonError, JsonFault},
};

use crate::error::Refusal;

/// Largest body of a request, in bytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// A JSON body, checked in its text (decision D40).
pub(crate) struct JsonBody<T>(pub(crate) T);

/// A JSON body with an intent. Numbers of any size pass, since what was asked for before they were
/// looked at must still be answered.
pub(crate) struct IntentBody<T> {
    pub(crate) body: T,
    /// Why nothing new may come of it.
    pub(crate) refuses: Option<Code>,
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Refusal> {
        let text = text(request).await?;
        json::read(&text).map(Self).map_err(refused)
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for IntentBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Refusal> {
        let text = text(request).await?;
        let beyond = json::scan(&text).map_err(refused)?;
        Ok(Self {
            body: json::read_names(&text).map_err(refused)?,
            refuses: beyond.map(|_| Code::MetadataInvalid),
        })
    }
}

async fn text(request: Request<Body>) -> Result<Bytes, Refusal> {
    if !is_json(request.headers()) {
        return Err(Code::MediaTypeUnsupported.into());
    }
    let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if !request
        .headers()
        .get_all(CONTENT_ENCODING)
        .iter()
        .all(plain)
    {
        return Err(Refusal::new(Code::MediaTypeUnsupported)
            .detail("its Content-Encoding is not taken; send it as it is"));
    }
    let body = Limited::new(request.into_body(), MAX_BODY);
    let bytes =
        body.collect()
            .await
            .map_err(|error| match error.downcast_ref::<LengthLimitError>() {
                Some(_) => Refusal::new(Code::BodyTooLarge)
                    .detail(format!("the limit is {MAX_BODY} bytes")),
                None => Refusal::new(Code::BodyInvalid).detail("it ended early"),
            })?;
    Ok(bytes.to_bytes())
}

/// Names the place; nothing of the body is repeated.
fn refused(error: JsonError) -> Refusal {
    let code = match error.fault() {
        JsonFault::MemberRepeated => Code::MemberRepeated,
        JsonFault::LoneSurrogate => Code::TextNotUnicode,
        _ => Code::BodyInvalid,
    };
    Refusal::new(code).detail(error.to_string())
}

/// Whether the body is called `application/json`, whatever parameters follow.
fn is_json(headers: &HeaderMap) -> bool {
    let mut named = headers.get_all(CONTENT_TYPE).iter();
    let (Some(one), None) = (named.next(), named.next()) else {
        return false;
    };
    let essence = one.to_str().unwrap_or_default().split(';').next();
    essence.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/json"))
}

/// The 32 bytes of the Idempotency-Key header, bare or as a quoted string (RFC 8941).
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<[u8; 32], Refusal> {
    // Of two keys neither is meant.
    let mut named = headers.get_all(wire::IDEMPOTENCY_KEY).iter();
    let (Some(one), None) = (named.next(), named.next()) else {
        return Err(Code::IdempotencyKeyInvalid.into());
    };
    let text = one.to_str().map_err(|_| Code::IdempotencyKeyInvalid)?;
    let bare = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    bytes_32(bare).map_err(|_| Code::IdempotencyKeyInvalid.into())
}

/// A request's salt.
pub(crate) fn salt(text: &str) -> Result<[u8; 32], Refusal> {
    bytes_32(text).map_err(|_| {
        Refusal::new(Code::BodyInvalid).detail("requestSalt is not 32 bytes of base64url")
    })
}

/// An id in a path or body.
pub(crate) fn id(text: &str) -> Result<ChittyId, Refusal> {
    text.parse().map_err(|_| Code::IdMalformed.into())
}

/// RFC 3339 of `ms` milliseconds since 1970.
pub(crate) fn rfc3339(ms: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .ok()
        .and_then(|at| {
            at.format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_default()
}
