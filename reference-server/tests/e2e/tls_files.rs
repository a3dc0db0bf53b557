//! TLS files that cannot be used are told by their cause; what was replaced is known by its content, not
//! by its length and time.

use std::{fs, time::SystemTime};

use chitty_client::transport::{HttpRequest, HttpTransport, MAX_ANSWER, Method};
use rcgen::KeyPair;
use reference_server::{Listen, MainServer, TlsFiles};

use crate::{cli::run, tls::Authority};

/// A throw-away key on a curve that is not supported, PKCS #8 and SEC 1.
const P521: [&str; 2] = [
    "\
-----BEGIN PRIVATE KEY-----\n\
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBndjVLdrbbkdTfThY\n\
nPEVX44O4jcswVzi05hwyC1kz0+T3PrMPkENzKwcyICjX33yooP3J0szNkhRaJEl\n\
Wa43NAehgYkDgYYABAGIzrvai929TMgR6NRI+W5HocPnMdSWXg+yUICRtUbLgcNT\n\
hTNbg5Wa+wVvQVAf7m9yTlRw0KYLm4eIE1HuwBY31ABl+U+OKi3FkDJHzAchE7bn\n\
BAY4jOumyu+PLGwglv35n4olRWYQyJOyUt3uY+uLMo2DOHiEkQlBhkCUco/STHXm\n\
Dw==\n\
-----END PRIVATE KEY-----\n\n",
    "\
-----BEGIN EC PRIVATE KEY-----\n\
MIHcAgEBBEIBndjVLdrbbkdTfThYnPEVX44O4jcswVzi05hwyC1kz0+T3PrMPkEN\n\
zKwcyICjX33yooP3J0szNkhRaJElWa43NAegBwYFK4EEACOhgYkDgYYABAGIzrva\n\
i929TMgR6NRI+W5HocPnMdSWXg+yUICRtUbLgcNThTNbg5Wa+wVvQVAf7m9yTlRw\n\
0KYLm4eIE1HuwBY31ABl+U+OKi3FkDJHzAchE7bnBAY4jOumyu+PLGwglv35n4ol\n\
RWYQyJOyUt3uY+uLMo2DOHiEkQlBhkCUco/STHXmDw==\n\
-----END EC PRIVATE KEY-----\n\n",
];

async fn start(files: &TlsFiles) -> Result<(), String> {
    let listen = Listen {
        tls: Some(files.clone()),
        ..Listen::default()
    };
    let started = MainServer::builder().listen(listen).start().await;
    started.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn files_that_cannot_be_used_are_told_by_their_cause() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let files = authority.write(folder.path(), "127.0.0.1", false);
    let certificate = fs::read_to_string(&files.certificate).unwrap();
    let key = fs::read_to_string(&files.key).unwrap();
    assert_eq!(start(&files).await, Ok(()), "the control");
    let other = KeyPair::generate().unwrap().serialize_pem();
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let public = "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n";
    let turned = format!("{}{certificate}", authority.pem);
    let half = &certificate[..certificate.len() / 2];
    let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let (good, cases) = (
        (&*certificate, &*key),
        [
            ("", &*key, "server.pem is empty"),
            (" \n\n", &key, "server.pem is empty"),
            (&certificate, "", "server.key is empty"),
            ("nothing", &key, "server.pem is not PEM"),
            (
                half,
                &key,
                "server.pem is PEM that is damaged or ends early",
            ),
            (
                damaged,
                &key,
                "server.pem holds a certificate that is damaged",
            ),
            (
                public,
                &key,
                "server.pem holds PUBLIC KEY and no certificate",
            ),
            (&key, &certificate, "are the two files swapped?"),
            (
                &certificate,
                &certificate,
                "server.key holds a certificate and no private key",
            ),
            (
                &certificate,
                public,
                "server.key holds PUBLIC KEY and no private key",
            ),
            (
                &certificate,
                P521[0],
                "curve P-521, which is not supported; use P-256",
            ),
            (
                &certificate,
                P521[1],
                "curve P-521, which is not supported; use P-256",
            ),
            (&certificate, &encrypted, "under a passphrase"),
            (&certificate, &other, "do not belong together"),
            (
                &turned,
                &key,
                "does not begin with the server's own certificate",
            ),
        ],
    );
    for (certificate, key, cause) in cases {
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        let error = start(&files).await.unwrap_err();
        assert!(error.contains(cause), "{cause}: {error}");
        assert!(
            cause.contains("belong") || !error.contains("belong"),
            "{error}"
        );
    }
    fs::remove_file(&files.key).unwrap();
    fs::write(&files.certificate, good.0).unwrap();
    let error = start(&files).await.unwrap_err();
    assert!(
        error.contains("server.key cannot be read: No such file"),
        "{error}"
    );
    // A chain, and a key in the same file, stay what they were.
    fs::write(
        &files.certificate,
        format!("{}{}{}", good.0, authority.pem, good.1),
    )
    .unwrap();
    fs::write(&files.key, format!("{}{}", good.0, good.1)).unwrap();
    assert_eq!(start(&files).await, Ok(()));
}

#[tokio::test]
async fn keys_of_the_same_time_are_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("keys");
    let words = |what| run(&["keys", what, "--dir", dir.to_str().unwrap()]);
    assert!(words("new").status.success());
    let file = fs::File::open(dir.join("keys.json")).unwrap();
    let time = file.metadata().unwrap().modified().unwrap();
    let main = MainServer::builder()
        .keys_dir(dir.clone())
        .start()
        .await
        .unwrap();
    let before = main.key_set().version;
    assert!(words("rotate").status.success());
    let file = fs::File::options()
        .write(true)
        .open(dir.join("keys.json"))
        .unwrap();
    file.set_modified(time).unwrap();
    for _ in 0..300 {
        if main.key_set().version > before {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the new keys were not taken up");
}

/// Pads with empty lines, which PEM ignores, and sets one time for all.
fn write(path: &std::path::Path, text: &str, time: SystemTime) {
    let padded = format!("{text}{}", "\n".repeat(2000 - text.len()));
    fs::write(path, padded).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[tokio::test]
async fn a_pair_of_the_same_length_and_time_is_taken_up() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let place = folder.path();
    let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    let rewrite = |name: &str| {
        let files = authority.write(place, name, false);
        for path in [&files.certificate, &files.key] {
            write(path, &fs::read_to_string(path).unwrap(), time);
        }
        let stamp = |path| {
            let found = fs::metadata(path).unwrap();
            (found.len(), found.modified().unwrap())
        };
        (stamp(&files.certificate), stamp(&files.key), files)
    };
    let before = rewrite("other.example");
    let listen = Listen {
        tls: Some(before.2.clone()),
        ..Listen::default()
    };
    let main = MainServer::builder().listen(listen).start().await.unwrap();
    let transport = authority.transport();
    let works = async || {
        let request = HttpRequest {
            method: Method::Get,
            url: format!("{}/health", main.url()),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: std::time::Duration::from_secs(5),
            max_answer: MAX_ANSWER,
        };
        transport.send(request).await.is_ok()
    };
    assert!(!works().await, "the control: this is another host's");
    let after = rewrite("127.0.0.1");
    assert_eq!(
        (before.0, before.1),
        (after.0, after.1),
        "nothing else tells"
    );
    for _ in 0..300 {
        if works().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the new pair was not taken up");
}
