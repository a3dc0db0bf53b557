//! Events, for those who ask and for those who are told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chitty_client::{Events, error::Code};
use tokio::sync::Mutex;

use super::{
    CancelToken, ChittyError, Event,
    call::{Flag, cancelled},
    foreign::EventListener,
    process::{self, Birthplace, Live},
};

/// Hears what happens in the background from its making on. A listener that lags more than 1 024
/// events behind loses the oldest; the store loses nothing.
#[derive(Debug)]
pub struct EventSubscription {
    events: Mutex<Events>,
    closing: Arc<Flag>,
    born: Birthplace,
    _live: Live,
}

impl EventSubscription {
    pub(crate) fn new(events: Events, closing: Arc<Flag>) -> Self {
        Self {
            events: Mutex::new(events),
            closing,
            born: Birthplace::here(),
            _live: Live::new(),
        }
    }

    /// The next event; `None` when none came within `timeout_ms`.
    ///
    /// # Errors
    /// `Closed` with the client, `Cancelled`, `Forked`.
    pub async fn next(
        &self,
        timeout_ms: u64,
        cancel: Option<CancelToken>,
    ) -> Result<Option<Event>, ChittyError> {
        self.born.check()?;
        let sleep = {
            let runtime = process::runtime()?;
            let _inside = runtime.enter();
            tokio::time::sleep(Duration::from_millis(timeout_ms))
        };
        let mut closing = self.closing.watch();
        tokio::select! {
            biased;
            event = self.heard() => match event {
                Some(event) => Ok(Some(event)),
                None => Err(Code::Closed.into()),
            },
            () = cancelled(cancel) => Err(Code::Cancelled.into()),
            () = closing.raised() => Err(Code::Closed.into()),
            () = sleep => Ok(None),
        }
    }

    async fn heard(&self) -> Option<Event> {
        let mut events = self.events.lock().await;
        heard(&mut events).await
    }
}

async fn heard(events: &mut Events) -> Option<Event> {
    loop {
        if let Some(event) = Event::of(events.next().await?) {
            return Some(event);
        }
    }
}

/// Tells `listener` until the client closes: in order, on a thread made for blocking.
pub(crate) fn tell(
    listener: Arc<dyn EventListener>,
    mut events: Events,
    closing: &Flag,
    failures: Arc<AtomicU64>,
) -> Result<(), ChittyError> {
    let mut closed = closing.watch();
    process::runtime()?.spawn(async move {
        loop {
            let event = tokio::select! {
                () = closed.raised() => return,
                event = heard(&mut events) => match event {
                    Some(event) => event,
                    None => return,
                },
            };
            let listener = Arc::clone(&listener);
            let told = tokio::task::spawn_blocking(move || listener.on_event(event)).await;
            if !matches!(told, Ok(Ok(()))) {
                failures.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    Ok(())
}
