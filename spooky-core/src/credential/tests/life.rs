//! A credential's life: issued, shown, renewed, recovered.

use super::world::*;
use crate::{
    credential::*,
    entropy::OsEntropy,
    keys::{AnchorKey, Seed, SeedSize},
    pseudonym::{BanSet, Host},
    verdict::Verdict,
};

const HOST: &str = "shop.example";

fn tag_of(world: &World, credential: &HeldCredential, host: &str) -> [u8; 48] {
    let policy = world.policy(&[], true);
    let request = ask(&policy);
    let presentation = show(credential, host, &request).unwrap();
    let verdict = world.judge(host, &policy, &presentation, request.nonce, NOW);
    let presented = verdict.into_result().unwrap();
    presented.tag.unwrap().to_bytes()
}

#[test]
fn what_is_asked_for_is_shown_and_nothing_else() -> Outcome {
    let world = World::new();
    let credential = world.credential();
    let derived = credential.attributes().get(&name("age_over_21"));
    assert_eq!(derived, Some(&Value::Boolean(true)));
    for tag in [true, false] {
        let policy = world.policy(&["age_over_21", "points"], tag);
        let request = ask(&policy);
        let presentation = show(&credential, HOST, &request)?;
        let presented = world
            .judge(HOST, &policy, &presentation, request.nonce, NOW)
            .into_result()?;
        assert_eq!(presented.attributes.len(), 2);
        assert_eq!(
            presented.attributes[&name("age_over_21")],
            Value::Boolean(true)
        );
        assert_eq!(presented.tag.is_some(), tag);
        assert_eq!(presented.not_after.to_string(), "2026-11-25");
    }
    // All of it, in one.
    let all = [
        "family_name",
        "birth_date",
        "age_over_21",
        "points",
        "photo",
    ];
    let policy = world.policy(&all, true);
    let request = ask(&policy);
    let presentation = show(&credential, HOST, &request)?;
    assert!(
        world
            .judge(HOST, &policy, &presentation, request.nonce, NOW)
            .is_valid()
    );
    Ok(())
}

#[test]
fn a_ban_holds_after_renewal_and_touches_one_site() -> Outcome {
    let world = World::new();
    let (issued, lineage) = world.issue(person());
    let credential = world.take(&issued)?;
    let host = Host::parse(HOST)?;
    let mut bans = BanSet::new(host.clone());
    let at = |credential: &HeldCredential| {
        crate::pseudonym::Tag::from_store(host.clone(), &tag_of(&world, credential, HOST))
    };
    bans.ban(&at(&credential)?)?;

    // The lineage comes back from the issuer's store; the wallet lost all but its seed.
    let lineage = Lineage::from_bytes(lineage.expose_secret().as_slice())?;
    let today = Day::of_unix_time(NOW)?;
    let again = world.issuer().renew(
        &world.request(),
        AnchorState::Active,
        &lineage,
        person(),
        today,
    )?;
    let renewed = world.take(&again)?;
    assert!(bans.contains(&at(&renewed)?)?);
    assert!(credential.has_tags_of(&renewed));
    let stranger = world.credential();
    assert!(
        !credential.has_tags_of(&stranger),
        "issued anew, not renewed"
    );
    let elsewhere = tag_of(&world, &renewed, "other.example");
    assert_ne!(elsewhere, tag_of(&world, &renewed, HOST));
    assert_eq!(elsewhere, tag_of(&world, &credential, "other.example"));
    Ok(())
}

#[test]
fn recovery_carries_tags_or_begins_anew() -> Outcome {
    let mut world = World::new();
    let (issued, lineage) = world.issue(person());
    let before = tag_of(&world, &world.take(&issued)?, HOST);
    // The anchor is lost; the seed comes back, and with it the same commitment.
    world.anchor = AnchorKey::make(&OsEntropy)?;
    let today = Day::of_unix_time(NOW)?;
    let (request, active) = (world.request(), AnchorState::Active);
    let carried = lineage.after_recovery(RecoveryPolicy::Carry);
    let carried = carried.ok_or("carry keeps the lineage")?;
    let issuer = world.issuer();
    let again = issuer.renew(&request, active, &carried, person(), today)?;
    assert_eq!(tag_of(&world, &world.take(&again)?, HOST), before);
    assert!(carried.after_recovery(RecoveryPolicy::Fresh).is_none());
    let (fresh, _) = issuer.first(&request, active, person(), today, &OsEntropy)?;
    assert_ne!(tag_of(&world, &world.take(&fresh)?, HOST), before);
    Ok(())
}

