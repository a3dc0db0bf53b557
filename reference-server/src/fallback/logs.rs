//! Main's side of fallbacks: issue logs, which tell main of ids whose clients died (decisions D4, D27).
//!
//! Every entry is judged by itself. Main acknowledges a log through a place; a log that is shorter, or holds
//! something else in a place that was acknowledged, is an older copy that went on. A suspended fallback may
//! still upload.

use std::sync::Arc;

use axum::{Json, extract::State};
use chitty_client::{
    error::Code,
    id::Class,
    issuance::{
        keyset::KeySet,
        receipt::{CheckedReceipt, Expected, RECEIPT_TYPE, ReceiptClaims},
    },
    wire::fallback::{
        EpochClaims, LogEntry, LogResponse, MAX_LOG_ENTRIES, RefusedEntry, SignedRequest,
    },
};
use spooky_core::jose::{UnverifiedJws, VerifyingKey};

use super::{
    requests::{Authentic, authentic},
    witness::{self, look_at_grant},
};
use crate::{
    error::Refusal,
    extract::JsonBody,
    id::{MainService, Scribe},
    store::{DebtProof, LogOutcome, Logged, Mint, Quota, Slot, Upload},
};

pub(crate) async fn issue_log(
    State(service): State<Arc<MainService>>,
    JsonBody(request): JsonBody<SignedRequest>,
) -> Result<Json<LogResponse>, Refusal> {
    if request.entries.len() > MAX_LOG_ENTRIES {
        return Err(
            Refusal::new(Code::BatchTooLarge).detail(format!("at most {MAX_LOG_ENTRIES} entries"))
        );
    }
    let Authentic {
        fallback,
        holder,
        epochs,
    } = authentic(&service, &request, "issue-log").await?;
    if !epochs.places.is_empty() && epochs.places.len() != request.entries.len() {
        return Err(
            Refusal::new(Code::BodyInvalid).detail("there are more or fewer places than entries")
        );
    }
    let thumbprint = &fallback.enrolment.thumbprint;
    let before = service.store.upload(thumbprint).await?;
    let keys = service.key_set();
    let mut checked = Vec::new();
    let mut refused = Vec::new();
    for (index, entry) in request.entries.iter().enumerate() {
        match check_entry(&service, entry, &keys, &holder).await? {
            Ok(receipt) => checked.push((index, entry, receipt)),
            Err(code) => refused.push((index, code)),
        }
    }
    let now = service.now();
    let logged = store_entries(&service, &checked, now).await?;
    service.metrics.answered_for(&logged.settled, now);
    for ((index, ..), outcome) in checked.iter().zip(&logged.outcomes) {
        match outcome {
            LogOutcome::Refused(code) => refused.push((*index, *code)),
            LogOutcome::New if is_acknowledged(&epochs, before.as_ref(), *index) => {
                // The log once held something else in this place.
                let name = &fallback.enrolment.name;
                let code = Code::FallbackRolledBack;
                service.store.accuse(name, code, thumbprint, now).await?;
                return Err(code.into());
            }
            LogOutcome::New | LogOutcome::Known => {}
        }
    }
    if !refused.is_empty() {
        tracing::warn!(
            fallback = fallback.enrolment.name,
            refused = refused.len(),
            "issue-log entries were refused"
        );
    }
    let acknowledged = match &epochs.log {
        None => None,
        Some(log) => {
            let through = through(&epochs.places, &refused);
            let known = service.store.acknowledge(thumbprint, log, through).await?;
            Some(witness::acknowledged(&service, thumbprint, known))
        }
    };
    refused.sort_unstable_by_key(|(index, _)| *index);
    let refused = refused.into_iter().map(|(index, code)| RefusedEntry {
        index,
        code: code.as_str().to_owned(),
    });
    Ok(Json(LogResponse {
        accepted: logged.known,
        refused: Some(refused.collect()),
        acknowledged,
    }))
}

