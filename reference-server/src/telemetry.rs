//! Logs to standard error, filtered by `RUST_LOG` (default `info`), and best effort: a reader of standard
//! error that is gone or stuck takes lines and nothing else.
//!
//! Owns the queue between those who log and the one thread that writes. It holds at most
//! `MOST_BYTES`; what does not fit, or cannot be written, is dropped and counted
//! (`chitty_log_lines_dropped_total`). Nobody but that thread ever waits for standard error. What may be
//! logged is decided where events are made: codes, counts, routes and operators' names, never an id, key,
//! receipt, metadata value or API key; of a panic only its place.

use std::{
    io::{self, Write},
    sync::{
        LazyLock, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    time::Duration,
};

use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// Lines that may wait to be written, in bytes of text.
const MOST_BYTES: usize = 4 << 20;
/// How long the last words of a program may take.
const LAST_WORDS: Duration = Duration::from_secs(1);

static DROPPED: LazyLock<Counter> = LazyLock::new(Counter::default);
static QUEUE: OnceLock<Queue> = OnceLock::new();

/// Starts logging for this process. A second call changes nothing.
pub fn start() {
    if QUEUE.get().is_none()
        && let Some(queue) = Queue::into(io::stderr())
    {
        // Another thread may have been faster; its queue counts.
        let _ = QUEUE.set(queue);
    }
    let Some(queue) = QUEUE.get() else {
        return;
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(queue)
        .with_ansi(false)
        // Its own complaints would go to standard error directly, and panic when that is gone.
        .log_internal_errors(false);
    // Fails only when a subscriber is set already, and then that one counts.
    let _ = subscriber.try_init();
}

/// Lets panics of this process say where they were through the same queue: the standard hook waits for
/// standard error, and a panic inside a request must not.
pub(crate) fn hear_panics() {
    if let Some(queue) = QUEUE.get() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let place = place.unwrap_or_default();
            queue.offer(format!("ERROR a panic at {place}\n").into_bytes());
        }));
    }
}

/// Counts the lines that were lost, in every server of this process.
pub(crate) fn dropped() -> Counter {
    DROPPED.clone()
}

/// Waits a moment until what was logged is written.
pub(crate) fn flush() {
    if let Some(queue) = QUEUE.get() {
        queue.flush(LAST_WORDS);
    }
}

/// Writes to standard output or error from a thread of its own, so that a reader that is stuck holds up
/// nobody. Answers what became of it, or that it is still under way after a second.
///
/// # Errors
/// What the system says, or [`io::ErrorKind::TimedOut`].
pub(crate) fn write_aside(mut to: impl Write + Send + 'static, text: String) -> io::Result<()> {
    let (tell, told) = channel();
    std::thread::Builder::new()
        .name("output".to_owned())
        .spawn(move || {
            let done = to.write_all(text.as_bytes()).and_then(|()| to.flush());
            // Nobody may be waiting any more.
            let _ = tell.send(done);
        })?;
    told.recv_timeout(LAST_WORDS)
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

enum Job {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Lines on their way to one writer.
struct Queue {
    jobs: Sender<Job>,
    waiting: &'static AtomicUsize,
}

impl Queue {
    /// Starts the thread that writes; `None` when the system gives none.
    fn into(to: impl Write + Send + 'static) -> Option<Self> {
        let (jobs, inbox) = channel();
        // Of the process, like the thread: one allocation for good.
        let waiting: &'static AtomicUsize = Box::leak(Box::default());
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_all(to, &inbox, waiting))
            .ok()?;
        Some(Self { jobs, waiting })
    }

    /// Takes a line or drops it, at once.
    fn offer(&self, line: Vec<u8>) {
        let length = line.len();
        let before = self.waiting.fetch_add(length, Ordering::Relaxed);
        let fits = before.saturating_add(length) <= MOST_BYTES;
        if !fits || self.jobs.send(Job::Line(line)).is_err() {
            self.waiting.fetch_sub(length, Ordering::Relaxed);
            DROPPED.inc();
        }
    }

    fn flush(&self, longest: Duration) {
        let (tell, told) = sync_channel(1);
        if self.jobs.send(Job::Flush(tell)).is_ok() {
            let _ = told.recv_timeout(longest);
        }
    }
}

fn write_all(mut to: impl Write, inbox: &Receiver<Job>, waiting: &AtomicUsize) {
    for job in inbox {
        match job {
            Job::Line(line) => {
                if to.write_all(&line).is_err() {
                    DROPPED.inc();
                }
                waiting.fetch_sub(line.len(), Ordering::Relaxed);
            }
            Job::Flush(tell) => {
                let _ = to.flush();
                let _ = tell.send(());
            }
        }
    }
}

/// One event on its way into the queue, as a whole.
struct Line {
    queue: &'static Queue,
    text: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.queue.offer(text);
        }
    }
}

impl MakeWriter<'_> for &'static Queue {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line {
            queue: self,
            text: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::SyncSender;

    use super::*;

    /// Says when it is asked to write, and waits for its end then.
    struct Stuck(SyncSender<()>, Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, part: &[u8]) -> io::Result<usize> {
            let _ = self.0.try_send(());
            let _ = self.1.recv();
            Ok(part.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stuck_reader_holds_up_nobody_and_what_is_lost_is_counted() {
        let (asked, was_asked) = sync_channel(1);
        let (end, ended) = channel();
        let queue = Queue::into(Stuck(asked, ended)).unwrap();
        queue.offer(b"the one that is being written".to_vec());
        was_asked.recv().unwrap();
        let before = DROPPED.get();
        let line = vec![b'x'; 1 << 10];
        for _ in 0..3 * MOST_BYTES / line.len() {
            queue.offer(line.clone());
        }
        assert!(queue.waiting.load(Ordering::Relaxed) <= MOST_BYTES);
        assert!(DROPPED.get() - before > (MOST_BYTES / line.len()) as u64);
        queue.flush(Duration::from_millis(1));
        // Written again once the reader reads again.
        drop(end);
        queue.flush(Duration::from_secs(60));
        assert_eq!(queue.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_is_written_to_nobody_is_said() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let error = write_aside(writer, "line".to_owned()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let (_reader, writer) = io::pipe().unwrap();
        let error = write_aside(writer, "x".repeat(1 << 20)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
