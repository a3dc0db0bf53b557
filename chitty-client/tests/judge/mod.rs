//! What a vector file holds, and how each kind of case is judged.
//!
//! Owns the shapes of the files and the comparisons. Refuses members that it does not know.

mod proofs;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// One file.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Document {
    Ids {
        description: String,
        cases: Vec<texts::IdCase>,
    },
    Intents {
        description: String,
        cases: Vec<texts::IntentCase>,
    },
    Derivations {
        description: String,
        cases: Vec<texts::DerivationCase>,
    },
    KeySets {
        description: String,
        cases: Vec<proofs::KeySetCase>,
    },
    Receipts {
        description: String,
        key_sets: BTreeMap<String, Value>,
        cases: Vec<proofs::ReceiptCase>,
    },
    Grants {
        description: String,
        key_sets: BTreeMap<String, Value>,
        cases: Vec<proofs::GrantCase>,
    },
}

/// Judges every case; collects the results that occurred and what was wrong.
pub(crate) fn run(
    document: &Document,
    results: &mut BTreeSet<String>,
    failures: &mut Vec<String>,
) -> usize {
    let described = match document {
        Document::Ids { description, .. }
        | Document::Intents { description, .. }
        | Document::Derivations { description, .. }
        | Document::KeySets { description, .. }
        | Document::Receipts { description, .. }
        | Document::Grants { description, .. } => description,
    };
    assert!(!described.is_empty());
    let mut each = |description: &str, result: &str, judged: Result<(), String>| {
        assert!(!description.is_empty());
        results.insert(result.to_owned());
        if let Err(why) = judged {
            failures.push(format!("{description}: {why}"));
        }
    };
    match document {
        Document::Ids { cases, .. } => {
            for case in cases {
                each(&case.description, &case.result, case.judge());
            }
            cases.len()
        }
        Document::Intents { cases, .. } => {
            for case in cases {
                each(&case.description, &case.result, case.judge());
            }
            cases.len()
        }
        Document::Derivations { cases, .. } => {
            for case in cases {
                each(&case.description, &case.result, case.judge());
            }
            cases.len()
        }
        Document::KeySets { cases, .. } => {
            for case in cases {
                each(&case.description, &case.result, case.judge());
            }
            cases.len()
        }
        Document::Receipts {
            cases, key_sets, ..
        } => {
            for case in cases {
                each(&case.description, &case.result, case.judge(key_sets));
            }
            cases.len()
        }
        Document::Grants {
            cases, key_sets, ..
        } => {
            for case in cases {
                each(&case.description, &case.result, case.judge(key_sets));
                for covered in &case.covers {
                    each("a covered id", &covered.result, Ok(()));
                }
            }
            cases.len()
        }
    }
}

/// Flips bits in every valid receipt and grant; panics when one is still accepted.
pub(crate) fn flip_bits(document: &Document) -> usize {
    match document {
        Document::Receipts {
            cases, key_sets, ..
        } => cases.iter().map(|case| case.flip_bits(key_sets)).sum(),
        Document::Grants {
            cases, key_sets, ..
        } => cases.iter().map(|case| case.flip_bits(key_sets)).sum(),
        _ => 0,
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what} is {found:?} instead of {wanted:?}"))
}

fn wanted<'a>(value: Option<&'a String>, what: &str) -> Result<&'a str, String> {
    value
        .map(String::as_str)
        .ok_or_else(|| format!("the vector says no {what}"))
}
