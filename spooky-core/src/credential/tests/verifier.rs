//! Freshness, keys, batches, and policies that are none.

use super::world::*;
use crate::{credential::*, entropy::OsEntropy, pseudonym::Host, verdict::Verdict};

const HOST: &str = "shop.example";

#[test]
fn freshness_is_the_last_day() -> Outcome {
    let world = World::new();
    let policy = world.policy(&[], true);
    let request = ask(&policy);
    let presentation = show(&world.credential(), HOST, &request)?;
    let judge = |now| world.judge(HOST, &policy, &presentation, request.nonce, now);
    // 2026-11-25T23:59:59Z is the last second; 300 seconds of difference are tolerated.
    let last = (NOW / DAY + 8) * DAY - 1;
    for now in [NOW, last, last + 300] {
        assert!(judge(now).is_valid());
    }
    let expired = Verdict::Invalid(PresentationReason::Expired);
    assert_eq!(judge(last + 301), expired);
    // Seven days ahead is what the policy allows; a day earlier it is eight.
    let too_long = Verdict::Invalid(PresentationReason::LifeTooLong);
    let first = NOW / DAY * DAY;
    assert!(judge(first - 300).is_valid());
    assert_eq!(judge(first - 301), too_long);
    Ok(())
}

#[test]
fn keys_that_are_missing_or_stale_leave_it_open() -> Outcome {
    use PresentationReason as Reason;
    let world = World::new();
    let policy = world.policy(&[], true);
    let request = ask(&policy);
    let presentation = show(&world.credential(), HOST, &request)?;
    let host = Host::parse(HOST)?;
    let judge = |issuers: &[TrustedIssuer]| {
        let verifier = Verifier::new(&host, &policy, &world.schema, issuers, 3600).unwrap();
        let nonce = BurnedNonce::after_burning(request.nonce);
        verifier.verify(&presentation, nonce, NOW)
    };
    let fetched = |fetched_at| TrustedIssuer {
        keys: world.keys.clone(),
        fetched_at,
    };
    assert!(judge(&[fetched(NOW - 3600)]).is_valid(), "the control");
    let open = |reason| Verdict::Indeterminate(reason);
    assert_eq!(judge(&[]), open(Reason::KeysStale));
    assert_eq!(judge(&[fetched(NOW - 3601)]), open(Reason::KeysStale));
    assert_eq!(judge(&[fetched(NOW + 301)]), open(Reason::KeysAheadOfClock));
    let mut empty = fetched(NOW);
    empty.keys = IssuerKeys::new(world.id.clone(), 2, vec![])?;
    assert_eq!(judge(&[empty]), open(Reason::UnknownKey));
    // Another issuer's keys under this one's name.
    let mut other = fetched(NOW);
    other.keys = published(&world.id, &World::new().key);
    assert_eq!(judge(&[other]), Verdict::Invalid(Reason::Proof));
    Ok(())
}

/// A key that was revoked, with and without another for its days, alone and in a batch.
#[test]
fn what_a_revoked_key_signed_is_refused_and_told_apart() -> Outcome {
    use PresentationReason as Reason;
    let world = World::new();
    let other = World::new();
    let policy = world.policy(&[], true);
    let host = Host::parse(HOST)?;
    let entry = |keys: &World, state| {
        let period = |text| Day::parse(text).unwrap();
        IssuerKey {
            key: keys.key.public_key().clone(),
            from: period("2026-01-01"),
            until: period("2026-12-31"),
            state,
        }
    };
    let (active, revoked) = (IssuerKeyState::Active, IssuerKeyState::Revoked);
    let judge = |keys: Vec<IssuerKey>| {
        let keys = IssuerKeys::new(world.id.clone(), 2, keys).unwrap();
        let issuers = [TrustedIssuer {
            keys,
            fetched_at: NOW,
        }];
        let verifier = Verifier::new(&host, &policy, &world.schema, &issuers, 3600).unwrap();
        let request = ask(&policy);
        let mut shown = show(&world.credential(), HOST, &request).unwrap();
        let nonce = || BurnedNonce::after_burning(request.nonce);
        let verdict = verifier.verify(&shown, nonce(), NOW);
        let batch = verifier.verify_all(vec![(&shown, nonce())], NOW, 1, &OsEntropy);
        assert!(batch == [verdict.clone()], "alone as in a batch");
        shown.pseudonym = show(&world.credential(), "evil.example", &request)
            .unwrap()
            .pseudonym;
        (verdict, verifier.verify(&shown, nonce(), NOW))
    };
    let forged = Verdict::Invalid(Reason::Proof);
    let (good, bad) = judge(vec![entry(&world, active)]);
    assert!(good.is_valid(), "the control");
    assert_eq!(bad, forged);
    let gone = Verdict::Invalid(Reason::KeyRevoked);
    let (shown, _) = judge(vec![entry(&world, revoked)]);
    assert_eq!(shown, gone, "no other key for its days");
    let (shown, bad) = judge(vec![entry(&world, revoked), entry(&other, active)]);
    assert_eq!(shown, gone);
    assert_eq!(bad, forged, "and what no key signed is not that");
    let (good, _) = judge(vec![entry(&other, revoked), entry(&world, active)]);
    assert!(good.is_valid(), "the key that took its place");
    let (open, _) = judge(vec![entry(&world, IssuerKeyState::Unknown)]);
    assert_eq!(open, Verdict::Indeterminate(Reason::UnknownKey));
    Ok(())
}

