//! The accept loop: HTTP/1 and HTTP/2 over plain TCP, with limits, and an end that is either
//! graceful and bounded or at once.
//!
//! Owns connections, time-outs and the outermost layer, which names requests, writes refusals as
//! `{"error": {…}}` and logs method, route, status and duration, and of what a caller sent only a
//! harmless name for the request.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Body,
    extract::MatchedPath,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use chitty_client::{
    error::Code,
    wire::{ErrorBody, REQUEST_ID},
};
use http::{HeaderValue, Request, header::CONTENT_LENGTH};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    error::{Error, Refusal},
    fault::{self, FaultHandle},
    id::random_name,
};

const HEADER_TIME: Duration = Duration::from_secs(30);
const REQUEST_TIME: Duration = Duration::from_secs(30);
const DRAIN_TIME: Duration = Duration::from_secs(10);
const MAX_CONNECTIONS: usize = 1024;

/// Cancelling it cuts the connection that a request came over.
#[derive(Clone)]
pub(crate) struct Connection(pub(crate) CancellationToken);

/// A request's name, in answers and logs.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// A listening server.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    drain: CancellationToken,
    kill: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Listens and serves.
    pub(crate) fn start(
        address: SocketAddr,
        app: Router,
        faults: FaultHandle,
    ) -> Result<Self, Error> {
        let listener = bind(address)?;
        let address = listener.local_addr()?;
        let (drain, kill) = (CancellationToken::new(), CancellationToken::new());
        let serving = Serving {
            app: layered(app, faults.clone()),
            faults,
            kill: kill.clone(),
        };
        let task = tokio::spawn(serving.run(listener, drain.clone()));
        Ok(Self {
            address,
            drain,
            kill,
            task,
        })
    }

    /// Stops accepting, lets requests finish for at most ten seconds, then closes.
    pub(crate) async fn shutdown(self) {
        self.drain.cancel();
        if self.task.await.is_err() {
            tracing::error!("the accept loop did not end well");
        }
    }

    /// Closes everything at once, as a crash would.
    pub(crate) async fn kill(self) {
        self.kill.cancel();
        self.drain.cancel();
        // The loop ends by itself; a panic there is as good as the kill.
        let _ = self.task.await;
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server takes its port back while old connections linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket.listen(1024)?)
}

struct Serving {
    app: Router,
    faults: FaultHandle,
    kill: CancellationToken,
}

impl Serving {
    async fn run(self, listener: TcpListener, drain: CancellationToken) {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let next = async {
                let place = places.clone().acquire_owned().await;
                (place, listener.accept().await)
            };
            let next = tokio::select! {
                biased;
                () = drain.cancelled() => break,
                next = next => next,
            };
            match next {
                // The semaphore is never closed.
                (Err(_), _) => break,
                (_, Ok((stream, _))) if self.faults.get().down => drop(stream),
                (Ok(place), Ok((stream, _))) => self.serve(stream, graceful.watcher(), place),
                (_, Err(error)) => {
                    tracing::warn!(kind = %error.kind(), "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(listener);
        tokio::select! {
            () = graceful.shutdown() => {}
            () = self.kill.cancelled() => {}
            () = tokio::time::sleep(DRAIN_TIME) => {
                tracing::warn!("requests were still under way at the end of the drain");
            }
        }
        self.kill.cancel();
    }

    fn serve(&self, stream: TcpStream, watcher: Watcher, place: OwnedSemaphorePermit) {
        let (app, kill) = (self.app.clone(), self.kill.clone());
        let cut = CancellationToken::new();
        tokio::spawn(async move {
            let connection = Connection(cut.clone());
            let spoke = Arc::new(AtomicBool::new(false));
            let heard = spoke.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                heard.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(connection.clone());
                app.clone().oneshot(request)
            });
            let mut builder = Builder::new(TokioExecutor::new());
            builder
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .http2()
                .timer(TokioTimer::new())
                .keep_alive_interval(Duration::from_secs(20))
                .max_concurrent_streams(100);
            // Answers are small; waiting to fill a packet only costs time.
            let _ = stream.set_nodelay(true);
            let served = watcher.watch(builder.serve_connection(TokioIo::new(stream), service));
            tokio::select! {
                biased;
                () = kill.cancelled() => {}
                () = cut.cancelled() => {}
                () = silence(&spoke) => {}
                // A connection that broke is the peer's affair.
                _ = served => {}
            }
            drop(place);
        });
    }
}

/// Ends when no request came in time. HTTP/1 and HTTP/2 have time-outs of their own, which begin
/// only when it is clear which of them is spoken; a silent peer would hold its place for ever.
async fn silence(spoke: &AtomicBool) {
    tokio::time::sleep(HEADER_TIME).await;
    if spoke.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}

/// The router inside its layers: name and log, faults, time-out.
fn layered(app: Router, faults: FaultHandle) -> Router {
    app.fallback(|| async { Refusal::new(Code::RouteUnknown) })
        .method_not_allowed_fallback(|| async { Refusal::new(Code::MethodRefused) })
        .layer(middleware::from_fn(time_out))
        .layer(middleware::from_fn_with_state(faults, fault::layer))
        .layer(middleware::from_fn(outermost))
}

async fn time_out(request: Request<Body>, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::new(Code::TimedOutInside).after(1).into_response(),
    }
}

async fn outermost(mut request: Request<Body>, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId(request_id(&request));
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
    tracing::info!(
        method = %method,
        route = route.as_ref().map_or("none", MatchedPath::as_str),
        status = response.status().as_u16(),
        code = refusal.map(|refusal| refusal.code().as_str()),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        request_id = id.0,
        "answered"
    );
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The caller's name for the request when it is harmless, else a fresh one.
fn request_id(request: &Request<Body>) -> String {
    let harmless = |text: &&str| {
        (1..=64).contains(&text.len())
            // Neither an id nor an API key is a name for the log.
            && text.parse::<chitty_client::ChittyId>().is_err()
            && !text.starts_with("chk_")
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let sent = request.headers().get(REQUEST_ID);
    let sent = sent.and_then(|value| value.to_str().ok()).filter(harmless);
    match sent {
        Some(text) => text.to_owned(),
        None => random_name().unwrap_or_else(|_| "none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Time is the test's: it jumps whenever everybody waits.
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_says_nothing_loses_its_place() {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let running = Running::start(address, Router::new(), FaultHandle::default()).unwrap();
        for beginning in ["", "PRI * HT", "GET / HT"] {
            let mut stream = TcpStream::connect(running.address).await.unwrap();
            stream.write_all(beginning.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let end = tokio::time::timeout(HEADER_TIME * 3, stream.read_to_end(&mut answer));
            assert!(end.await.is_ok(), "{beginning:?} holds its place for ever");
        }
        running.kill().await;
    }

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
