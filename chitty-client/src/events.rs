//! What happens in the background, told to whoever listens. Listening is optional: everything an
//! event says is in the store as well.

use tokio::sync::broadcast;

use crate::{error::Code, id::ChittyId, issuance::Issued};

/// How many events a slow listener may lag behind before it loses the oldest.
const BACKLOG: usize = 1024;

/// Something that happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A fallback id was handed out; a permanent one is owed.
    FallbackIssued {
        /// The temporary id with its receipt.
        issued: Issued,
    },
    /// A fallback id has been replaced: update references, or go on resolving the old one.
    Reconciled {
        /// The fallback id.
        old: ChittyId,
        /// The permanent id with its receipt.
        issued: Issued,
    },
    /// A request whose caller went away was answered after all.
    Recovered {
        /// The id with its receipt.
        issued: Issued,
    },
    /// The service refuses to replace a fallback id; see `retry_wedged` and `abandon`.
    Wedged {
        /// The fallback id.
        old: ChittyId,
        /// Why.
        reason: Code,
    },
    /// The main service published a newer key set.
    KeySetUpdated {
        /// Its version.
        version: u64,
    },
}

/// A listener's end.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// The next event. `None` when the client is gone. A listener that lagged goes on with the
    /// oldest event still kept.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.0.recv().await {
                Ok(event) => return Some(event),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

/// The speaker's end.
#[derive(Debug)]
pub(crate) struct EventSender(broadcast::Sender<Event>);

impl EventSender {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    pub(crate) fn send(&self, event: Event) {
        // Nobody listening is no error.
        let _ = self.0.send(event);
    }

    pub(crate) fn subscribe(&self) -> Events {
        Events(self.0.subscribe())
    }
}
