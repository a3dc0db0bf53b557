//! The SDK's log lines for the app's own log: filtered here, told on a thread of their own.

use std::{
    fmt::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
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

/// Lines that no sink heard, since it was last told.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Sends lines up to `level` to `sink`, for the whole process and for good, from a thread of their own: a sink that is
/// slow or stuck holds up nothing. What does not fit into the queue of 1 024 lines is lost, and so is a line
/// that the sink fails or panics over; how many were lost is the next thing that the sink hears.
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
                tell(&*sink, line);
            }
        })
        .map_err(|_| Code::Internal)?;
    Ok(())
}

/// Tells one line, after how many were lost before it.
fn tell(sink: &dyn LogSink, line: Line) {
    let lost = LOST.swap(0, Ordering::Relaxed);
    if lost > 0 {
        let text = format!("the log sink was too slow or failed: {lost} lines were lost");
        let word = Line {
            level: LogLevel::Warn,
            target: module_path!(),
            text,
        };
        if !hears(sink, word) {
            LOST.fetch_add(lost, Ordering::Relaxed);
        }
    }
    if !hears(sink, line) {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
}

/// A sink that fails or panics loses this line and no other.
fn hears(sink: &dyn LogSink, line: Line) -> bool {
    let tell = || sink.log(line.level, line.target.to_owned(), line.text);
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(tell));
    matches!(told, Ok(Ok(())))
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
        let sent = self.queue.try_send(Line {
            level: (*event.metadata().level()).into(),
            target: event.metadata().target(),
            text: text.0,
        });
        if sent.is_err() {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{Mutex, mpsc::channel},
        time::{Duration, Instant},
    };

    use super::{super::foreign::ForeignError, *};

    /// Waits in its first line until it may go on, panics over the second and fails over the third.
    struct Bad {
        may_go_on: Mutex<std::sync::mpsc::Receiver<()>>,
        heard: Mutex<Vec<String>>,
        count: AtomicU64,
    }

    impl LogSink for Bad {
        fn log(&self, _: LogLevel, _: String, text: String) -> Result<(), ForeignError> {
            match self.count.fetch_add(1, Ordering::SeqCst) {
                0 => {
                    let _ = self.may_go_on.lock().map(|gate| gate.recv());
                }
                1 => panic!("a sink that panics"),
                2 => return Err(ForeignError::UNNAMED),
                _ => {}
            }
            self.heard.lock().unwrap().push(text);
            Ok(())
        }
    }

    #[test]
    fn a_stuck_sink_holds_up_nobody_and_hears_how_much_it_missed() {
        let (queue, lines) = sync_channel(BACKLOG);
        let level = LogLevel::Info;
        let (open, may_go_on) = channel();
        let sink = Arc::new(Bad {
            may_go_on: Mutex::new(may_go_on),
            heard: Mutex::default(),
            count: AtomicU64::new(0),
        });
        let thread = std::thread::spawn({
            let sink = Arc::clone(&sink);
            move || lines.iter().for_each(|line| self::tell(&*sink, line))
        });
        let many = 3 * BACKLOG as u64;
        let start = Instant::now();
        tracing::subscriber::with_default(Lines { queue, level }, || {
            for number in 0..many {
                tracing::info!(target: "chitty", number, "a line");
            }
        });
        assert!(start.elapsed() < Duration::from_secs(30), "it waited");
        assert!(sink.heard.lock().unwrap().is_empty(), "the control: stuck");
        drop(open);
        thread.join().unwrap();
        let heard = sink.heard.lock().unwrap();
        let lost: u64 = heard
            .iter()
            .filter_map(|text| text.strip_suffix(" lines were lost")?.rsplit(' ').next())
            .map(|count| count.parse::<u64>().unwrap())
            .sum();
        let told = heard.iter().filter(|text| text.contains("a line")).count() as u64;
        assert_eq!(lost + told, many, "every line is told or counted");
        assert!(lost > BACKLOG as u64);
    }
}
