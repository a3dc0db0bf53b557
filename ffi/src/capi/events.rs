//! Events, for those who ask.

use std::ffi::c_void;

use super::{
    block::block_on,
    client::{ChittyCancelToken, ChittyClient},
    entry::{Slot, enter},
    handle::{self, Object},
    later::{Token, address, later},
    numbers::ChittyEventKind,
    types::{
        ChittyBuffer, ChittyError, ChittyIdText, ChittyIssued, ChittyStatus, Lends, Shown, fixed,
        release,
    },
};
use crate::facade::{self, Code, Event};
use std::sync::Arc;

/// An event subscription. Not an address: a number that is never given out twice.
pub enum ChittyEvents {}

/// Something that happened in the background. Release it with `chitty_event_free`.
#[repr(C)]
pub struct ChittyEvent {
    /// One of `ChittyEventKind`; 0 when nothing happened in time.
    pub kind: i32,
    /// For a wedged id: why, one of `ChittyCode`; else 0.
    pub code: i32,
    /// For a newer key set: its version; else 0.
    pub version: u64,
    /// For a replaced or wedged id: the fallback id; else empty.
    pub old_id: ChittyIdText,
    /// The id that was issued, if one was.
    pub issued: ChittyIssued,
}

impl ChittyEvent {
    const NONE: Self = Self {
        kind: 0,
        code: 0,
        version: 0,
        old_id: [0; 32],
        issued: ChittyIssued::EMPTY,
    };

    pub(super) fn of(event: Event) -> Result<Self, facade::ChittyError> {
        Ok(match event {
            Event::FallbackIssued { issued } => Self {
                kind: ChittyEventKind::FallbackIssued as i32,
                issued: ChittyIssued::of(issued)?,
                ..Self::NONE
            },
            Event::Reconciled { old, issued } => Self {
                kind: ChittyEventKind::Reconciled as i32,
                old_id: fixed(&old),
                issued: ChittyIssued::of(issued)?,
                ..Self::NONE
            },
            Event::Recovered { issued } => Self {
                kind: ChittyEventKind::Recovered as i32,
                issued: ChittyIssued::of(issued)?,
                ..Self::NONE
            },
            Event::Wedged { old, code } => Self {
                kind: ChittyEventKind::Wedged as i32,
                old_id: fixed(&old),
                code: code.into(),
                ..Self::NONE
            },
            Event::KeySetUpdated { version } => Self {
                kind: ChittyEventKind::KeySetUpdated as i32,
                version,
                ..Self::NONE
            },
        })
    }
}

// SAFETY: the buffer of `issued` is its only pointer.
unsafe impl Lends for ChittyEvent {
    fn buffer(&mut self) -> &mut ChittyBuffer {
        &mut self.issued.receipt
    }
}

/// Called once with the outcome. Both pointers are valid during the call only, and the SDK releases
/// the event; it is NULL unless `status` is 0. Its kind is 0 when nothing happened in time.
pub type ChittyEventCallback = Option<
    extern "C" fn(
        user: *mut c_void,
        status: ChittyStatus,
        error: *const ChittyError,
        event: *const ChittyEvent,
    ),
>;

/// Listens to what happens in the background from now on. Release `out` with `chitty_events_free`;
/// it may outlive the client. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_client_events(
    client: *const ChittyClient,
    out: *mut *mut ChittyEvents,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let events = Arc::new(handle::client(client)?.events()?);
        out.write(handle::pointer(handle::put(Object::Events(events))?));
        Ok(())
    })
}

/// Waits at most `timeout_ms` for the next event, or until `token` (NULL: none) is cancelled, or the
/// client is closed. Without one in time the kind is 0 and the status 0. Release `out` with
/// `chitty_event_free`. `error` may be NULL. Any thread; several wait in turn.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_events_next(
    events: *const ChittyEvents,
    timeout_ms: u64,
    token: *const ChittyCancelToken,
    out: *mut ChittyEvent,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (events, token) = (handle::events(events)?, handle::token(token)?);
        out.write(match block_on(events.next(timeout_ms, token))? {
            Some(event) => ChittyEvent::of(event)?,
            None => ChittyEvent::NONE,
        });
        Ok(())
    })
}

/// As `chitty_events_next`, but returns at once; `callback` is called once, on a thread of the SDK.
/// When this function itself fails, the callback is not called. `user` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_events_next_async(
    events: *const ChittyEvents,
    timeout_ms: u64,
    token: *const ChittyCancelToken,
    callback: ChittyEventCallback,
    user: *mut c_void,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let callback = callback.ok_or(Code::ArgumentInvalid)?;
        let (events, token) = (handle::events(events)?, handle::token(token)?);
        let user = Token::new(user);
        let future = async move {
            let event = match events.next(timeout_ms, token).await? {
                Some(event) => ChittyEvent::of(event)?,
                None => ChittyEvent::NONE,
            };
            Ok(Shown(event))
        };
        later(future, move |status, error, event| {
            let event = event.as_ref().map(|shown| &shown.0);
            callback(user.get(), status, error, address(event));
        })
    })
}

/// Releases what `event` owns and empties it. NULL is fine, twice is harmless. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_event_free(event: *mut ChittyEvent) -> ChittyStatus {
    enter(std::ptr::null_mut(), || {
        if event.is_null() {
            return Ok(());
        }
        // SAFETY: not NULL; the header demands a ChittyEvent that the SDK wrote or that is zero.
        let receipt = unsafe { &raw mut (*event).issued.receipt };
        release(receipt)
    })
}

/// Frees the subscription. NULL is fine; freeing twice is refused. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_events_free(events: *mut ChittyEvents) -> ChittyStatus {
    enter(std::ptr::null_mut(), || {
        handle::free(events, |object| matches!(object, Object::Events(_)))
    })
}
