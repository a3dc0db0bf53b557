//! Judges every vector under `spec/vectors` by its own fields.
//!
//! The vectors are written by `spec/vectors/generate.py` from the specification and not from this
//! code, so the two check each other. Unknown members, unknown kinds and empty folders fail.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod judge;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use judge::Document;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors")
}

fn files(folder: &str) -> Vec<(PathBuf, Document)> {
    let folder = root().join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let document = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path, document)
        })
        .collect()
}

fn judge_all(folder: &str) -> BTreeSet<String> {
    let mut results = BTreeSet::new();
    for (path, document) in files(folder) {
        let mut failures = Vec::new();
        let cases = judge::run(&document, &mut results, &mut failures);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        println!("{folder}/{name}: {cases} cases, {} wrong", failures.len());
        assert!(cases > 0, "{folder}/{name} holds no case");
        assert!(failures.is_empty(), "{folder}/{name}: {failures:#?}");
    }
    results
}

#[test]
fn ids() {
    let results = judge_all("ids");
    for wanted in ["valid", "Length", "Width", "Character", "Check"] {
        assert!(results.contains(wanted), "no vector for {wanted}");
    }
}

#[test]
fn receipts() {
    let results = judge_all("receipts");
    // Every code that checking a receipt can give; the others belong to the client's own part.
    let wanted = (1302..=1315)
        .chain([1318])
        .chain(1401..=1412)
        .map(|number| format!("CHT-{number}"));
    for code in wanted {
        assert!(results.contains(&code), "no vector for {code}");
    }
}

#[test]
fn grants() {
    let results = judge_all("grants");
    for number in [1313, 1314, 1402, 1403, 1404, 1405, 1406, 1407, 1411, 1412] {
        let code = format!("CHT-{number}");
        assert!(results.contains(&code), "no vector for {code}");
    }
}

/// The folders are those that the tests above read, so that no vector lies unread. `anchors`,
/// `credentials` and `pseudonyms` are judged by `spooky-core/src/vectors.rs`.
#[test]
fn no_folder_lies_unread() {
    let folders: BTreeSet<String> = std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with("__"))
        .collect();
    assert_eq!(
        folders,
        [
            "anchors",
            "credentials",
            "grants",
            "ids",
            "pseudonyms",
            "receipts"
        ]
        .map(str::to_owned)
        .into()
    );
}

/// The control: one flipped bit anywhere in a valid receipt or grant is refused. A judge that
/// accepted everything would fail here.
#[test]
fn a_flipped_bit_is_refused() {
    let mut flipped = 0;
    for (_, document) in files("receipts").into_iter().chain(files("grants")) {
        flipped += judge::flip_bits(&document);
    }
    println!("{flipped} flipped bits, all refused");
    assert!(flipped > 1000);
}

/// Another control: the judge reports every case whose wanted result is changed, and reads no file
/// with a member that it does not know.
#[test]
fn the_judge_can_say_no() {
    for folder in ["ids", "receipts", "grants"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
            for case in value["cases"].as_array_mut().unwrap() {
                case["result"] = "CHT-9999".into();
            }
            let document = serde_json::from_value(value.clone()).unwrap();
            let mut failures = Vec::new();
            let cases = judge::run(&document, &mut BTreeSet::new(), &mut failures);
            assert_eq!(failures.len(), cases);

            value["cases"][0]["surprise"] = true.into();
            assert!(serde_json::from_value::<Document>(value.clone()).is_err());
            value["cases"][0]
                .as_object_mut()
                .unwrap()
                .remove("surprise");
            value["surprise"] = true.into();
            assert!(serde_json::from_value::<Document>(value).is_err());
        }
    }
}