#[test]
fn a_batch_says_which_are_bad() -> Outcome {
    let world = World::new();
    let credential = world.credential();
    let policy = world.policy(&["points"], true);
    let (host, issuers) = (Host::parse(HOST)?, world.trusted());
    let verifier = Verifier::new(&host, &policy, &world.schema, &issuers, DAY)?;
    let requests: Vec<_> = (0..6).map(|_| ask(&policy)).collect();
    let mut presentations = requests
        .iter()
        .map(|request| show(&credential, HOST, request))
        .collect::<Result<Vec<_>, _>>()?;
    presentations[1] = show(&credential, "evil.example", &requests[1])?;
    let shown = Value::Integer(13);
    presentations[4].attributes.insert(name("points"), shown);
    let judge = |presentations: &[Presentation]| {
        let items = presentations.iter().zip(&requests);
        let items = items.map(|(one, request)| (one, BurnedNonce::after_burning(request.nonce)));
        verifier.verify_all(items.collect(), NOW, 2, &OsEntropy)
    };
    let verdicts = judge(&presentations);
    let (one, four) = (PresentationReason::OtherHost, PresentationReason::Proof);
    assert_eq!(verdicts[1], Verdict::Invalid(one));
    assert_eq!(verdicts[4], Verdict::Invalid(four));
    for good in [0, 2, 3, 5] {
        assert!(verdicts[good].is_valid());
    }
    presentations[1] = show(&credential, HOST, &requests[1])?;
    presentations[4] = show(&credential, HOST, &requests[4])?;
    assert!(
        judge(&presentations).iter().all(Verdict::is_valid),
        "the control"
    );
    assert!(judge(&[]).is_empty());
    Ok(())
}

#[test]
fn policies_that_ask_for_too_much_or_nothing_sensible_do_not_build() -> Outcome {
    use PolicyRefusal as Refusal;
    let schema = person_schema();
    let id = || IssuerId::parse("https://issuer.example").unwrap();
    let of = |text: &str, equals| Requirement {
        name: name(text),
        equals,
    };
    let terms = || PolicyTerms {
        issuers: vec![id()],
        attributes: vec![of("points", Some(Value::Integer(1)))],
        tag: true,
        max_days: 7,
    };
    let build = |change: &dyn Fn(&mut PolicyTerms)| {
        let mut changed = terms();
        change(&mut changed);
        Policy::build(&schema, changed).err()
    };
    assert_eq!(build(&|_| {}), None, "the control");
    assert_eq!(build(&|t| t.issuers.clear()), Some(Refusal::Issuers));
    assert_eq!(build(&|t| t.issuers.push(id())), Some(Refusal::Issuers));
    let unknown = build(&|t| t.attributes.push(of("shoe_size", None)));
    assert_eq!(unknown, Some(Refusal::UnknownAttribute));
    let twice = build(&|t| t.attributes.push(of("points", None)));
    assert_eq!(twice, Some(Refusal::RepeatedAttribute));
    let typed = build(&|t| t.attributes[0].equals = Some(Value::Text("1".into())));
    assert_eq!(typed, Some(Refusal::ValueType));
    assert_eq!(build(&|t| t.max_days = 6), Some(Refusal::Days));
    Ok(())
}

pub(super) fn linkable_schema() -> Schema {
    let attributes = vec![
        attribute("points", AttributeType::Integer),
        attribute("status", AttributeType::StatusIndex),
    ];
    Schema::new("https://issuer.example/linkable", 7, true, attributes).unwrap()
}

#[test]
fn a_pseudonym_and_a_status_index_do_not_go_together() -> Outcome {
    let schema = linkable_schema();
    let build = |attributes: &[&str], tag| {
        let requirement = |text: &&str| Requirement {
            name: name(text),
            equals: None,
        };
        let terms = PolicyTerms {
            issuers: vec![IssuerId::parse("https://issuer.example").unwrap()],
            attributes: attributes.iter().map(requirement).collect(),
            tag,
            max_days: 7,
        };
        Policy::build(&schema, terms).err()
    };
    assert_eq!(build(&["points", "status"], false), None, "the control");
    let both = Some(PolicyRefusal::TagWithStatusIndex);
    assert_eq!(build(&["status"], true), both);
    assert_eq!(build(&["points"], true), both);
    let missing = Some(PolicyRefusal::StatusIndexMissing);
    assert_eq!(build(&["points"], false), missing);
    // Without the flag there is no such attribute at all, and never two of them.
    let index = || attribute("status", AttributeType::StatusIndex);
    assert!(Schema::new("s", 7, false, vec![index()]).is_err());
    let second = attribute("status_2", AttributeType::StatusIndex);
    assert!(Schema::new("s", 7, true, vec![index(), second]).is_err());
    Ok(())
}
