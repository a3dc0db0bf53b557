//! Codecs: what is written is read back, in both forms alike, and nothing else is read.

use proptest::prelude::*;

use super::world::*;
use crate::credential::*;

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        "\\PC{0,40}".prop_map(Value::Text),
        (-(1i64 << 53) + 1..1 << 53).prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
        (-719_162i64..=2_932_896).prop_map(|day| Value::Date(Day::from_number(day).unwrap())),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        (any::<[u8; 16]>(), any::<u64>())
            .prop_map(|(list, index)| Value::StatusIndex(StatusIndex { list, index })),
    ]
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let name = "[a-z][a-z0-9_]{0,30}".prop_map(|text| name(&text));
    proptest::collection::btree_map(name, value(), 0..8)
}

fn presentation() -> Presentation {
    let world = World::new();
    let request = ask(&world.policy(&["points", "age_over_21"], false));
    show(&world.credential(), "a.example", &request).unwrap()
}

#[test]
fn any_attributes_survive_both_forms_and_no_two_share_a_message() {
    let base = presentation();
    proptest!(ProptestConfig::with_cases(64), |(one in attributes(), two in attributes())| {
        let mut made = base.clone();
        made.attributes = one.clone();
        let read = Presentation::from_cbor(&made.to_cbor()).unwrap();
        prop_assert!(read == made);
        let read = Presentation::from_json(&made.to_json().unwrap()).unwrap();
        prop_assert!(read == made);
        for (left_name, left) in &one {
            for (right_name, right) in &two {
                let same = message(left_name, left) == message(right_name, right);
                prop_assert_eq!(same, left_name == right_name && left == right);
            }
        }
    });
}

#[test]
fn bytes_that_are_accepted_are_written_back_as_they_came() {
    let good = presentation().to_cbor();
    proptest!(ProptestConfig::with_cases(256), |(place in 0..good.len(), bits in 1u8..=255, cut: bool)| {
        let mut bytes = good.clone();
        bytes[place] ^= bits;
        if cut {
            bytes.truncate(place);
        }
        if let Ok(read) = Presentation::from_cbor(&bytes) {
            prop_assert_eq!(read.to_cbor(), bytes);
        }
    });
    let mut longer = good;
    longer.push(0);
    assert!(Presentation::from_cbor(&longer).is_err());
    assert!(Presentation::from_cbor(&[0; MAX_LENGTH + 1]).is_err());
}

#[test]
fn issued_credentials_have_two_forms() -> Outcome {
    let (issued, _) = World::new().issue(person());
    let cbor = issued.to_cbor();
    let json = issued.to_json()?;
    assert_eq!(IssuedCredential::from_cbor(&cbor)?.to_json()?, json);
    assert_eq!(IssuedCredential::from_json(&json)?.to_cbor(), cbor);
    for place in 0..cbor.len() {
        assert!(IssuedCredential::from_cbor(&cbor[..place]).is_err());
    }
    Ok(())
}

#[test]
fn json_is_read_strictly() -> Outcome {
    let good = String::from_utf8(presentation().to_json()?)?;
    let read = |text: &str| Presentation::from_json(text.as_bytes());
    assert!(read(&good).is_ok(), "the control");
    let points = r#""points":{"type":"integer","value":-12}"#;
    assert!(good.contains(points));
    for (what, changed) in [
        ("another version", good.replace(r#""v":1"#, r#""v":2"#)),
        (
            "an unknown member",
            good.replace(r#""v":1"#, r#""v":1,"x":1"#),
        ),
        ("a member twice", good.replace(r#""v":1"#, r#""v":1,"v":1"#)),
        (
            "an attribute twice",
            good.replace(points, &format!("{points},{points}")),
        ),
        ("a fraction", good.replace("-12}", "-12.0}")),
        ("a number as text", good.replace("-12}", r#""-12"}"#)),
        ("a large integer", good.replace("-12}", "9007199254740992}")),
        ("an unknown type", good.replace("integer", "number")),
        ("a name in capitals", good.replace("points", "Points")),
        ("a host in capitals", good.replace("a.example", "A.example")),
        (
            "a day that is none",
            good.replace("2026-11-25", "2026-11-31"),
        ),
        ("trailing text", format!("{good}{{}}")),
    ] {
        assert_ne!(changed, good, "{what}");
        assert!(read(&changed).is_err(), "{what}");
    }
    Ok(())
}

#[test]
fn schemas_policies_and_key_sets_are_read_strictly_and_have_one_digest() -> Outcome {
    let world = World::new();
    let schema = String::from_utf8(world.schema.to_json()?)?;
    let again = Schema::from_json(schema.as_bytes())?;
    assert_eq!(again.digest(), world.schema.digest());
    let spaced = schema.replace(',', " ,\n ");
    assert_eq!(
        Schema::from_json(spaced.as_bytes())?.digest(),
        again.digest()
    );
    for (what, changed) in [
        ("another type", schema.replace("schema/v1", "schema/v2")),
        ("an unknown member", schema.replacen('{', r#"{"x":1,"#, 1)),
        (
            "a life of 0",
            schema.replace(r#""life_days":7"#, r#""life_days":0"#),
        ),
        (
            "a life of 399",
            schema.replace(r#""life_days":7"#, r#""life_days":399"#),
        ),
        ("a name twice", schema.replace("photo", "points")),
        (
            "a source that is no date",
            schema.replace(r#""from":"birth_date""#, r#""from":"points""#),
        ),
        (
            "an age of 0",
            schema.replace(r#""years":21"#, r#""years":0"#),
        ),
        (
            "an unknown rule",
            schema.replace("age_over\"", "age_under\""),
        ),
    ] {
        assert_ne!(changed, schema, "{what}");
        assert!(Schema::from_json(changed.as_bytes()).is_err(), "{what}");
    }
    let policy = world.policy(&["points"], true);
    let text = String::from_utf8(policy.to_json()?)?;
    assert_eq!(
        Policy::from_json(text.as_bytes())?.digest(),
        policy.digest()
    );
    assert!(Policy::from_json(text.replacen('{', r#"{"x":1,"#, 1).as_bytes()).is_err());
    let request = ask(&policy);
    let wire = request.to_json()?;
    assert_eq!(PresentationRequest::from_json(&wire)?, request);
    // A request cannot say who asks.
    let text = String::from_utf8(wire)?;
    for claim in [
        r#"{"host":"bank.example","#,
        r#"{"iss":"https://bank.example","#,
    ] {
        let text = text.replacen('{', claim, 1);
        assert!(PresentationRequest::from_json(text.as_bytes()).is_err());
    }
    let keys = world.keys.to_json()?;
    assert_eq!(IssuerKeys::from_json(&keys)?, world.keys);
    assert!(world.keys.may_replace(&world.keys));
    let newer = IssuerKeys::new(world.id.clone(), 2, vec![])?;
    assert!(newer.may_replace(&world.keys) && !world.keys.may_replace(&newer));
    Ok(())
}
