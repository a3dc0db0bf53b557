//! Debts as the app sees them: listed, settled one by one, retried or given up.

use super::{
    record::Record,
    settle::settle_now,
    store::{Durability, Entry, Put, State},
};
use crate::{
    error::{Code, Error},
    id::ChittyId,
    issuance::{Issued, answer},
    shared::Shared,
};

/// A fallback id that is still owed a permanent one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pending {
    /// The fallback id.
    pub fallback_id: ChittyId,
    /// Owed, held or wedged.
    pub state: State,
    /// When it was asked for, in milliseconds since 1970.
    pub since_ms: i64,
    /// Attempts to replace it so far.
    pub attempts: u32,
    /// Why the last attempt failed, or why it is wedged.
    pub last_code: Option<Code>,
}

pub(crate) async fn list(shared: &Shared) -> Result<Vec<Pending>, Error> {
    let rows = shared
        .store
        .list(&State::DEBTS, i64::MAX, usize::MAX)
        .await?;
    rows.iter()
        .map(|row| {
            let record = Record::read(row)?;
            Ok(Pending {
                fallback_id: row.fallback_id.ok_or(Code::StoreDamaged)?,
                state: row.state,
                since_ms: record.created_ms,
                attempts: record.attempts,
                last_code: record.last_code.as_deref().and_then(Code::from_text),
            })
        })
        .collect()
}

pub(crate) async fn reconcile(shared: &Shared, id: &ChittyId) -> Result<Issued, Error> {
    let rows = shared.store.find(id).await?;
    let mine: Vec<&Entry> = rows
        .iter()
        .filter(|row| row.fallback_id.as_ref() == Some(id))
        .collect();
    match mine.as_slice() {
        [] => Err(Code::NotPending.into()),
        [row] if row.permanent_id.is_some() => answer::stored(shared, row).await,
        [row] if row.state == State::Abandoned => Err(Code::NotPending.into()),
        [row] => settle_now(shared, row).await,
        _ => Err(Code::IdAmbiguous.into()),
    }
}

pub(crate) async fn retry_wedged(shared: &Shared) -> Result<usize, Error> {
    let rows = shared
        .store
        .list(&[State::Wedged], i64::MAX, usize::MAX)
        .await?;
    let mut retried = 0;
    for row in rows {
        let mut record = Record::read(&row)?;
        record.attempts = 0;
        let mut next = record.into_entry(&row, State::Owed)?;
        next.due_ms = shared.clock.now_ms();
        if let Put::Done(_) = shared.store.put(next, Durability::Process).await? {
            retried += 1;
        }
    }
    Ok(retried)
}

pub(crate) async fn abandon(shared: &Shared, id: &ChittyId, reason: &str) -> Result<(), Error> {
    loop {
        let rows = shared.store.find(id).await?;
        let debts: Vec<&Entry> = rows
            .iter()
            .filter(|row| State::DEBTS.contains(&row.state))
            .collect();
        let row = match debts.as_slice() {
            [] => return Err(Code::NotPending.into()),
            [row] => *row,
            _ => return Err(Code::IdAmbiguous.into()),
        };
        let mut record = Record::read(row)?;
        record.reason = Some(reason.to_owned());
        let next = record.into_entry(row, State::Abandoned)?;
        if let Put::Done(_) = shared.store.put(next, Durability::Power).await? {
            return Ok(());
        }
    }
}
