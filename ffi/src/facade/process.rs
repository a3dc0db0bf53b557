//! What belongs to the process: its runtime, its number, and how many objects live in it.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chitty_client::error::Code;
use tokio::runtime::{Builder, Handle, Runtime};

use super::ChittyError;

/// Threads that run the SDK's own work. Foreign code never runs on them.
const WORKERS: usize = 2;
/// How long a lock is awaited in a child whose parent may have held it at the fork.
const CHILD_PATIENCE: Duration = Duration::from_millis(500);

static LIVE: AtomicU64 = AtomicU64::new(0);
static RUNTIME: Mutex<Option<(u32, Runtime)>> = Mutex::new(None);

/// How many objects of the SDK live in this process. For leak tests: it returns to zero when every
/// object has been closed or freed.
pub fn live_handles() -> u64 {
    LIVE.load(Ordering::SeqCst)
}

/// Counts one object for as long as it lives.
#[derive(Debug)]
pub(crate) struct Live(());

impl Live {
    pub(crate) fn new() -> Self {
        LIVE.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The process in which something was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Birthplace(u32);

impl Birthplace {
    pub(crate) fn here() -> Self {
        Self(std::process::id())
    }

    /// Threads and locks of the parent do not exist in a forked child.
    pub(crate) fn is_here(self) -> bool {
        self == Self::here()
    }

    pub(crate) fn check(self) -> Result<(), ChittyError> {
        match self.is_here() {
            true => Ok(()),
            false => Err(Code::Forked.into()),
        }
    }
}

/// Locks a process-wide lock without ever hanging: in a forked child it may be held for ever by a
/// thread that does not exist there. Patience only matters there; in the parent such locks guard a
/// few instructions.
pub(crate) fn lock_within<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, ChittyError> {
    let start = Instant::now();
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if start.elapsed() > CHILD_PATIENCE => {
                return Err(Code::Forked.into());
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_micros(50)),
        }
    }
}

/// A lock whose holder panicked still guards whole values: every change is one assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The runtime of this process, started now if it is not yet.
pub(crate) fn runtime() -> Result<Handle, ChittyError> {
    let here = std::process::id();
    let mut slot = lock_within(&RUNTIME)?;
    if let Some((process, runtime)) = slot.as_ref() {
        if *process == here {
            return Ok(runtime.handle().clone());
        }
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .thread_name("chitty")
        .build()
        .map_err(|_| Code::Internal)?;
    let handle = runtime.handle().clone();
    // The parent's runtime must not be shut down here: its threads are not ours to join.
    std::mem::forget(slot.replace((here, runtime)));
    Ok(handle)
}
