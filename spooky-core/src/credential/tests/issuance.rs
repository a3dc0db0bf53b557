//! The abuse list, issuance: each attack is refused with its own reason, and the same steps without
//! the attack are accepted.

use super::world::*;
use crate::{
    bbs::{SecretKey, Suite},
    credential::*,
    entropy::OsEntropy,
    keys::{AnchorKey, Seed, SeedSize},
};

#[test]
fn a_header_or_key_of_ones_own_is_not_taken() -> Outcome {
    let world = World::new();
    let today = Day::of_unix_time(NOW)?;
    let request = world.request();
    let issue = |issuer: Issuer<'_>, today| {
        let first = issuer.first(&request, AnchorState::Active, person(), today, &OsEntropy);
        first.unwrap().0
    };
    assert!(
        world.take(&issue(world.issuer(), today)).is_ok(),
        "the control"
    );
    // A last day that nobody else has.
    let marked = issue(world.issuer(), today.plus_days(1)?);
    assert_eq!(world.take(&marked).err(), Some(TakeRefusal::OtherLastDay));
    // The same, with the claim set to what everybody has: the header was another one.
    let mut hidden = issue(world.issuer(), today.plus_days(1)?);
    hidden.0.not_after = hidden.0.not_after.minus_days(1)?;
    assert_eq!(world.take(&hidden).err(), Some(TakeRefusal::Signature));
    // A key that is not in the published set.
    let own = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy)?;
    let issuer = Issuer {
        key: &own,
        ..world.issuer()
    };
    assert_eq!(
        world.take(&issue(issuer, today)).err(),
        Some(TakeRefusal::Signature)
    );
    // A set with two keys for one day cannot be published.
    let entry = |key: &SecretKey, from: &str| IssuerKey {
        key: key.public_key().clone(),
        from: Day::parse(from).unwrap(),
        until: Day::parse("2026-12-31").unwrap(),
        state: IssuerKeyState::Active,
    };
    let twice = vec![entry(&world.key, "2026-01-01"), entry(&own, "2026-11-01")];
    assert!(IssuerKeys::new(world.id.clone(), 2, twice).is_err());
    // A schema of one's own, and no key for the day.
    let mut attributes = person_schema().attributes().to_vec();
    attributes.pop();
    let marked = Schema::new("https://issuer.example/person", 7, false, attributes)?;
    let issuer = Issuer {
        schema: &marked,
        ..world.issuer()
    };
    let mut fewer = person();
    fewer.remove(&name("photo"));
    let (swapped, _) = issuer.first(&request, AnchorState::Active, fewer, today, &OsEntropy)?;
    assert_eq!(world.take(&swapped).err(), Some(TakeRefusal::OtherSchema));
    let (schema, secrets) = (&world.schema, world.secrets());
    let none = IssuerKeys::new(world.id.clone(), 2, vec![])?;
    let taken = HeldCredential::take(&issue(world.issuer(), today), schema, &none, &secrets, NOW);
    assert_eq!(taken.err(), Some(TakeRefusal::NoPublishedKey));
    // A derived attribute that does not follow.
    let mut lying = issue(world.issuer(), today);
    lying
        .0
        .attributes
        .insert(name("age_over_21"), Value::Boolean(false));
    assert_eq!(world.take(&lying).err(), Some(TakeRefusal::Derived));
    Ok(())
}

#[test]
fn renewal_needs_the_identical_commitment_and_an_active_anchor() -> Outcome {
    use IssuanceRefusal as Refusal;
    let world = World::new();
    let (_, lineage) = world.issue(person());
    let today = Day::of_unix_time(NOW)?;
    let renew = |request: &CredentialRequest, state, attributes| {
        let issuer = world.issuer();
        issuer
            .renew(request, state, &lineage, attributes, today)
            .err()
    };
    let active = AnchorState::Active;
    assert_eq!(
        renew(&world.request(), active, person()),
        None,
        "the control"
    );
    // A wallet that changed its secret to lose a ban.
    let other = Seed::make(SeedSize::Bits128, &OsEntropy)?;
    let changed = world.request_with(&secrets(&other, &world.id), NOW);
    assert_eq!(
        renew(&changed, active, person()),
        Some(Refusal::OtherCommitment)
    );
    let request = world.request();
    for (state, refusal) in [
        (AnchorState::Unknown, Refusal::AnchorUnknown),
        (AnchorState::Revoked, Refusal::AnchorRevoked),
        (AnchorState::Suspended, Refusal::AnchorSuspended),
    ] {
        assert_eq!(renew(&request, state, person()), Some(refusal));
    }
    let wrong = Some(Refusal::Attributes);
    let mut missing = person();
    missing.remove(&name("points"));
    assert_eq!(renew(&request, active, missing), wrong);
    let mut mistyped = person();
    mistyped.insert(name("points"), Value::Text("-12".into()));
    assert_eq!(renew(&request, active, mistyped), wrong);
    let mut large = person();
    large.insert(name("points"), Value::Integer(1 << 53));
    assert_eq!(renew(&request, active, large), wrong);
    // A commitment with another's point in front of one's own proof.
    let mut grafted = world.request();
    let (mut octets, foreign) = (grafted.commitment.to_bytes(), changed.commitment.to_bytes());
    octets[48..].copy_from_slice(&foreign[48..]);
    grafted.commitment = crate::bbs::CommitmentWithProof::from_bytes(&octets)?;
    assert_eq!(
        renew(&grafted, active, person()),
        Some(Refusal::CommitmentProof)
    );
    Ok(())
}

#[test]
fn a_request_for_a_credential_serves_one_anchor_issuer_schema_and_nonce() -> Outcome {
    use IssuanceRefusal as Refusal;
    let world = World::new();
    let (nonce, secrets) = (Nonce::make(&OsEntropy)?, world.secrets());
    let (anchor, schema) = (&world.anchor, &world.schema);
    let text = request_credential(&secrets, anchor, schema, &nonce, NOW, &OsEntropy)?;
    let unverified = UnverifiedCredentialRequest::parse(&text)?;
    let judge = |id: &IssuerId, schema: &Schema, nonce: &Nonce, now| {
        unverified.verify(id, schema, nonce, now).err()
    };
    let id = &world.id;
    assert_eq!(judge(id, schema, &nonce, NOW), None, "the control");
    let (other, fresh) = (
        IssuerId::parse("https://x.example")?,
        Nonce::make(&OsEntropy)?,
    );
    assert_eq!(
        judge(&other, schema, &nonce, NOW),
        Some(Refusal::OtherIssuer)
    );
    assert_eq!(judge(id, schema, &fresh, NOW), Some(Refusal::OtherNonce));
    assert_eq!(judge(id, schema, &nonce, NOW + 301), Some(Refusal::Clock));
    let smaller = Schema::new("s", 7, false, vec![attribute("a", AttributeType::Text)])?;
    assert_eq!(judge(id, &smaller, &nonce, NOW), Some(Refusal::OtherSchema));
    // Somebody else's signature over the same claims.
    let (input, _) = text.rsplit_once('.').unwrap();
    let thief = AnchorKey::make(&OsEntropy)?;
    let signature = crate::jose::JwsSigner::sign_input(&thief, input.as_bytes())?;
    let forged = format!("{input}.{}", crate::encoding::base64url(&signature));
    let forged = UnverifiedCredentialRequest::parse(&forged)?;
    let refusal = forged.verify(id, schema, &nonce, NOW).err();
    assert_eq!(refusal, Some(Refusal::AnchorSignature));
    Ok(())
}
