//! The conformance runner, compiled for tests only: `cargo xtask conformance [DIR]`.
//!
//! Walks a folder of official vectors and judges every file by its own fields, as the kind that
//! `spec/suites.toml` gives for its path. A file that no rule names fails the run. Holds no list of
//! cases; the files are never copied into the repository.

mod bbs;
mod blind;
mod curve;
mod file;
mod mutate;
mod nym;
mod reject;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

pub(crate) use file::{Fields, File};

/// What became of one case of a file.
pub(crate) enum Got {
    Valid,
    Invalid,
    Unsupported,
    /// The case cannot be read, or something else than its validity came out wrong.
    Broken(String),
}

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) expected: bool,
    pub(crate) got: Got,
}

impl Case {
    /// `Ok(true)` for accepted, `Ok(false)` for refused.
    pub(crate) fn new(name: impl Into<String>, expected: bool, got: Result<bool, String>) -> Self {
        let got = match got {
            Ok(true) => Got::Valid,
            Ok(false) => Got::Invalid,
            Err(reason) => Got::Broken(reason),
        };
        Self {
            name: name.into(),
            expected,
            got,
        }
    }
}

#[derive(Deserialize)]
struct Rules {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Segments; `*` is any one segment or part of one, `**` any number of them.
    path: String,
    judge: Option<String>,
    out_of_scope: Option<String>,
    /// Why some of its cases may be answered with `Unsupported`.
    unsupported: Option<String>,
}

#[derive(Default)]
struct Tally {
    accepted: [u32; 2],
    refused: [u32; 2],
    unsupported: u32,
}

/// The folder to walk, or `None` where it is absent and that is no failure.
pub(crate) fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("CHITTY_VECTORS")
        .map_or_else(|| root.join("../shared/vectors"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no folder of official vectors; set CHITTY_VECTORS");
    let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!ci, "CI needs the folder of official vectors");
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(())
}

fn matches(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**", rest @ ..], _) => (0..=path.len()).any(|skip| matches(rest, &path[skip..])),
        ([first, rest @ ..], [segment, others @ ..]) => {
            segment_matches(first, segment) && matches(rest, others)
        }
        _ => false,
    }
}

fn segment_matches(pattern: &str, segment: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == segment,
        Some((start, rest)) => segment.strip_prefix(start).is_some_and(|tail| {
            (0..=tail.len())
                .filter(|i| tail.is_char_boundary(*i))
                .any(|i| segment_matches(rest, &tail[i..]))
        }),
    }
}

fn judge(kind: &str, file: &File) -> Result<Vec<Case>, String> {
    match kind {
        "bbs-keypair" => bbs::keypair(file),
        "bbs-generators" => bbs::generators(file),
        "bbs-hash-to-scalar" => bbs::hash_to_scalar(file),
        "bbs-map-message" => bbs::map_message(file),
        "bbs-mocked-rng" => bbs::mocked_rng(file),
        "bbs-signature" => bbs::signature(file),
        "bbs-proof" => bbs::proof(file),
        "blind-generators" => blind::generators(file),
        "blind-commit" => blind::commit(file),
        "blind-signature" => blind::signature(file),
        "blind-proof" => blind::proof(file),
        "nym-commit" => nym::commit(file),
        "nym-signature" => nym::signature(file),
        "nym-proof" => nym::proof(file),
        "rfc9380-curve" => curve::hash_to_curve(file),
        "rfc9380-expand" => curve::expand(file),
        "wycheproof-hash-to-g2" => curve::wycheproof_hash(file),
        "wycheproof-bls-verify" => curve::wycheproof_verify(file),
        "jcs" => curve::jcs(file),
        other => Err(format!("spec/suites.toml names an unknown judge {other}")),
    }
}

