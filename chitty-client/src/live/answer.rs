//! What an answer of the live service means (`spec/live.md`). It says 200 for errors and for error
//! ids as well, so the body decides.

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
    Uncertain(Error),
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
    // Its own errors are objects with `error`; a proxy in front of it says something else, and may
    // have passed the request on.
    let own_error = body
        .as_ref()
        .is_some_and(|body| body.contains_key("error") || is(body, "success", false));
    match response.status {
        200..=299 => match body {
            Some(body) if is(&body, "success", false) => refused(Code::RequestRefused),
            Some(body) => minted(&body, letter),
            None if response.is_encoded() => uncertain(Code::AnswerEncoded, "not readable"),
            None => uncertain(
                Code::AnswerMalformed,
                "not a JSON object with each member once",
            ),
        },
        300..=399 => refused(Code::RedirectRefused),
        401 => refused(Code::Unauthorized),
        403 => refused(Code::Forbidden),
        404 => refused(Code::NotFound),
        429 => refused(Code::RateLimited),
        400..=499 => refused(Code::RequestRefused),
        500..=599 if own_error => refused(Code::ServerUnavailable),
        500..=599 => uncertain(
            Code::ServerUnavailable,
            "not an answer of the service itself",
        ),
        _ => uncertain(Code::StatusUnexpected, "no known status"),
    }
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
    if id.class() == Class::Error || is(body, "fallback", true) {
        // 0003 and 0008 are about this request, all others about the service.
        let for_all = !matches!(id.sequence(), "0003" | "0008");
        return Answer::Waiting { for_all };
    }
    if id.profile() != Profile::Canonical {
        return uncertain(Code::ReceiptProfile, "not a Canonical id");
    }
    if !letter.starts_with(id.entity_type()) {
        return uncertain(Code::EntityTypeDiffers, "asked for another one");
    }
    let receipt = body.get("receipt").and_then(Value::as_str);
    Answer::Minted(id, receipt.map(str::to_owned))
}

fn is(body: &Map<String, Value>, name: &str, value: bool) -> bool {
    body.get(name).and_then(Value::as_bool) == Some(value)
}

fn uncertain(code: Code, detail: impl Into<String>) -> Answer {
    Answer::Uncertain(Error::new(code).at(Stage::Answered).detail(detail))
}
