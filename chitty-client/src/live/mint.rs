//! From a request to a row that is settled, waits or is wedged. The row is written before sending;
//! while its `last_code` is empty somebody may be sending, and whoever finds it so after its time
//! knows that the answer is lost.

use std::{sync::Arc, time::Duration};

use url::Url;

use super::{
    Decision, LiveIssued, LivePending, LiveReport, LiveRequest, ROW_PROFILE, Shared,
    answer::{Answer, judge},
    outcome::{lost, record_answer, stored, wedge, wedged},
};
use crate::{
    error::{Code, Error, Stage},
    issuance::{Handle, Intent, IntentKeys, flight},
    reconcile::{
        drain::LONGEST_WAIT_MS,
        record::Record,
        store::{Durability, Entry, EntryKey, Put, State},
    },
    transport::{HttpRequest, HttpResponse, MAX_ANSWER, Method, USER_AGENT},
};

/// How long after its deadline an unanswered row is left to its sender, in milliseconds.
const SENDER_GRACE_MS: i64 = 5_000;

pub(super) async fn mint(shared: &Arc<Shared>, request: &LiveRequest) -> Result<LiveIssued, Error> {
    let intent = request.intent();
    let key = key_of(shared, &request.handle).await?;
    let _turn = flight::turn(&shared.flights, key, shared.deadline).await?;
    let Some(entry) = shared.store.get(&key).await? else {
        let record = Record::new(&request.handle, true, &intent, shared.clock.now_ms())?;
        let fresh = Entry {
            key,
            state: State::Open,
            fallback_id: None,
            permanent_id: None,
            due_ms: 0,
            version: 0,
            body: record.bytes()?,
        };
        return send(shared, fresh, record, &intent).await;
    };
    let record = Record::read(&entry)?;
    if !record.asks_for(&intent)? {
        return Err(Code::HandleReused.into());
    }
    match entry.state {
        State::Open if record.last_code.is_some() => send(shared, entry, record, &intent).await,
        State::Open if is_under_way(entry.due_ms, shared.clock.now_ms()) => {
            Err(Code::InFlight.into())
        }
        State::Open => Err(wedge(shared, entry, record, lost(), None).await?),
        State::Issued => stored(shared, &entry, &record),
        _ => Err(wedged(&record)),
    }
}

/// Whether somebody may still wait for this row's answer. A row that is due more than a day ahead was
/// written by a clock that was ahead: its sender is long gone.
fn is_under_way(due_ms: i64, now_ms: i64) -> bool {
    due_ms > now_ms && due_ms <= now_ms.saturating_add(LONGEST_WAIT_MS)
}

/// One request, from the row before it to the row after it.
async fn send(
    shared: &Arc<Shared>,
    mut entry: Entry,
    mut record: Record,
    intent: &Intent,
) -> Result<LiveIssued, Error> {
    let waited = record.last_code.take();
    let limit = i64::try_from(shared.deadline.as_millis()).unwrap_or(i64::MAX / 4);
    entry.due_ms = shared
        .clock
        .now_ms()
        .saturating_add(limit)
        .saturating_add(SENDER_GRACE_MS);
    entry.body = record.bytes()?;
    match shared.store.put(entry.clone(), Durability::Power).await? {
        Put::Done(version) => entry.version = version,
        // Another process with this store was faster.
        Put::Conflict => return Err(Code::InFlight.into()),
    }
    let answer = match exchange(shared, intent).await {
        Ok(response) => judge(&response, &intent.entity_type, shared.clock.now_ms()),
        Err(error) if error.stage() == Stage::NotSent => Answer::Refused(error),
        Err(error) => Answer::Uncertain(error, None),
    };
    // What came is recorded whether or not the caller still waits.
    let shared = Arc::clone(shared);
    let work = async move { record_answer(&shared, entry, record, waited, answer).await };
    tokio::spawn(work)
        .await
        .map_err(|_| Error::from(Code::Internal))?
}

/// Sends the request, and once more where the service says it has moved on the same origin.
async fn exchange(shared: &Shared, intent: &Intent) -> Result<HttpResponse, Error> {
    let mut url = Url::parse(&shared.route.origin).map_err(|_| Code::OriginInvalid)?;
    url.set_path("/mint");
    for (name, value) in &intent.metadata {
        let value = value.as_str().ok_or(Code::StoreDamaged)?;
        url.query_pairs_mut().append_pair(name, value);
    }
    let start = shared.clock.now_ms();
    let first = once(shared, &url, intent, shared.deadline).await?;
    if first.status != 308 {
        return Ok(first);
    }
    let target = first.header("location").and_then(|to| url.join(to).ok());
    match target.filter(|target| target.origin() == url.origin()) {
        Some(target) => {
            let left = crate::shared::remaining(start, shared.deadline, shared.clock.now_ms());
            let second = once(shared, &target, intent, left).await;
            // The first one was sent, and who said that it moved on is not known.
            second.map_err(|error| error.at(Stage::MaybeSent))
        }
        None => Ok(first),
    }
}

