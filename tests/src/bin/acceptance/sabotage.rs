//! Falsified answers: what a broken binding could say, so that the suite can show that it notices.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::ValueEnum;
use serde_json::json;

use super::program::{Members, Outcome, Told};

/// Tags that nobody has, told so far.
static LAST_TAG: AtomicU64 = AtomicU64::new(1);

/// How answers are falsified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sabotage {
    /// Every id that is handed out is made up.
    MadeUpId,
    /// A temporary id passes for a permanent one.
    Embellish,
    /// Failures pass for successes, and every receipt is valid.
    YesMan,
    /// Every failure has the same code.
    Vague,
    /// There are no debts, and nothing resolves.
    Forgetful,
    /// No event is told.
    Deaf,
    /// Every answer about time comes late.
    Late,
    /// Vectors are said to be replayed and were not.
    Lazy,
    /// Every person has the same tag everywhere.
    OneTag,
    /// Nobody is ever recognised.
    Fickle,
    /// The site is told what it did not ask for.
    Blab,
}

impl Sabotage {
    /// Every kind, with the behaviours that must notice it.
    pub(crate) const ALL: &'static [(Self, &'static [u32])] = &[
        (Self::MadeUpId, &[1, 2, 3, 5, 6, 8, 10, 12]),
        (Self::Embellish, &[3, 5, 6, 11, 12]),
        (
            Self::YesMan,
            &[2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18, 19, 20],
        ),
        (
            Self::Vague,
            &[2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18, 19, 20],
        ),
        (Self::Forgetful, &[3, 5, 6, 12, 13, 17, 20]),
        (Self::Deaf, &[5]),
        (Self::Late, &[10, 11]),
        (Self::Lazy, &[8, 9]),
        (Self::OneTag, &[14]),
        (Self::Fickle, &[14, 17, 19]),
        (Self::Blab, &[14, 15]),
    ];

    /// The falsified answer to `call`.
    pub(crate) async fn falsify(self, call: &str, outcome: Outcome) -> Outcome {
        match (self, outcome) {
            (Self::MadeUpId, Ok(mut ok)) if ok.contains_key("receipt") => {
                let made_up = match ok.get("temporary") == Some(&true.into()) {
                    true => "AA-E-GEN-4711-I-8Z-0-7",
                    false => "AA-C-GEN-4711-I-8Z-0-7",
                };
                ok.insert("id".to_owned(), made_up.into());
                Ok(ok)
            }
            (Self::Embellish, Ok(mut ok)) if ok.contains_key("temporary") => {
                ok.insert("temporary".to_owned(), false.into());
                ok.insert("class".to_owned(), "standard".into());
                Ok(ok)
            }
            (Self::YesMan, Err(_)) => Ok(Members::new()),
            (Self::YesMan, Ok(ok)) if ok.contains_key("verdict") => {
                Ok(members(json!({ "verdict": "valid" })))
            }
            (Self::Vague, Err(told)) => Err(Told {
                code: "CHT-1901".to_owned(),
                ..told
            }),
            (Self::Vague, Ok(mut ok)) if ok.contains_key("code") => {
                ok.insert("code".to_owned(), "CHT-1901".into());
                Ok(ok)
            }
            (Self::Vague, Ok(mut ok)) if ok.contains_key("reason") => {
                ok.insert("reason".to_owned(), "presentation_failed".into());
                Ok(ok)
            }
            (Self::Forgetful, Ok(_)) if call == "pending" => Ok(members(json!({ "ids": [] }))),
            (Self::Forgetful, Ok(_)) if call == "wallet_credentials" => {
                Ok(members(json!({ "schemas": [] })))
            }
            (Self::Forgetful, Ok(_)) if call == "resolve" => Err(Told {
                kind: "InvalidInput".to_owned(),
                code: "CHT-1607".to_owned(),
                stage: "Answered".to_owned(),
            }),
            (Self::Deaf, Ok(_)) if call == "events_next" => Ok(members(json!({ "event": "none" }))),
            (Self::Late, outcome) if call == "wait" || call == "request_id" => {
                tokio::time::sleep(Duration::from_secs(6)).await;
                outcome
            }
            (Self::Lazy, Ok(mut ok)) if call == "replay_vectors" => {
                let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
                ok.insert("sha256".to_owned(), empty.into());
                Ok(ok)
            }
            (Self::OneTag, Ok(mut ok)) if ok.contains_key("tag") => {
                ok.insert("tag".to_owned(), "ab".repeat(48).into());
                Ok(ok)
            }
            (Self::Fickle, Ok(mut ok)) if ok.contains_key("tag") => {
                let tags = LAST_TAG.fetch_add(1, Ordering::Relaxed);
                ok.insert("tag".to_owned(), format!("{tags:096x}").into());
                Ok(ok)
            }
            (Self::Blab, Ok(mut ok))
                if ok.contains_key("attributes_json") && call == "site_verify" =>
            {
                let told = json!({ "family_name": { "type": "text", "value": "Lovelace" },
                                   "age_over_21": { "type": "boolean", "value": true },
                                   "birth_date": { "type": "date", "value": "1985-12-10" } });
                ok.insert("attributes_json".to_owned(), told.to_string().into());
                Ok(ok)
            }
            (_, outcome) => outcome,
        }
    }
}

fn members(value: serde_json::Value) -> Members {
    value.as_object().cloned().unwrap_or_default()
}
