//! TLS for a listener: rustls with ring, certificate and key from PEM files that may be replaced
//! while the server runs, HTTP/2 and HTTP/1.1 by ALPN.
//!
//! Owns when the files are read, `files` what is wrong with them. A pair that cannot be used does not replace one that can: it is logged,
//! and looked at again when the files change.

mod files;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::ring,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub use self::files::TlsFiles;
use crate::error::Error;

const LOOK_EVERY: Duration = Duration::from_secs(1);

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
    let content = files.content();
    let seen = content.digests();
    let current = Arc::new(Current(RwLock::new(Arc::new(content.pair()?))));
    drop(content);
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Configuration(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(current.clone());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tokio::spawn(watch(files, seen, current, stop));
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn watch(
    files: TlsFiles,
    mut seen: [Option<[u8; 32]>; 2],
    current: Arc<Current>,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let content = files.content();
        let found = content.digests();
        if found == seen {
            continue;
        }
        match content.pair() {
            Ok(pair) => {
                *current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!("the TLS certificate was replaced");
            }
            Err(error) => tracing::warn!(%error, "the TLS certificate was not replaced"),
        }
        seen = found;
    }
}