async fn once(
    shared: &Shared,
    url: &Url,
    intent: &Intent,
    timeout: Duration,
) -> Result<HttpResponse, Error> {
    let request = HttpRequest {
        method: Method::Post,
        url: url.to_string(),
        headers: vec![
            ("accept", "application/json".to_owned()),
            ("accept-encoding", "identity".to_owned()),
            ("user-agent", USER_AGENT.to_owned()),
            ("content-type", "application/json".to_owned()),
            (
                "authorization",
                format!("Bearer {}", shared.route.key.expose_secret()),
            ),
        ],
        body: serde_json::json!({ "entityType": intent.entity_type })
            .to_string()
            .into_bytes(),
        timeout,
        max_answer: MAX_ANSWER,
    };
    match tokio::time::timeout(timeout, shared.transport.send(request)).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Error::new(Code::TimedOut).at(Stage::MaybeSent)),
    }
}

async fn key_of(shared: &Shared, handle: &Handle) -> Result<EntryKey, Error> {
    let key = shared
        .store_key
        .get_or_try_init(|| shared.store.store_key())
        .await?;
    Ok(IntentKeys::derive(key, handle).key_digest())
}

/// The rows of this client in `states` that still hold their request.
async fn rows(
    shared: &Shared,
    states: &[State],
    due_ms: i64,
) -> Result<Vec<(Entry, Record)>, Error> {
    let mut found = Vec::new();
    for entry in shared.store.list(states, due_ms, usize::MAX).await? {
        let record = Record::read(&entry)?;
        let ours = |intent: &Intent| intent.profile == ROW_PROFILE;
        if record.intent.as_ref().is_some_and(ours) {
            found.push((entry, record));
        }
    }
    Ok(found)
}

pub(super) async fn pending(shared: &Shared) -> Result<Vec<LivePending>, Error> {
    let rows = rows(shared, &[State::Open, State::Wedged], i64::MAX).await?;
    rows.into_iter()
        .map(|(entry, record)| {
            Ok(LivePending {
                handle: record.handle()?.as_bytes().to_vec(),
                state: entry.state,
                code: record.last_code.as_deref().and_then(Code::from_text),
                came: record.others()?,
            })
        })
        .collect()
}

pub(super) async fn drain(shared: &Arc<Shared>, limit: Duration) -> Result<LiveReport, Error> {
    let start = shared.clock.now_ms();
    let mut report = LiveReport::default();
    for (entry, record) in rows(shared, &[State::Open], i64::MAX).await? {
        if record.last_code.is_none() && is_under_way(entry.due_ms, start) {
            continue;
        }
        if crate::shared::remaining(start, limit, shared.clock.now_ms()).is_zero() {
            report.stopped = Some(Code::DeadlineExceeded);
            break;
        }
        let _turn = flight::turn(&shared.flights, entry.key, shared.deadline).await?;
        let Some(intent) = record.intent.clone() else {
            continue;
        };
        if record.last_code.is_none() {
            wedge(shared, entry, record, lost(), None).await?;
            continue;
        }
        match send(shared, entry, record, &intent).await {
            Ok(_) => report.issued += 1,
            Err(error) => match error.code() {
                // About one request, or settled by another process meanwhile.
                Code::PossibleDuplicate if error.stage() == Stage::Answered => {}
                Code::MintPending if !error.causes().is_empty() => {}
                Code::InFlight | Code::RequestRefused => {}
                code if (1500..1600).contains(&code.number()) => return Err(error),
                code => {
                    report.stopped = Some(code);
                    break;
                }
            },
        }
    }
    for row in pending(shared).await? {
        match row.state {
            State::Wedged => report.wedged += 1,
            _ => report.waiting += 1,
        }
    }
    Ok(report)
}

pub(super) async fn decide(
    shared: &Shared,
    handle: &Handle,
    decision: Decision,
) -> Result<(), Error> {
    let key = key_of(shared, handle).await?;
    let _turn = flight::turn(&shared.flights, key, shared.deadline).await?;
    let entry = shared.store.get(&key).await?.ok_or(Code::NotPending)?;
    if entry.state != State::Wedged {
        return Err(Code::NotPending.into());
    }
    let mut record = Record::read(&entry)?;
    let state = match decision {
        Decision::MintAgain => {
            record.last_code = Some(Code::MintPending.as_str().to_owned());
            State::Open
        }
        Decision::GiveUp(reason) => {
            record.reason = Some(reason);
            State::Abandoned
        }
    };
    let mut next = record.into_entry(&entry, state)?;
    next.due_ms = shared.clock.now_ms();
    match shared.store.put(next, Durability::Power).await? {
        Put::Done(_) => Ok(()),
        Put::Conflict => Err(Code::NotPending.into()),
    }
}
