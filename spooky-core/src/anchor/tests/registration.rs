//! Registration, the broker's statement, revocation certificates, the graveyard.

use serde_json::{Value, json};

use super::*;
use crate::{
    Error,
    encoding::{base64url, from_base64url},
    jose::{JwsSigner, Unsigned, VerifyingKey},
    keys::{HardwareSigner, SecurityLevel, SignerError, SoftwareSigner},
    verdict::Verdict,
};

const NONCE: [u8; 32] = [9; 32];

fn judge(text: &str) -> Result<Registration, RegistrationRefusal> {
    UnverifiedRegistration::parse(text)
        .map_err(|_| RegistrationRefusal::Malformed)?
        .verify(&NONCE, BROKER, NOW)
}

#[test]
fn a_registration_serves_one_broker_nonce_and_time() -> Outcome {
    use RegistrationRefusal as Refusal;
    let world = World::new();
    let device = SoftwareSigner::make(&OsEntropy)?;
    let make = |device| register(&NONCE, BROKER, NOW, &world.anchor, &world.recovery, device);
    let with_device = make(Some(&device as &dyn HardwareSigner))?;
    let registration = judge(&with_device)?;
    let expected = VerifyingKey::from_platform(&device.public_key()?)?;
    assert_eq!(registration.device(), Some(&expected));
    assert_eq!(registration.commitment(), world.commitment());
    assert_eq!(judge(&make(None)?)?.device(), None);
    let unverified = UnverifiedRegistration::parse(&with_device)?;
    let verify = |nonce, broker, now| unverified.verify(nonce, broker, now).err();
    assert_eq!(verify(&NONCE, BROKER, NOW + 300), None);
    assert_eq!(
        verify(&NONCE, "https://x.example", NOW),
        Some(Refusal::OtherAudience)
    );
    assert_eq!(verify(&[8; 32], BROKER, NOW), Some(Refusal::OtherNonce));
    assert_eq!(verify(&NONCE, BROKER, NOW + 301), Some(Refusal::Clock));
    assert_eq!(verify(&NONCE, BROKER, NOW - 301), Some(Refusal::Clock));
    Ok(())
}

#[test]
fn every_key_has_to_sign_and_nothing_can_be_left_out() -> Outcome {
    use RegistrationRefusal as Refusal;
    let world = World::new();
    let device = SoftwareSigner::make(&OsEntropy)?;
    let (a, r) = (&world.anchor, &world.recovery);
    let text = register(&NONCE, BROKER, NOW, a, r, Some(&device))?;
    let good: Value = serde_json::from_str(&text)?;
    let change = |change: &dyn Fn(&mut Value)| {
        let mut changed = good.clone();
        change(&mut changed);
        judge(&changed.to_string()).err()
    };
    assert_eq!(change(&|_| {}), None, "the control");
    let flip = |index: usize| {
        change(&move |value| {
            let part = &mut value["signatures"][index]["signature"];
            let mut bytes = from_base64url(part.as_str().unwrap()).unwrap();
            bytes[40] ^= 1;
            *part = base64url(&bytes).into();
        })
    };
    assert_eq!(flip(0), Some(Refusal::AnchorSignature));
    assert_eq!(flip(1), Some(Refusal::RecoverySignature));
    assert_eq!(flip(2), Some(Refusal::DeviceSignature));
    let list = |value: &mut Value| value["signatures"].as_array_mut().unwrap().clone();
    let dropped = change(&|value| {
        let mut parts = list(value);
        parts.pop();
        value["signatures"] = parts.into();
    });
    assert_eq!(
        dropped,
        Some(Refusal::Signers),
        "a device that did not sign"
    );
    let turned = change(&|value| {
        let mut parts = list(value);
        parts.swap(0, 1);
        value["signatures"] = parts.into();
    });
    assert_eq!(turned, Some(Refusal::Signers));
    let extra = change(&|value| value["extra"] = 1.into());
    assert_eq!(extra, Some(Refusal::Malformed));
    // A statement under another payload.
    let swapped = change(&|value| {
        let payload = from_base64url(value["payload"].as_str().unwrap()).unwrap();
        let mut claims: Value = serde_json::from_slice(&payload).unwrap();
        claims["iat"] = (NOW + 1).into();
        value["payload"] = base64url(claims.to_string().as_bytes()).into();
    });
    assert_eq!(swapped, Some(Refusal::AnchorSignature));
    Ok(())
}

