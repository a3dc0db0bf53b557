//! Credentials: the first one, and renewals that keep their tags (`spec/credentials.md`, section 4).

use std::sync::Arc;

use spooky_core::{
    credential::{
        Day, HeldCredential, IssuedCredential, IssuerKeys, Schema, SchemaDigest, TakeRefusal,
        request_credential,
    },
    encoding::from_base64url,
};
use zeroize::Zeroizing;

use super::{
    CredentialInfo, Inner, errors,
    state::{Kept, State},
    vault::Opened,
};
use crate::{
    broker::{Limit, Tries, off_thread},
    error::{Code, Error, Stage},
    wire::broker::CredentialRequest,
};

pub(super) async fn obtain(
    inner: &Inner,
    schema: SchemaDigest,
    code: Option<&str>,
) -> Result<CredentialInfo, Error> {
    let _turn = inner.turn.lock().await;
    if inner.vault.registered().await?.state.revoked {
        return Err(Code::WalletRevoked.into());
    }
    let limit = inner.broker.limit();
    // The keys that everybody sees, held against those that were seen before.
    remember(inner, limit).await?;
    let opened = inner.vault.registered().await?;
    let published = &opened.state.published;
    let schema = published.schema(&schema).ok_or(Code::SchemaUnknown)?;
    let (keys, _) = published.issuer_keys.as_ref().ok_or(Code::KeySetMissing)?;

    let answer = ask(inner, &opened, schema, keys, code, limit).await?;
    let bytes = Zeroizing::new(answer);
    let read = || IssuedCredential::from_cbor(&bytes);
    let malformed = |_| Error::new(Code::AnswerMalformed).at(Stage::Answered);
    let new = checked(inner, &opened, read().map_err(malformed)?, schema, keys).await?;
    for kept in &opened.state.credentials {
        // One lineage, one set of tags, whatever the schema.
        let held = opened.held(kept.issued.schema()).await?;
        if !new.has_tags_of(&held) {
            return Err(Error::new(Code::CredentialTagsChanged).at(Stage::Answered));
        }
    }
    let settle = |state: &mut State| {
        let kept = Kept {
            issued: read().map_err(malformed)?,
            schema: schema.clone(),
            keys: keys.clone(),
        };
        let others = |other: &Kept| other.issued.schema() != schema.digest();
        state.credentials.retain(others);
        state.credentials.push(kept);
        Ok(())
    };
    inner.vault.change(settle).await?;
    tracing::info!("a credential was taken");
    Ok(CredentialInfo {
        issuer: new.issuer().clone(),
        schema: schema.digest(),
        not_after: new.not_after(),
        attributes: new.attributes().clone(),
    })
}

pub(super) async fn list(inner: &Inner) -> Result<Vec<CredentialInfo>, Error> {
    let Some(opened) = inner.vault.open().await? else {
        return Ok(Vec::new());
    };
    let info = |kept: &Kept| CredentialInfo {
        issuer: kept.issued.issuer().clone(),
        schema: kept.issued.schema(),
        not_after: kept.issued.not_after(),
        attributes: kept.issued.attributes().clone(),
    };
    Ok(opened.state.credentials.iter().map(info).collect())
}

/// Fetches and stores what the issuer publishes now, if it may follow what it published before.
pub(super) async fn remember(inner: &Inner, limit: Limit) -> Result<(), Error> {
    let sent = inner.broker.now();
    let metadata = inner.broker.metadata(limit).await?;
    let fetch = inner.broker.fetched(sent);
    let take = |state: &mut State| state.published.take_metadata(metadata.clone(), fetch);
    inner.vault.change(take).await
}

/// Asks until there is an answer, over a fresh nonce each time.
async fn ask(
    inner: &Inner,
    opened: &Opened,
    schema: &Schema,
    keys: &IssuerKeys,
    code: Option<&str>,
    limit: Limit,
) -> Result<Vec<u8>, Error> {
    let broker = &inner.broker;
    let last = Day::of_unix_time(broker.now()).and_then(|day| day.plus_days(schema.life_days()));
    let key = keys.for_last_day(last.map_err(|_| Code::Internal)?);
    let suite = key
        .ok_or_else(|| errors::take(TakeRefusal::NoPublishedKey))?
        .suite();
    let secrets = opened.secrets(suite)?;
    let mut tries = Tries::new();
    loop {
        let nonce = broker.nonce(limit).await?;
        let anchor = &opened.state.anchor;
        let entropy = broker.line.entropy.as_ref();
        let request = request_credential(&secrets, anchor, schema, &nonce, broker.now(), entropy)
            .map_err(|_| Code::EntropyFailed)?;
        let body = CredentialRequest {
            nonce: nonce.to_text(),
            schema: schema.digest().to_text(),
            request,
            enrolment_code: code.map(str::to_owned),
        };
        match broker.credential(&body, limit).await {
            Ok(answer) => {
                tries.done(broker);
                let text = Zeroizing::new(answer.credential);
                return from_base64url(&text)
                    .map_err(|_| Error::new(Code::AnswerMalformed).at(Stage::Answered));
            }
            Err(failure) => tries.again(broker, failure, limit).await?,
        }
    }
}

/// Takes the credential only when nothing in it could be used to follow its holder.
async fn checked(
    inner: &Inner,
    opened: &Arc<Opened>,
    issued: IssuedCredential,
    schema: &Schema,
    keys: &IssuerKeys,
) -> Result<HeldCredential, Error> {
    let key = keys.for_last_day(issued.not_after());
    let suite = key
        .ok_or_else(|| errors::take(TakeRefusal::NoPublishedKey))?
        .suite();
    let secrets = opened.secrets(suite)?;
    let (schema, keys, now) = (schema.clone(), keys.clone(), inner.broker.now());
    off_thread(move || HeldCredential::take(&issued, &schema, &keys, &secrets, now))
        .await?
        .map_err(errors::take)
}
