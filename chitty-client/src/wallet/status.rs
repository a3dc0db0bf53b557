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
        let keys = inner.broker.statement_keys(limit).await?;
        let statement = answer.statement.unwrap_or_default();
        let unverified = UnverifiedRegistered::parse(&statement)
            .map_err(|_| Error::new(Code::StatementRefused).at(Stage::Answered))?;
        errors::statement(unverified.verify(&keys, &anchor, inner.broker.now()))?;
    }
    Ok(answer.state)
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
    let now = broker.now();
    let keys = broker.statement_keys(limit).await?;
    let take = |state: &mut State| state.published.take_statement_keys(keys.clone(), now);
    inner.vault.change(take).await?;
    obtain::remember(inner, broker.metadata(limit).await?).await?;
    let text = broker.snapshot(limit).await?;
    let offer = |state: &mut State| {
        let keys = state.published.statement_keys.as_ref();
        let (keys, _) = keys.ok_or(Code::KeySetMissing)?;
        let mark = accept(state, keys, &text, now)?;
        state.snapshot = Some((mark, text.clone()));
        Ok(())
    };
    inner.vault.change(offer).await
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
    let Some((keys, _)) = &state.published.statement_keys else {
        return Ok(Verdict::Indeterminate(StatusReason::SnapshotMissing));
    };
    let now = inner.broker.now();
    let anchor = AnchorCommitment::of(&state.anchor.public());
    let statement = state.statement.as_deref().unwrap_or_default();
    let unverified = UnverifiedRegistered::parse(statement).map_err(|_| Code::StoreDamaged)?;
    Ok(match unverified.verify(keys, &anchor, now) {
        Verdict::Valid(registered) => {
            check_anchor(&registered, &monitor(state, keys, now), now, max_age)
        }
        Verdict::Invalid(reason) => Verdict::Invalid(reason),
        Verdict::Indeterminate(reason) => Verdict::Indeterminate(reason),
    })
}
