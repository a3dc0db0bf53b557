//! Registration, in an order that loses nothing: keys stored, seed handed over, request sent,
//! statement stored and the seed dropped (`spec/wallet.md`, section 2).

use std::sync::Arc;

use spooky_core::{
    anchor::{AnchorCommitment, RegistrationDraft, RegistrationError, UnverifiedRegistered},
    credential::Nonce,
    jose::{StatementKeys, VerifyingKey},
    keys::{HardwareSigner, SignerError},
};

use super::{Inner, errors, state::State, vault::Opened};
use crate::{
    broker::{Broker, Limit, off_thread},
    error::{Code, Error, Stage},
};

pub(super) async fn register(inner: &Inner) -> Result<(), Error> {
    let _turn = inner.turn.lock().await;
    let opened = match inner.vault.open().await? {
        Some(opened) => opened,
        None => create(inner).await?,
    };
    if opened.state.revoked {
        return Err(Code::WalletRevoked.into());
    }
    if opened.state.statement.is_some() {
        return Ok(());
    }
    if !opened.state.seed_kept {
        let seed = opened.state.seed.as_ref().ok_or(Code::StoreDamaged)?;
        let kept = inner.keeper.keep(seed).await;
        kept.map_err(|error| Error::new(Code::SeedNotKept).because_of(vec![error]))?;
        let done = |state: &mut State| {
            state.seed_kept = true;
            Ok(())
        };
        inner.vault.change(done).await?;
    }
    let limit = inner.broker.limit();
    let nonce = inner.broker.nonce(limit).await?;
    let registration = sign(inner, &opened, &nonce).await?;
    // Sent once: a repetition might show the device key's prompt again.
    let answer = inner.broker.register(&nonce, registration, limit).await;
    let statement = answer.map_err(|failure| failure.error)?.statement;
    let sent = inner.broker.now();
    let keys = take(&inner.broker, &opened, &statement, limit).await?;
    let fetch = inner.broker.fetched(sent);
    let settle = |state: &mut State| {
        state.published.take_statement_keys(keys.clone(), fetch)?;
        state.statement = Some(statement.clone());
        state.seed = None;
        Ok(())
    };
    inner.vault.change(settle).await?;
    tracing::info!("the anchor is registered");
    Ok(())
}

/// Makes the keys and stores them. When two processes do it at once, the first one's count.
async fn create(inner: &Inner) -> Result<Arc<Opened>, Error> {
    let device = match &inner.device {
        Some(signer) => Some(public_key(signer.clone()).await?.to_sec1().into_vec()),
        None => None,
    };
    let broker = &inner.broker;
    let state = State::make(&broker.issuer, device, broker.line.entropy.as_ref())?;
    inner.vault.create(&state).await?;
    drop(state);
    let opened = inner.vault.open().await?;
    opened.ok_or_else(|| Code::StoreFailed.into())
}

async fn public_key(signer: Arc<dyn HardwareSigner>) -> Result<VerifyingKey, Error> {
    let key = off_thread(move || signer.public_key()).await?;
    VerifyingKey::from_platform(&key.map_err(errors::signer)?)
        .map_err(|_| errors::signer(SignerError::Malformed))
}

/// The statement that A, R and D sign over the broker's nonce.
async fn sign(inner: &Inner, opened: &Opened, nonce: &Nonce) -> Result<String, Error> {
    let state = &opened.state;
    let seed = state.seed.as_ref().ok_or(Code::StoreDamaged)?;
    let recovery = seed.recovery_key().map_err(|_| Code::Internal)?;
    let expected = match &state.device {
        Some(bytes) => Some(VerifyingKey::from_platform(bytes).map_err(|_| Code::StoreDamaged)?),
        None => None,
    };
    let broker = &inner.broker;
    let draft = RegistrationDraft::new(
        nonce.as_bytes(),
        broker.issuer.as_str(),
        broker.now(),
        &state.anchor,
        &recovery,
        expected.clone(),
    );
    let draft = draft.map_err(|error| errors::registration(RegistrationError::Failed(error)))?;
    let signature = match (draft.device_input(), expected) {
        (Some(input), Some(expected)) => {
            let signer = inner.device.clone();
            let signer = signer.ok_or_else(|| errors::signer(SignerError::Unavailable))?;
            // Before a prompt is shown: is it the key of this wallet?
            if public_key(signer.clone()).await? != expected {
                return Err(errors::signer(SignerError::WrongKey));
            }
            let signed = off_thread(move || signer.sign(&input)).await?;
            Some(signed.map_err(errors::signer)?)
        }
        _ => None,
    };
    draft
        .finish(signature.as_deref())
        .map_err(errors::registration)
}

/// Believes the broker's statement only when its published keys verify it.
async fn take(
    broker: &Broker,
    opened: &Opened,
    statement: &str,
    limit: Limit,
) -> Result<StatementKeys, Error> {
    let keys = broker.statement_keys(limit).await?;
    let anchor = AnchorCommitment::of(&opened.state.anchor.public());
    let unverified = UnverifiedRegistered::parse(statement)
        .map_err(|_| Error::new(Code::StatementRefused).at(Stage::Answered))?;
    errors::statement(unverified.verify(&keys, &anchor, broker.now()))?;
    Ok(keys)
}
