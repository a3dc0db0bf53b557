//! The background work: drains after a success on main, and on a paced, jittered timer while
//! something is owed. Ends with the client.
//!
//! It lives on the runtime of the call that started it, and starts again with a later call when it is gone:
//! that runtime has ended, or is no longer driven, or the process is a child after `fork`. A panic in it,
//! which only a part of the app's can cause, is caught, and the work begins anew.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, Weak, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::{runtime, task::AbortHandle};

use super::{
    drain::{drain, due},
    store::State,
};
use crate::{error::Error, process, service::lock, shared::Shared};

/// How long one automatic drain may take.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);
/// How often a client without debts looks whether another process left some.
const IDLE: Duration = Duration::from_secs(60);
/// How much later than it meant to a task may wake before another runtime takes the work over.
const GRACE: Duration = Duration::from_secs(5);
/// The pause after a panic; it doubles with each that follows.
const AFTER_PANIC: Duration = Duration::from_millis(100);

/// The background task of a client, if there is one.
#[derive(Default)]
pub(crate) struct Driver(Mutex<Option<Running>>);

struct Running {
    process: u32,
    runtime: runtime::Id,
    task: AbortHandle,
    /// Alive as long as the task: dropped with it, however it ends.
    beat: Weak<Beat>,
}

/// When the task will be up again at the latest, if its runtime is driven.
struct Beat(Mutex<Instant>);

impl Beat {
    fn expect_within(&self, pause: Duration) {
        let now = Instant::now();
        *lock(&self.0) = now.checked_add(pause).unwrap_or(now + IDLE);
    }
}

impl Running {
    fn is_at_work(&self, here: runtime::Id) -> bool {
        let Some(beat) = self.beat.upgrade() else {
            return false;
        };
        let expected = *lock(&beat.0);
        self.process == process::number()
            && (self.runtime == here || expected + GRACE > Instant::now())
    }
}

/// Starts the background task of this client, if it is wanted, not at work, and a runtime is at hand.
pub(crate) fn ensure_started(shared: &Arc<Shared>) {
    if !shared.reconcile.automatic {
        return;
    }
    let Ok(runtime) = runtime::Handle::try_current() else {
        return;
    };
    let mut driver = lock(&shared.driver.0);
    if let Some(running) = &*driver {
        if running.is_at_work(runtime.id()) {
            return;
        }
        if running.process == process::number() {
            running.task.abort();
        }
    }
    let beat = Arc::new(Beat(Mutex::new(Instant::now() + DRAIN_LIMIT)));
    let weak = Arc::downgrade(&beat);
    let task = runtime.spawn(watch(Arc::downgrade(shared), beat));
    let running = Running {
        process: process::number(),
        runtime: runtime.id(),
        task: task.abort_handle(),
        beat: weak,
    };
    if let Some(inherited) = driver.replace(running)
        && inherited.process != process::number()
    {
        // The parent's task is none of ours.
        std::mem::forget(inherited);
    }
}

/// Does the work, and does it anew after a panic.
async fn watch(shared: Weak<Shared>, beat: Arc<Beat>) {
    let mut panics = 0_u32;
    loop {
        let Some(wake) = shared.upgrade().map(|shared| Arc::clone(&shared.wake)) else {
            return;
        };
        let work = Aborted(tokio::spawn(run(shared.clone(), wake, Arc::clone(&beat))));
        match work.finished().await {
            Err(error) if error.is_panic() => {}
            // The client is gone, or the runtime ends.
            _ => return,
        }
        // The log may be what panicked.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            tracing::error!("the background work panicked and begins anew");
        }));
        let pause = AFTER_PANIC
            .saturating_mul(1_u32.checked_shl(panics).unwrap_or(u32::MAX))
            .min(IDLE);
        panics = (panics + 1).min(16);
        beat.expect_within(pause);
        tokio::time::sleep(pause).await;
    }
}

/// A task that ends when nobody waits for it any more.
struct Aborted(tokio::task::JoinHandle<()>);

impl Aborted {
    async fn finished(mut self) -> Result<(), tokio::task::JoinError> {
        (&mut self.0).await
    }
}

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run(shared: Weak<Shared>, wake: Arc<tokio::sync::Notify>, beat: Arc<Beat>) {
    let mut misses: u32 = 0;
    loop {
        let pause = match shared.upgrade() {
            Some(shared) => pause(&shared, misses).await,
            None => return,
        };
        beat.expect_within(pause);
        let woken = tokio::time::timeout(pause, wake.notified()).await.is_ok();
        // Longer than a drain and its reading take.
        beat.expect_within(2 * DRAIN_LIMIT);
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
