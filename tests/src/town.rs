//! Sites that answer within this process as web servers would: they publish keys, take what wallets post to
//! them, and write down everything that reached them. All else goes out over HTTP.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chitty_client::{
    transport::{
        HttpRequest, HttpResponse, HttpTransport, Method, ReqwestOptions, ReqwestTransport,
        TransportError,
    },
    wallet::{Site, SiteBuilder},
};
use spooky_core::{
    credential::{Presentation, REQUEST_USE},
    entropy::OsEntropy,
    jose::{Ed25519SigningKey, KeyState, PublishedKey, StatementKey, StatementKeys},
    verdict::Verdict,
};

/// Addresses and bodies.
pub type Posted = Vec<(String, Vec<u8>)>;

/// The sites by their origins, behind the transport of a wallet. Clones share everything.
#[derive(Clone)]
pub struct Town {
    elsewhere: Arc<ReqwestTransport>,
    sites: Arc<Mutex<HashMap<String, Open>>>,
    posted: Arc<Mutex<Posted>>,
    says: Arc<Mutex<Option<(u16, String)>>>,
}

#[derive(Clone)]
struct Open {
    site: Site,
    keys: Vec<u8>,
}

impl Default for Town {
    fn default() -> Self {
        let transport = ReqwestTransport::new(&ReqwestOptions::default());
        Self {
            elsewhere: Arc::new(transport.expect("transport")),
            sites: Arc::default(),
            posted: Arc::default(),
            says: Arc::default(),
        }
    }
}

impl Town {
    /// Opens the site `host` with a key of its own; answers are posted to `/answers`.
    ///
    /// # Panics
    /// When it cannot be built.
    pub fn open(&self, host: &str, builder: SiteBuilder) -> Site {
        let key = Ed25519SigningKey::make(&OsEntropy).expect("key");
        let origin = format!("https://{host}");
        let published = PublishedKey {
            kid: "1".to_owned(),
            usage: REQUEST_USE.to_owned(),
            key: StatementKey::EdDsa(key.verifying_key()),
            nbf: 0,
            exp: 4_000_000_000,
            state: KeyState::Active,
        };
        let keys = StatementKeys::new(&origin, 1, vec![published]).expect("keys");
        let site = builder
            .response_uri(format!("{origin}/answers"))
            .request_key("1", key)
            .build()
            .expect("site");
        let open = Open {
            site: site.clone(),
            keys: keys.to_json().expect("JSON"),
        };
        self.sites.lock().expect("sites").insert(origin, open);
        site
    }

    /// What was posted, and where to.
    ///
    /// # Panics
    /// After a panic elsewhere.
    pub fn posted(&self) -> Posted {
        self.posted.lock().expect("posted").clone()
    }

    /// Every site answers posts with this from now on, whatever it thinks of them.
    ///
    /// # Panics
    /// After a panic elsewhere.
    pub fn always_says(&self, status: u16, body: &str) {
        *self.says.lock().expect("says") = Some((status, body.to_owned()));
    }
}

fn answered(status: u16, body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![("location".to_owned(), "https://evil.example/".to_owned())],
        body: body.into(),
    }
}

/// A site's own web server: what an app writes around the SDK.
async fn take(site: &Site, body: &[u8]) -> HttpResponse {
    let Ok(shown) = Presentation::from_cbor(body) else {
        return answered(400, "");
    };
    match site.receive(&shown).await {
        Ok(Verdict::Valid(answer)) => answered(200, answer.to_json().expect("JSON")),
        Ok(_) => answered(403, ""),
        Err(_) => answered(500, ""),
    }
}

#[async_trait]
impl HttpTransport for Town {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let known = {
            let sites = self.sites.lock().expect("sites");
            let found = |(origin, _): &(&String, &Open)| {
                let path = request.url.strip_prefix(origin.as_str());
                path.is_some_and(|path| path.starts_with('/'))
            };
            sites.iter().find(found).map(|(_, open)| open.clone())
        };
        let Some(open) = known else {
            return self.elsewhere.send(request).await;
        };
        if request.method == Method::Get {
            return Ok(match request.url.ends_with("/.well-known/jwks.json") {
                true => answered(200, open.keys),
                false => answered(404, ""),
            });
        }
        let posted = (request.url.clone(), request.body.clone());
        self.posted.lock().expect("posted").push(posted);
        let said = self.says.lock().expect("says").clone();
        Ok(match said {
            Some((status, body)) => answered(status, body),
            None => take(&open.site, &request.body).await,
        })
    }
}
