//! Settling obligations: open rows are asked again with the same key, fallback ids are replaced
//! (decisions D4, D6, D7).
//!
//! Works in batches with a result per item, matched by id and receipt and never by place. One
//! drainer per store at a time, also across processes. Never drops a row.

use std::time::Duration;

use spooky_core::encoding::base64url;

use super::{
    record::Record,
    store::{Durability, Entry, Put, State},
};
use crate::{
    error::{Code, Error, ErrorKind, Stage},
    events::Event,
    id::{ChittyId, Class},
    issuance::{
        Issued,
        receipt::{CheckedReceipt, Expected, receipt_digest},
        request::{self, Job},
    },
    metrics::Counters,
    resilience::deadline::MIN_ATTEMPT,
    service::{Call, Failure, FailureClass},
    shared::{Shared, remaining},
    wire::id::{ReconcileItem, ReconcileRequest, ReconcileResponse, ReconcileResult},
};

/// How long the right to drain lasts without renewal, in milliseconds. It paces and does not
/// protect: two drainers at once would get the same answers, and rows compare versions. So it may
/// be short, and a drainer that died holds nobody up for long.
const LEASE_MS: i64 = 5_000;
/// Nothing is put off for longer than this, in milliseconds.
const LONGEST_WAIT_MS: i64 = 86_400_000;
/// How many rows that are not due are looked at.
const LOOK_AHEAD: usize = 100;
/// Longest time for one call.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// What a drain did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainReport {
    /// Fallback ids replaced.
    pub reconciled: u64,
    /// Open requests answered.
    pub recovered: u64,
    /// Fallback ids that the service refuses to replace.
    pub wedged: u64,
    /// Rows that failed for now and come up again later.
    pub deferred: u64,
    /// Fallback ids still owed, wedged ones included.
    pub remaining: u64,
    /// Why the drain stopped early, if it did.
    pub stopped: Option<Code>,
}

pub(crate) async fn drain(shared: &Shared, limit: Duration) -> Result<DrainReport, Error> {
    let start = shared.clock.now_ms();
    let owner = shared.owner().await?;
    if !shared
        .store
        .lease(owner, start, start.saturating_add(LEASE_MS))
        .await?
    {
        return Err(Code::DrainElsewhere.into());
    }
    let mut report = DrainReport::default();
    let result = work(shared, owner, start, limit, &mut report).await;
    // A lease that cannot be given back runs out by itself.
    let released = shared.store.release(owner).await;
    result.and(released)?;
    report.remaining = shared.store.counts().await?.debts();
    Ok(report)
}

async fn work(
    shared: &Shared,
    owner: &[u8; 16],
    start: i64,
    limit: Duration,
    report: &mut DrainReport,
) -> Result<(), Error> {
    let mut batch = shared.reconcile.batch;
    loop {
        let now = shared.clock.now_ms();
        if remaining(start, limit, now) < MIN_ATTEMPT {
            report.stopped = Some(Code::DeadlineExceeded);
            return Ok(());
        }
        if !shared
            .store
            .lease(owner, now, now.saturating_add(LEASE_MS))
            .await?
        {
            report.stopped = Some(Code::DrainElsewhere);
            return Ok(());
        }
        let left = |at| remaining(start, limit, at).min(remaining(now, CALL_LIMIT, at));
        let open = due(shared, &[State::Open], now, 1).await?;
        let step = if let Some(entry) = open.first() {
            recover(shared, entry, left, report).await?
        } else {
            let rows = due(shared, &[State::Owed, State::Held], now, batch).await?;
            if rows.is_empty() {
                return Ok(());
            }
            settle(shared, &rows, left, report).await?
        };
        match step {
            Step::Done => {}
            Step::TooLarge if batch > 1 => batch /= 2,
            Step::TooLarge => report.stopped = Some(Code::RequestRefused),
            Step::Stop(code) => report.stopped = Some(code),
        }
        if report.stopped.is_some() {
            return Ok(());
        }
    }
}

/// Rows that are due, and rows that are due so late that only a clock that was ahead can have
/// written it: they must not wait until that time comes.
async fn due(
    shared: &Shared,
    states: &[State],
    now: i64,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let rows = shared.store.list(states, now, limit).await?;
    if !rows.is_empty() {
        return Ok(rows);
    }
    let mut all = shared.store.list(states, i64::MAX, LOOK_AHEAD).await?;
    all.retain(|row| row.due_ms > now.saturating_add(LONGEST_WAIT_MS));
    all.truncate(limit);
    Ok(all)
}

enum Step {
    Done,
    TooLarge,
    Stop(Code),
}

