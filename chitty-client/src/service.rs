//! One call to one service: headers, classification of the answer, retries, circuit breaker.
//!
//! Decides what a failure means ([`FailureClass`]) and nothing else; whether the fallback is taken is decided
//! in `issuance::request`. Follows decisions D5 and D9.

use std::{
    ops::Deref,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    config::{ApiKey, RouteConfig},
    error::{Code, Error, Stage},
    line::Line,
    metrics::{self, Counters},
    resilience::{
        Admission, Breaker, BreakerPolicy, BreakerState, RetryCause, Spent, Throttle,
        deadline::MIN_ATTEMPT, parse_retry_after,
    },
    transport::{HttpRequest, HttpResponse, MAX_ANSWER, Method, USER_AGENT},
    wire,
};

/// How long to wait when a service says that the same request is being answered, and no more.
const IN_FLIGHT_PAUSE: Duration = Duration::from_millis(250);

/// Which of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// The main service.
    Main,
    /// The fallback service.
    Fallback,
}

impl Route {
    /// `main` or `fallback`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Fallback => "fallback",
        }
    }
}

/// One of the two services that issue.
pub(crate) struct Service {
    pub(crate) route: Route,
    peer: Peer,
}

impl Service {
    pub(crate) fn new(route: Route, config: RouteConfig, breaker: BreakerPolicy) -> Self {
        let RouteConfig { origin, key } = config;
        Self {
            route,
            peer: Peer::new(route.as_str(), origin, Some(key), breaker),
        }
    }
}

impl Deref for Service {
    type Target = Peer;

    fn deref(&self) -> &Peer {
        &self.peer
    }
}

/// Whoever is called: where, with which key, and how it behaved so far.
pub(crate) struct Peer {
    /// `main`, `fallback`, `broker` or `site`.
    pub(crate) name: &'static str,
    /// Scheme, host and port without a trailing slash.
    pub(crate) origin: String,
    key: Option<ApiKey>,
    pub(crate) breaker: Mutex<Breaker>,
    load: Mutex<Load>,
}

impl Peer {
    pub(crate) fn new(
        name: &'static str,
        origin: String,
        key: Option<ApiKey>,
        breaker: BreakerPolicy,
    ) -> Self {
        Self {
            name,
            origin,
            key,
            breaker: Mutex::new(Breaker::new(breaker)),
            load: Mutex::default(),
        }
    }
}

/// How the service copes with what is sent to it.
pub(crate) struct Load {
    throttle: Throttle,
    /// How it refused last: what is held back here counts as refused in the same way.
    refused_as: FailureClass,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            throttle: Throttle::default(),
            refused_as: FailureClass::Unavailable,
        }
    }
}

/// One call, to be sent once or more.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// How many bytes the answer may have.
    pub(crate) max_answer: usize,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
            max_answer: MAX_ANSWER,
        }
    }

    pub(crate) fn post(path: &str, body: &impl serde::Serialize) -> Result<Self, Error> {
        Ok(Self {
            method: Method::Post,
            path: path.to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: serde_json::to_vec(body)
                .map_err(|error| Error::new(Code::RequestInvalid).caused_by(error))?,
            max_answer: MAX_ANSWER,
        })
    }

    pub(crate) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What a failure means for the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureClass {
    /// The service is not available: repeat, then take the fallback.
    Unavailable,
    /// Too many requests: repeat later; the fallback only when configured.
    Throttled,
    /// The same request is being answered: wait.
    InFlight,
    /// The service failed inside: repeat, never the fallback.
    ServerFailed,
    /// Repeating is useless.
    Final,
}

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) class: FailureClass,
    pub(crate) error: Error,
    /// Whether any attempt so far may have been acted upon.
    pub(crate) uncertain: bool,
}

impl Failure {
    pub(crate) fn rejected(error: Error) -> Self {
        Self {
            class: FailureClass::Final,
            error,
            uncertain: true,
        }
    }
}

