//! Connections that are open and dead: nothing comes through, and nobody says so.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use chitty_client::{
    ApiKey, Client, IdRequest, ReconcilePolicy, Trust,
    reconcile::store::MemoryStore,
    transport::{HttpRequest, HttpTransport, Method, ReqwestOptions, ReqwestTransport},
};
use chitty_tests::{
    issuer::{Issuer, STANDARD},
    raw_server::RawServer,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reference_server::{ApiKeySpec, Listen, MainHandle, MainServer, TlsFiles};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Passes bytes on, until it is frozen: connections of before then stay open and silent.
struct Freezer {
    port: u16,
    made: Arc<AtomicUsize>,
    frozen: Arc<AtomicUsize>,
}

impl Freezer {
    async fn before(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("address").port();
        let (made, frozen) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (counter, limit) = (Arc::clone(&made), Arc::clone(&frozen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = counter.fetch_add(1, SeqCst) + 1;
                let behind = TcpStream::connect(&target).await.expect("behind");
                let (one, other) = (stream.into_split(), behind.into_split());
                let pass = |mut from: tokio::net::tcp::OwnedReadHalf,
                            mut to: tokio::net::tcp::OwnedWriteHalf| {
                    let limit = Arc::clone(&limit);
                    tokio::spawn(async move {
                        let mut bytes = vec![0; 16_384];
                        while let Ok(length @ 1..) = from.read(&mut bytes).await {
                            if number <= limit.load(SeqCst) {
                                // Swallowed; the connection stays.
                                continue;
                            }
                            if to.write_all(&bytes[..length]).await.is_err() {
                                return;
                            }
                        }
                    });
                };
                pass(one.0, other.1);
                pass(other.0, one.1);
            }
        });
        Self { port, made, frozen }
    }

    fn freeze(&self) {
        self.frozen.store(self.made.load(SeqCst), SeqCst);
    }

    fn connections(&self) -> usize {
        self.made.load(SeqCst)
    }
}

/// A main service that speaks HTTP/2 over TLS, behind a freezer.
struct Secure {
    main: MainHandle,
    freezer: Freezer,
    root: Vec<u8>,
    _folder: tempfile::TempDir,
}

impl Secure {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("key");
        let root = CertifiedIssuer::self_signed(params, key).expect("root");
        let params = CertificateParams::new(["localhost".to_owned()]).expect("name");
        let key = KeyPair::generate().expect("key");
        let certificate = params.signed_by(&key, &root).expect("certificate");
        let tls = TlsFiles {
            certificate: folder.path().join("server.pem"),
            key: folder.path().join("server.key"),
        };
        std::fs::write(&tls.certificate, certificate.pem()).expect("written");
        std::fs::write(&tls.key, key.serialize_pem()).expect("written");
        let listen = Listen {
            tls: Some(tls),
            ..Listen::default()
        };
        let main = MainServer::builder()
            .listen(listen)
            .start()
            .await
            .expect("main");
        let target = main.url().trim_start_matches("https://").to_owned();
        Self {
            freezer: Freezer::before(target).await,
            main,
            root: root.der().to_vec(),
            _folder: folder,
        }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.freezer.port)
    }

    fn transport(&self) -> ReqwestTransport {
        let options = ReqwestOptions::default().add_root(self.root.clone());
        ReqwestTransport::new(&options.only_added_roots()).expect("transport")
    }

    async fn client(&self) -> Client {
        let key = self
            .main
            .add_api_key(ApiKeySpec::new("alpha"))
            .await
            .expect("key");
        Client::builder()
            .main(self.url(), ApiKey::new(&key))
            .trust(Trust::Pinned(self.main.key_set()))
            .store(MemoryStore::new().expect("memory"))
            .transport(self.transport())
            .reconcile(ReconcilePolicy::default().manual())
            .build()
            .expect("client")
    }

    fn health(&self, timeout: Duration) -> HttpRequest {
        HttpRequest {
            method: Method::Get,
            url: format!("{}/health", self.url()),
            headers: vec![],
            body: vec![],
            timeout,
            max_answer: 10_000,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_on_a_dead_http_2_connection_is_answered_on_a_fresh_one_in_time() {
    let secure = Secure::start().await;
    let client = secure.client().await;
    let ask = || client.request_id(IdRequest::new("GEN", 'I'));
    ask().await.expect("id");
    ask().await.expect("id");
    assert_eq!(secure.freezer.connections(), 1, "one connection for all");
    secure.freezer.freeze();
    let issued = ask().await.expect("within the deadline");
    assert!(!issued.is_temporary());
    assert_eq!(secure.freezer.connections(), 2);
}

/// Control: without signs of life the same connection is taken again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_protection_every_request_goes_down_the_dead_connection() {
    let secure = Secure::start().await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(secure.root.clone().into()).expect("root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let plain = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .build()
        .expect("client");
    let ask = || {
        let request = plain.get(format!("{}/health", secure.url()));
        request.timeout(Duration::from_secs(4)).send()
    };
    ask().await.expect("answered");
    secure.freezer.freeze();
    for _ in 0..2 {
        assert!(ask().await.expect_err("no answer").is_timeout());
    }
    assert_eq!(secure.freezer.connections(), 1);
}

/// Also when the time that a request has is too short for signs of life, and when the caller's own clock
/// ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_timed_out_is_not_used_again() {
    let secure = Secure::start().await;
    let transport = secure.transport();
    let long = Duration::from_secs(10);
    let short = Duration::from_millis(300);
    transport.send(secure.health(long)).await.expect("answered");
    for (dropped, connections) in [(false, 2), (true, 3)] {
        secure.freezer.freeze();
        let work = transport.send(secure.health(short));
        match dropped {
            false => assert!(work.await.is_err()),
            true => {
                let limit = short - Duration::from_millis(1);
                assert!(tokio::time::timeout(limit, work).await.is_err());
            }
        }
        let start = Instant::now();
        let answer = transport.send(secure.health(long)).await.expect("at once");
        assert_eq!(answer.status, 200);
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "no wait for a sign of life"
        );
        assert_eq!(secure.freezer.connections(), connections);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_http_1_connection_is_left_after_one_request() {
    let issuer = Issuer::default();
    let keys = issuer.key_set();
    let main = RawServer::start(move |request| issuer.answer_standard(request, STANDARD)).await;
    let target = main.origin.trim_start_matches("http://").to_owned();
    let freezer = Freezer::before(target).await;
    let client = Client::builder()
        .main(
            format!("http://127.0.0.1:{}", freezer.port),
            ApiKey::new("key"),
        )
        .trust(Trust::Pinned(keys))
        .store(MemoryStore::new().expect("memory"))
        .deadline(Duration::from_secs(2))
        .reconcile(ReconcilePolicy::default().manual())
        .build()
        .expect("client");
    let ask = || client.request_id(IdRequest::new("GEN", 'I'));
    ask().await.expect("id");
    freezer.freeze();
    ask()
        .await
        .expect_err("the connection was good a moment ago");
    ask().await.expect("id");
    assert_eq!(freezer.connections(), 2);
}
