//! What a wallet needs from its platform besides a device key: a place for two small secrets, and
//! somebody who takes the seed.

use async_trait::async_trait;
use spooky_core::keys::Seed;
use zeroize::Zeroizing;

use crate::error::Error;

/// A place for small secrets of this device, such as the platform's keychain. One stands for one
/// wallet, must not be copied to other devices or into backups, and survives the wallet's file.
///
/// Values are 32 bytes (a key) and 8 bytes (a mark that only rises). Calls come from a thread that
/// may wait.
pub trait SecretStore: Send + Sync {
    /// The secret of that name; `None` when there is none.
    ///
    /// # Errors
    /// `SecretsUnavailable` when that cannot be told: the device is locked, the keychain does not
    /// answer.
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error>;

    /// Keeps `value` under `name`, in the place of an earlier one, durably.
    ///
    /// # Errors
    /// `SecretsUnavailable` when it was not kept.
    fn save(&self, name: &str, value: &[u8]) -> Result<(), Error>;
}

impl<T: SecretStore + ?Sized> SecretStore for std::sync::Arc<T> {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        (**self).load(name)
    }

    fn save(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        (**self).save(name, value)
    }
}

/// Takes the seed of a new wallet, before anything of it is registered: shows it to the person, or
/// splits it. Whoever holds the seed can revoke the anchor and make the person's tags again.
#[async_trait]
pub trait SeedKeeper: Send + Sync {
    /// Returns when the seed is safe. It may be called again with the same seed, after a crash.
    ///
    /// # Errors
    /// Any: nothing is registered then, and the next attempt brings the same seed.
    async fn keep(&self, seed: &Seed) -> Result<(), Error>;
}

#[async_trait]
impl<T: SeedKeeper + ?Sized> SeedKeeper for std::sync::Arc<T> {
    async fn keep(&self, seed: &Seed) -> Result<(), Error> {
        (**self).keep(seed).await
    }
}
