//! What a wallet remembers (`spec/wallet.md`, section 1). Its form in the store is in `form`.

use spooky_core::{
    anchor::SnapshotMark,
    credential::{IssuedCredential, IssuerId, IssuerKeys, Schema, SchemaDigest},
    entropy::Entropy,
    keys::{AnchorKey, PseudonymSecret, Seed, SeedSize},
};
use zeroize::Zeroizing;

use super::form;
use crate::{
    broker::Published,
    error::{Code, Error},
};

/// All that a wallet remembers. Neither `Debug` nor `Clone`.
pub(crate) struct State {
    pub(crate) issuer: IssuerId,
    pub(crate) anchor: AnchorKey,
    pub(crate) secret: PseudonymSecret,
    /// Until the anchor is registered: R signs the registration.
    pub(crate) seed: Option<Seed>,
    pub(crate) seed_kept: bool,
    /// The public key D, SEC 1.
    pub(crate) device: Option<Vec<u8>>,
    /// The broker's statement that the anchor is registered.
    pub(crate) statement: Option<String>,
    pub(crate) revoked: bool,
    pub(crate) published: Published,
    pub(crate) credentials: Vec<Kept>,
    pub(crate) snapshot: Option<(SnapshotMark, String)>,
}

/// A credential with the published keys under which it was taken.
pub(crate) struct Kept {
    pub(crate) issued: IssuedCredential,
    pub(crate) schema: Schema,
    pub(crate) keys: IssuerKeys,
}

impl State {
    /// Makes the keys of a new wallet.
    ///
    /// # Errors
    /// `EntropyFailed`.
    pub(crate) fn make(
        issuer: &IssuerId,
        device: Option<Vec<u8>>,
        source: &dyn Entropy,
    ) -> Result<Self, Error> {
        let failed = |_| Error::new(Code::EntropyFailed);
        let seed = Seed::make(SeedSize::Bits256, source).map_err(failed)?;
        Ok(Self {
            issuer: issuer.clone(),
            anchor: AnchorKey::make(source).map_err(failed)?,
            secret: seed.pseudonym_secret().map_err(failed)?,
            seed: Some(seed),
            seed_kept: false,
            device,
            statement: None,
            revoked: false,
            published: Published::default(),
            credentials: Vec::new(),
            snapshot: None,
        })
    }

    /// The credential of this schema.
    pub(crate) fn credential(&self, schema: &SchemaDigest) -> Option<&Kept> {
        let fits = |kept: &&Kept| kept.issued.schema() == *schema;
        self.credentials.iter().find(fits)
    }

    /// The bytes for the store.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        form::write(self)
    }

    /// Reads what [`State::to_bytes`] wrote.
    ///
    /// # Errors
    /// `StoreNewer`, `StoreDamaged`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        form::read(bytes)
    }
}
