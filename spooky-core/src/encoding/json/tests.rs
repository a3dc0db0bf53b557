//! The reader against an independent judgement: `serde_json`'s own events for names and syntax, and
//! exact decimal arithmetic on the text for numbers.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde::de::{self, Deserialize, Deserializer};

use super::*;

fn fault(text: &str) -> Option<JsonFault> {
    check(text.as_bytes()).err().map(|error| error.fault())
}

#[test]
fn numbers_that_a_double_does_not_hold_are_refused_however_they_are_written() {
    for beyond in [
        "18446744073709551616",
        "18446744073709551617",
        "9007199254740992",
        "-9007199254740992",
        "9007199254740993.0",
        "9007199254740991.5",
        "9007199254740991.0000000000000000000000001",
        "9.007199254740993e15",
        "9007199254740993e0",
        "90071992547409930E-1",
        "1e16",
        "1e400",
        "-1e400",
        "1e99999999999999999999999",
        "0.00000000000000000000000001e99",
        "1.7976931348623157e308",
        "1000000000000000000000000000000000000000000e-1",
    ] {
        for text in [
            beyond.to_owned(),
            format!("{{\"a\":[{{\"b\":{beyond}}}]}}"),
            format!(" [ 1 , {beyond}\n] "),
        ] {
            assert_eq!(fault(&text), Some(JsonFault::NumberBeyond), "{text}");
        }
    }
    for fine in [
        "9007199254740991",
        "-9007199254740991",
        "9007199254740991.000",
        "9.007199254740991e15",
        "9007199254740990.9",
        "90071992547409910e-1",
        "-0",
        "-0.0",
        "0e400",
        "0.0e99999999999999999999",
        "1e-400",
        "1E+15",
        "0.1",
        "5e-324",
        "1000000000000000000000000000000000000000000e-41",
        "0.000000000000000000000000000001e45",
    ] {
        assert_eq!(fault(fine), None, "{fine}");
    }
    // The hazard: after parsing, the two are one.
    let parsed = |text| serde_json::from_str::<Value>(text).ok();
    assert_eq!(
        parsed("18446744073709551616"),
        parsed("18446744073709551617")
    );
    assert_eq!(parsed("9007199254740993.0"), parsed("9007199254740992.0"));
}

#[test]
fn members_that_repeat_are_refused_at_every_level_and_after_unescaping() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"\ud83d\ude00":1,"😀":2}"#,
        r#"{"\/":1,"b":{},"/":2}"#,
        r#"{"":1,"":2}"#,
        r#"[{"x":[{"a":1,"b":{"a":3},"a":2}]}]"#,
        r#"{"a":{"b":1},"b":{"c":1,"c":1}}"#,
    ] {
        assert_eq!(fault(text), Some(JsonFault::MemberRepeated), "{text}");
        // The hazard.
        assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
    }
    for text in [
        r#"{"a":{"a":{"a":1}},"b":{"a":1}}"#,
        r#"[{"a":1},{"a":1}]"#,
        r#"{"\u00e9":1,"e\u0301":2}"#,
        r#"{"a":1,"A":2,"a ":3,"\u0000":4}"#,
    ] {
        assert_eq!(fault(text), None, "{text}");
    }
}

#[test]
fn halves_of_surrogate_pairs_are_refused() {
    for text in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\ud800""#,
        r#""\ud800x""#,
        r#""\udc00\ud800""#,
        r#"{"\uDFFF":1}"#,
    ] {
        assert_eq!(fault(text), Some(JsonFault::LoneSurrogate), "{text}");
    }
    assert_eq!(fault(r#""\ud83d\ude00 \u0000 \uffff""#), None);
}

#[test]
fn depth_and_places() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(fault(&nested(127)), None);
    assert_eq!(fault(&nested(128)), Some(JsonFault::TooDeep));
    assert_eq!(fault(&"[".repeat(1_000_000)), Some(JsonFault::TooDeep));
    let error = check(b"{\"a\":1,\n  \"a\":2}").expect_err("twice");
    assert_eq!(
        error.to_string(),
        "a member that occurs twice at line 2, column 3"
    );
}

