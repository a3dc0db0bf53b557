//! Whether a database takes writes, for `/health`: a database that is full still answers every read.
//!
//! Owns how often that is asked: strangers may ask for `/health` as often as they like and cause at most
//! one write in [`FRESH`]. Refuses to wait for long: a write that does not end is a write that fails.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use chitty_client::error::Code;
use tokio::sync::Mutex;

use super::StoreResult;

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(1);
/// How long a write may take.
const LONGEST: Duration = Duration::from_secs(3);

/// What was found last, and whose turn it is to find out: the others wait for that answer.
#[derive(Clone, Default)]
pub(super) struct Writing(Arc<Mutex<Option<(Instant, bool)>>>);

impl Writing {
    /// Whether writes succeed, by a real one (`write`) unless that was tried a moment ago.
    pub(super) async fn check(
        &self,
        write: impl Future<Output = StoreResult<()>>,
    ) -> StoreResult<()> {
        let mut last = self.0.lock().await;
        let known = last.filter(|(at, _)| at.elapsed() < FRESH);
        let fine = match known {
            Some((_, fine)) => fine,
            None => {
                let done = tokio::time::timeout(LONGEST, write).await;
                let fine = matches!(done, Ok(Ok(())));
                *last = Some((Instant::now(), fine));
                fine
            }
        };
        match fine {
            true => Ok(()),
            false => Err(Code::StoreUnavailable.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_cause_one_write_and_none_waits_for_ever() {
        let (writing, writes) = (Writing::default(), AtomicU32::new(0));
        for _ in 0..100 {
            let write = async {
                writes.fetch_add(1, Ordering::Relaxed);
                Ok(())
            };
            writing.check(write).await.unwrap();
        }
        assert_eq!(writes.load(Ordering::Relaxed), 1);
        let stuck = Writing::default();
        assert!(stuck.check(std::future::pending()).await.is_err());
        assert!(
            stuck.check(async { Ok(()) }).await.is_err(),
            "the same answer"
        );
    }
}
