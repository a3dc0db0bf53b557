//! What is true of every id: round trips, no panics, and exactly how much the check characters see.
//!
//! Ids are made here by trying characters until one fits, since the crate has nothing that makes
//! them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use chitty_client::id::{Check, ChittyId, Profile, suggest};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const BASE36: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn secure_fallback() -> impl Strategy<Value = String> {
    "[0-9A-Z]{2}-[CE]-[A-Z]{3}-[0-9]{4}-[A-Z]-[0-9A-Z]{2}-[0-9A-Z]-[0-9A-Z]"
}

fn canonical() -> impl Strategy<Value = String> {
    let standard = "[0-9]{2}-[1-9]-[A-Z]{3}-[0-9]{4}-[PLTEA]-[0-9]{4}-[0-5]";
    let error = "03-0-ERR-00[0-9]{2}-[PLTEA]-[0-9]{4}-0";
    prop_oneof![standard, error].prop_map(|stem| {
        let fitting: Vec<String> = (0..100)
            .map(|check| format!("{stem}-{check:02}"))
            .filter(|text| text.parse::<ChittyId>().is_ok())
            .collect();
        assert_eq!(fitting.len(), 1, "{stem} has exactly one check");
        fitting.concat()
    })
}

/// A SecureFallback id whose check fits.
fn checked() -> impl Strategy<Value = String> {
    secure_fallback().prop_map(|text| {
        let stem = &text[..text.len() - 1];
        let fitting: Vec<String> = BASE36
            .chars()
            .map(|check| format!("{stem}{check}"))
            .filter(|text| check(text) == Some(Check::Ok))
            .collect();
        assert_eq!(fitting.len(), 1, "{stem} has exactly one check");
        fitting.concat()
    })
}

fn check(text: &str) -> Option<Check> {
    text.parse::<ChittyId>().ok().map(|id| id.check())
}

fn replace(text: &str, position: usize, by: char) -> String {
    text.chars()
        .enumerate()
        .map(|(index, c)| if index == position { by } else { c })
        .collect()
}