#[test]
fn official_vectors() {
    let Some(folder) = folder() else {
        println!("0 passed, 0 failed, 1 skipped");
        return;
    };
    let text = include_str!("../../../spec/suites.toml");
    let rules: Rules = toml::from_str(text).expect("spec/suites.toml is TOML");
    let mut paths = Vec::new();
    files(&folder, &mut paths).expect("the folder can be read");
    let mut suites: BTreeMap<String, Tally> = BTreeMap::new();
    let mut out_of_scope: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut passed, mut failures) = (0u32, Vec::new());
    for path in &paths {
        let name = path.strip_prefix(&folder).expect("below the folder");
        let name = name.to_string_lossy().replace('\\', "/");
        let segments: Vec<&str> = name.split('/').collect();
        let rule = rules.rule.iter().find(|rule| {
            let pattern: Vec<&str> = rule.path.split('/').collect();
            matches(&pattern, &segments)
        });
        let kind = match rule {
            None => {
                failures.push(format!("{name}: spec/suites.toml does not list it"));
                continue;
            }
            Some(Rule {
                judge: Some(kind),
                out_of_scope: None,
                ..
            }) => kind,
            Some(Rule {
                judge: None,
                out_of_scope: Some(reason),
                ..
            }) => {
                *out_of_scope.entry(reason).or_default() += 1;
                continue;
            }
            Some(rule) => {
                failures.push(format!("{}: a rule has a judge or a reason", rule.path));
                continue;
            }
        };
        let cases = File::read(&folder, &name).and_then(|file| judge(kind, &file));
        let cases = match cases {
            Ok(cases) if cases.is_empty() => {
                failures.push(format!("{name}: holds no case"));
                continue;
            }
            Ok(cases) => cases,
            Err(reason) => {
                failures.push(format!("{name}: {reason}"));
                continue;
            }
        };
        let suite = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let suite = match kind.starts_with("wycheproof") {
            true => name.trim_end_matches(".json"),
            false => suite,
        };
        let tally = suites.entry(suite.to_owned()).or_default();
        for case in cases {
            let side = if case.expected {
                &mut tally.accepted
            } else {
                &mut tally.refused
            };
            side[1] += 1;
            let good = match case.got {
                Got::Valid => case.expected,
                Got::Invalid => !case.expected,
                Got::Unsupported if rule.is_some_and(|rule| rule.unsupported.is_some()) => {
                    side[1] -= 1;
                    tally.unsupported += 1;
                    passed += 1;
                    continue;
                }
                Got::Unsupported => {
                    failures.push(format!("{name}: {} is not supported", case.name));
                    continue;
                }
                Got::Broken(reason) => {
                    failures.push(format!("{name}: {}: {reason}", case.name));
                    continue;
                }
            };
            if good {
                side[0] += 1;
                passed += 1;
            } else {
                let expected = if case.expected { "accepted" } else { "refused" };
                failures.push(format!("{name}: {} should be {expected}", case.name));
            }
        }
    }
    for (reason, count) in &out_of_scope {
        println!("out of scope, {count} files: {reason}");
    }
    for (name, tally) in &suites {
        let Tally {
            accepted,
            refused,
            unsupported,
        } = tally;
        let mark = if accepted[0] == 0 {
            "  <- accepts nothing"
        } else {
            ""
        };
        println!(
            "{name}: accepted {}/{}, refused {}/{}, unsupported {unsupported}{mark}",
            accepted[0], accepted[1], refused[0], refused[1]
        );
    }
    for failure in &failures {
        println!("FAILED {failure}");
    }
    println!("{passed} passed, {} failed, 0 skipped", failures.len());
    assert!(failures.is_empty(), "{} cases failed", failures.len());
    assert!(passed > 0, "the folder holds nothing that is judged");
}

#[test]
fn patterns_match_segments() {
    let check = |pattern: &str, path: &str| {
        let pattern: Vec<_> = pattern.split('/').collect();
        let path: Vec<_> = path.split('/').collect();
        matches(&pattern, &path)
    };
    assert!(check(
        "bbs/core/*/proof/*.json",
        "bbs/core/x/proof/proof001.json"
    ));
    assert!(!check(
        "bbs/core/*/proof/*.json",
        "bbs/core/proof/proof001.json"
    ));
    assert!(check("**/PROVENANCE.md", "PROVENANCE.md"));
    assert!(check("**/PROVENANCE.md", "a/b/PROVENANCE.md"));
    assert!(check("eth/**", "eth/siwe/x.json"));
    assert!(!check("eth/**", "ethx/siwe/x.json"));
}
