//! How a fallback reaches main: the address, and whose certificates count.
//!
//! Owns the check of main's URL and the HTTP client. With a CA file of the operator's, its roots count
//! *instead* of the web's, as in curl, Prometheus and etcd: no public authority can then stand in for
//! main. The file is read once, at the start. Refuses a CA file where nothing would look at it.

use std::{error::Error as _, path::Path, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use url::{Host, Url};

use crate::{config::wrong, error::Error};

/// Main's URL: https, or http on loopback.
pub(super) fn address(main: &str, ca: Option<&Path>) -> Result<Url, Error> {
    let Ok(main) = Url::parse(main) else {
        return wrong("the main service's URL is malformed; write it as https://host:port");
    };
    let loopback = match main.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match main.scheme() {
        "https" => Ok(main),
        "http" if loopback && ca.is_none() => Ok(main),
        "http" if loopback => wrong("main's CA file is of no use with an http URL; say https"),
        _ => wrong("the main service must be https, or http on loopback"),
    }
}

/// A client that trusts the roots in `ca`, or those of the web. It speaks HTTP/1.1 alone: a request that is
/// not answered in time takes its connection with it, and the next one begins afresh.
pub(super) fn client(ca: Option<&Path>) -> Result<reqwest::Client, Error> {
    let unusable = |error: String| Error::Configuration(error);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?
        .with_root_certificates(ca.map_or_else(|| Ok(web_roots()), own_roots)?)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .default_headers(HeaderMap::from_iter([(
            ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        )]))
        .user_agent(concat!("reference-server/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(15))
        .http1_only()
        .tcp_keepalive(Duration::from_secs(15))
        .tcp_keepalive_interval(Duration::from_secs(15))
        .pool_idle_timeout(Duration::from_secs(60))
        .build()
        .map_err(|error| unusable(error.to_string()))
}

fn web_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    roots
}

fn own_roots(ca: &Path) -> Result<RootCertStore, Error> {
    let text =
        std::fs::read(ca).map_err(Error::about(format!("main's CA file {}", ca.display())))?;
    let Ok(found) = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>() else {
        return wrong("main's CA file cannot be read as PEM");
    };
    let mut roots = RootCertStore::empty();
    for certificate in found {
        if roots.add(certificate).is_err() {
            return wrong("main's CA file holds something else than a root certificate");
        }
    }
    match roots.is_empty() {
        true => wrong("main's CA file holds no certificate"),
        false => Ok(roots),
    }
}

/// Why main was not reached, without its address: the innermost cause, such as an unknown issuer.
pub(super) fn why(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    match cause {
        Some(cause) => format!("it cannot be reached: {cause}"),
        None => error.to_string(),
    }
}
