//! Where the anchor stands: asked, revoked, and judged offline by statement and snapshot
//! (`spec/anchors.md`, sections 4 to 6).

use spooky_core::{
    anchor::{
        Accepted, AnchorCommitment, RevocationReason, SnapshotMark, StatusMonitor, StatusReason,
        UnverifiedRegistered, UnverifiedSnapshot, check_anchor, revoke_by_anchor,
    },
    jose::StatementKeys,
    verdict::Verdict,
};

use super::{Inner, errors, obtain, state::State};
use crate::{
    broker::{Limit, is_fresh},
    error::{Code, Error, Stage},
    wire::broker::AnchorStanding,
};

pub(super) async fn standing(inner: &Inner) -> Result<AnchorStanding, Error> {
    let Some(opened) = inner.vault.open().await? else {
        return Ok(AnchorStanding::Unknown);
    };
    let limit = inner.broker.limit();
    let anchor = AnchorCommitment::of(&opened.state.anchor.public());
    let answer = inner.broker.status(&anchor.to_text(), limit).await?;
    if answer.state == AnchorStanding::Active {
        take_keys(inner, limit).await?;
        take_statement(inner, &anchor, answer.statement).await?;
    }
    Ok(answer.state)
}

/// Fetches and stores the broker's keys for statements, if they may follow the ones before.
async fn take_keys(inner: &Inner, limit: Limit) -> Result<(), Error> {
    let sent = inner.broker.now();
    let keys = inner.broker.statement_keys(limit).await?;
    let fetch = inner.broker.fetched(sent);
    let take = |state: &mut State| state.published.take_statement_keys(keys.clone(), fetch);
    inner.vault.change(take).await
}

/// Believes and keeps the broker's statement about the anchor when the stored keys verify it. An earlier
/// one may have been signed by a key that was revoked since.
async fn take_statement(
    inner: &Inner,
    anchor: &AnchorCommitment,
    statement: Option<String>,
) -> Result<(), Error> {
    let statement = statement.unwrap_or_default();
    let unverified = UnverifiedRegistered::parse(&statement)
        .map_err(|_| Error::new(Code::StatementRefused).at(Stage::Answered))?;
    let opened = inner.vault.open().await?.ok_or(Code::WalletUnregistered)?;
    let keys = opened.state.published.statement_keys.as_ref();
    let (keys, _) = keys.ok_or(Code::KeySetMissing)?;
    errors::statement(unverified.verify(keys, anchor, inner.broker.now()))?;
    // A registration whose answer was lost is finished by `register`, which has the seed dropped.
    if opened
        .state
        .statement
        .as_ref()
        .is_none_or(|held| *held == statement)
    {
        return Ok(());
    }
    let settle = |state: &mut State| {
        state.statement = Some(statement.clone());
        Ok(())
    };
    inner.vault.change(settle).await
}

/// Asks for the statement anew when the stored one does not count under the stored keys.
async fn confirm(inner: &Inner, limit: Limit) -> Result<(), Error> {
    let opened = inner.vault.registered().await?;
    let anchor = AnchorCommitment::of(&opened.state.anchor.public());
    let Some((keys, _)) = &opened.state.published.statement_keys else {
        return Ok(());
    };
    let statement = opened.state.statement.as_deref().unwrap_or_default();
    let unverified = UnverifiedRegistered::parse(statement).map_err(|_| Code::StoreDamaged)?;
    if unverified
        .verify(keys, &anchor, inner.broker.now())
        .is_valid()
    {
        return Ok(());
    }
    let answer = inner.broker.status(&anchor.to_text(), limit).await?;
    match answer.state {
        AnchorStanding::Revoked => Ok(()),
        _ => take_statement(inner, &anchor, answer.statement).await,
    }
}

