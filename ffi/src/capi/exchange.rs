//! One HTTP exchange that the app's transport carries out and answers, from any thread.

use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

use super::{
    entry::enter,
    handle::{self, Object},
    input,
    types::{ChittyBytes, ChittyError, ChittyStatus, ChittyStr},
};
use crate::facade::{
    self, Code, Stage,
    foreign::{ForeignError, HttpHeader, HttpResponse},
    process::lock,
};

/// An exchange. Not an address: a number that is never given out twice.
pub enum ChittyExchange {}

/// One header: a name in lower case and its value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyHeader {
    /// The name.
    pub name: ChittyStr,
    /// The value. May be secret.
    pub value: ChittyStr,
}

pub(super) type Answer = Result<HttpResponse, ForeignError>;

/// Where the answer goes, once.
pub(super) struct Exchange(Mutex<Option<oneshot::Sender<Answer>>>);

/// An exchange in the table for as long as somebody waits for it.
pub(super) struct Open {
    number: usize,
    pub(super) answer: oneshot::Receiver<Answer>,
}

impl Open {
    pub(super) fn new() -> Result<Self, facade::ChittyError> {
        let (sender, answer) = oneshot::channel();
        let exchange = Arc::new(Exchange(Mutex::new(Some(sender))));
        let number = handle::put(Object::Exchange(exchange))?;
        Ok(Self { number, answer })
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = handle::take(self.number, |object| matches!(object, Object::Exchange(_)));
    }
}

fn settle(exchange: *const ChittyExchange, answer: Answer) -> Result<(), facade::ChittyError> {
    let taken = handle::take(exchange.addr(), |object| {
        matches!(object, Object::Exchange(_))
    })?;
    if let Object::Exchange(exchange) = taken
        && let Some(sender) = lock(&exchange.0).take()
    {
        // Nobody may be waiting any more: the deadline passed.
        let _ = sender.send(answer);
    }
    Ok(())
}

/// Answers an exchange with `status` and copies of the headers and the body, and ends it. A later
/// answer is refused with `CHITTY_CODE_OBJECT_INVALID`, which is harmless. `error` may be NULL. Any
/// thread, within the callback or later.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_exchange_answer(
    exchange: *mut ChittyExchange,
    status: u16,
    headers: *const ChittyHeader,
    headers_len: usize,
    body: ChittyBytes,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let headers = input::array(headers, headers_len)?
            .into_iter()
            .map(|header| {
                Ok(HttpHeader {
                    name: input::text(header.name)?,
                    value: input::text(header.value)?,
                })
            })
            .collect::<Result<_, facade::ChittyError>>()?;
        let body = input::bytes(body)?.unwrap_or_default();
        settle(
            exchange,
            Ok(HttpResponse {
                status,
                headers,
                body,
            }),
        )
    })
}

/// Ends an exchange without an answer. `code` says why: 1101 to 1107 or 1114 of `ChittyCode`, or any
/// other number; `stage` is one of `ChittyStage`, when in doubt `CHITTY_STAGE_MAYBE_SENT`. `error`
/// may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_exchange_fail(
    exchange: *mut ChittyExchange,
    code: i32,
    stage: i32,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let failed = ForeignError::Failed {
            code: u16::try_from(code).unwrap_or(Code::ForeignFailed.number()),
            stage: match stage {
                1 => Stage::NotSent,
                3 => Stage::Answered,
                _ => Stage::MaybeSent,
            },
        };
        settle(exchange, Err(failed))
    })
}
