//! The abuse list, presentations: each attack is refused with its own reason, and the same steps without the attack
//! are accepted.

use super::world::*;
use crate::{credential::*, entropy::OsEntropy, pseudonym::Host, verdict::Verdict};

const HOST: &str = "shop.example";
const EVIL: &str = "evil.example";

fn invalid(reason: PresentationReason) -> PresentationVerdict {
    Verdict::Invalid(reason)
}

#[test]
fn a_presentation_serves_one_site_one_nonce_and_one_policy() -> Outcome {
    use PresentationReason as Reason;
    let world = World::new();
    let credential = world.credential();
    let policy = world.policy(&["age_over_21"], true);
    let request = ask(&policy);
    let good = show(&credential, HOST, &request)?;
    let judge = |host, policy: &Policy, presentation: &Presentation, nonce| {
        world.judge(host, policy, presentation, nonce, NOW)
    };
    assert!(
        judge(HOST, &policy, &good, request.nonce).is_valid(),
        "the control"
    );

    // Site A relays site B's request: the wallet answers for A's host, which B does not take.
    let relayed = show(&credential, EVIL, &request)?;
    let nonce = request.nonce;
    assert_eq!(
        judge(HOST, &policy, &relayed, nonce),
        invalid(Reason::OtherHost)
    );
    // A renames it: host and tag were in the proof.
    let mut renamed = relayed.clone();
    renamed.host = good.host.clone();
    assert_eq!(
        judge(HOST, &policy, &renamed, nonce),
        invalid(Reason::Proof)
    );
    // A stolen presentation is refused elsewhere, also when it is renamed.
    assert_eq!(
        judge(EVIL, &policy, &good, nonce),
        invalid(Reason::OtherHost)
    );
    let mut renamed = good.clone();
    renamed.host = relayed.host.clone();
    assert_eq!(
        judge(EVIL, &policy, &renamed, nonce),
        invalid(Reason::Proof)
    );
    // Two sites collude: the tag of one under the proof for the other.
    let mut joined = good.clone();
    joined.pseudonym = relayed.pseudonym;
    assert_eq!(judge(HOST, &policy, &joined, nonce), invalid(Reason::Proof));
    // A replay meets another nonce, and shifting the claim does not help.
    let fresh = Nonce::make(&OsEntropy)?;
    assert_eq!(
        judge(HOST, &policy, &good, fresh),
        invalid(Reason::OtherNonce)
    );
    let mut shifted = good.clone();
    shifted.nonce = fresh;
    assert_eq!(
        judge(HOST, &policy, &shifted, fresh),
        invalid(Reason::Proof)
    );
    // An answer to one policy is none to another with the same attributes.
    let mut terms = PolicyTerms {
        issuers: vec![world.id.clone()],
        attributes: policy.attributes().to_vec(),
        tag: true,
        max_days: 8,
    };
    let other = Policy::build(&world.schema, terms.clone())?;
    assert_eq!(judge(HOST, &other, &good, nonce), invalid(Reason::Proof));
    terms.max_days = 7;
    assert_eq!(Policy::build(&world.schema, terms)?, policy);
    Ok(())
}

