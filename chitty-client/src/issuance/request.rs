//! The main job: one intent, one answer (decisions D4–D8).
//!
//! Writes the intent down, asks main, takes the fallback for availability only, verifies, records,
//! and only then returns. Dropping the future at any point leaves a row that is recovered later.

use std::sync::{Arc, atomic::Ordering};

use spooky_core::{encoding::base64url, verdict::Verdict};

use super::{
    Handle, IdRequest, Intent, IntentKeys, Issued, flight,
    receipt::{CheckedReceipt, Expected},
};
use crate::{
    error::{Code, Error, Stage},
    events::Event,
    id::{ChittyId, Class, Profile},
    metrics::Counters,
    reconcile::{
        driver,
        record::Record,
        store::{Durability, Entry, EntryKey, Put, State},
    },
    resilience::Budget,
    service::{Call, Failure, FailureClass, Route, Service},
    shared::Shared,
    transport::HttpResponse,
    wire::{self, id::GenerateRequest, id::GenerateResponse},
};

/// How long after its deadline an unanswered row is left to its caller, in milliseconds.
const CALLER_GRACE_MS: i64 = 5_000;

/// An intent with everything derived from it.
pub(crate) struct Job {
    pub(crate) intent: Intent,
    pub(crate) keys: IntentKeys,
    pub(crate) key: EntryKey,
    request_digest: [u8; 32],
}

impl Job {
    pub(crate) fn new(intent: Intent, keys: IntentKeys) -> Result<Self, Error> {
        Ok(Self {
            key: keys.key_digest(),
            request_digest: intent.request_digest(keys.salt.expose_secret())?,
            intent,
            keys,
        })
    }

    /// The job of a stored row that still holds its intent.
    pub(crate) async fn of(shared: &Shared, record: &Record) -> Result<Self, Error> {
        let intent = record.intent.clone().ok_or(Code::StoreDamaged)?;
        let keys = shared.intent_keys(&record.handle()?).await?;
        Self::new(intent, keys)
    }

    pub(crate) fn expected(&self, class: Class) -> Expected {
        Expected {
            request_digest: Some(self.request_digest),
            key_digest: Some(self.key),
            class: Some(class),
            supersedes: None,
        }
    }

    /// Whether `id` is one that this job asked for, from a service of `class`.
    pub(crate) fn fits(&self, id: &ChittyId, class: Class) -> Result<(), Code> {
        if id.profile().as_str() != self.intent.profile {
            return Err(Code::ReceiptProfile);
        }
        if id.class() != class {
            return Err(Code::DomainWrong);
        }
        let same_type = self.intent.entity_type.starts_with(id.entity_type());
        let same_namespace =
            id.profile() != Profile::SecureFallback || id.namespace() == self.intent.namespace;
        if !same_type || !same_namespace {
            return Err(Code::ReceiptRequest);
        }
        Ok(())
    }

    pub(crate) fn call(&self, route: Route) -> Result<Call, Error> {
        let body = GenerateRequest {
            intent: self.intent.clone(),
            request_salt: base64url(self.keys.salt.expose_secret()),
        };
        Ok(match route {
            Route::Main => Call::post("/api/chittyid/generate", &body)?.header(
                wire::IDEMPOTENCY_KEY,
                base64url(self.keys.key.expose_secret()),
            ),
            // The fallback never sees K: with K and the receipt it could reconcile in our name.
            Route::Fallback => Call::post("/api/chittyid/fallback", &body)?
                .header(wire::IDEMPOTENCY_KEY, base64url(&self.key))
                .header(wire::FALLBACK_REQUEST, "true".to_owned()),
        })
    }
}

/// Answers `request`.
pub(crate) async fn request(shared: &Arc<Shared>, request: IdRequest) -> Result<Issued, Error> {
    Counters::add(&shared.counters.requests);
    let unfinished = driver::Unfinished::new(shared);
    let answer = answer(shared, request).await;
    match &answer {
        Ok(_) => unfinished.finished(),
        Err(_) => Counters::add(&shared.counters.failed),
    }
    answer
}

