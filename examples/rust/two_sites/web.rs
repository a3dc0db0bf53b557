//! A site's web server within this process, as a wallet's transport reaches it: it serves the keys that sign its
//! requests, and gives what is posted to it to the SDK.

use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use chitty_client::{
    transport::{
        HttpRequest, HttpResponse, HttpTransport, ReqwestOptions, ReqwestTransport, TransportError,
    },
    wallet::Site,
};
use reference_server::BrokerHandle;
use spooky_core::{
    credential::{Presentation, REQUEST_USE},
    entropy::OsEntropy,
    jose::{Ed25519SigningKey, KeyState, PublishedKey, StatementKey, StatementKeys},
    verdict::Verdict,
};

use crate::{BROKER, Calendar};

/// A site, and the keys that it publishes.
type Open = (Site, Vec<u8>);

/// One site; everything else goes out over HTTP.
#[derive(Clone)]
pub(crate) struct Web {
    elsewhere: Arc<ReqwestTransport>,
    here: Arc<Mutex<Option<Open>>>,
    posted: Arc<Mutex<Vec<String>>>,
}

impl Web {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            elsewhere: Arc::new(ReqwestTransport::new(&ReqwestOptions::default())?),
            here: Arc::default(),
            posted: Arc::default(),
        })
    }

    /// Opens a site that signs its requests, and that wallets post to at `/answers`.
    pub(crate) fn open(
        &self,
        host: &str,
        broker: &BrokerHandle,
        clock: &Arc<Calendar>,
    ) -> Result<Site, Box<dyn Error>> {
        let key = Ed25519SigningKey::make(&OsEntropy)?;
        let origin = format!("https://{host}");
        let published = PublishedKey {
            kid: "1".to_owned(),
            usage: REQUEST_USE.to_owned(),
            key: StatementKey::EdDsa(key.verifying_key()),
            nbf: 0,
            exp: 4_000_000_000,
            state: KeyState::Active,
        };
        let keys = StatementKeys::new(&origin, 1, vec![published])?.to_json()?;
        let site = Site::builder()
            .host(host)
            .broker(BROKER)
            .broker_url(broker.url())
            .response_uri(format!("{origin}/answers"))
            .request_key("1", key)
            .allow_cross_device()
            .clock(clock.clone())
            .build()?;
        *self.here.lock().unwrap_or_else(PoisonError::into_inner) = Some((site.clone(), keys));
        Ok(site)
    }

    fn note(&self, url: &str) {
        let mut posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
        posted.push(url.to_owned());
    }

    /// The addresses that something was posted to.
    pub(crate) fn posted_to(&self) -> Vec<String> {
        let posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
        posted.clone()
    }
}

/// What the site's own server does with a post: it logs nobody in, it answers the wallet.
async fn answer(site: &Site, body: &[u8]) -> Option<Vec<u8>> {
    let shown = Presentation::from_cbor(body).ok()?;
    match site.receive(&shown).await.ok()? {
        Verdict::Valid(answer) => Some(answer.to_json().ok()?.into_bytes()),
        Verdict::Invalid(_) | Verdict::Indeterminate(_) => None,
    }
}

#[async_trait]
impl HttpTransport for Web {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let here = {
            let here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
            here.clone()
        };
        let body = match (request.url.as_str(), here) {
            ("https://bank.example/.well-known/jwks.json", Some((_, keys))) => Some(keys),
            ("https://bank.example/answers", Some((site, _))) => {
                self.note(&request.url);
                answer(&site, &request.body).await
            }
            _ => return self.elsewhere.send(request).await,
        };
        Ok(HttpResponse {
            status: if body.is_some() { 200 } else { 403 },
            headers: Vec::new(),
            body: body.unwrap_or_default(),
        })
    }
}