/// The state of ISO 7064 MOD 37,36 before the character at `position`, as spec/ids.md 2.1 says.
fn state(characters: &[char], position: usize) -> u32 {
    characters[..position].iter().fold(36, |p, c| {
        let sum = match (p + c.to_digit(36).unwrap()) % 36 {
            0 => 36,
            sum => sum,
        };
        2 * sum % 37
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(
        FileFailurePersistence::WithSource("proptest-regressions")
    ))]

    #[test]
    fn a_parsed_text_survives_every_round_trip(
        left in prop_oneof![secure_fallback(), canonical()],
        right in prop_oneof![secure_fallback(), canonical()],
    ) {
        let (a, b): (ChittyId, ChittyId) = (left.parse().unwrap(), right.parse().unwrap());
        prop_assert_eq!(a.to_string(), left.as_str());
        prop_assert_eq!(a.as_ref(), left.as_str());
        prop_assert_eq!(ChittyId::try_from(left.as_str()), Ok(a));
        let json = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(&json, &format!("\"{left}\""));
        prop_assert_eq!(serde_json::from_str::<ChittyId>(&json).unwrap(), a);
        prop_assert_eq!(a.cmp(&b), left.cmp(&right));
        prop_assert_eq!(a == b, left == right);
        prop_assert_eq!(BTreeSet::from([a, b]).len(), BTreeSet::from([left, right]).len());
    }

    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        let _ = text.parse::<ChittyId>();
        let _ = suggest(&text, []);
    }

    #[test]
    fn parsing_near_misses_never_panics(text in "[0-9A-Za-zé\u{0}０-]{15,26}", cut in 0usize..30) {
        for piece in [text.as_str(), text.get(cut..).unwrap_or_default()] {
            if let Ok(id) = piece.parse::<ChittyId>() {
                prop_assert_eq!(id.as_str(), piece);
            }
        }
    }

    #[test]
    fn only_the_grammar_parses(text in "[0-9A-Z]{1,3}-[0-9A-Z]-[0-9A-Z]{3}-[0-9A-Z]{4}-[A-Z]-[0-9A-Z]{2,4}-[0-9A-Z]-[0-9A-Z]{1,2}") {
        if let Ok(id) = text.parse::<ChittyId>() {
            prop_assert_eq!(text.len(), if id.profile() == Profile::Canonical { 25 } else { 22 });
            prop_assert!(id.sequence().bytes().all(|b| b.is_ascii_digit()));
            prop_assert!(id.namespace().bytes().all(|b| b.is_ascii_uppercase()));
        }
    }

    /// MOD 37,36 sees every single substitution that the grammar lets through.
    #[test]
    fn a_substituted_character_is_seen(text in checked(), position in 0usize..22, by in any::<prop::sample::Index>()) {
        let by = BASE36.chars().nth(by.index(36)).unwrap();
        let changed = replace(&text, position, by);
        prop_assume!(changed != text);
        prop_assert_ne!(check(&changed), Some(Check::Ok));
    }

    /// So does mod 97, which refuses the id altogether.
    #[test]
    fn a_substituted_character_of_a_canonical_id_is_refused(text in canonical(), position in 0usize..25, by in any::<prop::sample::Index>()) {
        let by = BASE36.chars().nth(by.index(36)).unwrap();
        let changed = replace(&text, position, by);
        prop_assume!(changed != text);
        prop_assert_eq!(check(&changed), None);
    }

    /// Two swapped neighbours are seen, but for one pair per state: p + a and p + b are 18 and 19.
    #[test]
    fn swapped_neighbours_are_seen_but_for_one_pair(text in checked(), position in 0usize..21) {
        let mut characters: Vec<char> = text.chars().collect();
        prop_assume!(characters[position] != '-' && characters[position + 1] != '-');
        prop_assume!(characters[position] != characters[position + 1]);
        let plain: Vec<char> = text.chars().filter(|c| *c != '-').collect();
        let place = text[..position].chars().filter(|c| *c != '-').count();
        let p = state(&plain, place);
        let mut sums = [place, place + 1].map(|at| (p + plain[at].to_digit(36).unwrap()) % 36);
        sums.sort_unstable();
        characters.swap(position, position + 1);
        let swapped: String = characters.into_iter().collect();
        let wanted = if sums == [18, 19] { Check::Ok } else { Check::Mismatch };
        prop_assert_eq!(check(&swapped).unwrap_or(wanted), wanted);
    }

    /// The known weakness of mod 97, exactly: trust + n and check - n.
    #[test]
    fn trust_and_check_move_together(text in canonical(), by in 1u8..=5) {
        let id: ChittyId = text.parse().unwrap();
        let (trust, check_digits) = (id.trust_level().unwrap() + by, id.check_text().parse::<u8>().unwrap());
        prop_assume!(trust <= 5 && check_digits >= by && id.error_code().is_none());
        let moved = format!("{}{trust}-{:02}", &text[..21], check_digits - by);
        prop_assert_eq!(check(&moved), Some(Check::Ok));
    }

    /// Whatever the typo, an id that is not held cannot come out, nor the text itself.
    #[test]
    fn suggestions_come_from_what_is_held(
        held in prop::collection::vec(prop_oneof![checked(), canonical()], 0..6),
        position in 0usize..25,
        by in any::<char>(),
    ) {
        let ids: Vec<ChittyId> = held.iter().map(|text| text.parse().unwrap()).collect();
        for text in &held {
            let typo = replace(text, position, by);
            let found = suggest(&typo, ids.iter().copied());
            prop_assert!(found.iter().all(|id| ids.contains(id) && id.as_str() != typo));
            prop_assert!(typo == *text || found.iter().any(|id| id.as_str() == text));
        }
        prop_assert!(suggest("AA-C-USR-1234-I-25-7-X", []).is_empty());
    }
}
