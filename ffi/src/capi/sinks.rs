//! Where a part of the app writes what it was asked for. A sink is valid during the call that got it.

use std::sync::Mutex;

use super::{
    entry::enter,
    handle::{self, Object},
    input,
    store::ChittyStoreRow,
    types::{ChittyBytes, ChittyError, ChittyStatus},
};
use crate::facade::{self, Code, foreign::StoreRow, process::lock};

/// Takes the answer of a callback. Not an address: a number that is never given out twice.
pub enum ChittySink {}

/// What was written so far.
#[derive(Default)]
pub(super) struct Sink {
    rows: Mutex<Vec<StoreRow>>,
    bytes: Mutex<Option<Vec<u8>>>,
}

impl Sink {
    pub(super) fn rows(&self) -> Vec<StoreRow> {
        std::mem::take(&mut lock(&self.rows))
    }

    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        lock(&self.bytes).take()
    }
}

/// A sink in the table for as long as a call lasts.
pub(super) struct Open {
    pub(super) sink: std::sync::Arc<Sink>,
    number: usize,
}

impl Open {
    pub(super) fn new() -> Result<Self, facade::ChittyError> {
        let sink = std::sync::Arc::new(Sink::default());
        let number = handle::put(Object::Sink(sink.clone()))?;
        Ok(Self { sink, number })
    }

    pub(super) fn pointer(&self) -> *mut ChittySink {
        handle::pointer(self.number)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = handle::take(self.number, |object| matches!(object, Object::Sink(_)));
    }
}

/// Adds a copy of `row` to the answer. `error` may be NULL. Only during the callback that got `sink`.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_sink_row(
    sink: *mut ChittySink,
    row: *const ChittyStoreRow,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let sink = handle::sink(sink)?;
        let row = ChittyStoreRow::read(row)?;
        lock(&sink.rows).push(row);
        Ok(())
    })
}

/// Makes a copy of `bytes` the answer. `error` may be NULL. Only during the callback that got `sink`.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_sink_bytes(
    sink: *mut ChittySink,
    bytes: ChittyBytes,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let sink = handle::sink(sink)?;
        let bytes = input::bytes(bytes)?.ok_or(Code::ArgumentInvalid)?;
        *lock(&sink.bytes) = Some(bytes);
        Ok(())
    })
}
