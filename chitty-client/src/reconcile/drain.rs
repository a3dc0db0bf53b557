//! Settling what is owed, one drainer per store at a time: open rows are asked again with the same
//! key, debts go to `settle` in batches (decisions D6, D7). Never drops a row, and lets no
//! row hold up the others.

use std::time::Duration;

use super::{
    record::Record,
    settle::settle,
    store::{Durability, Entry, Put, State},
};
use crate::{
    error::{Code, Error, Stage},
    events::Event,
    issuance::{answer, job::Job},
    metrics::{self, Counters},
    resilience::deadline::MIN_ATTEMPT,
    service::{Failure, FailureClass},
    shared::{Shared, remaining},
};

/// How long the right to drain lasts without renewal, in milliseconds. It paces and does not
/// protect: two drainers at once would get the same answers, and rows compare versions. So it may
/// be short, and a drainer that died holds nobody up for long.
const LEASE_MS: i64 = 5_000;
/// Nothing is put off for longer than this, in milliseconds.
pub(crate) const LONGEST_WAIT_MS: i64 = 86_400_000;
/// How many rows that are not due are looked at.
const LOOK_AHEAD: usize = 100;
/// Longest time for one call.
pub(super) const CALL_LIMIT: Duration = Duration::from_secs(10);

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
    // The background work of this very client may be at it; the lease only tells clients apart.
    let Ok(_turn) = tokio::time::timeout(limit, shared.drain_turn.lock()).await else {
        return Err(Code::DrainElsewhere.into());
    };
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
    let counts = shared.store.counts().await?;
    report.remaining = counts.debts();
    let wedged = counts.of(State::Wedged);
    metrics::owed(report.remaining.saturating_sub(wedged), wedged);
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
pub(super) async fn due(
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

pub(super) enum Step {
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
    match answer::ask(shared, &shared.main, &job, &left, &left).await {
        Ok(answer) => {
            let (next, durability) = answer::settled(shared, entry, record, &answer)?;
            if let Put::Done(_) = shared.store.put(next.clone(), durability).await? {
                report.recovered += 1;
                Counters::add(&shared.counters.recovered);
                if let Ok(issued) = answer::stored(shared, &next).await {
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

pub(super) async fn read(shared: &Shared, entry: &Entry) -> Result<(Record, Job), Error> {
    let record = Record::read(entry)?;
    let job = Job::of(shared, &record).await?;
    Ok((record, job))
}

/// Puts a row off whose content this version cannot read, as it is: the others must not wait for it.
pub(super) async fn put_off(
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
pub(super) async fn defer(
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
        metrics::reconcile("failed");
    }
    Ok(())
}
