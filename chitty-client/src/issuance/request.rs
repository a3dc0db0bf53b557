//! The main job: one intent, one answer (decisions D4–D8).
//!
//! Writes the intent down, asks main, takes the fallback for availability only, and leaves the
//! answer to [`super::answer`]. Dropping the future at any point leaves a row that is recovered later.

use std::sync::{Arc, atomic::Ordering};

use super::{
    Handle, IdRequest, Issued,
    answer::{ask, commit, repeated},
    flight,
    job::Job,
};
use crate::{
    error::{Code, Error, Stage},
    metrics::{self, Counters},
    reconcile::{
        driver,
        record::Record,
        store::{Durability, Entry, Put, State},
    },
    resilience::Budget,
    service::FailureClass,
    shared::Shared,
};

/// How long after its deadline an unanswered row is left to its caller, in milliseconds.
const CALLER_GRACE_MS: i64 = 5_000;

/// Answers `request`.
pub(crate) async fn request(shared: &Arc<Shared>, request: IdRequest) -> Result<Issued, Error> {
    Counters::add(&shared.counters.requests);
    let unfinished = driver::Unfinished::new(shared);
    let answer = answer(shared, request).await;
    match &answer {
        Ok(_) => unfinished.finished(),
        Err(error) => {
            Counters::add(&shared.counters.failed);
            metrics::issue("none", error.code().as_str());
        }
    }
    answer
}

async fn answer(shared: &Arc<Shared>, request: IdRequest) -> Result<Issued, Error> {
    request.check()?;
    driver::ensure_started(shared);
    let named = request.handle.is_some();
    let handle = match request.handle {
        Some(handle) => handle,
        None => Handle::random(shared.entropy.as_ref())?,
    };
    let keys = shared.intent_keys(&handle).await?;
    let job = Job::new(request.intent, keys)?;
    if let Err(error) = job.intent.check_numbers() {
        // What was asked for before numbers were looked at is answered; nothing of the kind begins.
        if shared.store.get(&job.key).await?.is_none() {
            return Err(error);
        }
    }
    let start = shared.clock.now_ms();
    let limit = request.deadline.unwrap_or(shared.deadline);
    // Callers of one process that name the same thing go one after the other.
    let _turn = match named {
        true => Some(flight::turn(&shared.flights, job.key, limit).await?),
        false => None,
    };
    let record = Record::new(&handle, named, &job.intent, start)?;
    let mut pending = match write_ahead(shared, &job, record, start, limit).await? {
        WriteAhead::Answered(entry) => {
            Counters::add(&shared.counters.repeated);
            let issued = repeated(shared, &job, entry, request.require_standard).await?;
            metrics::issue("store", "ok");
            return Ok(issued);
        }
        WriteAhead::Open(pending) => pending,
    };
    let may_fall_back = shared.fallback.is_some() && !request.require_standard;
    // Waiting for a turn or for the store says nothing about main: its share starts here.
    let mut budget = Budget::new(start, limit).main_starts(shared.clock.now_ms());
    if !may_fall_back {
        budget = budget.without_fallback();
    }
    let whole = |now| budget.remaining(now);
    let share = |now| budget.main_remaining(now);
    let failure = match ask(shared, &shared.main, &job, share, whole).await {
        Ok(answer) => {
            let issued = commit(shared, pending, &job, answer, request.require_standard).await;
            if shared.owes.load(Ordering::Relaxed) {
                shared.main_answered.store(true, Ordering::Relaxed);
                shared.wake.notify_one();
            }
            return issued;
        }
        Err(failure) => failure,
    };
    pending.uncertain |= failure.uncertain;
    if failure.class == FailureClass::InFlight {
        // Another process with this store was at it, and may have the answer by now.
        if let Some(entry) = answered(shared, &job).await? {
            return repeated(shared, &job, entry, request.require_standard).await;
        }
    }
    let falls_back = match failure.class {
        FailureClass::Unavailable => true,
        FailureClass::Throttled => shared.fallback_when_throttled,
        _ => false,
    };
    let Some(fallback) = shared.fallback.as_ref().filter(|_| falls_back) else {
        pending.give_up(shared).await?;
        return Err(match failure.class {
            FailureClass::Unavailable => unavailable(vec![failure.error]),
            _ => failure.error,
        });
    };
    let refusal = match request.require_standard {
        true => Some(Code::StandardRequired),
        false => cannot_fall_back(shared).await?,
    };
    if let Some(code) = refusal {
        pending.give_up(shared).await?;
        return Err(Error::new(code)
            .at(failure.error.stage())
            .because_of(vec![failure.error]));
    }
    tracing::debug!(code = failure.error.code().as_str(), "taking the fallback");
    let share = |now| budget.fallback_remaining(now);
    match ask(shared, fallback, &job, share, whole).await {
        Ok(answer) => commit(shared, pending, &job, answer, false).await,
        Err(second) => {
            pending.uncertain |= second.uncertain;
            pending.give_up(shared).await?;
            Err(match second.class {
                FailureClass::Final if second.error.code() != Code::DeadlineExceeded => {
                    second.error.because_of(vec![failure.error])
                }
                _ => unavailable(vec![failure.error, second.error]),
            })
        }
    }
}

