//! Answers: verified, recorded, and only then returned; given again from the row that holds them
//! (decisions D3, D6, D8). An answer recorded earlier wins.

use std::time::Duration;

use spooky_core::verdict::Verdict;

use super::{
    Issued,
    job::Job,
    receipt::{CheckedReceipt, Expected},
    request::Pending,
};
use crate::{
    error::{Code, Error, Stage},
    events::Event,
    id::{ChittyId, Class},
    metrics::{self, Counters},
    reconcile::{
        record::Record,
        settle::settle_now,
        store::{Durability, Entry, Put, State},
    },
    service::{Failure, FailureClass, Route, Service},
    shared::Shared,
    transport::HttpResponse,
    wire::id::GenerateResponse,
};

/// Sends the job to one service, which has its `share` of the time, and verifies what comes back in
/// what is left of the `whole`.
pub(crate) async fn ask(
    shared: &Shared,
    service: &Service,
    job: &Job,
    share: impl Fn(i64) -> Duration,
    whole: impl Fn(i64) -> Duration,
) -> Result<CheckedReceipt, Failure> {
    let certain = |error| Failure {
        class: FailureClass::Final,
        error,
        uncertain: false,
    };
    let call = job.call(service.route).map_err(certain)?;
    let response = shared.call(service, &call, share).await?;
    verify_answer(shared, service.route, job, &response, whole)
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
    left: impl Fn(i64) -> Duration,
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
        .with_keys_within(left, |keys| {
            CheckedReceipt::check(&receipt, &id, keys, job.expected(class))
        })
        .await
}

/// Records a verified answer, then returns it; an answer recorded earlier wins.
pub(super) async fn commit(
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
    if issued.is_ok() {
        metrics::issue(if fallback { "fallback" } else { "main" }, "ok");
    }
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
pub(super) async fn repeated(
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
        return match Box::pin(settle_now(shared, &entry)).await {
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
