//! TLS with real certificates, seen by the SDK's own transport: what is right is fast, and what is
//! wrong is an identity failure that never opens the fallback.

use std::{path::Path, time::Duration};

use chitty_client::{
    ApiKey, Class, Client, Code, IdRequest, ReconcilePolicy, Trust,
    reconcile::store::MemoryStore,
    transport::{HttpRequest, HttpTransport, MAX_ANSWER, Method, ReqwestOptions, ReqwestTransport},
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use reference_server::{ApiKeySpec, FallbackServer, Listen, MainHandle, MainServer, TlsFiles};
use tempfile::TempDir;

pub(crate) struct Authority {
    pub(crate) pem: String,
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Writes a certificate for `name` and its key; a past one when `expired`.
    pub(crate) fn write(&self, folder: &Path, name: &str, expired: bool) -> TlsFiles {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = TlsFiles {
            certificate: folder.join("server.pem"),
            key: folder.join("server.key"),
        };
        std::fs::write(&files.certificate, certificate.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    /// A transport that trusts this authority alone.
    pub(crate) fn transport(&self) -> ReqwestTransport {
        let options = ReqwestOptions::default()
            .add_root(self.der.clone())
            .only_added_roots();
        ReqwestTransport::new(&options).unwrap()
    }
}

struct World {
    authority: Authority,
    folder: TempDir,
    main: MainHandle,
    secret: String,
}

impl World {
    async fn new(name: &str, expired: bool) -> Self {
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        let listen = Listen {
            tls: Some(authority.write(folder.path(), name, expired)),
            ..Listen::default()
        };
        let main = MainServer::builder().listen(listen).start().await.unwrap();
        assert!(main.url().starts_with("https://127.0.0.1:"));
        let secret = main.add_api_key(ApiKeySpec::new("alpha")).await.unwrap();
        Self {
            authority,
            folder,
            main,
            secret,
        }
    }

    fn transport(&self, trusting: bool) -> ReqwestTransport {
        let mut options = ReqwestOptions::default();
        if trusting {
            options = options
                .add_root(self.authority.der.clone())
                .only_added_roots();
        }
        ReqwestTransport::new(&options).unwrap()
    }
}

async fn refused_for_its_identity(world: World, trusting: bool) {
    // A fallback that could answer at once, if it were asked.
    let plain = MainServer::builder().start().await.unwrap();
    let fallback = FallbackServer::builder()
        .main_url(plain.url())
        .start()
        .await
        .unwrap();
    let thumbprint = fallback.thumbprint();
    plain
        .enroll_fallback("fallback-1", &thumbprint, &["GEN"])
        .await
        .unwrap();
    fallback.renew_now().await.unwrap();
    let spec = ApiKeySpec::new("alpha");
    let fallback_secret = fallback.add_api_key(spec).await.unwrap();
    let client = Client::builder()
        .main(world.main.url(), ApiKey::new(&world.secret))
        .fallback(fallback.url(), ApiKey::new(&fallback_secret))
        .trust(Trust::Pinned(plain.key_set()))
        .store(MemoryStore::new().unwrap())
        .transport(world.transport(trusting))
        .reconcile(ReconcilePolicy::default().manual())
        .build()
        .unwrap();
    for _ in 0..2 {
        let error = client
            .request_id(IdRequest::new("GEN", 'I'))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::TlsIdentity);
    }
    assert_eq!(
        fallback.store().issued().await.unwrap(),
        0,
        "the fallback was asked"
    );
    // The same client would have been answered there.
    world.main.kill().await;
    let issued = client.request_id(IdRequest::new("GEN", 'I')).await.unwrap();
    assert_eq!(
        issued.class(),
        Class::Fallback,
        "the fallback works, so it was not asked"
    );
}

#[tokio::test]
async fn a_wrong_name_is_no_outage() {
    refused_for_its_identity(World::new("other.example", false).await, true).await;
}

#[tokio::test]
async fn an_unknown_root_is_no_outage() {
    refused_for_its_identity(World::new("127.0.0.1", false).await, false).await;
}

#[tokio::test]
async fn an_expired_certificate_is_no_outage() {
    refused_for_its_identity(World::new("127.0.0.1", true).await, true).await;
}

#[tokio::test]
async fn the_right_root_gets_http_2_over_one_connection() {
    let world = World::new("127.0.0.1", false).await;
    let transport = world.transport(true);
    let client = Client::builder()
        .main(world.main.url(), ApiKey::new(&world.secret))
        .trust(Trust::Pinned(world.main.key_set()))
        .store(MemoryStore::new().unwrap())
        .transport(transport.clone())
        .build()
        .unwrap();
    for _ in 0..10 {
        let issued = client.request_id(IdRequest::new("GEN", 'I')).await.unwrap();
        assert_eq!(issued.class(), Class::Standard);
    }
    let shown = transport.send(HttpRequest {
        method: Method::Get,
        url: format!("{}/metrics", world.main.url()),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Duration::from_secs(5),
        max_answer: MAX_ANSWER,
    });
    let shown = String::from_utf8(shown.await.unwrap().body).unwrap();
    let connections: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("chitty_connections_total"))
        .collect();
    assert_eq!(
        connections,
        [r#"chitty_connections_total{protocol="h2"} 1"#]
    );
    assert!(shown.contains("chitty_ids_total 10"), "{shown}");
}

#[tokio::test]
async fn a_replaced_certificate_is_taken_up_and_a_broken_one_is_not() {
    let world = World::new("other.example", false).await;
    let works = async || {
        let request = HttpRequest {
            method: Method::Get,
            url: format!("{}/health", world.main.url()),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(5),
            max_answer: MAX_ANSWER,
        };
        world.transport(true).send(request).await.is_ok()
    };
    assert!(!works().await);
    world
        .authority
        .write(world.folder.path(), "127.0.0.1", false);
    let mut waited = 0;
    while !works().await {
        assert!(waited < 50, "the new certificate was not taken up");
        tokio::time::sleep(Duration::from_millis(100)).await;
        waited += 1;
    }
    std::fs::write(world.folder.path().join("server.pem"), "nothing").unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(works().await, "a broken file must not replace what works");
}

#[tokio::test]
async fn tls_makes_another_address_than_loopback_acceptable_and_bad_files_are_named() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let files = authority.write(folder.path(), "127.0.0.1", false);
    let mut listen = Listen {
        tls: Some(files.clone()),
        ..Listen::from("0.0.0.0:0".parse::<std::net::SocketAddr>().unwrap())
    };
    // Nothing listens: this start fails after its check of the address, at the missing keys.
    let keys = folder.path().join("server.pem");
    let start = MainServer::builder()
        .listen(listen.clone())
        .keys_dir(keys)
        .start();
    let error = start.await.err().unwrap().to_string();
    assert!(!error.contains("loopback"), "{error}");
    listen.address = "127.0.0.1:0".parse().unwrap();
    std::fs::write(&files.key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let error = MainServer::builder()
        .listen(listen)
        .start()
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("do not belong together"), "{error}");
}