#[test]
fn claims_are_read_strictly_and_the_challenge_is_recomputed() -> Outcome {
    use RegistrationRefusal as Refusal;
    let world = World::new();
    let (a, r) = (world.anchor.public(), world.recovery.public());
    let claims = |first: &crate::jose::Ed25519VerifyingKey, nonce: &[u8; 32]| {
        json!({ "aud": BROKER, "nonce": base64url(&NONCE), "iat": NOW, "anchor": first.to_jwk(),
            "recovery": r.to_jwk(), "challenge": base64url(&challenge(nonce, first, &r)) })
    };
    let sign = |claims: &Value, first: &dyn JwsSigner| -> Result<String, Error> {
        let mut statement = Unsigned::new(REGISTRATION_TYPE, claims)?;
        statement.sign("anchor", first)?;
        statement.sign("recovery", &world.recovery)?;
        statement.finish()
    };
    let good = claims(&a, &NONCE);
    assert!(judge(&sign(&good, &world.anchor)?).is_ok(), "the control");
    let other = sign(&claims(&a, &[1; 32]), &world.anchor)?;
    assert_eq!(judge(&other).err(), Some(Refusal::Challenge));
    let one_key = sign(&claims(&r, &NONCE), &world.recovery)?;
    assert_eq!(judge(&one_key).err(), Some(Refusal::SameKey));
    let mut unknown = good.clone();
    unknown["name"] = "Ada".into();
    let unknown = sign(&unknown, &world.anchor)?;
    assert_eq!(judge(&unknown).err(), Some(Refusal::Malformed));
    let mut weak = good;
    weak["anchor"]["x"] = base64url(&[0; 32]).into();
    let weak = sign(&weak, &world.anchor)?;
    assert_eq!(judge(&weak).err(), Some(Refusal::Malformed));
    Ok(())
}

/// A device key that fails in a given way.
struct Failing(SoftwareSigner, Option<SignerError>);

impl HardwareSigner for Failing {
    fn public_key(&self) -> Result<Vec<u8>, SignerError> {
        self.0.public_key()
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        match self.1 {
            // A wrong alias: another key of the same device answers.
            Some(SignerError::WrongKey) => SoftwareSigner::make(&OsEntropy).unwrap().sign(message),
            Some(error) => Err(error),
            None => self.0.sign(message),
        }
    }
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::SecureElement
    }
}

#[test]
fn a_device_that_does_not_sign_says_why() -> Outcome {
    let world = World::new();
    let attempt = |error| {
        let device = Failing(SoftwareSigner::make(&OsEntropy).unwrap(), error);
        let (a, r) = (&world.anchor, &world.recovery);
        register(&NONCE, BROKER, NOW, a, r, Some(&device))
    };
    assert!(judge(&attempt(None)?).is_ok(), "the control");
    for error in [
        SignerError::Cancelled,
        SignerError::Invalidated,
        SignerError::WrongKey,
    ] {
        assert_eq!(attempt(Some(error)), Err(RegistrationError::Signer(error)));
    }
    // The same in two steps, as platforms that answer later need it.
    let device = SoftwareSigner::make(&OsEntropy)?;
    let key = VerifyingKey::from_platform(&device.public_key()?)?;
    let (a, r) = (&world.anchor, &world.recovery);
    let draft = || RegistrationDraft::new(&NONCE, BROKER, NOW, a, r, Some(key.clone()));
    let signature = device.sign(&draft()?.device_input().ok_or("a device")?)?;
    assert!(judge(&draft()?.finish(Some(&signature))?).is_ok());
    let none = draft()?.finish(None).err();
    assert_eq!(
        none,
        Some(RegistrationError::Signer(SignerError::Unavailable))
    );
    Ok(())
}