#[test]
fn what_a_presentation_shows_cannot_be_changed() -> Outcome {
    use PresentationReason as Reason;
    let world = World::new();
    let credential = world.credential();
    let policy = world.policy(&["points", "age_over_21"], false);
    let request = ask(&policy);
    let good = show(&credential, HOST, &request)?;
    let judge = |change: &dyn Fn(&mut Presentation)| {
        let mut changed = good.clone();
        change(&mut changed);
        world.judge(HOST, &policy, &changed, request.nonce, NOW)
    };
    assert!(judge(&|_| {}).is_valid(), "the control");
    let set = |value: Value| {
        judge(&move |one| {
            one.attributes.insert(name("points"), value.clone());
        })
    };
    assert_eq!(set(Value::Integer(12)), invalid(Reason::Proof));
    // Integer, text, boolean and date with the same look are of other types.
    let bytes = (-12i64).to_be_bytes().to_vec();
    for value in [
        Value::Text("-12".into()),
        Value::Boolean(true),
        Value::Bytes(bytes),
    ] {
        assert_eq!(set(value), invalid(Reason::AttributeType));
    }
    let over = judge(&|one| {
        one.attributes
            .insert(name("family_name"), Value::Text("Lovelace".into()));
    });
    assert_eq!(over, invalid(Reason::OverDisclosed));
    let missing = judge(&|one| {
        one.attributes.remove(&name("points"));
    });
    assert_eq!(missing, invalid(Reason::AttributeMissing));
    let swapped = judge(&|one| one.schema = SchemaDigest([7; 32]));
    assert_eq!(swapped, invalid(Reason::OtherSchema));
    let longer = judge(&|one| one.not_after = one.not_after.minus_days(1).unwrap());
    assert_eq!(
        longer,
        invalid(Reason::Proof),
        "the last day is in the header"
    );
    let renamed = judge(&|one| one.issuer = IssuerId::parse("https://x.example").unwrap());
    assert_eq!(renamed, invalid(Reason::OtherIssuer));
    let salted = judge(&|one| one.salt = Some([1; 32]));
    assert_eq!(salted, invalid(Reason::Proof));
    let with_tag = judge(&|one| one.salt = None);
    assert_eq!(with_tag, invalid(Reason::TagUnwanted));
    let tagged = world.policy(&["points", "age_over_21"], true);
    let verdict = world.judge(HOST, &tagged, &good, request.nonce, NOW);
    assert_eq!(verdict, invalid(Reason::TagMissing));
    Ok(())
}

#[test]
fn a_swapped_schema_does_not_turn_one_attribute_into_another() -> Outcome {
    // Same types, same places, other names: the issuer signed "points", the site reads "level".
    let schema =
        |first: &str, kind| Schema::new("s", 7, false, vec![attribute(first, kind)]).unwrap();
    let world = World::with(schema("points", AttributeType::Integer));
    let value = |text: &str, value| Attributes::from([(name(text), value)]);
    let (issued, _) = world.issue(value("points", Value::Integer(1)));
    let judge = |other: Schema, attribute: &str, shown: Value| {
        let credential = world.take(&issued).unwrap();
        let request = ask(&world.policy(&["points"], true));
        let mut presentation = show(&credential, HOST, &request).unwrap();
        let twin = World {
            schema: other,
            ..World::new()
        };
        let twin = World {
            keys: world.keys.clone(),
            id: world.id.clone(),
            ..twin
        };
        let policy = twin.policy(&[attribute], true);
        presentation.schema = twin.schema.digest();
        presentation.attributes = Attributes::from([(name(attribute), shown)]);
        twin.judge(HOST, &policy, &presentation, request.nonce, NOW)
    };
    let number = AttributeType::Integer;
    let one = Value::Integer(1);
    assert!(
        judge(schema("points", number), "points", one.clone()).is_valid(),
        "the control"
    );
    let proof = invalid(PresentationReason::Proof);
    assert_eq!(judge(schema("level", number), "level", one), proof);
    let flag = schema("points", AttributeType::Boolean);
    assert_eq!(judge(flag, "points", Value::Boolean(true)), proof);
    let text = schema("points", AttributeType::Text);
    assert_eq!(
        judge(text, "points", Value::Text("\0\0\0\0\0\0\0\x01".into())),
        proof
    );
    Ok(())
}

