//! The face for Kotlin, Swift and Python: the facade's objects in uniffi's shape, one line each.
//!
//! Records, errors and foreign traits are the facade's own. `close` is called `shutdown` here,
//! because Kotlin's `close()` is what frees an object (and freeing the client shuts it down).

mod client;
mod functions;
mod site;
mod wallet;

use std::sync::Arc;

pub use self::{client::Client, functions::*, site::Site, wallet::Wallet};
use crate::facade::{self, ChittyError, Event};

/// Stops the waiting of the calls it was given to, once and for all; what they began goes on to a
/// safe end.
#[derive(Debug, uniffi::Object)]
pub struct CancelToken(facade::CancelToken);

#[uniffi::export]
impl CancelToken {
    /// Makes a token that nobody has cancelled.
    #[uniffi::constructor]
    pub fn new() -> Self {
        Self(facade::CancelToken::new())
    }

    /// Cancels. Doing so twice changes nothing.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

/// The facade's token.
fn token(cancel: Option<Arc<CancelToken>>) -> Option<facade::CancelToken> {
    cancel.map(|token| token.0.clone())
}

/// Hears what happens in the background from its making on. A listener that lags more than 1 024
/// events behind loses the oldest; the store loses nothing.
#[derive(Debug, uniffi::Object)]
pub struct EventSubscription(facade::EventSubscription);

#[uniffi::export]
impl EventSubscription {
    /// The next event; nothing when none came within `timeout_ms`.
    ///
    /// # Errors
    /// `Closed` with the client, `Cancelled`, `Forked`.
    #[uniffi::method(default(cancel = None))]
    pub async fn next(
        &self,
        timeout_ms: u64,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Option<Event>, ChittyError> {
        self.0.next(timeout_ms, token(cancel)).await
    }
}
