//! What was logged, for tests that search it.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

/// Everything that this process logs.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Begins to take what is logged, from `debug` on. Once in a process.
    ///
    /// # Panics
    /// The second time.
    pub fn at_debug() -> Self {
        let log = Self::default();
        let sink = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || sink.clone())
            .init();
        log
    }

    /// The bytes so far.
    ///
    /// # Panics
    /// After a panic while writing.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("log").clone()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