#[test]
fn commitments_are_the_same_for_one_issuer_and_unrelated_between_two() -> Outcome {
    let world = World::new();
    let commitment = |issuer: &str| {
        let id = IssuerId::parse(issuer).unwrap();
        let made = secrets(&world.seed, &id).commit(&OsEntropy).unwrap();
        made.commitment_bytes()
    };
    assert_eq!(
        commitment("https://a.example"),
        commitment("https://a.example")
    );
    assert_ne!(
        commitment("https://a.example"),
        commitment("https://b.example")
    );
    let other = Seed::make(SeedSize::Bits128, &OsEntropy)?;
    let id = IssuerId::parse("https://a.example")?;
    assert_ne!(
        secrets(&other, &id).commit(&OsEntropy)?.commitment_bytes(),
        commitment("https://a.example")
    );
    Ok(())
}

#[test]
fn a_store_gives_the_credential_back_on_a_later_day() -> Outcome {
    let world = World::new();
    let (issued, _) = world.issue(person());
    let stored = issued.to_cbor();
    let issued = IssuedCredential::from_cbor(&stored)?;
    let (schema, keys, secrets) = (&world.schema, &world.keys, &world.secrets());
    let later = HeldCredential::take(&issued, schema, keys, secrets, NOW + 2 * DAY);
    assert_eq!(later.err(), Some(TakeRefusal::OtherLastDay));
    let mut credential = HeldCredential::reopen(&issued, schema, keys, secrets)?;
    credential.prepare();
    tag_of(&world, &credential, HOST);
    // Another wallet's secrets open nothing.
    let other = World::new();
    let foreign = HeldCredential::reopen(&issued, schema, keys, &other.secrets());
    assert_eq!(foreign.err(), Some(TakeRefusal::Signature));
    Ok(())
}

#[test]
fn a_signed_request_names_its_site_whoever_brings_it() -> Outcome {
    use crate::jose::*;
    let world = World::new();
    let credential = world.credential();
    let site_key = Ed25519SigningKey::make(&OsEntropy)?;
    let answers = ResponseUri::parse("https://shop.example/answers")?;
    let published = |issuer: &str, state| {
        let key = PublishedKey {
            kid: "1".into(),
            usage: REQUEST_USE.into(),
            key: StatementKey::EdDsa(site_key.verifying_key()),
            nbf: 0,
            exp: NOW + DAY,
            state,
        };
        StatementKeys::new(issuer, 1, vec![key]).unwrap()
    };
    let origin = "https://shop.example";
    let keys = SiteKeys::fetched_from(origin, published(origin, KeyState::Active))?;
    let policy = world.policy(&["points"], true);
    let request = ask(&policy);
    let (flow, link) = (Flow::SameDevice, Arrival::Link);
    let text = sign_request(&site_key, "1", &request, &answers, flow, NOW, NOW + 300)?;
    let unverified = UnverifiedRequest::parse(&text)?;
    assert_eq!(unverified.dangerous_unverified_origin()?, origin);
    let verified = unverified.verify(&keys, link, NOW).into_result()?;
    assert_eq!(verified.request(), &request);
    assert_eq!(verified.response_uri(), &answers);
    let consent = agreed(&policy);
    let presentation = credential.present(
        &verified.rp(),
        verified.request(),
        &consent,
        NOW,
        &OsEntropy,
    )?;
    assert!(
        world
            .judge(HOST, &policy, &presentation, request.nonce, NOW)
            .is_valid()
    );

    let reason = |verdict| match verdict {
        Verdict::Valid(_) => None,
        Verdict::Invalid(reason) | Verdict::Indeterminate(reason) => Some(reason),
    };
    let judge = |keys: &SiteKeys, now| reason(unverified.verify(keys, link, now));
    assert_eq!(judge(&keys, NOW + 601), Some(RequestReason::Expired));
    assert_eq!(judge(&keys, NOW - 301), Some(RequestReason::AheadOfClock));
    let revoked = SiteKeys::fetched_from(origin, published(origin, KeyState::Revoked))?;
    assert_eq!(judge(&revoked, NOW), Some(RequestReason::KeyNotValid));
    let empty = SiteKeys::fetched_from(origin, StatementKeys::new(origin, 1, vec![])?)?;
    assert_eq!(judge(&empty, NOW), Some(RequestReason::UnknownKey));
    // The site's request under another host's keys, and a key set that is not its host's.
    let evil = "https://evil.example";
    let foreign = SiteKeys::fetched_from(evil, published(evil, KeyState::Active))?;
    assert_eq!(judge(&foreign, NOW), Some(RequestReason::OtherHost));
    assert!(SiteKeys::fetched_from(evil, published(origin, KeyState::Active)).is_err());
    assert!(sign_request(&site_key, "1", &request, &answers, flow, NOW, NOW + 601).is_err());
    Ok(())
}

