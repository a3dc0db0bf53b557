//! The state in use: read from the store each time, so that what another process wrote counts, and
//! opened only when it changed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use spooky_core::{
    bbs::Suite,
    credential::{HeldCredential, HolderSecrets, IssuerId, SchemaDigest},
};

use super::{Saved, WalletStore, errors, state::State};
use crate::{
    broker::off_thread,
    error::{Code, Error},
    service::lock,
};

/// How often a change is tried when others write at the same time.
const MOST_CONFLICTS: usize = 16;

pub(super) struct Vault {
    store: Arc<dyn WalletStore>,
    issuer: IssuerId,
    opened: Mutex<Option<Arc<Opened>>>,
}

/// The state of one generation, with its credentials as far as they were opened.
pub(super) struct Opened {
    generation: u64,
    pub(super) state: State,
    held: Mutex<HashMap<[u8; 32], Arc<HeldCredential>>>,
}

impl Vault {
    pub(super) fn new(store: Arc<dyn WalletStore>, issuer: IssuerId) -> Self {
        Self {
            store,
            issuer,
            opened: Mutex::default(),
        }
    }

    /// The state as it is now; `None` for a new wallet.
    pub(super) async fn open(&self) -> Result<Option<Arc<Opened>>, Error> {
        let Some(stored) = self.store.load().await? else {
            return Ok(None);
        };
        if let Some(opened) = &*lock(&self.opened)
            && opened.generation == stored.generation
        {
            return Ok(Some(opened.clone()));
        }
        let state = State::read(&stored.state)?;
        if state.issuer != self.issuer {
            return Err(Code::WalletOtherBroker.into());
        }
        let opened = Arc::new(Opened {
            generation: stored.generation,
            state,
            held: Mutex::default(),
        });
        *lock(&self.opened) = Some(opened.clone());
        Ok(Some(opened))
    }

    /// The state of a wallet that was registered.
    ///
    /// # Errors
    /// `WalletUnregistered`.
    pub(super) async fn registered(&self) -> Result<Arc<Opened>, Error> {
        self.open()
            .await?
            .filter(|opened| opened.state.statement.is_some())
            .ok_or_else(|| Code::WalletUnregistered.into())
    }

    /// Writes the first state. False when another process was faster.
    pub(super) async fn create(&self, state: &State) -> Result<bool, Error> {
        let saved = self.store.save(0, &state.to_bytes()?).await?;
        Ok(matches!(saved, Saved::Done(_)))
    }

    /// Changes the stored state: `change` sees what is stored now, and is asked again when somebody
    /// else writes meanwhile. Durable when it returns.
    pub(super) async fn change(
        &self,
        change: impl Fn(&mut State) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for _ in 0..MOST_CONFLICTS {
            let stored = self.store.load().await?;
            let stored = stored.ok_or(Code::WalletUnregistered)?;
            let mut state = State::read(&stored.state)?;
            change(&mut state)?;
            let bytes = state.to_bytes()?;
            let saved = self.store.save(stored.generation, &bytes).await?;
            if matches!(saved, Saved::Done(_)) {
                return Ok(());
            }
        }
        Err(Code::StoreContended.into())
    }
}

impl Opened {
    /// Refuses a credential whose key the issuer revoked, as far as is known here.
    ///
    /// # Errors
    /// `CredentialKeyRevoked`.
    pub(super) fn refuse_revoked_key(&self, schema: &SchemaDigest) -> Result<(), Error> {
        let kept = self.state.credential(schema);
        let published = self.state.published.issuer_keys.as_ref();
        let (Some(kept), Some((published, _))) = (kept, published) else {
            return Ok(());
        };
        let day = kept.issued.not_after();
        let own = kept.keys.for_last_day(day);
        match published.revoked_for(day).any(|key| Some(key) == own) {
            true => Err(Code::CredentialKeyRevoked.into()),
            false => Ok(()),
        }
    }

    /// The credential of this schema, checked again. Not prepared: few programs present five times.
    ///
    /// # Errors
    /// `CredentialMissing`; `StoreDamaged` for one that does not verify any more.
    pub(super) async fn held(
        self: &Arc<Self>,
        schema: SchemaDigest,
    ) -> Result<Arc<HeldCredential>, Error> {
        if let Some(held) = lock(&self.held).get(&schema.0) {
            return Ok(held.clone());
        }
        let opened = self.clone();
        let held = off_thread(move || opened.reopen(schema)).await??;
        let held = Arc::new(held);
        lock(&self.held).insert(schema.0, held.clone());
        Ok(held)
    }

    fn reopen(&self, schema: SchemaDigest) -> Result<HeldCredential, Error> {
        let kept = self.state.credential(&schema);
        let kept = kept.ok_or(Code::CredentialMissing)?;
        let key = kept.keys.for_last_day(kept.issued.not_after());
        let suite = key.ok_or(Code::StoreDamaged)?.suite();
        let secrets = self.secrets(suite)?;
        let held = HeldCredential::reopen(&kept.issued, &kept.schema, &kept.keys, &secrets);
        held.map_err(|refusal| Error::new(Code::StoreDamaged).caused_by(errors::take(refusal)))
    }

    /// The secrets towards the issuer.
    pub(super) fn secrets(&self, suite: Suite) -> Result<HolderSecrets, Error> {
        HolderSecrets::derive(&self.state.secret, suite, &self.state.issuer)
            .map_err(|_| Code::Internal.into())
    }
}