/// Asks main again for an intent whose caller went away. The same key yields the same id.
async fn recover(
    shared: &Shared,
    entry: &Entry,
    left: impl Fn(i64) -> Duration,
    report: &mut DrainReport,
) -> Result<Step, Error> {
    let (record, job) = match read(shared, entry).await {
        Ok(read) => read,
        Err(error) => {
            put_off(shared, entry, error, report).await?;
            return Ok(Step::Done);
        }
    };
    match request::ask(shared, &shared.main, &job, left).await {
        Ok(answer) => {
            let (next, durability) = request::settled(shared, entry, record, &answer)?;
            if let Put::Done(_) = shared.store.put(next.clone(), durability).await? {
                report.recovered += 1;
                Counters::add(&shared.counters.recovered);
                if let Ok(issued) = request::stored(shared, &next).await {
                    shared.events.send(Event::Recovered { issued });
                }
            }
            Ok(Step::Done)
        }
        Err(failure) if stops(&failure) => Ok(Step::Stop(failure.error.code())),
        Err(failure) => {
            defer(shared, entry, record, failure.error.code(), report).await?;
            Ok(Step::Done)
        }
    }
}

/// Whether a failure concerns the service or the credentials and not the item. An answer about the
/// item, such as an exhausted slot, must not hold up the others.
fn stops(failure: &Failure) -> bool {
    let code = failure.error.code();
    match failure.class {
        FailureClass::Throttled => true,
        FailureClass::Final => matches!(
            code,
            Code::Unauthorized | Code::TlsIdentity | Code::DeadlineExceeded
        ),
        _ => failure.error.stage() != Stage::Answered,
    }
}

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

async fn settle(
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
    let mut record = debt.record;
    let waited = now_ms.saturating_sub(record.created_ms);
    record.receipt = Some(checked.as_str().to_owned());
    record.intent = None;
    record.settled_ms = Some(now_ms);
    record.last_code = None;
    let mut next = record.into_entry(&debt.entry, State::Reconciled)?;
    next.permanent_id = Some(checked.id());
    if let Put::Conflict = shared.store.put(next, Durability::Process).await? {
        // Another process settled it; main gave it the same answer.
        return Ok(());
    }
    report.reconciled += 1;
    Counters::add(&shared.counters.reconciled);
    shared.counters.reconcile_ms.fetch_add(
        u64::try_from(waited).unwrap_or(0),
        std::sync::atomic::Ordering::Relaxed,
    );
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
        tracing::warn!(code = code.as_str(), "a fallback id cannot be replaced");
        shared.events.send(Event::Wedged {
            old: debt.old,
            reason: code,
        });
    }
    Ok(())
}

async fn read(shared: &Shared, entry: &Entry) -> Result<(Record, Job), Error> {
    let record = Record::read(entry)?;
    let job = Job::of(shared, &record).await?;
    Ok((record, job))
}

/// Puts a row off whose content this version cannot read, as it is: the others must not wait for it.
async fn put_off(
    shared: &Shared,
    entry: &Entry,
    error: Error,
    report: &mut DrainReport,
) -> Result<(), Error> {
    if !matches!(error.code(), Code::StoreDamaged | Code::StoreNewer) {
        return Err(error);
    }
    tracing::warn!(code = error.code().as_str(), "a row cannot be read");
    let mut next = entry.clone();
    next.due_ms = shared.clock.now_ms().saturating_add(600_000);
    if let Put::Done(_) = shared.store.put(next, Durability::Process).await? {
        report.deferred += 1;
    }
    Ok(())
}

/// Puts a row off; the pause grows with its attempts.
async fn defer(
    shared: &Shared,
    entry: &Entry,
    mut record: Record,
    code: Code,
    report: &mut DrainReport,
) -> Result<(), Error> {
    record.attempts = record.attempts.saturating_add(1);
    record.last_code = Some(code.as_str().to_owned());
    let doubled = 1_u32.checked_shl(record.attempts.min(10)).unwrap_or(1024);
    let pause = (Duration::from_secs(1) * doubled).min(Duration::from_secs(600));
    let jittered = pause.mul_f64(0.5 + shared.unit() / 2.0);
    let state = entry.state;
    let mut next = record.into_entry(entry, state)?;
    next.due_ms = shared
        .clock
        .now_ms()
        .saturating_add(i64::try_from(jittered.as_millis()).unwrap_or(600_000));
    if let Put::Done(_) = shared.store.put(next, Durability::Process).await? {
        report.deferred += 1;
        Counters::add(&shared.counters.reconcile_failed);
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
        return request::stored(shared, &now).await;
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