async fn answer(shared: &Arc<Shared>, request: IdRequest) -> Result<Issued, Error> {
    request.intent.validate()?;
    driver::ensure_started(shared);
    let named = request.handle.is_some();
    let handle = match request.handle {
        Some(handle) => handle,
        None => Handle::random(shared.entropy.as_ref())?,
    };
    let keys = shared.intent_keys(&handle).await?;
    let job = Job::new(request.intent, keys)?;
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
            return repeated(shared, &job, entry, request.require_standard).await;
        }
        WriteAhead::Open(pending) => pending,
    };
    let may_fall_back = shared.fallback.is_some() && !request.require_standard;
    // Waiting for a turn or for the store says nothing about main: its share starts here.
    let mut budget = Budget::new(start, limit).main_starts(shared.clock.now_ms());
    if !may_fall_back {
        budget = budget.without_fallback();
    }
    let failure = match ask(shared, &shared.main, &job, |now| budget.main_remaining(now)).await {
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
    match ask(shared, fallback, &job, |now| budget.fallback_remaining(now)).await {
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
    let keys = shared.trust.current(shared.store.as_ref()).await?;
    Ok(keys.is_none().then_some(Code::KeySetMissing))
}

/// A row that was written before sending.
struct Pending {
    entry: Entry,
    record: Record,
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

/// Sends the job to one service and verifies what comes back.
pub(crate) async fn ask(
    shared: &Shared,
    service: &Service,
    job: &Job,
    remaining: impl Fn(i64) -> std::time::Duration,
) -> Result<CheckedReceipt, Failure> {
    let certain = |error| Failure {
        class: FailureClass::Final,
        error,
        uncertain: false,
    };
    let call = job.call(service.route).map_err(certain)?;
    let response = shared.call(service, &call, remaining).await?;
    verify_answer(shared, service.route, job, &response)
        .await
        .map_err(|error| {
            Counters::add(&shared.counters.answers_rejected);
            tracing::debug!(code = error.code().as_str(), "answer rejected");
            Failure::rejected(error.at(Stage::Answered))
        })
}

async fn verify_answer(
    shared: &Shared,
    route: Route,
    job: &Job,
    response: &HttpResponse,
) -> Result<CheckedReceipt, Error> {
    let answer: GenerateResponse =
        serde_json::from_slice(&response.body).map_err(|_| Code::AnswerMalformed)?;
    let id: ChittyId = answer
        .identifier
        .parse()
        .map_err(|error| Error::new(Code::AnswerMalformed).caused_by(error))?;
    let class = match route {
        Route::Main => Class::Standard,
        Route::Fallback => Class::Fallback,
    };
    job.fits(&id, class)?;
    let receipt = answer.receipt.ok_or(Code::ReceiptMissing)?;
    shared
        .with_keys(|keys| CheckedReceipt::check(&receipt, &id, keys, job.expected(class)))
        .await
}

/// Records a verified answer, then returns it; an answer recorded earlier wins.
async fn commit(
    shared: &Shared,
    pending: Box<Pending>,
    job: &Job,
    answer: CheckedReceipt,
    require_standard: bool,
) -> Result<Issued, Error> {
    let Pending {
        mut entry,
        mut record,
        ..
    } = *pending;
    loop {
        let (next, durability) = settled(shared, &entry, record.clone(), &answer)?;
        if let Put::Done(_) = shared.store.put(next, durability).await? {
            break;
        }
        match shared.store.get(&job.key).await? {
            Some(found) if found.state == State::Open => {
                record = Record::read(&found)?;
                entry = found;
            }
            Some(found) => return repeated(shared, job, found, require_standard).await,
            None => entry.version = 0,
        }
    }
    let fallback = answer.class() == Class::Fallback;
    Counters::add(if fallback {
        &shared.counters.issued_fallback
    } else {
        &shared.counters.issued_standard
    });
    let issued = in_time(shared, answer);
    if fallback {
        if let Ok(issued) = &issued {
            shared.events.send(Event::FallbackIssued {
                issued: issued.clone(),
            });
        }
        shared.wake.notify_one();
    }
    issued
}

/// The row that records `answer`, and how safe it must be (decision D8).
pub(crate) fn settled(
    shared: &Shared,
    entry: &Entry,
    mut record: Record,
    answer: &CheckedReceipt,
) -> Result<(Entry, Durability), Error> {
    let now_ms = shared.clock.now_ms();
    let text = answer.as_str().to_owned();
    if answer.class() == Class::Fallback {
        record.fallback_receipt = Some(text);
        let state = match answer.clone().at(shared.now_s()) {
            Verdict::Valid(_) => State::Owed,
            _ => State::Held,
        };
        let mut next = record.into_entry(entry, state)?;
        next.fallback_id = Some(answer.id());
        next.due_ms = now_ms;
        return Ok((next, Durability::Power));
    }
    record.receipt = Some(text);
    record.intent = None;
    record.settled_ms = Some(now_ms);
    let mut next = record.into_entry(entry, State::Issued)?;
    next.permanent_id = Some(answer.id());
    Ok((next, Durability::Process))
}

fn in_time(shared: &Shared, checked: CheckedReceipt) -> Result<Issued, Error> {
    match checked.at(shared.now_s()) {
        Verdict::Valid(receipt) => Ok(Issued::new(receipt)),
        Verdict::Indeterminate(code) | Verdict::Invalid(code) => Err(Error::new(Code::ReceiptHeld)
            .at(Stage::Answered)
            .because_of(vec![code.into()])),
    }
}

/// Answers from a row that was answered before.
async fn repeated(
    shared: &Shared,
    job: &Job,
    entry: Entry,
    require_standard: bool,
) -> Result<Issued, Error> {
    let issued = stored(shared, &entry).await;
    let temporary = entry.permanent_id.is_none();
    if entry.state == State::Abandoned {
        return issued;
    }
    if temporary && (require_standard || issued.is_err()) {
        return match Box::pin(crate::reconcile::drain::settle_now(shared, &entry)).await {
            Ok(issued) => Ok(issued),
            Err(_) if !require_standard => issued,
            Err(error) => Err(Error::new(Code::StandardRequired).because_of(vec![error])),
        };
    }
    debug_assert_eq!(entry.key, job.key);
    issued
}

/// The answer that a settled or owed row holds, verified anew.
pub(crate) async fn stored(shared: &Shared, entry: &Entry) -> Result<Issued, Error> {
    let record = Record::read(entry)?;
    let (id, receipt) = match (entry.permanent_id, entry.fallback_id, entry.state) {
        (Some(id), _, _) => (id, record.receipt),
        (None, _, State::Abandoned) => {
            return Err(Error::new(Code::DebtWedged).detail("the app gave it up"));
        }
        (None, Some(id), _) => (id, record.fallback_receipt),
        (None, None, _) => return Err(Code::StoreDamaged.into()),
    };
    let receipt = receipt.ok_or(Code::StoreDamaged)?;
    let expected = Expected {
        key_digest: Some(entry.key),
        ..Expected::default()
    };
    let checked = shared
        .with_keys(|keys| CheckedReceipt::check(&receipt, &id, keys, expected))
        .await?;
    in_time(shared, checked)
}