#[test]
fn the_brokers_statement_is_of_one_anchor() -> Outcome {
    let world = World::new();
    let commitment = world.commitment();
    let text = Registered::sign(&world.broker, "1", BROKER, &commitment, NOW)?;
    let unverified = UnverifiedRegistered::parse(&text)?;
    let registered = unverified
        .verify(&world.keys, &commitment, NOW)
        .into_result()?;
    assert_eq!((registered.since(), registered.issuer()), (NOW, BROKER));
    let other = AnchorCommitment::from_bytes([1; 32]);
    let judge = |keys: &StatementKeys, commitment, now| unverified.verify(keys, commitment, now);
    use StatusReason as Reason;
    let invalid = |reason| Verdict::Invalid(reason);
    assert_eq!(
        judge(&world.keys, &other, NOW),
        invalid(Reason::OtherAnchor)
    );
    let (broker, open) = (&world.broker, Verdict::Indeterminate);
    let ahead = judge(&world.keys, &commitment, NOW - 301);
    assert_eq!(ahead, open(Reason::AheadOfClock));
    let revoked = published(broker, BROKER, KeyState::Revoked);
    assert_eq!(
        judge(&revoked, &commitment, NOW),
        invalid(Reason::KeyNotValid)
    );
    let foreign = published(broker, "https://x.example", KeyState::Active);
    assert_eq!(
        judge(&foreign, &commitment, NOW),
        invalid(Reason::OtherIssuer)
    );
    let stranger = published(
        &Ed25519SigningKey::make(&OsEntropy)?,
        BROKER,
        KeyState::Active,
    );
    assert_eq!(
        judge(&stranger, &commitment, NOW),
        invalid(Reason::Signature)
    );
    let empty = StatementKeys::new(BROKER, 2, vec![])?;
    assert_eq!(judge(&empty, &commitment, NOW), open(Reason::UnknownKey));
    // A status key does not sign registrations, nor a registration pass for a snapshot.
    assert!(UnverifiedSnapshot::parse(&text).is_err());
    Ok(())
}

#[test]
fn an_anchor_is_revoked_by_itself_or_by_its_recovery_key() -> Outcome {
    use RevocationRefusal as Refusal;
    let world = World::new();
    let text = register(&NONCE, BROKER, NOW, &world.anchor, &world.recovery, None)?;
    let registration = judge(&text)?;
    let (commitment, recovery) = (
        registration.commitment(),
        registration.recovery_commitment(),
    );
    let verify = |text: &str, commitment: &AnchorCommitment| {
        let unverified = UnverifiedRevocation::parse(text).unwrap();
        unverified.verify(commitment, &recovery)
    };
    let by_anchor = revoke_by_anchor(&world.anchor, NOW, RevocationReason::Replaced)?;
    let lost = RevocationReason::Lost;
    let by_recovery = revoke_by_recovery(&world.recovery, &commitment, NOW, lost)?;
    assert!(!verify(&by_anchor, &commitment)?.by_recovery);
    let revocation = verify(&by_recovery, &commitment)?;
    assert!(revocation.by_recovery && revocation.reason == lost);
    let mut graveyard = Graveyard::default();
    assert!(graveyard.bury(revocation.commitment) && graveyard.contains(&commitment));

    let other = World::new();
    let foreign = verify(&by_anchor, &other.commitment()).err();
    assert_eq!(foreign, Some(Refusal::OtherAnchor));
    let stranger = revoke_by_recovery(&other.recovery, &commitment, NOW, lost)?;
    assert_eq!(
        verify(&stranger, &commitment).err(),
        Some(Refusal::OtherKey)
    );
    // A's certificate with a changed time.
    let (head, rest) = by_anchor.split_once('.').ok_or("three parts")?;
    let (payload, signature) = rest.split_once('.').ok_or("three parts")?;
    let mut claims: Value = serde_json::from_slice(&from_base64url(payload)?)?;
    claims["iat"] = 1.into();
    let payload = base64url(claims.to_string().as_bytes());
    let changed = verify(&format!("{head}.{payload}.{signature}"), &commitment).err();
    assert_eq!(changed, Some(Refusal::Signature));
    Ok(())
}
