//! Falsified answers: what a broken binding could say, so that the suite can show that it notices.

use std::time::Duration;

use clap::ValueEnum;
use serde_json::json;

use super::program::{Members, Outcome, Told};

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
}

impl Sabotage {
    /// Every kind, with the behaviours that must notice it.
    pub(crate) const ALL: &'static [(Self, &'static [u32])] = &[
        (Self::MadeUpId, &[1, 2, 3, 5, 6, 8, 10, 12]),
        (Self::Embellish, &[3, 5, 6, 11, 12]),
        (Self::YesMan, &[2, 3, 4, 7, 8, 9, 10, 11, 12]),
        (Self::Vague, &[2, 3, 4, 7, 8, 9, 10, 11, 12]),
        (Self::Forgetful, &[3, 5, 6, 12]),
        (Self::Deaf, &[5]),
        (Self::Late, &[10, 11]),
        (Self::Lazy, &[8, 9]),
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
            (Self::Forgetful, Ok(_)) if call == "pending" => Ok(members(json!({ "ids": [] }))),
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
            (_, outcome) => outcome,
        }
    }
}

fn members(value: serde_json::Value) -> Members {
    value.as_object().cloned().unwrap_or_default()
}
