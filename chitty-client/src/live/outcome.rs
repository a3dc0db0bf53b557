//! What an answer means for its row: settled, waiting, as it was before, or wedged until the app decides.
//! An id that came is in the store when this ends, whatever others made of the row meanwhile.

use spooky_core::verdict::Verdict;

use super::{LiveIssued, Shared, answer::Answer};
use crate::{
    error::{Code, Error, Stage},
    id::ChittyId,
    issuance::receipt::{CheckedReceipt, Expected, VerifiedReceipt},
    reconcile::{
        record::Record,
        store::{Durability, Entry, Put, State},
    },
};

/// The note that says that the service has sent receipts.
const SENDS_RECEIPTS: &str = "live-receipts";

/// Writes down what the answer means for the row.
pub(super) async fn record_answer(
    shared: &Shared,
    entry: Entry,
    record: Record,
    waited: Option<String>,
    answer: Answer,
) -> Result<LiveIssued, Error> {
    let (id, receipt) = match answer {
        Answer::Minted(id, receipt) => (id, receipt),
        Answer::Waiting { for_all } => {
            let code = if for_all {
                Code::MintPending
            } else {
                Code::RequestRefused
            };
            wait(shared, entry, record, code.as_str().to_owned()).await?;
            let causes = if for_all {
                Vec::new()
            } else {
                vec![code.into()]
            };
            return Err(Error::new(Code::MintPending)
                .at(Stage::Answered)
                .because_of(causes));
        }
        Answer::Refused(error) => {
            // Nothing was minted: the row is as it was before.
            match waited {
                Some(code) => wait(shared, entry, record, code).await?,
                None => {
                    shared.store.remove(&entry.key, entry.version).await?;
                }
            }
            return Err(error);
        }
        Answer::Uncertain(error, id) => {
            return Err(wedge(shared, entry, record, error, id).await?);
        }
    };
    let receipt = match checked(shared, &id, receipt).await {
        Ok(receipt) => receipt,
        Err(error) => return Err(wedge(shared, entry, record, error, Some(id)).await?),
    };
    settle(shared, entry, record, id, receipt).await
}

/// Records an id that came. It is never dropped: when its row was wedged, decided or given up meanwhile, the
/// row is settled all the same, and when the row got another id first, this one is kept beside it.
async fn settle(
    shared: &Shared,
    mut entry: Entry,
    mut record: Record,
    id: ChittyId,
    receipt: Option<VerifiedReceipt>,
) -> Result<LiveIssued, Error> {
    loop {
        record.receipt = receipt.as_ref().map(|receipt| receipt.as_str().to_owned());
        record.intent = None;
        record.last_code = None;
        record.settled_ms = Some(shared.clock.now_ms());
        let others = record.others()?;
        let mut next = record.into_entry(&entry, State::Issued)?;
        next.permanent_id = Some(id);
        // Nobody can ask for this id a second time: it must survive a power cut.
        if let Put::Done(_) = shared.store.put(next, Durability::Power).await? {
            return Ok(LiveIssued {
                id,
                receipt,
                others,
            });
        }
        match shared.store.get(&entry.key).await? {
            Some(found) if found.permanent_id.is_none_or(|first| first == id) => {
                record = Record::read(&found)?;
                entry = found;
            }
            Some(found) => return beside(shared, found, id).await,
            None => {
                record = Record::read(&entry)?;
                entry.version = 0;
            }
        }
    }
}

/// Keeps an id of a handle that already has one. The first stays the handle's id.
async fn beside(shared: &Shared, mut found: Entry, id: ChittyId) -> Result<LiveIssued, Error> {
    tracing::warn!("the service minted two ids for one handle");
    loop {
        let mut record = Record::read(&found)?;
        record.came_too(&id);
        let state = found.state;
        let next = record.into_entry(&found, state)?;
        if let Put::Done(_) = shared.store.put(next.clone(), Durability::Power).await? {
            return stored(shared, &next, &Record::read(&next)?);
        }
        found = shared.store.get(&found.key).await?.ok_or(Code::Internal)?;
    }
}

/// Judges the receipt, or its absence.
async fn checked(
    shared: &Shared,
    id: &ChittyId,
    receipt: Option<String>,
) -> Result<Option<VerifiedReceipt>, Error> {
    let Some(receipt) = receipt else {
        return match shared.store.note(SENDS_RECEIPTS).await? {
            Some(_) => Err(Code::ReceiptMissing.into()),
            None => Ok(None),
        };
    };
    let verified = verified(shared, id, &receipt)?;
    shared.store.set_note(SENDS_RECEIPTS, b"1").await?;
    Ok(Some(verified))
}

fn verified(shared: &Shared, id: &ChittyId, receipt: &str) -> Result<VerifiedReceipt, Error> {
    let keys = shared.keys.as_ref().ok_or(Code::KeySetMissing)?;
    let checked = CheckedReceipt::check(receipt, id, keys, Expected::default())?;
    match checked.at(shared.clock.now_ms().div_euclid(1000)) {
        Verdict::Valid(receipt) => Ok(receipt),
        Verdict::Invalid(code) | Verdict::Indeterminate(code) => Err(code.into()),
    }
}

pub(super) fn stored(shared: &Shared, entry: &Entry, record: &Record) -> Result<LiveIssued, Error> {
    let id = entry.permanent_id.ok_or(Code::StoreDamaged)?;
    let receipt = record.receipt.as_deref();
    Ok(LiveIssued {
        id,
        receipt: receipt
            .map(|receipt| verified(shared, &id, receipt))
            .transpose()?,
        others: record.others()?,
    })
}

/// Leaves the row to the next drain or repetition.
async fn wait(
    shared: &Shared,
    entry: Entry,
    mut record: Record,
    code: String,
) -> Result<(), Error> {
    record.last_code = Some(code);
    record.attempts = record.attempts.saturating_add(1);
    let mut next = record.into_entry(&entry, State::Open)?;
    next.due_ms = shared.clock.now_ms();
    shared.store.put(next, Durability::Power).await?;
    Ok(())
}

/// Leaves the row to the app's decision, and says why.
pub(super) async fn wedge(
    shared: &Shared,
    mut entry: Entry,
    mut record: Record,
    cause: Error,
    id: Option<ChittyId>,
) -> Result<Error, Error> {
    loop {
        if let Some(id) = &id {
            record.came_too(id);
        }
        // Settled or given up meanwhile: that stays, and only the id is added.
        let state = match entry.state {
            State::Open => {
                record.last_code = Some(cause.code().as_str().to_owned());
                State::Wedged
            }
            other => other,
        };
        let next = record.into_entry(&entry, state)?;
        if let Put::Done(_) = shared.store.put(next, Durability::Power).await? {
            break;
        }
        match shared.store.get(&entry.key).await? {
            Some(found) if id.is_some() => {
                record = Record::read(&found)?;
                entry = found;
            }
            // Somebody else knows better, and no id is lost.
            _ => break,
        }
    }
    tracing::warn!(code = cause.code().as_str(), "a mint needs a decision");
    let stage = cause.stage();
    Ok(Error::new(Code::PossibleDuplicate)
        .at(stage)
        .because_of(vec![cause]))
}

pub(super) fn lost() -> Error {
    Error::new(Code::TimedOut).at(Stage::MaybeSent)
}

pub(super) fn wedged(record: &Record) -> Error {
    let code = if record.reason.is_some() {
        Code::DebtWedged
    } else {
        Code::PossibleDuplicate
    };
    let cause = record.last_code.as_deref().and_then(Code::from_text);
    Error::new(code).because_of(cause.into_iter().map(Error::from).collect())
}
