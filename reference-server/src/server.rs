//! The accept loop: HTTP/1 and HTTP/2 over plain TCP or TLS, with limits, and an end that is either
//! graceful and bounded or at once.
//!
//! Owns connections and their time-outs; what happens to a request is in `layers`.

use std::{
    net::{IpAddr, SocketAddr},
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
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    admission::{
        Admission, Overload, Peer,
        connections::{self, Connections, Entry, Held},
        network,
    },
    config::Listen,
    error::Error,
    fault::FaultHandle,
    layers::layered,
    metrics::Metrics,
    store::Access,
    tls,
};

/// For the headers of a request, and between two requests over HTTP/1.
const HEADER_TIME: Duration = Duration::from_secs(15);
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// Connections beyond those that requests with a place can be on: there is always one that can give way.
const SPARE: usize = 64;
/// What a stream of HTTP/2 may send before its body is read, and a connection in all.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

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
    /// Where API keys are found.
    pub(crate) keys: Option<Arc<dyn Access>>,
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
            keys,
            metrics,
        } = setup;
        let listener = bind(listen.address)?;
        let address = listener.local_addr()?;
        let (drain, kill) = (CancellationToken::new(), CancellationToken::new());
        let admission = Admission::new(overload, listen.behind_proxy, keys, metrics.clone());
        let most = overload
            .connections
            .max(overload.concurrent.saturating_add(SPARE));
        let most = if overload.shares {
            most
        } else {
            overload.connections
        };
        let most = connections::within_open_files(most);
        // Behind a proxy all of them come from its address.
        let per_address = if listen.behind_proxy {
            most
        } else {
            overload.connections_per_address
        };
        let tls = listen.tls.map(|files| tls::acceptor(files, drain.clone()));
        let tls = tls.transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let serving = Serving {
            app: layered(app, faults.clone(), Arc::new(admission), metrics.clone()),
            tls,
            metrics,
            faults,
            connections: Connections::new(most, per_address, overload.shares),
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
    connections: Arc<Connections>,
    kill: CancellationToken,
}

impl Serving {
    async fn run(self, listener: TcpListener, drain: CancellationToken) {
        let graceful = GracefulShutdown::new();
        loop {
            let next = tokio::select! {
                biased;
                () = drain.cancelled() => break,
                next = listener.accept() => next,
            };
            match next {
                Ok((stream, _)) if self.faults.get().down => drop(stream),
                Ok((stream, peer)) => {
                    let cut = CancellationToken::new();
                    let entered = tokio::select! {
                        biased;
                        () = drain.cancelled() => break,
                        entered = self.enter(peer.ip(), &cut) => entered,
                    };
                    if let Some(held) = entered {
                        self.serve(stream, Peer(peer.ip()), graceful.watcher(), held, cut);
                    }
                }
                Err(error) => {
                    tracing::warn!(kind = %error.kind(), "a connection could not be accepted");
                    if self.connections.make_room() {
                        self.metrics.cut("gave_way");
                    }
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

    /// Lets a connection from `address` in, or nothing when the address has its share. Waits while there
    /// is no room and nobody who could give way.
    async fn enter(&self, address: IpAddr, cut: &CancellationToken) -> Option<Held> {
        loop {
            match self.connections.enter(network(address), cut.clone()) {
                Entry::Open(held, gave_way) => {
                    if gave_way {
                        self.metrics.cut("gave_way");
                    }
                    return Some(held);
                }
                Entry::AddressFull => {
                    self.metrics.cut("address");
                    return None;
                }
                Entry::Full => self.connections.freed().await,
            }
        }
    }

    fn serve(
        &self,
        stream: TcpStream,
        peer: Peer,
        watcher: Watcher,
        held: Held,
        cut: CancellationToken,
    ) {
        let (app, kill) = (self.app.clone(), self.kill.clone());
        let (tls, metrics) = (self.tls.clone(), self.metrics.clone());
        tokio::spawn(async move {
            let connection = Connection(cut.clone());
            let activity = held.activity.clone();
            let silent = metrics.clone();
            let spoke = Arc::new(AtomicBool::new(false));
            let heard = spoke.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                heard.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(connection.clone());
                request.extensions_mut().insert(peer);
                request.extensions_mut().insert(activity.clone());
                app.clone().oneshot(request)
            });
            let mut builder = Builder::new(TokioExecutor::new());
            builder
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .max_buf_size(64 * 1024)
                .http2()
                .timer(TokioTimer::new())
                .keep_alive_interval(Duration::from_secs(20))
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .max_header_list_size(16 * 1024)
                .max_send_buf_size(64 * 1024)
                // Streams that are opened and reset at once end the connection.
                .max_pending_accept_reset_streams(20)
                .max_local_error_reset_streams(100)
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
                            metrics.cut("handshake");
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
                () = silence(&spoke) => silent.cut("silent"),
                () = served => {}
            }
            drop(held);
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
            keys: None,
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