impl Line {
    /// Sends `call` until it is answered, the policy ends, or `remaining(now)` runs out.
    pub(crate) async fn call(
        &self,
        service: &Peer,
        call: &Call,
        remaining: impl Fn(i64) -> Duration,
    ) -> Result<HttpResponse, Failure> {
        let mut uncertain = false;
        let mut retries = 0;
        let mut spent = None;
        let mut last = None;
        // The pauses count by themselves: a clock that is set back must not stretch the deadline.
        let mut patience = remaining(self.clock.now_ms());
        loop {
            let mut failure = match self.attempt(service, call, &remaining).await {
                Ok(response) => {
                    let mut quota = lock(&self.quota);
                    quota.succeeded(spent);
                    metrics::quota(quota.available());
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            let not_asked = matches!(
                failure.error.code(),
                Code::DeadlineExceeded | Code::CircuitOpen | Code::HeldBack
            );
            if let Some(last) = last.filter(|_| not_asked) {
                // What the service said before is what counts.
                return Err(last);
            }
            uncertain |= failure.uncertain;
            failure.uncertain = uncertain;
            let pause = match failure.class {
                FailureClass::Final => None,
                FailureClass::InFlight => {
                    Some(failure.error.retry_after().unwrap_or(IN_FLIGHT_PAUSE))
                }
                _ => self
                    .retry_after(&failure, retries + 1)
                    .map(|(pause, paid)| {
                        spent = Some(paid);
                        pause
                    }),
            };
            let Some(pause) = pause else {
                return Err(failure);
            };
            let left = remaining(self.clock.now_ms()).min(patience);
            if left < pause.saturating_add(MIN_ATTEMPT) {
                return Err(failure);
            }
            patience = patience.saturating_sub(pause);
            if failure.class != FailureClass::InFlight {
                retries += 1;
                Counters::add(&self.counters.retries);
            }
            last = Some(failure);
            tokio::time::sleep(pause).await;
        }
    }

    /// How long to wait before retry number `retry`, paid for; `None` when there is to be none.
    pub(crate) fn retry_after(&self, failure: &Failure, retry: u32) -> Option<(Duration, Spent)> {
        // A connection that was refused is likely to be refused again: one retry (decision D5).
        let attempts = match failure.error.stage() {
            Stage::NotSent => self.retry.attempts().min(2),
            _ => self.retry.attempts(),
        };
        let kept_here = matches!(failure.error.code(), Code::CircuitOpen | Code::HeldBack);
        if retry >= attempts || kept_here {
            return None;
        }
        let cause = match failure.class {
            FailureClass::Throttled => RetryCause::Throttled,
            _ => RetryCause::Transient,
        };
        let mut quota = lock(&self.quota);
        let paid = quota.spend(cause);
        metrics::quota(quota.available());
        drop(quota);
        let Some(spent) = paid else {
            Counters::add(&self.counters.retries_refused);
            return None;
        };
        let asked = failure.error.retry_after();
        Some((self.retry.delay(retry, cause, asked, self.unit()), spent))
    }

    /// Sends `call` once, unless the peer is left alone.
    pub(crate) async fn attempt(
        &self,
        service: &Peer,
        call: &Call,
        remaining: &impl Fn(i64) -> Duration,
    ) -> Result<HttpResponse, Failure> {
        let now = self.clock.now_ms();
        let unavailable = |error| Failure {
            class: FailureClass::Unavailable,
            error,
            uncertain: false,
        };
        let timeout = remaining(now);
        if timeout < MIN_ATTEMPT {
            // Nobody was asked, so nothing is known of the service.
            return Err(Failure {
                class: FailureClass::Final,
                ..unavailable(Code::DeadlineExceeded.into())
            });
        }
        let admission = lock(&service.breaker).admit(now);
        if let Admission::Refused { retry_after } = admission {
            return Err(unavailable(
                Error::new(Code::CircuitOpen).after(retry_after),
            ));
        }
        {
            let mut load = lock(&service.load);
            // A probe is the one request that must go out.
            if !load.throttle.admit(now, self.unit()) && admission == Admission::Pass {
                Counters::add(&self.counters.held_back);
                return Err(Failure {
                    class: load.refused_as,
                    ..unavailable(Code::HeldBack.into())
                });
            }
        }
        let result = self.exchange(service, call, timeout).await;
        let now = self.clock.now_ms();
        {
            let mut load = lock(&service.load);
            let class = result.as_ref().err().map(|failure| failure.class);
            let refused = class.filter(|class| {
                matches!(class, FailureClass::Throttled | FailureClass::Unavailable)
            });
            load.throttle.answered(now, refused.is_none());
            load.refused_as = refused.unwrap_or(load.refused_as);
        }
        let mut breaker = lock(&service.breaker);
        match &result {
            // One slot at its end says nothing of the others.
            Err(failure)
                if failure.class == FailureClass::Unavailable
                    && failure.error.service_code() != Some(Code::SequenceExhausted) =>
            {
                breaker.failed(now, self.unit());
                if matches!(breaker.state(now), BreakerState::Open { .. }) {
                    Counters::add(&self.counters.circuit_opened);
                }
            }
            _ => breaker.succeeded(now),
        }
        metrics::circuit(service.name, breaker.state(now));
        drop(breaker);
        result
    }

    /// Sends `call` once, without retry or breaker.
    pub(crate) async fn exchange(
        &self,
        service: &Peer,
        call: &Call,
        timeout: Duration,
    ) -> Result<HttpResponse, Failure> {
        let mut headers = vec![
            ("accept", "application/json".to_owned()),
            ("accept-encoding", "identity".to_owned()),
            ("user-agent", USER_AGENT.to_owned()),
        ];
        if let Some(key) = &service.key {
            headers.push((wire::API_KEY, key.expose_secret().to_owned()));
        }
        if let Some(trace) = self.trace.as_ref().and_then(|current| current()) {
            headers.push((wire::TRACE_PARENT, trace.as_str().to_owned()));
        }
        headers.extend(call.headers.iter().cloned());
        Counters::add(match service.name {
            "main" => &self.counters.sent_main,
            "fallback" => &self.counters.sent_fallback,
            _ => &self.counters.sent_elsewhere,
        });
        let request = HttpRequest {
            method: call.method,
            url: format!("{}{}", service.origin, call.path),
            headers,
            body: call.body.clone(),
            timeout,
            max_answer: call.max_answer,
        };
        // A transport of the app may forget its time-out; the deadline holds all the same.
        let sent = tokio::time::timeout(timeout, self.transport.send(request)).await;
        let answer = match sent {
            Ok(Ok(response)) => judge(&response, self.clock.now_ms()).map(|()| response),
            Ok(Err(error)) => Err(unanswered(error.into())),
            Err(_) => Err(unanswered(Error::new(Code::TimedOut).at(Stage::MaybeSent))),
        };
        match &answer {
            Ok(response) => {
                tracing::debug!(route = service.name, status = response.status, "answered");
            }
            Err(failure) => tracing::debug!(
                route = service.name,
                code = failure.error.code().as_str(),
                stage = ?failure.error.stage(),
                "no usable answer"
            ),
        }
        answer
    }
}

/// A lock whose holder panicked still guards whole values: every change is one assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unanswered(error: Error) -> Failure {
    let class = match error.code() {
        Code::TlsIdentity | Code::RequestInvalid | Code::AnswerTooLarge | Code::AnswerMalformed => {
            FailureClass::Final
        }
        _ => FailureClass::Unavailable,
    };
    Failure {
        class,
        uncertain: error.stage() > Stage::NotSent,
        error,
    }
}

/// What a status means (decision D5). A refusal is certain: nothing was issued.
fn judge(response: &HttpResponse, now_ms: i64) -> Result<(), Failure> {
    if (200..300).contains(&response.status) {
        return match response.is_encoded() {
            // Not said to be away, so no reason to fall back; repeating changes nothing either.
            true => Err(Failure::rejected(
                Error::new(Code::AnswerEncoded).at(Stage::Answered),
            )),
            false => Ok(()),
        };
    }
    let body = serde_json::from_slice::<wire::ErrorBody>(&response.body);
    let detail = body.ok().map(|body| body.error);
    let said = detail
        .as_ref()
        .and_then(|detail| Code::from_text(&detail.code))
        .or((response.status == 413).then_some(Code::BodyTooLarge));
    let (class, code) = match response.status {
        300..=399 => (FailureClass::Final, Code::RedirectRefused),
        401 => (FailureClass::Final, Code::Unauthorized),
        403 => (FailureClass::Final, Code::Forbidden),
        404 => (FailureClass::Final, Code::NotFound),
        409 if said.is_none_or(|code| code == Code::RequestInFlight) => {
            (FailureClass::InFlight, Code::InFlight)
        }
        422 if said.is_none_or(|code| code == Code::IdempotencyKeyReused) => {
            (FailureClass::Final, Code::KeyReused)
        }
        // It is about one slot: other requests are as welcome as before, and this one will not be for a
        // while.
        429 if said == Some(Code::SlotShareUsed) => (FailureClass::Final, Code::RateLimited),
        429 => (FailureClass::Throttled, Code::RateLimited),
        400..=499 => (FailureClass::Final, Code::RequestRefused),
        502..=504 => (FailureClass::Unavailable, Code::ServerUnavailable),
        501 | 505..=599 => (FailureClass::Final, Code::ServerFailed),
        500 => (FailureClass::ServerFailed, Code::ServerFailed),
        _ => (FailureClass::Final, Code::StatusUnexpected),
    };
    let mut error = Error::new(code)
        .at(Stage::Answered)
        .said_by_service(said)
        .named_remotely(detail.as_ref().and_then(|detail| detail.reason.as_deref()))
        .named_by_service(response.header(wire::REQUEST_ID));
    if let Some(delay) = response
        .header("retry-after")
        .and_then(|value| parse_retry_after(value, now_ms))
    {
        error = error.after(delay);
    }
    Err(Failure {
        class,
        error,
        uncertain: response.status >= 500 || response.status == 409,
    })
}