async fn answered(shared: &Shared, job: &Job) -> Result<Option<Entry>, Error> {
    let found = shared.store.get(&job.key).await?;
    Ok(found.filter(|entry| entry.state != State::Open))
}

/// Neither service could answer: says what each of them said.
fn unavailable(causes: Vec<Error>) -> Error {
    let stage = causes
        .iter()
        .map(Error::stage)
        .max()
        .unwrap_or(Stage::NotSent);
    let after = causes.iter().filter_map(Error::retry_after).min();
    let mut error = Error::new(Code::ServicesUnavailable).at(stage);
    if let Some(after) = after {
        error = error.after(after);
    }
    error.because_of(causes)
}

/// Why no fallback id may be asked for, if so: better none than one that cannot be kept or checked.
async fn cannot_fall_back(shared: &Shared) -> Result<Option<Code>, Error> {
    if shared.store.counts().await?.debts() >= shared.reconcile.max_debts {
        return Ok(Some(Code::QueueFull));
    }
    let (store, now) = (shared.store.as_ref(), shared.clock.now_ms());
    let keys = shared.trust.current(store, now).await?;
    Ok(keys.is_none().then_some(Code::KeySetMissing))
}

/// A row that was written before sending.
pub(super) struct Pending {
    pub(super) entry: Entry,
    pub(super) record: Record,
    /// Whether a service may have issued an id for it.
    uncertain: bool,
}

impl Pending {
    /// Removes the row when certainly nothing was issued; otherwise it stays and is recovered.
    async fn give_up(&self, shared: &Shared) -> Result<(), Error> {
        if !self.uncertain {
            let Entry { key, version, .. } = &self.entry;
            shared.store.remove(key, *version).await?;
        }
        Ok(())
    }
}

enum WriteAhead {
    Open(Box<Pending>),
    Answered(Entry),
}

async fn write_ahead(
    shared: &Shared,
    job: &Job,
    record: Record,
    start: i64,
    limit: std::time::Duration,
) -> Result<WriteAhead, Error> {
    let limit_ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX / 4);
    let mut entry = Entry {
        key: job.key,
        state: State::Open,
        fallback_id: None,
        permanent_id: None,
        due_ms: start
            .saturating_add(limit_ms)
            .saturating_add(CALLER_GRACE_MS),
        version: 0,
        body: record.bytes()?,
    };
    loop {
        if let Put::Done(version) = shared.store.put(entry.clone(), Durability::Process).await? {
            entry.version = version;
            let uncertain = version > 1;
            return Ok(WriteAhead::Open(Box::new(Pending {
                record: Record::read(&entry)?,
                entry,
                uncertain,
            })));
        }
        // The handle was used before: same thing, or a mistake.
        let Some(found) = shared.store.get(&job.key).await? else {
            entry.version = 0;
            continue;
        };
        let known = Record::read(&found)?;
        if !known.asks_for(&job.intent)? {
            return Err(Code::HandleReused.into());
        }
        if found.state != State::Open {
            return Ok(WriteAhead::Answered(found));
        }
        entry.version = found.version;
        entry.body = known.bytes()?;
    }
}