/// The last place before the first entry that is refused. A fallback that did not hear the answer sends
/// the page once more, and then an entry may be taken that was refused before: it must not look as if
/// something else had stood in its place.
fn through(places: &[i64], refused: &[(usize, Code)]) -> i64 {
    let first = refused.iter().map(|(index, _)| *index).min();
    let taken = places.get(..first.unwrap_or(places.len()));
    taken.and_then(|places| places.last()).copied().unwrap_or(0)
}

/// Whether main acknowledged the place of this entry before, in this log and epoch.
fn is_acknowledged(epochs: &EpochClaims, before: Option<&Upload>, index: usize) -> bool {
    let (Some(place), Some(before)) = (epochs.places.get(index), before) else {
        return false;
    };
    epochs.log.as_ref() == Some(&before.log) && *place <= before.acknowledged
}

/// The entry's receipt, or why main does not take it.
async fn check_entry(
    service: &MainService,
    entry: &LogEntry,
    keys: &KeySet,
    holder: &VerifyingKey,
) -> Result<Result<CheckedReceipt, Code>, Refusal> {
    let receipt = match check_receipt(&entry.receipt, keys) {
        Ok(receipt) => receipt,
        Err(code) => return Ok(Err(code)),
    };
    let Some(grant) = receipt.grant() else {
        return Ok(Err(Code::GrantMissing));
    };
    if grant.holder() != holder {
        return Ok(Err(Code::GrantHolder));
    }
    // The entry is stored all the same: a main that was restored wants to know what was issued.
    match look_at_grant(service, grant).await {
        Err(refusal) if refusal.code() != Code::RestoreUnannounced => Err(refusal),
        _ => Ok(Ok(receipt)),
    }
}

async fn store_entries(
    service: &MainService,
    checked: &[(usize, &LogEntry, CheckedReceipt)],
    now: i64,
) -> Result<Logged, Refusal> {
    // An upload makes no new id, so there is no slot to count in and nothing to charge.
    let no_slot = Slot {
        name: String::new(),
        capacity: 0,
        family: String::new(),
    };
    let scribes: Vec<Scribe> = checked
        .iter()
        .map(|(_, _, receipt)| Scribe::restating(service, receipt, now))
        .collect();
    let proofs: Vec<(DebtProof<'_>, &dyn Mint)> = checked
        .iter()
        .zip(&scribes)
        .map(|((_, entry, receipt), scribe)| {
            let proof = DebtProof {
                tenant: &entry.tenant,
                receipt,
                proven: None,
                slot: &no_slot,
                quota: Quota { daily: None },
                now,
            };
            (proof, scribe as &dyn Mint)
        })
        .collect();
    service.store.log(&proofs).await
}

/// A receipt of an issue log, when it is a fallback receipt that counts.
pub(crate) fn check_logged(receipt: &str, keys: &KeySet) -> Option<CheckedReceipt> {
    check_receipt(receipt, keys).ok()
}

fn check_receipt(receipt: &str, keys: &KeySet) -> Result<CheckedReceipt, Code> {
    let hint: ReceiptClaims = UnverifiedJws::parse(receipt, RECEIPT_TYPE)
        .and_then(|jws| jws.dangerous_unverified_claims())
        .map_err(|_| Code::ReceiptMalformed)?;
    let id = hint.sub.parse().map_err(|_| Code::IdMalformed)?;
    let expected = Expected {
        class: Some(Class::Fallback),
        ..Expected::default()
    };
    CheckedReceipt::check(receipt, &id, keys, expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_not_acknowledged_nor_is_what_follows() {
        let refused = |index| (index, Code::GrantExhausted);
        assert_eq!(through(&[4, 5, 9], &[]), 9);
        assert_eq!(through(&[4, 5, 9], &[refused(2)]), 5);
        assert_eq!(through(&[4, 5, 9], &[refused(2), refused(0)]), 0);
        assert_eq!(through(&[], &[refused(0)]), 0, "sent again without places");
    }
}
