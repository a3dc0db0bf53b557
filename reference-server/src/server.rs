//! The accept loop: HTTP/1 and HTTP/2 over plain TCP or TLS, with limits, and an end that is either
//! graceful and bounded or at once.
//!
//! Owns connections and their time-outs; what happens to a request is in `layers`.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::Router;
use http::Request;
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
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    config::Listen,
    error::Error,
    fault::FaultHandle,
    layers::layered,
    metrics::Metrics,
    overload::{Admission, Overload, Peer},
    tls,
};

const HEADER_TIME: Duration = Duration::from_secs(30);
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
const DRAIN_TIME: Duration = Duration::from_secs(10);
const MAX_CONNECTIONS: usize = 1024;

/// Cancelling it cuts the connection that a request came over.
#[derive(Clone)]
pub(crate) struct Connection(pub(crate) CancellationToken);

/// A request's name, in answers and logs.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// What a server listens with.
pub(crate) struct Setup {
    pub(crate) listen: Listen,
    pub(crate) faults: FaultHandle,
    pub(crate) overload: Overload,
    pub(crate) metrics: Arc<Metrics>,
}

/// A listening server.
pub(crate) struct Running {
    address: SocketAddr,
    scheme: &'static str,
    drain: CancellationToken,
    kill: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Listens and serves.
    pub(crate) fn start(setup: Setup, app: Router) -> Result<Self, Error> {
        let Setup {
            listen,
            faults,
            overload,
            metrics,
        } = setup;
        let listener = bind(listen.address)?;
        let address = listener.local_addr()?;
        let (drain, kill) = (CancellationToken::new(), CancellationToken::new());
        let admission = Admission::new(overload, listen.behind_proxy, metrics.clone());
        let tls = listen.tls.map(|files| tls::acceptor(files, drain.clone()));
        let tls = tls.transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let serving = Serving {
            app: layered(app, faults.clone(), Arc::new(admission), metrics.clone()),
            tls,
            metrics,
            faults,
            kill: kill.clone(),
        };
        let task = tokio::spawn(serving.run(listener, drain.clone()));
        Ok(Self {
            address,
            scheme,
            drain,
            kill,
            task,
        })
    }

    /// `http://127.0.0.1:PORT`, or https.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
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
    socket.bind(address).map_err(Error::about(address))?;
    Ok(socket.listen(1024)?)
}

struct Serving {
    app: Router,
    tls: Option<TlsAcceptor>,
    metrics: Arc<Metrics>,
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
                (Ok(place), Ok((stream, peer))) => {
                    self.serve(stream, Peer(peer.ip()), graceful.watcher(), place);
                }
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

    fn serve(&self, stream: TcpStream, peer: Peer, watcher: Watcher, place: OwnedSemaphorePermit) {
        let (app, kill) = (self.app.clone(), self.kill.clone());
        let (tls, metrics) = (self.tls.clone(), self.metrics.clone());
        let cut = CancellationToken::new();
        tokio::spawn(async move {
            let connection = Connection(cut.clone());
            let spoke = Arc::new(AtomicBool::new(false));
            let heard = spoke.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                heard.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(connection.clone());
                request.extensions_mut().insert(peer);
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
            // A connection that broke is the peer's affair, in its handshake or later.
            let served = async {
                match tls {
                    None => {
                        metrics.connected("plain");
                        let io = TokioIo::new(stream);
                        let _ = watcher.watch(builder.serve_connection(io, service)).await;
                    }
                    Some(tls) => {
                        let shaken = tokio::time::timeout(HANDSHAKE_TIME, tls.accept(stream));
                        let Ok(Ok(stream)) = shaken.await else {
                            return metrics.connected("none");
                        };
                        metrics.connected(match stream.get_ref().1.alpn_protocol() {
                            Some(b"h2") => "h2",
                            _ => "http/1.1",
                        });
                        let io = TokioIo::new(stream);
                        let _ = watcher.watch(builder.serve_connection(io, service)).await;
                    }
                }
            };
            tokio::select! {
                biased;
                () = kill.cancelled() => {}
                () = cut.cancelled() => {}
                () = silence(&spoke) => {}
                () = served => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Time is the test's: it jumps whenever everybody waits.
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_says_nothing_loses_its_place() {
        let setup = Setup {
            listen: Listen::default(),
            faults: FaultHandle::default(),
            overload: Overload::default(),
            metrics: Metrics::new(),
        };
        let running = Running::start(setup, Router::new()).unwrap();
        for beginning in ["", "PRI * HT", "GET / HT"] {
            let mut stream = TcpStream::connect(running.address).await.unwrap();
            stream.write_all(beginning.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let end = tokio::time::timeout(HEADER_TIME * 3, stream.read_to_end(&mut answer));
            assert!(end.await.is_ok(), "{beginning:?} holds its place for ever");
        }
        running.kill().await;
    }
}
