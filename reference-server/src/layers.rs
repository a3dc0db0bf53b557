//! The layers around every router: name, count and log, admission, faults, time-out.
//!
//! Owns the outermost layer, which names requests, writes refusals as `{"error": {…}}` and logs
//! method, route, status and duration, and of what a caller sent only a
//! harmless name for the request.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Body,
    extract::{MatchedPath, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use chitty_client::{
    error::Code,
    wire::{ErrorBody, REQUEST_ID, TRACE_PARENT, is_request_id},
};
use http::{HeaderValue, Request, header::CONTENT_LENGTH};

use crate::{
    admission::{self, Admission},
    error::Refusal,
    fault::{self, FaultHandle},
    id::random_name,
    metrics::Metrics,
    server::RequestId,
};

const REQUEST_TIME: Duration = Duration::from_secs(30);

/// The router inside its layers: name, count and log, admission, faults, time-out.
pub(crate) fn layered(
    app: Router,
    faults: FaultHandle,
    admission: Arc<Admission>,
    metrics: Arc<Metrics>,
) -> Router {
    app.fallback(|| async { Refusal::new(Code::RouteUnknown) })
        .method_not_allowed_fallback(|| async { Refusal::new(Code::MethodRefused) })
        .layer(middleware::from_fn(time_out))
        .layer(middleware::from_fn_with_state(faults, fault::layer))
        .layer(middleware::from_fn_with_state(admission, admission::layer))
        .layer(middleware::from_fn_with_state(metrics, outermost))
}

async fn time_out(request: Request<Body>, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::new(Code::TimedOutInside).after(1).into_response(),
    }
}

async fn outermost(
    State(metrics): State<Arc<Metrics>>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = RequestId(request_id(&request));
    let trace = trace_id(&request);
    let method = request.method().clone();
    // The pattern and not the path: paths hold ids.
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    let refusal = response.extensions_mut().remove::<Refusal>();
    if let Some(refusal) = &refusal {
        let body = ErrorBody {
            error: refusal.to_detail(&id.0),
        };
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(CONTENT_LENGTH);
        let written = Json(body).into_response();
        parts.headers.extend(written.headers().clone());
        response = Response::from_parts(parts, written.into_body());
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    metrics.answered(&method, route, response.status(), started.elapsed());
    tracing::info!(
        method = %method,
        route,
        status = response.status().as_u16(),
        code = refusal.map(|refusal| refusal.code().as_str()),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        request_id = id.0,
        trace_id = trace,
        "answered"
    );
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The trace that the caller's request belongs to, when the caller names one properly.
fn trace_id(request: &Request<Body>) -> Option<String> {
    let sent = request.headers().get(TRACE_PARENT)?.to_str().ok()?;
    let trace = chitty_client::TraceContext::parse(sent).ok()?;
    Some(trace.trace_id().to_owned())
}

/// The caller's name for the request when it is harmless, else a fresh one.
fn request_id(request: &Request<Body>) -> String {
    let sent = request.headers().get(REQUEST_ID);
    let sent = sent
        .and_then(|value| value.to_str().ok())
        .filter(|text| is_request_id(text));
    match sent {
        Some(text) => text.to_owned(),
        None => random_name().unwrap_or_else(|_| "none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_keys_are_no_names_for_the_log() {
        let named = |name: &str| {
            let request = Request::builder().header(REQUEST_ID, name);
            request_id(&request.body(Body::empty()).unwrap()) == name
        };
        assert!(named("job-17_a"));
        for name in ["AA-C-GEN-0001-I-8Z-0-1", "chk_abc", "a b", ""] {
            assert!(!named(name), "{name:?}");
        }
    }
}
