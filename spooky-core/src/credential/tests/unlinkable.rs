//! Unlinkability by byte search: what two presentations of one wallet have in common beyond what
//! everybody's have, or what both sites asked for. And the same search where there is a link.

use std::collections::HashSet;

use super::{verifier::linkable_schema, world::*};
use crate::{credential::*, encoding::base64url};

const WINDOW: usize = 16;

/// Windows of 16 bytes that occur in both and in none of `known`.
fn shared(first: &[u8], second: &[u8], known: &[Vec<u8>]) -> usize {
    let windows: HashSet<&[u8]> = first.windows(WINDOW).collect();
    let public: HashSet<&[u8]> = known.iter().flat_map(|text| text.windows(WINDOW)).collect();
    let mut found = second.windows(WINDOW);
    let linking = |window: &&[u8]| windows.contains(window) && !public.contains(window);
    found.by_ref().filter(linking).count()
}

/// What may be equal: the fields that are the same for everybody and the attributes that both asked
/// for, as one run of bytes each: here everything up to the host, and the given attributes.
fn public_parts(presentation: &Presentation, asked_by_both: &[&str]) -> Vec<Vec<u8>> {
    let mut blank = presentation.clone();
    blank
        .attributes
        .retain(|name, _| asked_by_both.contains(&name.as_str()));
    let cbor = blank.to_cbor();
    let host = presentation.host.as_str();
    let place = |text: &[u8], what: &[u8]| text.windows(what.len()).position(|part| part == what);
    let head = place(&cbor, host.as_bytes()).unwrap();
    let mut parts = vec![cbor[..head].to_vec()];
    let mut writer = crate::cbor::Writer::default();
    crate::credential::codec::write_attributes(&mut writer, &blank.attributes);
    parts.push(writer.finish());
    let json = blank.to_json().unwrap();
    let head = place(&json, b"\"host\"").unwrap();
    parts.push(json[..head].to_vec());
    // Names of members and what separates them.
    for label in [
        "\",\"nonce\":\"",
        "\",\"attributes\":{",
        "\",\"pseudonym\":\"",
        "\",\"proof\":\"",
    ] {
        parts.push(["}}\",\"", label].concat().into_bytes());
    }
    let attributes = serde_json::to_string(&blank.attributes).unwrap();
    parts.push(format!("\",\"attributes\":{attributes},\"pseudonym\":\"").into_bytes());
    parts
}

#[test]
fn two_presentations_of_one_wallet_share_only_what_everybody_shares() -> Outcome {
    let world = World::new();
    let credential = world.credential();
    for tag in [true, false] {
        let first = ask(&world.policy(&["age_over_21", "points"], tag));
        let second = ask(&world.policy(&["age_over_21", "family_name"], tag));
        let here = show(&credential, "a.example", &first)?;
        let there = show(&credential, "b.example", &second)?;
        let known = public_parts(&here, &["age_over_21"]);
        assert_eq!(shared(&here.to_cbor(), &there.to_cbor(), &known), 0);
        assert_ne!(here.pseudonym.to_bytes(), there.pseudonym.to_bytes());
        // The parts of a proof are of fixed length: none of them may occur twice.
        let (one, two) = (here.proof.to_bytes(), there.proof.to_bytes());
        assert_eq!(shared(&one, &two, &[]), 0);
        // As text, where base64url hides places that differ by part of a byte.
        let nothing = shared(base64url(&one).as_bytes(), base64url(&two).as_bytes(), &[]);
        assert_eq!(nothing, 0);
    }
    Ok(())
}

#[test]
fn without_a_tag_two_visits_to_one_site_share_nothing_either() -> Outcome {
    let world = World::new();
    let credential = world.credential();
    // A site that gives out the same nonce twice, to link.
    let request = ask(&world.policy(&[], false));
    let first = show(&credential, "a.example", &request)?;
    let second = show(&credential, "a.example", &request)?;
    assert_ne!(first.pseudonym.to_bytes(), second.pseudonym.to_bytes());
    assert_eq!(
        shared(&first.proof.to_bytes(), &second.proof.to_bytes(), &[]),
        0
    );
    // With a tag the same search finds it: that is what a tag is for.
    let request = ask(&world.policy(&[], true));
    let first = show(&credential, "a.example", &request)?;
    let second = show(&credential, "a.example", &request)?;
    let (one, two) = (first.pseudonym.to_bytes(), second.pseudonym.to_bytes());
    assert!(shared(&one, &two, &[]) > 0);
    Ok(())
}

#[test]
fn the_same_search_finds_the_link_of_a_linkable_schema() -> Outcome {
    let world = World::with(linkable_schema());
    let index = StatusIndex {
        list: [9; 16],
        index: 77_777,
    };
    let attributes = Attributes::from([
        (name("points"), Value::Integer(3)),
        (name("status"), Value::StatusIndex(index)),
    ]);
    let credential = world.take(&world.issue(attributes).0)?;
    let request = || ask(&world.policy(&["points", "status"], false));
    let here = show(&credential, "a.example", &request())?;
    let there = show(&credential, "b.example", &request())?;
    let known = public_parts(&here, &["points"]);
    assert!(shared(&here.to_cbor(), &there.to_cbor(), &known) > 0);
    Ok(())
}
