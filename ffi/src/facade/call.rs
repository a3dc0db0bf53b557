//! Waiting: a call is a task of the SDK's own, and the caller waits for its end with a deadline and
//! a [`CancelToken`]. Whoever stops waiting stops nothing else (architecture law 3).

use std::{future::Future, sync::Arc, time::Duration};

use chitty_client::error::{Code, Error, Stage};
use tokio::{sync::watch, task::JoinHandle, time::Sleep};

use super::{
    ChittyError,
    process::{self, Live},
};

/// How much longer than a deadline that the client keeps itself the waiting lasts: its own error
/// says more.
const GRACE: Duration = Duration::from_millis(250);

/// Stops the waiting of the calls it was given to, once and for all. What those calls began goes on
/// to a safe end: an id that was asked for is found later under the same handle, or was never
/// issued.
#[derive(Debug, Clone)]
pub struct CancelToken(Arc<Token>);

#[derive(Debug)]
struct Token {
    flag: Flag,
    _live: Live,
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

impl CancelToken {
    /// Makes a token that nobody has cancelled.
    pub fn new() -> Self {
        Self(Arc::new(Token {
            flag: Flag::new(),
            _live: Live::new(),
        }))
    }

    /// Cancels. Doing so twice changes nothing.
    pub fn cancel(&self) {
        self.0.flag.raise();
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.flag.is_raised()
    }
}

/// Something that happens once and that many may wait for.
#[derive(Debug)]
pub(crate) struct Flag(watch::Sender<bool>);

impl Flag {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn raise(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    pub(crate) fn watch(&self) -> FlagWatch {
        FlagWatch(self.0.subscribe())
    }
}

/// One who waits for a [`Flag`].
#[derive(Debug)]
pub(crate) struct FlagWatch(watch::Receiver<bool>);

impl FlagWatch {
    /// Ends when the flag is raised or gone.
    pub(crate) async fn raised(&mut self) {
        let _ = self.0.wait_for(|raised| *raised).await;
    }
}

/// Who keeps a deadline.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// The client does; waiting is only the net beneath.
    Kept(Duration),
    /// Nobody but the one who waits.
    Waited(Duration),
}

impl Limit {
    fn waiting(self) -> Duration {
        match self {
            Self::Kept(limit) => limit.saturating_add(GRACE),
            Self::Waited(limit) => limit,
        }
    }
}

/// A call under way.
pub(crate) struct Started<T> {
    task: JoinHandle<Result<T, ChittyError>>,
    sleep: Sleep,
    closing: FlagWatch,
}

impl<T: Send + 'static> Started<T> {
    /// Starts `work` as a task that ends early only when the client closes.
    pub(crate) fn start(
        closing: &Flag,
        limit: Limit,
        work: impl Future<Output = Result<T, ChittyError>> + Send + 'static,
    ) -> Result<Self, ChittyError> {
        let runtime = process::runtime()?;
        // A timer belongs to a runtime from its making; later anyone may poll it.
        let _inside = runtime.enter();
        let mut closed = closing.watch();
        let task = runtime.spawn(async move {
            tokio::select! {
                answer = work => answer,
                () = closed.raised() => Err(Code::Closed.into()),
            }
        });
        Ok(Self {
            task,
            sleep: tokio::time::sleep(limit.waiting()),
            closing: closing.watch(),
        })
    }

    /// Waits for the answer, the deadline, the token or the closing of the client.
    pub(crate) async fn wait(self, cancel: Option<CancelToken>) -> Result<T, ChittyError> {
        let Self {
            task,
            sleep,
            mut closing,
        } = self;
        tokio::select! {
            biased;
            ended = task => match ended {
                Ok(answer) => answer,
                Err(_) => Err(Error::new(Code::Internal).at(Stage::MaybeSent).into()),
            },
            () = cancelled(cancel) => Err(Error::new(Code::Cancelled).at(Stage::MaybeSent).into()),
            () = closing.raised() => Err(Error::new(Code::Closed).at(Stage::MaybeSent).into()),
            () = sleep => Err(Error::new(Code::DeadlineExceeded).at(Stage::MaybeSent).into()),
        }
    }
}

/// Ends when `token` is cancelled, and never without a token.
pub(crate) async fn cancelled(token: Option<CancelToken>) {
    match token {
        Some(token) => token.0.flag.watch().raised().await,
        None => std::future::pending().await,
    }
}
