//! Foreign parts that hold keys, as wallets want them.

use std::sync::Arc;

use async_trait::async_trait;
use chitty_client::{
    error::{Code, Error},
    wallet::{SecretStore, SeedKeeper},
};
use spooky_core::keys::{self, Seed};
use zeroize::Zeroizing;

use crate::facade::foreign;

/// A foreign place for secrets.
pub(crate) struct SecretsOf(pub(crate) Arc<dyn foreign::SecretStore>);

/// A foreign place for the seed.
pub(crate) struct SeedKeeperOf(pub(crate) Arc<dyn foreign::SeedKeeper>);

/// A foreign device key.
pub(crate) struct SignerOf(pub(crate) Arc<dyn foreign::HardwareSigner>);

impl SecretStore for SecretsOf {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let found = self.0.load(name.to_owned());
        let found = found.map_err(|_| Code::SecretsUnavailable)?;
        Ok(found.map(Zeroizing::new))
    }

    fn save(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        let kept = self.0.save(name.to_owned(), value.to_vec());
        kept.map_err(|_| Code::SecretsUnavailable.into())
    }
}

#[async_trait]
impl SeedKeeper for SeedKeeperOf {
    async fn keep(&self, seed: &Seed) -> Result<(), Error> {
        let (keeper, seed) = (Arc::clone(&self.0), seed.expose_secret().to_vec());
        let kept = tokio::task::spawn_blocking(move || keeper.keep(seed)).await;
        match kept {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Code::ForeignFailed.into()),
        }
    }
}

impl keys::HardwareSigner for SignerOf {
    fn public_key(&self) -> Result<Vec<u8>, keys::SignerError> {
        self.0.public_key().map_err(signer_error)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, keys::SignerError> {
        self.0.sign(message.to_vec()).map_err(signer_error)
    }

    fn security_level(&self) -> keys::SecurityLevel {
        match self.0.security_level() {
            Ok(foreign::SecurityLevel::TrustedEnvironment) => {
                keys::SecurityLevel::TrustedEnvironment
            }
            Ok(foreign::SecurityLevel::SecureElement) => keys::SecurityLevel::SecureElement,
            Ok(foreign::SecurityLevel::Software) | Err(_) => keys::SecurityLevel::Software,
        }
    }
}

fn signer_error(error: foreign::SignerError) -> keys::SignerError {
    use foreign::SignerError as Theirs;
    match error {
        Theirs::Cancelled => keys::SignerError::Cancelled,
        Theirs::AuthenticationRequired => keys::SignerError::AuthenticationRequired,
        Theirs::Invalidated => keys::SignerError::Invalidated,
        Theirs::Busy => keys::SignerError::Busy,
        Theirs::Unavailable => keys::SignerError::Unavailable,
        Theirs::WrongKey => keys::SignerError::WrongKey,
        Theirs::Malformed => keys::SignerError::Malformed,
    }
}
