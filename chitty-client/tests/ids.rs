//! Ids against facts from outside: real ids, traces of the check digits, texts that look like ids.
//!
//! The data lies beside the repository (`CHITTY_DATA`, default `../shared/data`) and is never copied
//! into it. Where it is absent the tests say so and pass, except under `CI=true`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};

use chitty_client::id::{Check, ChittyId, Class, IdError, Profile, Segment};
use serde::Deserialize;

/// The parsed file, or `None` where the folder is absent.
fn data<T: for<'a> Deserialize<'a>>(name: &str) -> Option<T> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("CHITTY_DATA").map_or("../shared/data".into(), PathBuf::from);
    let folder = root.join(folder);
    if !folder.is_dir() {
        let strict = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
        assert!(!strict, "{} is absent", folder.display());
        println!("skipped: {} is absent", folder.display());
        return None;
    }
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn parse(text: &str) -> ChittyId {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[derive(Deserialize)]
struct Real {
    ids: Vec<Checked>,
}

#[derive(Deserialize)]
struct Traces {
    worked_trace: Trace,
    synthetic: Vec<Checked>,
}

#[derive(Deserialize)]
struct Trace {
    base: String,
    check: u32,
}

#[derive(Deserialize)]
struct Checked {
    id: String,
    base: String,
    check: String,
}

fn fits(row: &Checked) {
    let id = parse(&row.id);
    assert_eq!(id.profile(), Profile::Canonical);
    assert_eq!(id.class(), Class::Standard);
    assert_eq!(id.check(), Check::Ok);
    assert_eq!(id.check_text(), row.check);
    assert!(id.lints().is_empty());
    let joined = id.as_str().replace('-', "");
    assert_eq!(joined.strip_suffix(&row.check), Some(row.base.as_str()));
    // Of all 100 endings exactly one is accepted.
    let stem = &row.id[..row.id.len() - 2];
    let accepted: Vec<_> = (0..100)
        .map(|check| format!("{stem}{check:02}"))
        .filter(|text| text.parse::<ChittyId>().is_ok())
        .collect();
    assert_eq!(accepted, std::slice::from_ref(&row.id));
}

#[test]
fn real_ids_are_valid() {
    let Some(real) = data::<Real>("chittyid-real-valid.json") else {
        return;
    };
    assert!(real.ids.len() >= 12);
    real.ids.iter().for_each(fits);
}

#[test]
fn traces_of_the_check_digits_agree() {
    let Some(traces) = data::<Traces>("chittyid-checksum-vectors.json") else {
        return;
    };
    assert!(traces.synthetic.len() >= 12);
    traces.synthetic.iter().for_each(fits);
    let trace = traces.worked_trace;
    let row = traces.synthetic.iter().find(|row| row.base == trace.base);
    assert_eq!(
        row.map(|row| row.check.clone()),
        Some(format!("{:02}", trace.check))
    );
}

#[derive(Deserialize)]
struct NotCanonical {
    id: String,
    expected: String,
}

#[test]
fn lookalikes_are_not_canonical_and_say_why() {
    let Some(rows) = data::<Vec<NotCanonical>>("chittyid-not-canonical.json") else {
        return;
    };
    assert!(rows.len() >= 23);
    for NotCanonical { id, expected } in rows {
        let parsed = id.parse::<ChittyId>();
        let canonical = parsed.is_ok_and(|id| id.profile() == Profile::Canonical);
        assert!(!canonical, "{id} must not be Canonical");
        let at = |segment| matches!(parsed, Err(IdError::Character { segment: found, .. }) if found == segment);
        let short = matches!(parsed, Err(IdError::Length { .. } | IdError::Width { .. }));
        let as_expected = match expected.as_str() {
            "bad_checksum" => parsed == Err(IdError::Check),
            "bad_year_month_or_checksum" => short || parsed == Err(IdError::Check),
            "bad_entity_type" => at(Segment::EntityType),
            "bad_trust_level" => at(Segment::TrustLevel),
            // 24 characters, or a letter where Canonical has its region.
            "unverifiable_check" => short || at(Segment::Region),
            "simple_format" | "status_id" => short,
            "seed_illustrative" => parsed.is_ok_and(|id| id.check() == Check::Mismatch),
            // Older grammars: some share their shape with SecureFallback.
            "legacy_grammar" => parsed.is_err() || parsed.is_ok_and(|id| id.domain() == Some('C')),
            other => panic!("{id}: unknown class {other}"),
        };
        assert!(as_expected, "{id}: {expected}, found {parsed:?}");
    }
}

#[derive(Deserialize)]
struct Fallbacks {
    #[serde(rename = "seed_domain_E")]
    domain_e: DomainE,
    #[serde(rename = "production_worker_ERR")]
    errors: Errors,
}

#[derive(Deserialize)]
struct DomainE {
    examples: Vec<String>,
}

#[derive(Deserialize)]
struct Errors {
    computed_examples: Vec<ErrorId>,
}

#[derive(Deserialize)]
struct ErrorId {
    code: String,
    entity_type: String,
    year_month: String,
    id: String,
}

#[test]
fn error_ids_are_of_class_error() {
    let Some(fallbacks) = data::<Fallbacks>("chittyid-fallback-ids.json") else {
        return;
    };
    assert!(fallbacks.errors.computed_examples.len() >= 45);
    for row in fallbacks.errors.computed_examples {
        let id = parse(&row.id);
        assert_eq!(id.class(), Class::Error);
        assert_eq!(id.error_code(), Some(row.code.as_str()));
        assert_eq!(id.entity_type().to_string(), row.entity_type);
        assert_eq!(id.year_month(), row.year_month);
        assert!(id.lints().is_empty());
    }
    assert!(!fallbacks.domain_e.examples.is_empty());
    for text in fallbacks.domain_e.examples {
        let id = parse(&text);
        assert_eq!(id.class(), Class::Fallback);
        assert_eq!(id.error_code(), None);
    }
}

/// Trust and the last check digit weigh the same: trust + n with check - n still fits. Known, and
/// the reason why nothing is ever authorised by an id.
#[test]
fn the_trust_digit_is_not_protected() {
    let found: Vec<ChittyId> = (0..=5)
        .map(|trust| parse(&format!("03-3-GBR-0042-P-2611-{trust}-{}", 28 - trust)))
        .collect();
    assert!(found.iter().all(|id| id.check() == Check::Ok));
    assert_eq!(found[5].trust_level(), Some(5));
}

#[test]
fn an_id_is_small_and_copied() {
    fn copied<T: Copy + Send + Sync + Unpin + 'static>() {}
    copied::<ChittyId>();
    assert!(size_of::<ChittyId>() <= 32);
    assert!(size_of::<Option<ChittyId>>() <= 32);
}

/// Debug output ends up in logs, and so do errors.
#[test]
fn nothing_prints_an_id_by_accident() {
    let id = parse("AA-E-USR-5678-I-25-8-Y");
    assert_eq!(format!("{id:?}"), "ChittyId(fallback)");
    let error = "AA-X-USR-5678-I-25-8-Y".parse::<ChittyId>();
    let shown = format!("{} {error:?}", error.unwrap_err());
    assert!(!shown.contains("USR") && !shown.contains("5678"));
}
