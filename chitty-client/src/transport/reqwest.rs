//! The built-in transport: reqwest over rustls with ring, HTTP/1.1 and HTTP/2.
//!
//! Trusts the Mozilla roots compiled in, plus roots the app adds; uses no proxy unless told; never
//! follows redirects. The TLS configuration is handed over explicitly, so no process-wide default
//! is read or set.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use ::reqwest::header::HeaderValue;
use async_trait::async_trait;
use futures_util::StreamExt;
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};

use super::connections::{self, Connections};
use super::{HttpRequest, HttpResponse, HttpTransport, Method, TransportError, TransportFault};
use crate::error::{Code, Error, Stage};

/// Settings of [`ReqwestTransport`].
#[derive(Clone)]
#[must_use]
pub struct ReqwestOptions {
    connect_timeout: Duration,
    extra_roots: Vec<CertificateDer<'static>>,
    only_extra_roots: bool,
    proxy: Option<String>,
}

/// Prints no address of a proxy: it may hold a password.
impl fmt::Debug for ReqwestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("extra_roots", &self.extra_roots.len())
            .field("only_extra_roots", &self.only_extra_roots)
            .field("proxy", &self.proxy.is_some())
            .finish()
    }
}

impl Default for ReqwestOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            extra_roots: Vec::new(),
            only_extra_roots: false,
            proxy: None,
        }
    }
}

impl ReqwestOptions {
    /// How long a connection may take, TLS included. Default 3 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts one more root certificate (DER).
    pub fn add_root(mut self, der: Vec<u8>) -> Self {
        self.extra_roots.push(CertificateDer::from(der));
        self
    }

    /// Trusts the added roots and no others.
    pub fn only_added_roots(mut self) -> Self {
        self.only_extra_roots = true;
        self
    }

    /// Sends everything through this proxy (`http://host:port`).
    pub fn proxy(mut self, address: impl Into<String>) -> Self {
        self.proxy = Some(address.into());
        self
    }
}

/// [`HttpTransport`] on reqwest. Cheap to share; keeps connections open for reuse, and never one on
/// which a request was not answered in time.
#[derive(Clone)]
pub struct ReqwestTransport {
    connections: Arc<Connections>,
}

/// Prints no settings.
impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}

impl ReqwestTransport {
    /// Builds the transport.
    ///
    /// # Errors
    /// `ConfigurationInvalid` for a bad root certificate or proxy address.
    pub fn new(options: &ReqwestOptions) -> Result<Self, Error> {
        let invalid = |what: &'static str| Error::new(Code::ConfigurationInvalid).detail(what);
        let mut roots = RootCertStore::empty();
        if !options.only_extra_roots {
            roots.add_parsable_certificates(
                webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned(),
            );
        }
        for root in &options.extra_roots {
            roots
                .add(root.clone())
                .map_err(|error| invalid("root certificate").caused_by(error))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| invalid("TLS").caused_by(error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let proxy = match &options.proxy {
            Some(address) => Some(
                ::reqwest::Proxy::all(address)
                    .map_err(|error| invalid("proxy address").caused_by(error))?,
            ),
            None => None,
        };
        let connect_timeout = options.connect_timeout;
        let make = move || {
            let builder = connections::watched(::reqwest::Client::builder())
                .tls_backend_preconfigured(tls.clone())
                .redirect(::reqwest::redirect::Policy::none())
                .retry(::reqwest::retry::never())
                .connect_timeout(connect_timeout)
                .no_proxy();
            match &proxy {
                Some(proxy) => builder.proxy(proxy.clone()),
                None => builder,
            }
            .build()
        };
        let connections =
            Connections::new(make).map_err(|error| invalid("HTTP client").caused_by(error))?;
        Ok(Self {
            connections: Arc::new(connections),
        })
    }

    async fn exchange(
        client: &::reqwest::Client,
        request: HttpRequest,
    ) -> Result<HttpResponse, TransportError> {
        let mut builder = match request.method {
            Method::Get => client.get(&request.url),
            Method::Post => client.post(&request.url).body(request.body),
        };
        for (name, value) in &request.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| TransportError {
                fault: TransportFault::RequestInvalid,
                stage: Stage::NotSent,
            })?;
            // Keys travel here: never printed by the libraries below, never in a compression table.
            value.set_sensitive(true);
            builder = builder.header(*name, value);
        }
        let response = builder
            .timeout(request.timeout)
            .send()
            .await
            .map_err(|error| classify(&error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect();
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| after_headers(&error))?;
            if body.len() + chunk.len() > request.max_answer {
                return Err(TransportError {
                    fault: TransportFault::AnswerTooLarge,
                    stage: Stage::Answered,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse {
            status,
            headers,
            body,
        })
    }
}

#[async_trait]
impl HttpTransport for ReqwestTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let lent = self.connections.lend(&request.url, request.timeout);
        let answer = Self::exchange(lent.client(), request).await;
        match &answer {
            Err(error) if error.fault == TransportFault::TimedOut => lent.give_up(),
            _ => {}
        }
        lent.answered();
        answer
    }
}

fn classify(error: &::reqwest::Error) -> TransportError {
    let (fault, stage) = if error.is_builder() {
        (TransportFault::RequestInvalid, Stage::NotSent)
    } else if error.is_connect() {
        (connect_fault(error), Stage::NotSent)
    } else if error.is_timeout() {
        (TransportFault::TimedOut, Stage::MaybeSent)
    } else if hyper_error(error).is_some_and(::hyper::Error::is_parse) {
        (TransportFault::AnswerMalformed, Stage::Answered)
    } else {
        (TransportFault::ConnectionLost, Stage::MaybeSent)
    };
    TransportError { fault, stage }
}

fn connect_fault(error: &::reqwest::Error) -> TransportFault {
    if error.is_dns() {
        return TransportFault::NameNotResolved;
    }
    match sources(error).find_map(|source| source.downcast_ref::<rustls::Error>()) {
        Some(
            rustls::Error::InvalidCertificate(_)
            | rustls::Error::NoCertificatesPresented
            | rustls::Error::UnsupportedNameType
            | rustls::Error::InvalidCertRevocationList(_),
        ) => TransportFault::TlsIdentity,
        Some(_) => TransportFault::TlsFailed,
        None => TransportFault::ConnectFailed,
    }
}

fn after_headers(error: &::reqwest::Error) -> TransportError {
    let fault = if error.is_timeout() {
        TransportFault::TimedOut
    } else {
        TransportFault::ConnectionLost
    };
    TransportError {
        fault,
        stage: Stage::MaybeSent,
    }
}

fn hyper_error(error: &::reqwest::Error) -> Option<&::hyper::Error> {
    sources(error).find_map(|source| source.downcast_ref())
}

/// The chain of sources. An `io::Error` hides its inner error from `source()`, so it is opened too.
fn sources<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), next_source)
}

fn next_source<'a>(error: &&'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let error: &'a (dyn StdError + 'static) = *error;
    error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
        .map(|inner| inner as &(dyn StdError + 'static))
        .or_else(|| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_proxy_is_not_printed() {
        let options = ReqwestOptions::default().proxy("http://me:geheim@127.0.0.1:9");
        let transport = ReqwestTransport::new(&options).unwrap();
        let printed = format!("{options:?} {transport:?}");
        assert!(!printed.contains("geheim"), "{printed}");
    }
}
