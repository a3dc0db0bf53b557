//! The SDK's log lines for the app's own log: filtered here, told on a thread of their own.

use std::{
    fmt::{self, Write as _},
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
};

use chitty_client::error::{Code, Error};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::{ChittyError, foreign::LogSink};

/// Lines that wait for a slow sink before further ones are lost.
const BACKLOG: usize = 1024;

/// How much a line matters. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[repr(u8)]
pub enum LogLevel {
    /// Something failed.
    Error = 1,
    /// Something is odd.
    Warn = 2,
    /// Something worth knowing.
    Info = 3,
    /// For those who look for a defect.
    Debug = 4,
    /// Everything.
    Trace = 5,
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::ERROR => Self::Error,
            Level::WARN => Self::Warn,
            Level::INFO => Self::Info,
            Level::DEBUG => Self::Debug,
            _ => Self::Trace,
        }
    }
}

struct Line {
    level: LogLevel,
    target: &'static str,
    text: String,
}

/// Sends lines up to `level` to `sink`, for the whole process and for good.
///
/// # Errors
/// `ConfigurationInvalid` when there is a sink already; `Internal` when the system gives no thread.
pub fn set_log_sink(sink: Arc<dyn LogSink>, level: LogLevel) -> Result<(), ChittyError> {
    let (queue, lines) = sync_channel::<Line>(BACKLOG);
    tracing::subscriber::set_global_default(Lines { queue, level }).map_err(|_| {
        ChittyError::from(Error::new(Code::ConfigurationInvalid).detail("there is a log sink"))
    })?;
    std::thread::Builder::new()
        .name("chitty-log".to_owned())
        .spawn(move || {
            for line in lines {
                let tell = || sink.log(line.level, line.target.to_owned(), line.text);
                // A sink that fails or panics loses this line and no other.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(tell));
            }
        })
        .map_err(|_| Code::Internal)?;
    Ok(())
}

/// Takes the SDK's own lines and nobody else's: those of the HTTP stack may name addresses.
struct Lines {
    queue: SyncSender<Line>,
    level: LogLevel,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let ours = ["chitty", "spooky"]
            .iter()
            .any(|name| metadata.target().starts_with(name));
        ours && metadata.is_event() && LogLevel::from(*metadata.level()) <= self.level
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        // A full queue loses lines; a log must not slow the work down.
        let _ = self.queue.try_send(Line {
            level: (*event.metadata().level()).into(),
            target: event.metadata().target(),
            text: text.0,
        });
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Text(String);

impl Text {
    fn separate(&mut self) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.separate();
        self.0.push_str(field.name());
        self.0.push('=');
        self.0.push_str(value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.separate();
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, "{name}={value:?}"),
        };
    }
}
