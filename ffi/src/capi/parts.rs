//! Parts of the app as structs of function pointers: transport, listener, clock, log.

use std::ffi::c_void;

use async_trait::async_trait;

use super::{
    entry::enter,
    events::ChittyEvent,
    exchange::{self, ChittyExchange, ChittyHeader},
    handle,
    input::{self, Grows, User},
    types::{ChittyBytes, ChittyError, ChittyStatus, ChittyStr, Shown},
};
use crate::facade::{
    self, Code, Event, LogLevel, Stage,
    foreign::{
        Clock, EventListener, ForeignError, HttpRequest, HttpResponse, HttpTransport, LogSink,
    },
};

/// Runs once, when the SDK lets go of `user`; NULL when there is nothing to do.
pub type ChittyDrop = Option<extern "C" fn(user: *mut c_void)>;

/// A callback's status as an answer.
pub(super) fn answered(status: i32) -> Result<(), ForeignError> {
    match status {
        0 => Ok(()),
        code => Err(ForeignError::Failed {
            code: u16::try_from(code).unwrap_or(Code::ForeignFailed.number()),
            stage: Stage::MaybeSent,
        }),
    }
}

/// One request, complete. Valid during the callback only.
#[repr(C)]
pub struct ChittyHttpRequest {
    /// `GET` or `POST`.
    pub method: ChittyStr,
    /// The whole address.
    pub url: ChittyStr,
    /// All headers to send.
    pub headers: *const ChittyHeader,
    /// How many.
    pub headers_len: usize,
    /// The body, empty for `GET`.
    pub body: ChittyBytes,
    /// How long the whole exchange may take.
    pub timeout_ms: u64,
}

macro_rules! part {
    ($read:ident, $given:ident, $own:ident, $trait:ident, $($function:ident),*) => {
        // SAFETY: `repr(C)`, `struct_size` first; zero is NULL or 0 in every member.
        unsafe impl Grows for $given {}

        #[derive(Clone)]
        struct $own {
            calls: $given,
            user: std::sync::Arc<User>,
        }

        // SAFETY: function pointers and, in `user`, data that the header demands to be usable from
        // any thread.
        unsafe impl Send for $own {}
        // SAFETY: as above.
        unsafe impl Sync for $own {}

        /// Takes the part over, and its user data in any case; none for NULL.
        pub(super) fn $read(
            given: *const $given,
        ) -> Result<Option<std::sync::Arc<dyn $trait>>, crate::facade::ChittyError> {
            if given.is_null() {
                return Ok(None);
            }
            let calls = input::record(given)?;
            let user = std::sync::Arc::new(User::new(calls.user, calls.drop));
            let complete = true $(&& calls.$function.is_some())*;
            match complete {
                true => Ok(Some(std::sync::Arc::new($own { calls, user }))),
                false => Err(crate::facade::Code::ArgumentInvalid.into()),
            }
        }
    };
}
pub(super) use part;

/// How requests leave.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyTransport {
    /// `sizeof(ChittyTransport)`.
    pub struct_size: usize,
    /// Handed to every callback; used from any thread, also from several at once.
    pub user: *mut c_void,
    /// Lets go of `user`.
    pub drop: ChittyDrop,
    /// Sends `request` and ends `exchange` with `chitty_exchange_answer` or `chitty_exchange_fail`,
    /// within the call or later, from any thread. Follows no redirect, retries nothing, caches
    /// nothing, logs neither headers nor bodies. Must not throw. May block, and may call back in.
    pub send: Option<
        extern "C" fn(
            user: *mut c_void,
            request: *const ChittyHttpRequest,
            exchange: *mut ChittyExchange,
        ),
    >,
}

part!(transport, ChittyTransport, Transport, HttpTransport, send);

impl Transport {
    fn send_now(&self, request: &HttpRequest, exchange: usize) {
        let headers: Vec<ChittyHeader> = request
            .headers
            .iter()
            .map(|header| ChittyHeader {
                name: ChittyStr::of(&header.name),
                value: ChittyStr::of(&header.value),
            })
            .collect();
        let view = ChittyHttpRequest {
            method: ChittyStr::of(&request.method),
            url: ChittyStr::of(&request.url),
            headers: headers.as_ptr(),
            headers_len: headers.len(),
            body: ChittyBytes::of(&request.body),
            timeout_ms: request.timeout_ms,
        };
        if let Some(send) = self.calls.send {
            send(self.user.data(), &raw const view, handle::pointer(exchange));
        }
    }
}