/// What `serde_json` reads of a text, judged as it comes along: whether an object had a name twice.
struct Names(bool);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        macro_rules! plain {
            ($($name:ident: $type:ty),+) => {
                $(fn $name<E>(self, _: $type) -> Result<Names, E> { Ok(Names(false)) })+
            };
        }
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

            fn visit_unit<E>(self) -> Result<Names, E> {
                Ok(Names(false))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Names, A::Error> {
                let mut twice = false;
                while let Some(Names(inner)) = items.next_element()? {
                    twice |= inner;
                }
                Ok(Names(twice))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<Names, A::Error> {
                let (mut twice, mut seen) = (false, BTreeSet::new());
                while let Some((name, Names(inner))) = members.next_entry::<String, Names>()? {
                    twice |= inner | !seen.insert(name);
                }
                Ok(Names(twice))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Pieces that make JSON, and things that nearly are.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"\\u0061\"",
        "\"b\"",
        "\"\"",
        "1",
        "-",
        "0",
        ".5",
        "e",
        "E+",
        "e-3",
        "12",
        "true",
        "null",
        "fals",
        " ",
        "\n",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\n\"",
        "\"\\x\"",
        "\u{feff}",
        "\"é\"",
        "\t",
        "\"",
        "\\",
        "1e400",
        "9007199254740992",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|all| all.concat())
}

/// Whole JSON texts with names that often repeat.
fn texts() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?",
        Just("\"\\u00e9x\"".to_owned()),
        Just("null".to_owned()),
        Just("[ ]".to_owned()),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let name = prop::sample::select(vec![
            "\"a\"",
            "\"\\u0061\"",
            "\"b\"",
            "\"c\" ",
            "\"d\"",
            "\"\\t\"",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((name, inner), 0..6).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{name}:{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn agrees(text: &str) -> Result<(), TestCaseError> {
    let scanned = scan(text.as_bytes());
    let parsed = serde_json::from_str::<Names>(text);
    match (&parsed, &scanned) {
        (Ok(Names(twice)), scanned) => {
            let repeated = scanned.is_err_and(|error| error.fault() == JsonFault::MemberRepeated);
            prop_assert_eq!(*twice, repeated, "{}", text);
            prop_assert_eq!(*twice, scanned.is_err(), "{}", text);
        }
        // A number beyond IEEE 754 does not parse; as text it is well formed.
        (Err(error), Ok(beyond)) => {
            prop_assert!(
                error.to_string().contains("number out of range"),
                "{text}: {error}"
            );
            prop_assert!(beyond.is_some(), "{}", text);
        }
        (Err(_), Err(_)) => {}
    }
    if let (Ok(beyond), Ok(value)) = (scanned, serde_json::from_str::<Value>(text)) {
        // The value may have been rounded into the range by less than a half, never out of it.
        prop_assert!(beyond.is_some() || numbers_fit(&value), "{}", text);
    }
    Ok(())
}

/// `number` × 10^`shift` > 2^53 − 1, in whole numbers.
fn exceeds(number: u64, shift: i32) -> bool {
    let mut left = u128::from(number);
    let mut right = u128::from(MAX_SAFE_INTEGER);
    for _ in 0..shift.unsigned_abs() {
        match shift > 0 {
            true => left = left.saturating_mul(10),
            false => right = right.saturating_mul(10),
        }
    }
    left > right
}

proptest! {
    #[test]
    fn the_reader_accepts_what_serde_json_reads_and_the_rules_allow(text in prop_oneof![soup(), texts()]) {
        agrees(&text)?;
    }

    #[test]
    fn sizes_are_told_exactly(
        number in prop_oneof![any::<u64>(), 9_007_199_254_740_980u64..9_007_199_254_741_000],
        shift in -25i32..25, zeros in 0usize..4, negative: bool,
    ) {
        let sign = if negative { "-" } else { "" };
        let text = format!("{sign}{number}e{shift}");
        prop_assert_eq!(fault(&text).is_some(), exceeds(number, shift), "{}", text);
        // The same number with its point elsewhere.
        let digits = number.to_string();
        let (first, rest) = digits.split_at(1);
        let exponent = shift + i32::try_from(rest.len()).unwrap_or_default();
        let text = format!("{sign}{first}.{rest}{}e{exponent:+}", "0".repeat(zeros + 1));
        prop_assert_eq!(fault(&text).is_some(), exceeds(number, shift), "{}", text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = scan(&bytes);
    }
}

#[test]
fn a_text_inside_is_never_read_as_json() {
    // `raw_value` may be on in any program; the names are refused whether or not it is.
    for text in [
        r#"{"a":{"$serde_json::private::RawValue":"18446744073709551617"}}"#,
        r#"{"a":[{"$serde_json::private::Number":"1e400"}]}"#,
        r#"{"\u0024serde_json::private::RawValue":"1"}"#,
    ] {
        let refused = read::<Value>(text.as_bytes()).map_err(|error| error.fault());
        assert_eq!(refused, Err(JsonFault::NameReserved), "{text}");
        assert_eq!(
            read_names::<Value>(text.as_bytes()).map_err(|error| error.fault()),
            Err(JsonFault::NameReserved)
        );
    }
    let inside = serde_json::json!({"a": {"$serde_json::private::RawValue": "1"}});
    assert!(!numbers_fit(&inside));
    // The control: as a value, or under a longer name, it is any text.
    for text in [
        r#"{"a":"$serde_json::private::RawValue"}"#,
        r#"{"a":{"x$serde_json::private::RawValue":"1"}}"#,
    ] {
        assert!(read::<Value>(text.as_bytes()).is_ok(), "{text}");
    }
}
