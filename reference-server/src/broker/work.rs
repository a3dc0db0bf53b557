//! Work that takes a processor for milliseconds, such as checking a proof, on threads of its own, so that
//! connections are answered meanwhile.
//!
//! Owns how much of it there is at once: as much as there are processors. What waits for its turn is
//! a request that was admitted (`admission`), and stops waiting when its caller leaves; those who wait get
//! their turns in rotation, by tenant or network. Work that has begun keeps its place until it is done,
//! also when nobody waits for it any more. So callers who leave cannot pile it up.

use std::{thread::available_parallelism, time::Duration};

use chitty_client::error::Code;
use tokio::task::spawn_blocking;

use crate::{
    admission::{
        origin,
        places::{Places, Sizes},
    },
    error::Refusal,
};

/// Longer than any request lives.
const PATIENCE: Duration = Duration::from_secs(60);

/// The places in which such work is done.
pub(crate) struct Work(Places);

impl Work {
    /// One place for each processor.
    pub(crate) fn new() -> Self {
        // One does where nobody can say how many there are.
        let places = available_parallelism().map_or(1, usize::from);
        Self::of(places)
    }

    /// Each piece of work is short, so one may have all places while nobody else wants one.
    fn of(places: usize) -> Self {
        Self(Places::new(Sizes {
            places,
            tenant: places,
            stranger: places,
            // Whoever waits was admitted, which is bounded.
            waiting: usize::MAX,
        }))
    }

    /// Waits for a place and does it there.
    ///
    /// # Errors
    /// [`Code::Internal`] when the work panicked, [`Code::TimedOutInside`] when its turn did not come.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.0.enter(&origin(), PATIENCE).await;
        let place = place.map_err(|_| Code::TimedOutInside)?;
        let done = spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await.map_err(|_| {
            tracing::error!("work for a request panicked");
            Code::Internal.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[tokio::test]
    async fn work_that_nobody_waits_for_keeps_its_place_until_it_is_done() {
        let work = Work::of(1);
        let (begun, beginning) = tokio::sync::oneshot::channel();
        let (end, ending) = mpsc::channel::<()>();
        {
            let left = work.run(move || {
                let _ = begun.send(());
                let _ = ending.recv_timeout(Duration::from_secs(60));
            });
            tokio::select! {
                _ = left => panic!("it ended before it was told to"),
                begun = beginning => begun.unwrap(),
            }
        }
        assert_eq!(work.0.free(), 0, "its caller is gone");
        end.send(()).unwrap();
        assert_eq!(work.run(|| 7).await.unwrap(), 7);
        assert_eq!(work.0.free(), 1);
    }

    #[tokio::test]
    async fn work_that_panics_is_a_refusal_and_gives_its_place_back() {
        let work = Work::of(1);
        let refused = work.run(|| panic!("on purpose")).await;
        assert_eq!(refused.map(|()| 0).unwrap_err().code(), Code::Internal);
        assert_eq!(work.run(|| 7).await.unwrap(), 7);
    }
}
