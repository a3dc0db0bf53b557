//! The background work: drains after a success on main, and on a paced, jittered timer while
//! something is owed. Ends with the client.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use super::{
    drain::{drain, due},
    store::State,
};
use crate::{error::Error, shared::Shared};

/// How long one automatic drain may take.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);
/// How often a client without debts looks whether another process left some.
const IDLE: Duration = Duration::from_secs(60);

/// Starts the background task of this client once, if it is wanted and a runtime is at hand.
pub(crate) fn ensure_started(shared: &Arc<Shared>) {
    if !shared.reconcile.automatic || shared.driver_started.load(Ordering::Relaxed) {
        return;
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    if !shared.driver_started.swap(true, Ordering::Relaxed) {
        runtime.spawn(run(Arc::downgrade(shared), Arc::clone(&shared.wake)));
    }
}

async fn run(shared: Weak<Shared>, wake: Arc<tokio::sync::Notify>) {
    let mut misses: u32 = 0;
    loop {
        let pause = match shared.upgrade() {
            Some(shared) => pause(&shared, misses).await,
            None => return,
        };
        let woken = tokio::time::timeout(pause, wake.notified()).await.is_ok();
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let main_answered = shared.main_answered.swap(false, Ordering::Relaxed);
        if woken && !main_answered {
            // Something new is owed: nothing to do now, but the timer must start.
            shared.owes.store(true, Ordering::Relaxed);
            continue;
        }
        match owed(&shared).await {
            Ok(Owed::Now) => {
                shared.owes.store(true, Ordering::Relaxed);
                let done = drain(&shared, DRAIN_LIMIT).await;
                let stopped = done
                    .as_ref()
                    .map_or(true, |report| report.stopped.is_some());
                misses = if stopped { misses.saturating_add(1) } else { 0 };
            }
            Ok(Owed::Nothing | Owed::Later) => {
                shared.owes.store(false, Ordering::Relaxed);
                misses = 0;
            }
            Err(error) => {
                tracing::debug!(code = error.code().as_str(), "the store could not be read");
                misses = misses.saturating_add(1);
            }
        }
    }
}

enum Owed {
    Nothing,
    /// Only requests that still belong to their callers.
    Later,
    Now,
}

async fn owed(shared: &Shared) -> Result<Owed, Error> {
    let counts = shared.store.counts().await?;
    if counts.of(State::Owed) + counts.of(State::Held) > 0 {
        return Ok(Owed::Now);
    }
    if counts.of(State::Open) == 0 {
        return Ok(Owed::Nothing);
    }
    let now = shared.clock.now_ms();
    let due = due(shared, &[State::Open], now, 1).await?;
    Ok(if due.is_empty() {
        Owed::Later
    } else {
        Owed::Now
    })
}

/// The next pause: around the interval while something is owed, doubling with each miss.
async fn pause(shared: &Shared, misses: u32) -> Duration {
    if let Ok(Owed::Nothing) = owed(shared).await {
        return IDLE;
    }
    let policy = &shared.reconcile;
    let doubled = policy
        .interval
        .saturating_mul(1_u32.checked_shl(misses.min(16)).unwrap_or(u32::MAX));
    doubled
        .min(policy.longest_interval)
        .mul_f64(0.5 + shared.unit())
}

/// Tells the background work when a request ends without an answer on record: its future was
/// dropped, or it failed after something may have been sent.
pub(crate) struct Unfinished<'a> {
    shared: &'a Shared,
    finished: bool,
}

impl<'a> Unfinished<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            finished: false,
        }
    }

    pub(crate) fn finished(mut self) {
        self.finished = true;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.shared.wake.notify_one();
        }
    }
}
