//! TLS for a listener: rustls with ring, certificate and key from PEM files that may be replaced
//! while the server runs, HTTP/2 and HTTP/1.1 by ALPN.
//!
//! Owns reading the files. A pair that cannot be used does not replace one that can: it is logged,
//! and looked at again when the files change.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::error::Error;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A server's certificate and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, PEM, the server's own first.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// When and how long each file was: another value means another content.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl TlsFiles {
    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|path| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        })
    }

    fn read(&self) -> Result<CertifiedKey, Error> {
        let wrong = |what: &str| Error::Configuration(format!("TLS: {what}"));
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|_| wrong("the certificate file cannot be read"))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|_| wrong("the key file cannot be read"))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider())
            .map_err(|_| wrong("certificate and key do not belong together"))
    }
}

/// The pair in use.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(
            self.0
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
    }
}

/// An acceptor over these files, which looks at them every second until `stop`.
pub(crate) fn acceptor(files: TlsFiles, stop: CancellationToken) -> Result<TlsAcceptor, Error> {
    let stamp = files.stamp();
    let current = Arc::new(Current(RwLock::new(Arc::new(files.read()?))));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Configuration(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(current.clone());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tokio::spawn(watch(files, stamp, current, stop));
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn watch(files: TlsFiles, mut seen: Stamp, current: Arc<Current>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let stamp = files.stamp();
        if stamp == seen {
            continue;
        }
        match files.read() {
            Ok(pair) => {
                *current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!("the TLS certificate was replaced");
            }
            Err(error) => tracing::warn!(%error, "the TLS certificate was not replaced"),
        }
        seen = stamp;
    }
}
