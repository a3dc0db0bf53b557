//! Parts that an app hands in.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use chitty::facade::{
    Site,
    foreign::{
        ForeignError, HardwareSigner, HttpRequest, HttpResponse, HttpTransport, SecretStore,
        SecurityLevel, SeedKeeper, SignerError,
    },
};
use spooky_core::keys::{HardwareSigner as _, SoftwareSigner};

/// Secrets and the seed in memory; counts what it was asked.
#[derive(Default)]
pub(crate) struct Device {
    pub(crate) secrets: Mutex<HashMap<String, Vec<u8>>>,
    pub(crate) seeds: Mutex<Vec<Vec<u8>>>,
    pub(crate) locked: AtomicBool,
}

impl Device {
    fn unlocked(&self) -> Result<(), ForeignError> {
        match self.locked.load(Ordering::SeqCst) {
            true => Err(ForeignError::UNNAMED),
            false => Ok(()),
        }
    }
}

impl SecretStore for Device {
    fn load(&self, name: String) -> Result<Option<Vec<u8>>, ForeignError> {
        self.unlocked()?;
        Ok(self.secrets.lock().expect("secrets").get(&name).cloned())
    }

    fn save(&self, name: String, secret: Vec<u8>) -> Result<(), ForeignError> {
        self.unlocked()?;
        self.secrets.lock().expect("secrets").insert(name, secret);
        Ok(())
    }
}

impl SeedKeeper for Device {
    fn keep(&self, seed: Vec<u8>) -> Result<(), ForeignError> {
        self.unlocked()?;
        self.seeds.lock().expect("seeds").push(seed);
        Ok(())
    }
}

/// A device key that may say no.
pub(crate) struct Key {
    pub(crate) key: SoftwareSigner,
    pub(crate) says: Mutex<Result<(), SignerError>>,
    pub(crate) signed: AtomicU32,
}

impl HardwareSigner for Key {
    fn public_key(&self) -> Result<Vec<u8>, SignerError> {
        self.key.public_key().map_err(|_| SignerError::Malformed)
    }

    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, SignerError> {
        (*self.says.lock().expect("says"))?;
        self.signed.fetch_add(1, Ordering::SeqCst);
        self.key.sign(&message).map_err(|_| SignerError::Malformed)
    }

    fn security_level(&self) -> Result<SecurityLevel, SignerError> {
        Ok(SecurityLevel::SecureElement)
    }
}

/// The web server of shop.example: its key set, and its site behind `/answers`.
pub(crate) struct Shop {
    pub(crate) keys: Vec<u8>,
    pub(crate) site: Arc<Site>,
}

#[async_trait]
impl HttpTransport for Shop {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ForeignError> {
        let body = match request.url.as_str() {
            "https://shop.example/.well-known/jwks.json" => Some(self.keys.clone()),
            "https://shop.example/answers" => {
                let answer = self.site.receive(&request.body, None).await;
                answer.expect("answer").answer_json.map(String::into_bytes)
            }
            _ => None,
        };
        Ok(HttpResponse {
            status: if body.is_some() { 200 } else { 404 },
            headers: Vec::new(),
            body: body.unwrap_or_default(),
        })
    }
}

/// A transport that never answers.
#[derive(Default)]
pub(crate) struct Parked(pub(crate) AtomicBool);

#[async_trait]
impl HttpTransport for Parked {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, ForeignError> {
        self.0.store(true, Ordering::SeqCst);
        std::future::pending().await
    }
}
