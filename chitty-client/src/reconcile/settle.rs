//! Replacing fallback ids: a batch goes out, a result per item comes back, matched by id and
//! receipt and never by place (decisions D4, D7).

use std::time::Duration;

use spooky_core::encoding::base64url;

use super::{
    drain::{CALL_LIMIT, DrainReport, Step, defer, put_off, read},
    record::Record,
    store::{Durability, Entry, Put, State},
};
use crate::{
    error::{Code, Error, ErrorKind, Stage},
    events::Event,
    id::{ChittyId, Class},
    issuance::{
        Issued, answer,
        job::Job,
        receipt::{CheckedReceipt, Expected, receipt_digest},
    },
    metrics::{self, Counters},
    service::Call,
    shared::{Shared, remaining},
    wire::id::{ReconcileItem, ReconcileRequest, ReconcileResponse, ReconcileResult},
};

struct Debt {
    entry: Entry,
    record: Record,
    job: Job,
    old: ChittyId,
    receipt: String,
    /// The receipt's own name, to match results by.
    jti: Option<String>,
}

impl Debt {
    async fn read(shared: &Shared, entry: &Entry) -> Result<Self, Error> {
        let (record, job) = read(shared, entry).await?;
        let receipt = record.fallback_receipt.clone().ok_or(Code::StoreDamaged)?;
        Ok(Self {
            old: entry.fallback_id.ok_or(Code::StoreDamaged)?,
            jti: jti_of(&receipt),
            entry: entry.clone(),
            record,
            job,
            receipt,
        })
    }

    fn item(&self) -> ReconcileItem {
        ReconcileItem {
            fallback_id: self.old.to_string(),
            fallback_receipt: self.receipt.clone(),
            request: self.job.intent.clone(),
            request_salt: base64url(self.job.keys.salt.expose_secret()),
            idempotency_key: base64url(self.job.keys.key.expose_secret()),
        }
    }

    fn is_answered_by(&self, result: &ReconcileResult) -> bool {
        result.fallback_id == self.old.as_str()
            && (result.jti.is_none() || self.jti.is_none() || result.jti == self.jti)
    }
}

fn jti_of(receipt: &str) -> Option<String> {
    use crate::issuance::receipt::{RECEIPT_TYPE, ReceiptClaims};
    spooky_core::jose::UnverifiedJws::parse(receipt, RECEIPT_TYPE)
        .and_then(|jws| jws.dangerous_unverified_claims::<ReceiptClaims>())
        .map(|claims| claims.jti)
        .ok()
}

pub(super) async fn settle(
    shared: &Shared,
    rows: &[Entry],
    left: impl Fn(i64) -> Duration,
    report: &mut DrainReport,
) -> Result<Step, Error> {
    let mut debts = Vec::with_capacity(rows.len());
    for entry in rows {
        match Debt::read(shared, entry).await {
            Ok(debt) => debts.push(debt),
            Err(error) => put_off(shared, entry, error, report).await?,
        }
    }
    if debts.is_empty() {
        return Ok(Step::Done);
    }
    let body = ReconcileRequest::Items {
        items: debts.iter().map(Debt::item).collect(),
    };
    let call = Call::post("/api/chittyid/reconcile", &body)?;
    let response = match shared.call(&shared.main, &call, left).await {
        Ok(response) => response,
        Err(failure) => match failure.error.service_code() {
            Some(Code::BatchTooLarge | Code::BodyTooLarge) => return Ok(Step::TooLarge),
            _ => return Ok(Step::Stop(failure.error.code())),
        },
    };
    let Ok(mut answer) = serde_json::from_slice::<ReconcileResponse>(&response.body) else {
        return Ok(Step::Stop(Code::AnswerMalformed));
    };
    for debt in debts {
        let place = answer
            .results
            .iter()
            .position(|result| debt.is_answered_by(result));
        let result = place.map(|place| answer.results.swap_remove(place));
        apply(shared, debt, result, report).await?;
    }
    Ok(Step::Done)
}

async fn apply(
    shared: &Shared,
    debt: Debt,
    result: Option<ReconcileResult>,
    report: &mut DrainReport,
) -> Result<(), Error> {
    let code = match result {
        Some(ReconcileResult {
            identifier: Some(identifier),
            receipt: Some(receipt),
            ..
        }) => match verify(shared, &debt, &identifier, &receipt).await {
            Ok(checked) => return replace(shared, debt, checked, report).await,
            Err(error) => error.code(),
        },
        Some(ReconcileResult {
            error: Some(error), ..
        }) => {
            let said = Code::from_text(&error.code);
            if let Some(code) = said.filter(|code| is_final(code.kind())) {
                return wedge(shared, debt, code, report).await;
            }
            said.unwrap_or(Code::RequestRefused)
        }
        _ => Code::AnswerMalformed,
    };
    defer(shared, &debt.entry, debt.record, code, report).await
}

