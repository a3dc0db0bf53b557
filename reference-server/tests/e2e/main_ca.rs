//! A fallback whose main has a certificate of the operator's own authority: grant and issue log go
//! through when the fallback knows that authority, and nothing goes through otherwise.

use std::path::PathBuf;

use reference_server::{FallbackHandle, FallbackServer, Listen, MainHandle, MainServer};
use tempfile::TempDir;

use crate::{
    bench::{Ask, Backup, ISSUER, client},
    tls::Authority,
};

struct World {
    folder: TempDir,
    main: MainHandle,
}

impl World {
    /// Main with a certificate for `name`, and its authority in `ca.pem`.
    async fn new(name: &str) -> Self {
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
        let listen = Listen {
            tls: Some(authority.write(folder.path(), name, false)),
            ..Listen::default()
        };
        let main = MainServer::builder().issuer(ISSUER).listen(listen);
        let main = main.start().await.unwrap();
        Self { folder, main }
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }

    /// An enrolled fallback that trusts what is in this file, or the web's authorities.
    async fn fallback(&self, ca: Option<PathBuf>) -> FallbackHandle {
        let mut builder = FallbackServer::builder()
            .main_url(self.main.url())
            .main_issuer(ISSUER)
            .renew_by_hand();
        if let Some(ca) = ca {
            builder = builder.main_ca(ca);
        }
        let fallback = builder.start().await.unwrap();
        self.main
            .enroll_fallback("fallback-1", &fallback.thumbprint(), &["GEN"])
            .await
            .unwrap();
        fallback
    }

    async fn refuses(&self, ca: Option<PathBuf>, reason: &str) {
        let fallback = self.fallback(ca).await;
        let error = fallback.renew_now().await.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(!fallback.holds_grant());
    }
}

#[tokio::test]
async fn with_the_right_authority_the_grant_comes_and_the_log_goes() {
    let world = World::new("127.0.0.1").await;
    // More than one may be in the file, so that authorities can be replaced one after the other.
    let both = Authority::new().pem
        + &std::fs::read_to_string(world.folder.path().join("ca.pem")).unwrap();
    let handle = world.fallback(Some(world.file("both.pem", &both))).await;
    handle.renew_now().await.unwrap();
    let spec = reference_server::ApiKeySpec::new("alpha");
    let secret = handle.add_api_key(spec).await.unwrap();
    let backup = Backup {
        handle,
        secret,
        http: client(),
    };
    backup.issue(&Ask::new("a")).await.ok();
    backup.handle.renew_now().await.unwrap();
    let store = world.main.store();
    assert_eq!(store.outstanding().await.unwrap().count, 1);
}

#[tokio::test]
async fn without_it_nothing_goes_through() {
    let world = World::new("127.0.0.1").await;
    world.refuses(None, "UnknownIssuer").await;
}

#[tokio::test]
async fn another_authority_is_refused() {
    let world = World::new("127.0.0.1").await;
    let other = world.file("other.pem", &Authority::new().pem);
    world.refuses(Some(other), "invalid peer certificate").await;
}

#[tokio::test]
async fn a_wrong_name_is_refused() {
    let world = World::new("other.example").await;
    let ca = world.folder.path().join("ca.pem");
    world.refuses(Some(ca), "not valid for name").await;
}

#[tokio::test]
async fn a_file_that_would_not_count_is_refused_at_the_start() {
    let world = World::new("127.0.0.1").await;
    let right = world.folder.path().join("ca.pem");
    let cases = [
        (
            world.main.url(),
            world.folder.path().join("absent.pem"),
            "absent.pem: No such file",
        ),
        (
            world.main.url(),
            world.file("empty.pem", "nothing"),
            "no certificate",
        ),
        ("http://127.0.0.1:1".to_owned(), right.clone(), "say https"),
        ("http://id.example".to_owned(), right, "must be https"),
    ];
    for (url, ca, reason) in cases {
        let builder = FallbackServer::builder().main_url(url).main_ca(ca);
        let error = builder.start().await.err().unwrap().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