#[test]
fn a_wallet_shows_nothing_without_consent_or_in_vain() -> Outcome {
    let world = World::new();
    let credential = world.credential();
    let policy = world.policy(&["points"], true);
    let (site, request) = (rp(HOST), ask(&policy));
    let present = |request: &PresentationRequest, consent: &Consent, now| {
        let presented = credential.present(&site, request, consent, now, &OsEntropy);
        presented.err().map(PresentRefusal::code)
    };
    let all = agreed(&policy);
    assert_eq!(present(&request, &all, NOW), None, "the control");
    let untagged = Consent {
        tag: false,
        ..all.clone()
    };
    let refusal = present(&request, &untagged, NOW);
    assert_eq!(refusal, Some("present_tag_not_consented"));
    let nothing = Consent {
        tag: true,
        ..Consent::default()
    };
    let refusal = present(&request, &nothing, NOW);
    assert_eq!(refusal, Some("present_attribute_not_consented"));
    let refusal = present(&request, &all, NOW + 8 * DAY);
    assert_eq!(refusal, Some("present_expired"));
    let terms = |id: &str, equals| PolicyTerms {
        issuers: vec![IssuerId::parse(id).unwrap()],
        attributes: vec![Requirement {
            name: name("points"),
            equals,
        }],
        tag: true,
        max_days: 7,
    };
    let issuer = world.id.as_str();
    let ask_for = |terms| ask(&Policy::build(&world.schema, terms).unwrap());
    let foreign = ask_for(terms("https://x.example", None));
    assert_eq!(present(&foreign, &all, NOW), Some("present_other_issuer"));
    let equal = |number| ask_for(terms(issuer, Some(Value::Integer(number))));
    assert_eq!(present(&equal(-12), &all, NOW), None);
    assert_eq!(
        present(&equal(12), &all, NOW),
        Some("present_not_fulfilled")
    );
    let smaller = Schema::new(
        "s",
        7,
        false,
        vec![attribute("points", AttributeType::Integer)],
    )?;
    let other = ask(&Policy::build(&smaller, terms(issuer, None))?);
    assert_eq!(present(&other, &all, NOW), Some("policy_other_schema"));
    Ok(())
}

#[test]
fn a_proof_of_another_length_than_the_schema_s_costs_no_curve_work() -> Outcome {
    use PresentationReason as Reason;
    let world = World::new();
    let policy = world.policy(&["age_over_21"], true);
    let request = ask(&policy);
    let good = show(&world.credential(), HOST, &request)?;
    let judge = |one: &Presentation| world.judge(HOST, &policy, one, request.nonce, NOW);
    assert!(judge(&good).is_valid(), "the control");
    let with_hidden = |hidden: usize| {
        let mut other = good.clone();
        let filler = other.proof.challenge;
        other.proof.messages.resize(hidden, filler);
        other
    };
    let honest = good.proof.hidden();
    for hidden in [0, honest - 1, honest + 1, 66, 67, 2031] {
        let other = with_hidden(hidden);
        assert_eq!(judge(&other), invalid(Reason::ProofLength), "{hidden}");
        // What no schema can have is not even decoded.
        let read = Presentation::from_cbor(&other.to_cbor());
        assert_eq!(read.is_ok(), hidden <= 66, "{hidden}");
        let read = Presentation::from_json(&other.to_json()?);
        assert_eq!(read.is_ok(), hidden <= 66, "{hidden}");
    }
    // The control of the reason: of the right length it is the proof that does not verify.
    let mut bent = good.clone();
    bent.proof.messages[0] = bent.proof.challenge;
    assert_eq!(judge(&bent), invalid(Reason::Proof));
    // Many at once are looked at in the same order.
    let long = with_hidden(2031);
    let items = [&good, &bent, &long];
    let items = items.map(|one| (one, BurnedNonce::after_burning(request.nonce)));
    let (host, issuers) = (Host::parse(HOST)?, world.trusted());
    let verifier = Verifier::new(&host, &policy, &world.schema, &issuers, DAY)?;
    let verdicts = verifier.verify_all(items.into(), NOW, 1, &OsEntropy);
    assert!(verdicts[0].is_valid());
    assert_eq!(verdicts[1], invalid(Reason::Proof));
    assert_eq!(verdicts[2], invalid(Reason::ProofLength));
    Ok(())
}