/// Refusals that repeating cannot change.
fn is_final(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::Retry | ErrorKind::Unavailable | ErrorKind::Internal
    )
}

async fn verify(
    shared: &Shared,
    debt: &Debt,
    identifier: &str,
    receipt: &str,
) -> Result<CheckedReceipt, Error> {
    let id: ChittyId = identifier.parse().map_err(|_| Code::AnswerMalformed)?;
    debt.job.fits(&id, Class::Standard)?;
    let expected = Expected {
        supersedes: Some((debt.old, receipt_digest(&debt.receipt)?)),
        ..debt.job.expected(Class::Standard)
    };
    let checked = shared
        .with_keys(|keys| CheckedReceipt::check(receipt, &id, keys, expected))
        .await?;
    checked.clone().at(shared.now_s()).into_result()?;
    Ok(checked)
}

async fn replace(
    shared: &Shared,
    debt: Debt,
    checked: CheckedReceipt,
    report: &mut DrainReport,
) -> Result<(), Error> {
    let now_ms = shared.clock.now_ms();
    let waited = now_ms.saturating_sub(debt.record.created_ms);
    let (mut entry, mut record) = (debt.entry, debt.record);
    loop {
        record.receipt = Some(checked.as_str().to_owned());
        record.intent = None;
        record.settled_ms = Some(now_ms);
        record.last_code = None;
        let mut next = record.into_entry(&entry, State::Reconciled)?;
        next.permanent_id = Some(checked.id());
        if let Put::Done(_) = shared.store.put(next, Durability::Process).await? {
            break;
        }
        // Another process settled it, and main gave it the same answer; or it put the debt off, refused or
        // gave it up meanwhile, and the id that came all the same is not to be lost.
        match shared.store.get(&entry.key).await? {
            Some(found) if found.permanent_id.is_none() && found.fallback_id == Some(debt.old) => {
                record = Record::read(&found)?;
                entry = found;
            }
            _ => return Ok(()),
        }
    }
    report.reconciled += 1;
    Counters::add(&shared.counters.reconciled);
    let waited = u64::try_from(waited).unwrap_or(0);
    shared
        .counters
        .reconcile_ms
        .fetch_add(waited, std::sync::atomic::Ordering::Relaxed);
    metrics::reconcile("ok");
    metrics::waited(waited);
    if let Ok(receipt) = checked.at(shared.now_s()).into_result() {
        shared.events.send(Event::Reconciled {
            old: debt.old,
            issued: Issued::new(receipt),
        });
    }
    Ok(())
}

async fn wedge(
    shared: &Shared,
    debt: Debt,
    code: Code,
    report: &mut DrainReport,
) -> Result<(), Error> {
    let mut record = debt.record;
    record.attempts = record.attempts.saturating_add(1);
    record.last_code = Some(code.as_str().to_owned());
    let next = record.into_entry(&debt.entry, State::Wedged)?;
    if let Put::Done(_) = shared.store.put(next, Durability::Process).await? {
        report.wedged += 1;
        Counters::add(&shared.counters.wedged);
        metrics::reconcile("wedged");
        tracing::warn!(code = code.as_str(), "a fallback id cannot be replaced");
        shared.events.send(Event::Wedged {
            old: debt.old,
            reason: code,
        });
    }
    Ok(())
}

/// Tries to replace the fallback id of one row now, whoever drains otherwise: main answers a repeat
/// with the same id.
pub(crate) async fn settle_now(shared: &Shared, entry: &Entry) -> Result<Issued, Error> {
    let start = shared.clock.now_ms();
    let limit = shared.deadline.min(CALL_LIMIT);
    let mut report = DrainReport::default();
    let step = settle(
        shared,
        std::slice::from_ref(entry),
        |now| remaining(start, limit, now),
        &mut report,
    )
    .await?;
    if let Step::Stop(code) = step {
        return Err(Error::new(code).at(Stage::MaybeSent));
    }
    let now = shared
        .store
        .get(&entry.key)
        .await?
        .ok_or(Code::NotPending)?;
    if now.permanent_id.is_some() {
        return answer::stored(shared, &now).await;
    }
    let record = Record::read(&now)?;
    let reason = record.last_code.as_deref().and_then(Code::from_text);
    let code = match now.state {
        State::Wedged => Code::DebtWedged,
        _ => Code::DebtOpen,
    };
    Err(Error::new(code)
        .at(Stage::Answered)
        .because_of(reason.map(Error::from).into_iter().collect()))
}
