//! Judges the vectors of `spec/vectors` for anchors, credentials and pseudonyms by their own fields.
//!
//! They are written by `spec/vectors/generate.py` from the specification and not from this code, so
//! the two check each other; only `credentials/presentations.json` comes from here, since it needs
//! the curve. Unknown members, unknown kinds and empty files fail.

mod anchors;
mod credentials;
mod presentations;
mod requests;

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, de::DeserializeOwned};

use crate::{encoding::from_base64url, verdict::Verdict};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<T> {
    kind: String,
    #[allow(dead_code)]
    description: String,
    #[serde(default)]
    key_sets: BTreeMap<String, serde_json::Value>,
    cases: Vec<T>,
}

fn path(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors");
    root.join(name)
}

fn read<T: DeserializeOwned>(name: &str, kind: &str) -> Document<T> {
    let text = std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let document: Document<T> =
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(document.kind, kind, "{name}");
    assert!(!document.cases.is_empty(), "{name} holds no case");
    println!("{name}: {} cases", document.cases.len());
    document
}

fn bytes(text: &str) -> Vec<u8> {
    from_base64url(text).unwrap()
}

fn bytes_32(text: &str) -> [u8; 32] {
    crate::encoding::bytes_32(text).unwrap()
}

/// Answer and reason as the vectors write them.
fn written<T, R>(verdict: &Verdict<T, R>, code: impl Fn(&R) -> String) -> (&'static str, String) {
    match verdict {
        Verdict::Valid(_) => ("valid", "valid".to_owned()),
        Verdict::Invalid(reason) => ("invalid", code(reason)),
        Verdict::Indeterminate(reason) => ("indeterminate", code(reason)),
    }
}

/// The files are those that the tests of this room read, so that no vector lies unread.
#[test]
fn no_file_lies_unread() {
    let read = [
        include_str!("vectors/anchors.rs"),
        include_str!("vectors/credentials.rs"),
        include_str!("vectors/presentations.rs"),
        include_str!("vectors/requests.rs"),
    ]
    .concat();
    for folder in ["anchors", "credentials", "pseudonyms"] {
        for entry in std::fs::read_dir(path(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                read.contains(&format!("\"{folder}/{name}\"")),
                "{folder}/{name}"
            );
        }
    }
}
