//! Who answers is proven by its certificate: a service that cannot prove it gets no API key, and its
//! failure never opens the fallback (decision D5).

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use chitty_client::{
    ApiKey, Client, Code, IdRequest, ReconcilePolicy, Stage, Trust,
    reconcile::store::MemoryStore,
    transport::{ReqwestOptions, ReqwestTransport},
};
use chitty_tests::{
    issuer::{FALLBACK, Issuer, STANDARD},
    raw_server::{Action, RawServer},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

type Root = CertifiedIssuer<'static, KeyPair>;

fn root() -> Root {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key")).expect("root")
}

fn certificate(
    root: &Root,
    name: &str,
    expired: bool,
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let mut params = CertificateParams::new([name.to_owned()]).expect("name");
    if expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }
    let key = KeyPair::generate().expect("key");
    let signed = params.signed_by(&key, root).expect("certificate");
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    (signed.der().clone(), key.into())
}

/// TLS in front of `behind`. Counts connections on which anything came through.
async fn in_front_of(
    behind: &RawServer,
    (certificate, key): (CertificateDer<'static>, PrivateKeyDer<'static>),
) -> (String, Arc<AtomicUsize>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("address").port();
    let target = behind.origin.trim_start_matches("http://").to_owned();
    let spoken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&spoken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut first = [0; 1];
            if !matches!(stream.read(&mut first).await, Ok(1)) {
                continue;
            }
            counter.fetch_add(1, SeqCst);
            let mut plain = TcpStream::connect(&target).await.expect("behind");
            tokio::spawn(async move {
                plain.write_all(&first).await.expect("forwarded");
                let _ = copy_bidirectional(&mut stream, &mut plain).await;
            });
        }
    });
    (format!("https://localhost:{port}"), spoken)
}

fn client(issuer: &Issuer, main: &str, fallback: &RawServer, trusted: &Root) -> Client {
    let options = ReqwestOptions::default()
        .add_root(trusted.der().to_vec())
        .only_added_roots();
    Client::builder()
        .main(main, ApiKey::new("key-for-main"))
        .fallback(&fallback.origin, ApiKey::new("key-for-fallback"))
        .trust(Trust::Pinned(issuer.key_set()))
        .store(MemoryStore::new().expect("memory"))
        .transport(ReqwestTransport::new(&options).expect("transport"))
        .deadline(Duration::from_secs(3))
        .reconcile(ReconcilePolicy::default().manual())
        .build()
        .expect("client")
}

#[tokio::test]
async fn a_service_that_cannot_prove_its_name_gets_no_key_and_opens_no_fallback() {
    let issuer = Arc::new(Issuer::default());
    let (honest, other) = (Arc::clone(&issuer), Arc::clone(&issuer));
    let main = RawServer::start(move |request| honest.answer_standard(request, STANDARD)).await;
    let fallback = RawServer::start(move |request| other.answer_fallback(request, FALLBACK)).await;
    let (trusted, unknown) = (root(), root());
    let cases = [
        ("another name", certificate(&trusted, "evil.example", false)),
        ("an unknown root", certificate(&unknown, "localhost", false)),
        ("expired", certificate(&trusted, "localhost", true)),
    ];
    for (what, certificate) in cases {
        let (origin, spoken) = in_front_of(&main, certificate).await;
        let client = client(&issuer, &origin, &fallback, &trusted);
        let request = IdRequest::new("GEN", 'I');
        let error = client.request_id(request).await.expect_err(what);
        assert_eq!(error.code(), Code::TlsIdentity, "{what}: {error}");
        assert_eq!(error.stage(), Stage::NotSent, "{what}");
        assert_eq!(spoken.load(SeqCst), 0, "{what}: something was said to it");
        let debts = client.health().await.expect("store").store.debts();
        assert_eq!(debts, 0, "{what}");
    }
    assert!(main.requests().is_empty(), "no key left");
    assert_eq!(fallback.count("/api/chittyid/fallback"), 0);
}

#[tokio::test]
async fn control_with_the_right_root_and_name_it_works() {
    let issuer = Arc::new(Issuer::default());
    let honest = Arc::clone(&issuer);
    let main = RawServer::start(move |request| honest.answer_standard(request, STANDARD)).await;
    let fallback = RawServer::start(|_| Action::Close).await;
    let trusted = root();
    let good = certificate(&trusted, "localhost", false);
    let (origin, spoken) = in_front_of(&main, good).await;
    let client = client(&issuer, &origin, &fallback, &trusted);
    let issued = client.request_id(IdRequest::new("GEN", 'I')).await;
    assert_eq!(issued.expect("id").id().as_str(), STANDARD);
    assert!(spoken.load(SeqCst) > 0);
    let seen = main.requests();
    assert_eq!(seen[0].header("x-api-key"), Some("key-for-main"));
}