#[test]
fn a_signed_request_says_where_its_answer_goes_and_how_it_comes() -> Outcome {
    use crate::jose::*;
    let world = World::new();
    let key = Ed25519SigningKey::make(&OsEntropy)?;
    let published = PublishedKey {
        kid: "1".into(),
        usage: REQUEST_USE.into(),
        key: StatementKey::EdDsa(key.verifying_key()),
        nbf: 0,
        exp: NOW + DAY,
        state: KeyState::Active,
    };
    let origin = "https://shop.example";
    let keys = SiteKeys::fetched_from(origin, StatementKeys::new(origin, 1, vec![published])?)?;
    let request = ask(&world.policy(&["points"], true));
    let claims = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut claims = serde_json::json!({ "iss": origin, "iat": NOW, "exp": NOW + 300,
            "nonce": request.nonce.to_text(), "policy": request.policy,
            "response_uri": "https://shop.example/answers", "flow": "same_device" });
        change(&mut claims);
        claims
    };
    let judge = |claims: &serde_json::Value, arrival| {
        let text = key.sign_jws("1", REQUEST_TYPE, claims).unwrap();
        match UnverifiedRequest::parse(&text)
            .unwrap()
            .verify(&keys, arrival, NOW)
        {
            Verdict::Valid(_) => None,
            Verdict::Invalid(reason) | Verdict::Indeterminate(reason) => Some(reason),
        }
    };
    assert_eq!(judge(&claims(&|_| ()), Arrival::Link), None, "the control");
    // Signed by the site itself, as by somebody who may write into what it signs.
    for elsewhere in [
        "https://evil.example/answers",
        "http://shop.example/answers",
        "https://shop.example@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example.evil.example/",
        "https://sub.shop.example/",
        "//shop.example/answers",
        "https://shop.example/a#b",
        "https://shop.example/\nb",
        "",
    ] {
        let bent = claims(&|claims| claims["response_uri"] = elsewhere.into());
        let reason = judge(&bent, Arrival::Link);
        assert_eq!(reason, Some(RequestReason::ResponseUri), "{elsewhere}");
    }
    for missing in ["response_uri", "flow"] {
        let bent = claims(&|claims| {
            claims.as_object_mut().unwrap().remove(missing);
        });
        let reason = judge(&bent, Arrival::Link);
        assert_eq!(reason, Some(RequestReason::Malformed), "{missing}");
    }
    let cross = claims(&|claims| claims["flow"] = "cross_device".into());
    assert_eq!(judge(&cross, Arrival::Scanned), None, "the control");
    assert_eq!(judge(&cross, Arrival::Link), Some(RequestReason::Flow));
    let same = claims(&|_| ());
    assert_eq!(judge(&same, Arrival::Scanned), Some(RequestReason::Flow));
    let odd = claims(&|claims| claims["flow"] = "any_device".into());
    assert_eq!(judge(&odd, Arrival::Link), Some(RequestReason::Malformed));
    // The first version, by the same key: no address, so whoever brings it gets the answer.
    let first = key.sign_jws("1", "spookyid-request+jwt", &same)?;
    let first = UnverifiedRequest::parse(&first).err();
    assert_eq!(first, Some(RequestReason::OtherVersion));
    let other = key.sign_jws("1", "spookyid-request-v3+jwt", &same)?;
    let other = UnverifiedRequest::parse(&other).err();
    assert_eq!(other, Some(RequestReason::Malformed));
    Ok(())
}
