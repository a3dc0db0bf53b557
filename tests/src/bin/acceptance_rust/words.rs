//! The SDK's values in the words of the protocol: flat objects of texts, numbers and booleans.

use chitty_client::{ChittyId, Error, Event, Issued, id::Check};
use serde_json::{Value, json};
use spooky_core::verdict::Verdict;

use super::Args;

pub(crate) fn parse(text: &str) -> Result<ChittyId, Value> {
    text.parse().map_err(|error| told_error(Error::from(error)))
}

pub(crate) fn describe(id: &ChittyId) -> Value {
    json!({ "profile": id.profile().as_str(), "class": id.class().as_str(),
            "check": match id.check() { Check::Ok => "ok", Check::Mismatch => "mismatch" },
            "domain": id.domain().map(String::from).unwrap_or_default(),
            "namespace": id.namespace(), "sequence": id.sequence(),
            "entity_type": id.entity_type().to_string(), "year_month": id.year_month() })
}

pub(crate) fn summary(id: &ChittyId) -> String {
    let of = describe(id);
    let names = [
        "profile",
        "class",
        "check",
        "namespace",
        "sequence",
        "entity_type",
        "year_month",
    ];
    let parts: Vec<_> = names.iter().filter_map(|name| of[*name].as_str()).collect();
    format!("valid {}", parts.join(" "))
}

pub(crate) fn issued(it: &Issued) -> Value {
    json!({ "id": it.id(), "receipt": it.receipt().as_str(), "class": it.class().as_str(),
            "temporary": it.is_temporary() })
}

pub(crate) fn judged<T>(verdict: &Verdict<T, chitty_client::Code>) -> Value {
    match verdict {
        Verdict::Valid(_) => json!({ "verdict": "valid" }),
        Verdict::Invalid(code) => json!({ "verdict": "invalid", "code": code.as_str() }),
        Verdict::Indeterminate(code) => {
            json!({ "verdict": "indeterminate", "code": code.as_str() })
        }
    }
}

pub(crate) fn told(event: &Event) -> Value {
    match event {
        Event::FallbackIssued { issued } => {
            json!({ "event": "fallback_issued", "id": issued.id() })
        }
        Event::Reconciled { old, issued } => {
            json!({ "event": "reconciled", "old": old, "id": issued.id() })
        }
        Event::Recovered { issued } => json!({ "event": "recovered", "id": issued.id() }),
        Event::Wedged { old, .. } => json!({ "event": "wedged", "old": old }),
        _ => json!({ "event": "other" }),
    }
}

pub(crate) fn told_error(failure: Error) -> Value {
    let (kind, stage) = (
        format!("{:?}", failure.kind()),
        format!("{:?}", failure.stage()),
    );
    let mut told = error(&kind, failure.code().as_str(), &stage);
    if let Some(after) = failure.retry_after() {
        told["retry_after_ms"] = u64::try_from(after.as_millis()).unwrap_or(u64::MAX).into();
    }
    told
}

pub(crate) fn closed() -> Value {
    error("InvalidInput", "CHT-1903", "NotSent")
}

pub(crate) fn error(kind: &str, code: &str, stage: &str) -> Value {
    json!({ "kind": kind, "code": code, "stage": stage })
}

pub(crate) fn text(args: &Args, name: &str) -> String {
    args.get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

pub(crate) fn number(args: &Args, name: &str) -> u64 {
    args.get(name).and_then(Value::as_u64).unwrap_or_default()
}
