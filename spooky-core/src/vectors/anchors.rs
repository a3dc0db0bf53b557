//! `spec/vectors/anchors`.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{bytes, bytes_32, read, written};
use crate::{
    anchor::*,
    encoding::base64url,
    jose::{Ed25519VerifyingKey, StatementKeys},
    keys::{AnchorKey, Seed, recovery_commitment},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedCase {
    description: String,
    result: String,
    seed: String,
    recovery: String,
    recovery_commitment: String,
    pseudonym_secret: String,
}

#[test]
fn seeds() {
    for case in read::<SeedCase>("anchors/seeds.json", "seeds").cases {
        assert_eq!(case.result, "valid");
        let seed = Seed::from_bytes(&bytes(&case.seed)).unwrap();
        let recovery = seed.recovery_key().unwrap().public();
        let what = &case.description;
        assert_eq!(base64url(&recovery.to_bytes()), case.recovery, "{what}");
        let commitment = base64url(&recovery_commitment(&recovery));
        assert_eq!(commitment, case.recovery_commitment, "{what}");
        let secret = seed.pseudonym_secret().unwrap();
        let secret = base64url(secret.expose_secret());
        assert_eq!(secret, case.pseudonym_secret, "{what}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitmentCase {
    description: String,
    result: String,
    secret: String,
    public: String,
    commitment: String,
}

#[test]
fn commitments() {
    for case in read::<CommitmentCase>("anchors/commitments.json", "commitments").cases {
        assert_eq!(case.result, "valid");
        let anchor = AnchorKey::from_bytes(&bytes(&case.secret))
            .unwrap()
            .public();
        let what = &case.description;
        assert_eq!(base64url(&anchor.to_bytes()), case.public, "{what}");
        let read = Ed25519VerifyingKey::from_bytes(&bytes(&case.public)).unwrap();
        assert_eq!(
            AnchorCommitment::of(&read).to_text(),
            case.commitment,
            "{what}"
        );
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistrationCase {
    description: String,
    registration: String,
    nonce: String,
    audience: String,
    now: u64,
    result: String,
    commitment: Option<String>,
    recovery_commitment: Option<String>,
    device: Option<String>,
}

#[test]
fn registrations() {
    let mut results = BTreeSet::new();
    for case in read::<RegistrationCase>("anchors/registrations.json", "registrations").cases {
        let judged = UnverifiedRegistration::parse(&case.registration)
            .map_err(|_| RegistrationRefusal::Malformed)
            .and_then(|one| one.verify(&bytes_32(&case.nonce), &case.audience, case.now));
        let what = &case.description;
        match judged {
            Err(refusal) => assert_eq!(refusal.code(), case.result, "{what}"),
            Ok(registration) => {
                assert_eq!("valid", case.result, "{what}");
                let commitment = registration.commitment().to_text();
                assert_eq!(Some(commitment), case.commitment, "{what}");
                let recovery = base64url(&registration.recovery_commitment());
                assert_eq!(Some(recovery), case.recovery_commitment, "{what}");
                let device = registration.device().map(|key| key.thumbprint());
                assert_eq!(device, case.device, "{what}");
            }
        }
        results.insert(case.result);
    }
    for refusal in RegistrationRefusal::ALL {
        assert!(results.contains(refusal.code()), "no vector for {refusal}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisteredCase {
    description: String,
    statement: String,
    keys: String,
    commitment: String,
    now: u64,
    result: String,
    verdict: String,
}

fn key_set(
    sets: &std::collections::BTreeMap<String, serde_json::Value>,
    name: &str,
) -> StatementKeys {
    StatementKeys::from_json(sets[name].to_string().as_bytes()).unwrap()
}

#[test]
fn registered() {
    let document = read::<RegisteredCase>("anchors/registered.json", "registered");
    for case in document.cases {
        let what = &case.description;
        let Ok(statement) = UnverifiedRegistered::parse(&case.statement) else {
            assert_eq!("unreadable", case.result, "{what}");
            continue;
        };
        let commitment = AnchorCommitment::from_bytes(bytes_32(&case.commitment));
        let keys = key_set(&document.key_sets, &case.keys);
        let verdict = statement.verify(&keys, &commitment, case.now);
        let (verdict, result) = written(&verdict, |reason| reason.code().to_owned());
        assert_eq!(
            (verdict, result),
            (case.verdict.as_str(), case.result),
            "{what}"
        );
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevocationCase {
    description: String,
    certificate: String,
    commitment: String,
    recovery_commitment: String,
    result: String,
    by_recovery: Option<bool>,
}

#[test]
fn revocations() {
    let mut results = BTreeSet::new();
    for case in read::<RevocationCase>("anchors/revocations.json", "revocations").cases {
        let what = &case.description;
        let Ok(certificate) = UnverifiedRevocation::parse(&case.certificate) else {
            assert_eq!("unreadable", case.result, "{what}");
            continue;
        };
        let commitment = AnchorCommitment::from_bytes(bytes_32(&case.commitment));
        match certificate.verify(&commitment, &bytes_32(&case.recovery_commitment)) {
            Ok(revocation) => {
                assert_eq!("valid", case.result, "{what}");
                assert_eq!(Some(revocation.by_recovery), case.by_recovery, "{what}");
            }
            Err(refusal) => assert_eq!(refusal.code(), case.result, "{what}"),
        }
        results.insert(case.result);
    }
    for refusal in RevocationRefusal::ALL {
        assert!(results.contains(refusal.code()), "no vector for {refusal}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotCase {
    description: String,
    keys: String,
    steps: Vec<Step>,
    result: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    snapshot: Option<String>,
    anchor: Option<String>,
    lease: Option<String>,
    now: u64,
    max_age: Option<u64>,
    digest: Option<String>,
    result: String,
    verdict: String,
}

#[test]
fn snapshots() {
    let document = read::<SnapshotCase>("anchors/snapshots.json", "snapshots");
    for case in document.cases {
        let what = &case.description;
        let keys = key_set(&document.key_sets, &case.keys);
        let mut monitor = StatusMonitor::new(keys.issuer());
        assert_eq!(
            case.steps.last().map(|step| &step.result),
            Some(&case.result)
        );
        for step in &case.steps {
            let age = step.max_age.unwrap_or_default();
            let code = |reason: &StatusReason| reason.code().to_owned();
            let answer = if let Some(text) = &step.snapshot {
                match UnverifiedSnapshot::parse(text).unwrap().verify(&keys) {
                    crate::verdict::Verdict::Valid(snapshot) => {
                        written(&monitor.offer(snapshot, step.now), code)
                    }
                    refused => written(&refused, code),
                }
            } else if let Some(anchor) = &step.anchor {
                let commitment = AnchorCommitment::from_bytes(bytes_32(anchor));
                written(&monitor.anchor(&commitment, step.now, age), code)
            } else {
                let lease = bytes_32(step.lease.as_deref().unwrap());
                written(&monitor.lease(&lease, step.now, age), code)
            };
            assert_eq!(answer, (verdict(step), step.result.clone()), "{what}");
            if let Some(digest) = &step.digest {
                let kept = monitor.mark().map(|mark| base64url(&mark.digest));
                assert_eq!(kept.as_ref(), Some(digest), "{what}");
            }
        }
    }
}

fn verdict(step: &Step) -> &'static str {
    let known = ["valid", "invalid", "indeterminate"];
    known.into_iter().find(|one| *one == step.verdict).unwrap()
}

/// The control: one flipped bit anywhere in a valid statement is refused.
#[test]
fn a_flipped_bit_is_refused() {
    let mut flipped = 0;
    let mut flip = |text: &str, accepted: &dyn Fn(&str) -> bool| {
        assert!(accepted(text));
        for place in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] ^= 1 << (place % 7);
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(!accepted(&changed), "byte {place}");
                flipped += 1;
            }
        }
    };
    let first = read::<RegistrationCase>("anchors/registrations.json", "registrations")
        .cases
        .remove(0);
    flip(&first.registration, &|text| {
        UnverifiedRegistration::parse(text).is_ok_and(|one| {
            one.verify(&bytes_32(&first.nonce), &first.audience, first.now)
                .is_ok()
        })
    });
    let mut document = read::<RegisteredCase>("anchors/registered.json", "registered");
    let first = document.cases.remove(0);
    let keys = key_set(&document.key_sets, &first.keys);
    flip(&first.statement, &|text| {
        let commitment = AnchorCommitment::from_bytes(bytes_32(&first.commitment));
        UnverifiedRegistered::parse(text)
            .is_ok_and(|one| one.verify(&keys, &commitment, first.now).is_valid())
    });
    let first = read::<RevocationCase>("anchors/revocations.json", "revocations")
        .cases
        .remove(0);
    flip(&first.certificate, &|text| {
        let commitment = AnchorCommitment::from_bytes(bytes_32(&first.commitment));
        let recovery = bytes_32(&first.recovery_commitment);
        UnverifiedRevocation::parse(text)
            .is_ok_and(|one| one.verify(&commitment, &recovery).is_ok())
    });
    let mut document = read::<SnapshotCase>("anchors/snapshots.json", "snapshots");
    let first = document.cases.remove(0);
    let keys = key_set(&document.key_sets, &first.keys);
    flip(first.steps[0].snapshot.as_deref().unwrap(), &|text| {
        UnverifiedSnapshot::parse(text).is_ok_and(|one| one.verify(&keys).is_valid())
    });
    println!("{flipped} flipped bits, all refused");
    assert!(flipped > 1000);
}
