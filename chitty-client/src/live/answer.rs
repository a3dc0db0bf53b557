//! What an answer of the live service means (`spec/live.md`). It says 200 for errors and for error
//! ids as well, so the body decides.
//!
//! That nothing was minted is certain only when the service itself says so. Whoever stands before it can
//! answer in its place after having passed the request on, with any status and any JSON; so
//! what is not the service's own refusal is uncertain.

use serde_json::{Map, Value};
use spooky_core::encoding::json;

use crate::{
    error::{Code, Error, Stage},
    id::{ChittyId, Class, Profile},
    resilience::parse_retry_after,
    transport::HttpResponse,
};

/// Members that may hold the id, in the order in which they are believed.
const ID_MEMBERS: [&str; 4] = ["chittyId", "chitty_id", "id", "identifier"];
/// Statuses with which the service itself refuses a request before it does anything. No 5xx is among them:
/// the service fails with 503 wherever it is, and so do all that stand before it; nor are those
/// that tell of time, such as 408 and 499.
const REFUSALS: [u16; 9] = [400, 401, 403, 404, 405, 413, 415, 422, 429];
/// Most member names that an error lists.
const LISTED: usize = 16;

/// What an answer means for the request.
pub(super) enum Answer {
    /// An id, and the receipt when there is one.
    Minted(ChittyId, Option<String>),
    /// An error id: nothing was minted yet. `for_all` when it concerns the service and not this one
    /// request.
    Waiting { for_all: bool },
    /// Nothing was minted, certainly.
    Refused(Error),
    /// Something may have been minted that cannot be used, for this reason.
    Uncertain(Error, Option<ChittyId>),
}

pub(super) fn judge(response: &HttpResponse, letter: &str, now_ms: i64) -> Answer {
    // Two members of one name could be two ids.
    let body = json::read_names::<Map<String, Value>>(&response.body).ok();
    let refused = |code| {
        let error = Error::new(code).at(Stage::Answered);
        let header = response.header("retry-after");
        Answer::Refused(
            match header.and_then(|value| parse_retry_after(value, now_ms)) {
                Some(delay) => error.after(delay),
                None => error,
            },
        )
    };
    match response.status {
        200..=299 => match body {
            Some(body) if is(&body, "success", false) && names_itself(&body) => {
                refused(Code::RequestRefused)
            }
            Some(body) => minted(&body, letter),
            None if response.is_encoded() => uncertain(Code::AnswerEncoded, "not readable"),
            None => uncertain(
                Code::AnswerMalformed,
                "not a JSON object with each member once",
            ),
        },
        status => {
            let code = match status {
                300..=399 => Code::RedirectRefused,
                401 => Code::Unauthorized,
                403 => Code::Forbidden,
                404 => Code::NotFound,
                429 => Code::RateLimited,
                400..=499 => Code::RequestRefused,
                500..=599 => Code::ServerUnavailable,
                _ => Code::StatusUnexpected,
            };
            match body {
                Some(body) if REFUSALS.contains(&status) && is_own_error(&body) => refused(code),
                _ => uncertain(code, "not certainly the service's own answer"),
            }
        }
    }
}

/// Whether an error has the form of the service's own ones: a proxy, a gateway or a captive portal in front
/// of it says something else, and may have passed the request on before.
fn is_own_error(body: &Map<String, Value>) -> bool {
    is(body, "success", false) && text(body, "error").is_some()
}

/// Whether the answer says who gave it, as every answer of the service to a mint does.
fn names_itself(body: &Map<String, Value>) -> bool {
    is_own_error(body) && text(body, "service").is_some() && text(body, "mintedBy").is_some()
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = body.get(name).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
}

fn minted(body: &Map<String, Value>, letter: &str) -> Answer {
    let text = ID_MEMBERS
        .iter()
        .filter_map(|name| body.get(*name).and_then(Value::as_str))
        .find(|text| !text.is_empty());
    let Some(text) = text else {
        // Names only, and only such as a programmer gives: never what might be a value.
        let plain = |name: &&str| name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphabetic());
        let names = body.keys().map(String::as_str).filter(plain).take(LISTED);
        let names: Vec<&str> = names.collect();
        return uncertain(
            Code::AnswerMalformed,
            format!("no id among the members {}", names.join(", ")),
        );
    };
    let id: ChittyId = match text.parse() {
        Ok(id) => id,
        Err(_) => return uncertain(Code::AnswerMalformed, "the id is not a ChittyID"),
    };
    if id.class() == Class::Error {
        // 0003 and 0008 are about this request, all others about the service.
        let for_all = !matches!(id.sequence(), "0003" | "0008");
        return Answer::Waiting { for_all };
    }
    if is(body, "fallback", true) {
        return unusable(
            id,
            Code::AnswerMalformed,
            "called a fallback, and no error id",
        );
    }
    if id.profile() != Profile::Canonical {
        return unusable(id, Code::ReceiptProfile, "not a Canonical id");
    }
    if !letter.starts_with(id.entity_type()) {
        return unusable(id, Code::EntityTypeDiffers, "asked for another one");
    }
    let receipt = body.get("receipt").and_then(Value::as_str);
    Answer::Minted(id, receipt.map(str::to_owned))
}

fn is(body: &Map<String, Value>, name: &str, value: bool) -> bool {
    body.get(name).and_then(Value::as_bool) == Some(value)
}

fn uncertain(code: Code, detail: impl Into<String>) -> Answer {
    Answer::Uncertain(Error::new(code).at(Stage::Answered).detail(detail), None)
}

/// An id came that is not what was asked for.
fn unusable(id: ChittyId, code: Code, detail: &'static str) -> Answer {
    Answer::Uncertain(
        Error::new(code).at(Stage::Answered).detail(detail),
        Some(id),
    )
}