#[async_trait]
impl HttpTransport for Transport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ForeignError> {
        let mut open = exchange::Open::new().map_err(|_| ForeignError::UNNAMED)?;
        // The thread that calls out may outlast the waiting, and holds the user data meanwhile.
        let (transport, number) = (self.clone(), open.number());
        tokio::task::spawn_blocking(move || transport.send_now(&request, number));
        (&mut open.answer)
            .await
            .unwrap_or(Err(ForeignError::UNNAMED))
    }
}

/// Who is told what happens in the background, one event after the other.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyListener {
    /// `sizeof(ChittyListener)`.
    pub struct_size: usize,
    /// Handed to every callback; used from any thread.
    pub user: *mut c_void,
    /// Lets go of `user`.
    pub drop: ChittyDrop,
    /// Something happened. `event` is valid during the call only. Returns 0, or anything else for a
    /// failure, which is counted. Must not throw. May block, and may call back in.
    pub on_event:
        Option<extern "C" fn(user: *mut c_void, event: *const ChittyEvent) -> ChittyStatus>,
}

part!(listener, ChittyListener, Listener, EventListener, on_event);

impl EventListener for Listener {
    fn on_event(&self, event: Event) -> Result<(), ForeignError> {
        let shown = Shown(ChittyEvent::of(event).map_err(|_| ForeignError::UNNAMED)?);
        let tell = self.calls.on_event.ok_or(ForeignError::UNNAMED)?;
        answered(tell(self.user.data(), &raw const shown.0))
    }
}

/// A wall clock. It is asked often: it must answer at once and must not call back in.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyClock {
    /// `sizeof(ChittyClock)`.
    pub struct_size: usize,
    /// Handed to every callback; used from any thread, also from several at once.
    pub user: *mut c_void,
    /// Lets go of `user`.
    pub drop: ChittyDrop,
    /// Writes milliseconds since 1970 to `now_ms`. Returns 0, or anything else for a failure: then the
    /// system's clock is taken, and the failure is counted. Must not throw.
    pub now_ms: Option<extern "C" fn(user: *mut c_void, now_ms: *mut i64) -> ChittyStatus>,
}

part!(clock, ChittyClock, OwnClock, Clock, now_ms);

impl Clock for OwnClock {
    fn now_ms(&self) -> Result<i64, ForeignError> {
        let mut now = 0;
        let ask = self.calls.now_ms.ok_or(ForeignError::UNNAMED)?;
        answered(ask(self.user.data(), &raw mut now))?;
        Ok(now)
    }
}

/// Takes the SDK's log lines. They carry no ids, keys, receipts or metadata. It is called on one thread
/// of its own: a slow one holds up nothing, loses lines, and hears how many it lost.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyLogSink {
    /// `sizeof(ChittyLogSink)`.
    pub struct_size: usize,
    /// Handed to every callback; used from one thread of the SDK.
    pub user: *mut c_void,
    /// Lets go of `user`. Never called once the sink is set: it stays for good.
    pub drop: ChittyDrop,
    /// One line; `level` is one of `ChittyLogLevel`. Returns 0, or anything else for a failure, which
    /// is ignored. Must not throw.
    pub log: Option<
        extern "C" fn(
            user: *mut c_void,
            level: i32,
            target: ChittyStr,
            text: ChittyStr,
        ) -> ChittyStatus,
    >,
}

part!(log_sink, ChittyLogSink, Log, LogSink, log);

impl LogSink for Log {
    fn log(&self, level: LogLevel, target: String, text: String) -> Result<(), ForeignError> {
        let log = self.calls.log.ok_or(ForeignError::UNNAMED)?;
        let (target, text) = (ChittyStr::of(&target), ChittyStr::of(&text));
        answered(log(self.user.data(), level as i32, target, text))
    }
}

/// Sends the SDK's log lines up to `level` (one of `ChittyLogLevel`) to `sink`, for the whole process
/// and for good; a second sink is refused. `sink` is read during the call only. `error` may be NULL.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_set_log_sink(
    sink: *const ChittyLogSink,
    level: i32,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let sink = log_sink(sink)?.ok_or(Code::ArgumentInvalid)?;
        let level = match level {
            1 => LogLevel::Error,
            2 => LogLevel::Warn,
            3 => LogLevel::Info,
            4 => LogLevel::Debug,
            5 => LogLevel::Trace,
            _ => return Err(Code::ArgumentInvalid.into()),
        };
        facade::set_log_sink(sink, level)
    })
}