pub(super) async fn revoke(inner: &Inner) -> Result<(), Error> {
    let _turn = inner.turn.lock().await;
    let opened = inner.vault.registered().await?;
    let now = inner.broker.now();
    let certificate = revoke_by_anchor(&opened.state.anchor, now, RevocationReason::Unspecified)
        .map_err(|_| Code::Internal)?;
    let answer = inner
        .broker
        .revoke(certificate, inner.broker.limit())
        .await?;
    if answer.state != AnchorStanding::Revoked {
        return Err(Error::new(Code::AnswerMalformed).at(Stage::Answered));
    }
    let settle = |state: &mut State| {
        state.revoked = true;
        Ok(())
    };
    inner.vault.change(settle).await?;
    tracing::info!("the anchor is revoked");
    Ok(())
}

pub(super) async fn refresh(inner: &Inner) -> Result<(), Error> {
    let _turn = inner.turn.lock().await;
    inner.vault.registered().await?;
    let broker = &inner.broker;
    let limit = broker.limit();
    take_keys(inner, limit).await?;
    obtain::remember(inner, limit).await?;
    let text = broker.snapshot(limit).await?;
    let now = broker.now();
    let offer = |state: &mut State| {
        let keys = state.published.statement_keys.as_ref();
        let (keys, _) = keys.ok_or(Code::KeySetMissing)?;
        let mark = accept(state, keys, &text, now)?;
        state.snapshot = Some((mark, text.clone()));
        Ok(())
    };
    inner.vault.change(offer).await?;
    confirm(inner, limit).await
}

/// Judges a snapshot after the one that is stored.
fn accept(
    state: &State,
    keys: &StatementKeys,
    text: &str,
    now: u64,
) -> Result<SnapshotMark, Error> {
    let refused = |_| Error::new(Code::SnapshotRefused).at(Stage::Answered);
    let unverified = UnverifiedSnapshot::parse(text).map_err(refused)?;
    let snapshot = errors::snapshot(unverified.verify(keys))?;
    let mut monitor = monitor(state, keys, now);
    let (Accepted::Newer | Accepted::Same) = errors::snapshot(monitor.offer(snapshot, now))?;
    monitor.mark().ok_or_else(|| Code::Internal.into())
}

/// What is remembered of the broker's snapshots, with the newest one if its key is still published.
fn monitor(state: &State, keys: &StatementKeys, now: u64) -> StatusMonitor {
    let issuer = state.issuer.as_str();
    let Some((mark, text)) = &state.snapshot else {
        return StatusMonitor::new(issuer);
    };
    let mut monitor = StatusMonitor::resume(issuer, *mark);
    if let Ok(unverified) = UnverifiedSnapshot::parse(text)
        && let Verdict::Valid(snapshot) = unverified.verify(keys)
    {
        // Refused only when this clock was set back: then there is no current one.
        let _ = monitor.offer(snapshot, now);
    }
    monitor
}

pub(super) async fn check(
    inner: &Inner,
    max_age: u64,
) -> Result<Verdict<u64, StatusReason>, Error> {
    let opened = inner.vault.registered().await?;
    let state = &opened.state;
    let Some((keys, fetched_at)) = &state.published.statement_keys else {
        return Ok(Verdict::Indeterminate(StatusReason::SnapshotMissing));
    };
    let now = inner.broker.now();
    let anchor = AnchorCommitment::of(&state.anchor.public());
    let statement = state.statement.as_deref().unwrap_or_default();
    let unverified = UnverifiedRegistered::parse(statement).map_err(|_| Code::StoreDamaged)?;
    Ok(match unverified.verify(keys, &anchor, now) {
        Verdict::Valid(registered) => {
            match check_anchor(&registered, &monitor(state, keys, now), now, max_age) {
                // A key that was revoked since might have signed it.
                Verdict::Valid(_) if !is_fresh(*fetched_at, now, inner.keys_max_age) => {
                    Verdict::Indeterminate(StatusReason::KeysStale)
                }
                verdict => verdict,
            }
        }
        Verdict::Invalid(reason) => Verdict::Invalid(reason),
        Verdict::Indeterminate(reason) => Verdict::Indeterminate(reason),
    })
}
