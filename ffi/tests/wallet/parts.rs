//! Parts that an app hands in.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use chitty::facade::foreign::{
    ForeignError, HardwareSigner, HttpRequest, HttpResponse, HttpTransport, SecretStore,
    SecurityLevel, SeedKeeper, SignerError,
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

/// Serves one document, the key set of a site, and nothing else.
pub(crate) struct SiteKeys(pub(crate) Vec<u8>);

#[async_trait]
impl HttpTransport for SiteKeys {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ForeignError> {
        let known = request.url == "https://shop.example/.well-known/jwks.json";
        Ok(HttpResponse {
            status: if known { 200 } else { 404 },
            headers: Vec::new(),
            body: self.0.clone(),
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
