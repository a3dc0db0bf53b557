//! Verdicts for relying parties, and how the key set they need stays fresh (decision D26).
//!
//! A set that is older than its maximum age proves nothing to a relying party: what was revoked
//! meanwhile would still pass. What a client accepts in answer to its own requests is judged with the
//! stored set at any age ([`crate::shared`]), so that an outage closes nothing.

use std::{sync::Arc, time::Duration};

use spooky_core::verdict::Verdict;

use super::{
    keyset::KeySet,
    receipt::{self, VerifiedReceipt},
    trust::{Age, Held},
};
use crate::{
    error::{Code, Error},
    events::Event,
    id::ChittyId,
    service::{Call, Failure},
    shared::{Shared, remaining},
    transport::HttpResponse,
};

/// Longest time for a key set: whoever waits for it has other things to do.
const LONGEST_FETCH: Duration = Duration::from_secs(5);

/// Judges a receipt for a relying party. Asks main for its key set when that may change the answer.
pub(crate) async fn verdict(
    shared: &Arc<Shared>,
    id: &ChittyId,
    text: &str,
) -> Result<Verdict<VerifiedReceipt, Code>, Error> {
    let (start, store) = (shared.clock.now_ms(), shared.store.as_ref());
    let left = |now| remaining(start, shared.deadline, now);
    let judged = |held: Option<Held>| judged(shared, held.as_ref(), id, text);
    let first = judged(shared.trust.current(store, start).await?);
    if !may_change(&first) {
        // What does not pass causes no traffic: anybody can hand it in.
        if first.is_valid() {
            freshen(shared);
        }
        return Ok(first);
    }
    let before = shared.trust.fetches();
    let Ok(_turn) = tokio::time::timeout(left(start), shared.trust.turn()).await else {
        return Ok(first);
    };
    // Somebody else, in this process or another one, may have fetched what is missing here.
    let now = shared.clock.now_ms();
    let second = judged(shared.trust.reload(store, now).await?);
    let asked = shared.trust.fetches() != before || !shared.trust.may_fetch(now, false);
    if !may_change(&second) || asked {
        return Ok(second);
    }
    if let Err(error) = fetch(shared, left).await {
        if is_of_store(&error) {
            return Err(error);
        }
        tracing::debug!(
            code = error.code().as_str(),
            "the key set was not refreshed"
        );
    }
    Ok(judged(
        shared.trust.current(store, shared.clock.now_ms()).await?,
    ))
}

/// What `held` says, as far as its age lets it.
fn judged(
    shared: &Shared,
    held: Option<&Held>,
    id: &ChittyId,
    text: &str,
) -> Verdict<VerifiedReceipt, Code> {
    let Some(held) = held else {
        return Verdict::Indeterminate(Code::KeySetMissing);
    };
    let now_ms = shared.clock.now_ms();
    let verdict = receipt::verify_receipt(id, text, &held.set, now_ms.div_euclid(1000));
    let stale = shared.trust.age(held, now_ms) == Age::Stale;
    match verdict {
        // A newer set may have revoked the key, or given it another life. What else is wrong stays so.
        Verdict::Valid(_) | Verdict::Invalid(Code::ReceiptKeyTime) if stale => {
            Verdict::Indeterminate(Code::KeySetStale)
        }
        settled => settled,
    }
}

/// Whether a newer key set may change the answer.
fn may_change<T>(verdict: &Verdict<T, Code>) -> bool {
    match verdict {
        Verdict::Indeterminate(code) => *code == Code::KeySetStale || is_missing(*code),
        _ => false,
    }
}

/// Whether a newer key set may know the key.
pub(crate) fn is_missing(code: Code) -> bool {
    matches!(
        code,
        Code::KeySetMissing | Code::ReceiptKeyUnknown | Code::GrantKeyUnknown
    )
}

fn is_of_store(error: &Error) -> bool {
    (1501..1600).contains(&error.code().number())
}

/// Fetches the set in the background when it is past half of its age, at most once a minute. For calls
/// that have just reached main, or need the set.
pub(crate) fn freshen(shared: &Arc<Shared>) {
    if shared.trust.is_pinned() || !shared.trust.is_due(shared.clock.now_ms()) {
        return;
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    let shared = Arc::clone(shared);
    runtime.spawn(async move {
        if let Err(error) = renew(&shared).await {
            tracing::debug!(
                code = error.code().as_str(),
                "the key set was not refreshed"
            );
        }
    });
}

async fn renew(shared: &Shared) -> Result<(), Error> {
    let start = shared.clock.now_ms();
    let _turn = shared.trust.turn().await;
    let now = shared.clock.now_ms();
    let held = shared.trust.reload(shared.store.as_ref(), now).await?;
    let fresh = held.is_some_and(|held| shared.trust.age(&held, now) == Age::Fresh);
    if !fresh && shared.trust.may_fetch(now, false) {
        fetch(shared, |now| remaining(start, shared.deadline, now)).await?;
    }
    Ok(())
}

/// Fetches the set now, because the app asks for it; tells whether it is newer than the one before.
/// Calls that cross share one fetch, when it began after they did.
pub(crate) async fn refresh(shared: &Shared) -> Result<bool, Error> {
    if shared.trust.is_pinned() {
        return Err(Code::KeySetPinned.into());
    }
    let (start, store) = (shared.clock.now_ms(), shared.store.as_ref());
    let left = |now| remaining(start, shared.deadline, now);
    let version = |held: Option<&Held>| held.map(|held| held.set.version);
    let before = shared.trust.current(store, start).await?;
    let fetches = shared.trust.fetches();
    let Ok(_turn) = tokio::time::timeout(left(start), shared.trust.turn()).await else {
        return Err(Code::DeadlineExceeded.into());
    };
    let known = shared.trust.current(store, shared.clock.now_ms()).await?;
    let shares = known.as_ref().is_some_and(|held| held.asked_since(start));
    if shared.trust.fetches() == fetches || !shares {
        fetch(shared, left).await?;
    }
    let after = shared.trust.current(store, shared.clock.now_ms()).await?;
    Ok(version(after.as_ref()) > version(before.as_ref()))
}

/// Asks main for its key set and takes it over. The caller holds the turn.
async fn fetch(shared: &Shared, left: impl Fn(i64) -> Duration) -> Result<(), Error> {
    let (sent, answer) = ask(shared, left).await;
    take(shared, sent, &answer.map_err(|failure| failure.error)?).await
}

/// Asks main for its key set; tells when.
pub(crate) async fn ask(
    shared: &Shared,
    left: impl Fn(i64) -> Duration,
) -> (i64, Result<HttpResponse, Failure>) {
    let sent = shared.clock.now_ms();
    shared.trust.asked(sent);
    let call = Call::get("/.well-known/jwks.json");
    let left = |now| remaining(sent, LONGEST_FETCH, now).min(left(now));
    (sent, shared.call(&shared.main, &call, left).await)
}

/// Takes over what main answered to a request of `sent`, in milliseconds.
pub(crate) async fn take(shared: &Shared, sent: i64, answer: &HttpResponse) -> Result<(), Error> {
    let text = std::str::from_utf8(&answer.body).map_err(|_| Code::KeySetInvalid)?;
    let set = KeySet::from_json(text)?;
    let (clock, store) = (shared.clock.as_ref(), shared.store.as_ref());
    if shared.trust.offer(&set, sent, clock, store).await? {
        let version = set.version;
        shared.events.send(Event::KeySetUpdated { version });
    }
    Ok(())
}
