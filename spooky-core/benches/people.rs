//! `cargo bench -p spooky-core --bench people`: credentials end to end and snapshots. Every figure is
//! the best of its rounds, the one that other programs disturbed least.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub
)]

use std::time::Instant;

use spooky_core::{
    anchor::*,
    bbs::{SecretKey, Suite},
    credential::*,
    encoding::sha256,
    entropy::OsEntropy,
    jose::{Ed25519SigningKey, KeyState, PublishedKey, StatementKey, StatementKeys},
    keys::{AnchorKey, Seed, SeedSize},
    pseudonym::{AuthenticatedRp, Host},
};

const NOW: u64 = 1_795_000_000;

/// Best time of `work` in microseconds.
fn best<T>(rounds: usize, mut work: impl FnMut() -> T) -> f64 {
    let time = |_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed().as_secs_f64() * 1e6
    };
    (0..rounds).map(time).fold(f64::INFINITY, f64::min)
}

fn row(name: &str, microseconds: f64) {
    println!("{name:<52} {microseconds:>12.0} µs");
}

fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

/// Ten attributes, two of them shown.
fn credentials() {
    let attribute = |number| AttributeSchema {
        name: name(&format!("attribute_{number}")),
        kind: AttributeType::Text,
        derived: None,
    };
    let schema = Schema::new("bench", 7, false, (0..10).map(attribute).collect()).unwrap();
    let id = IssuerId::parse("https://issuer.example").unwrap();
    let key = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy).unwrap();
    let period = IssuerKey {
        key: key.public_key().clone(),
        from: Day::parse("2026-01-01").unwrap(),
        until: Day::parse("2026-12-31").unwrap(),
        state: IssuerKeyState::Active,
    };
    let keys = IssuerKeys::new(id.clone(), 1, vec![period]).unwrap();
    let seed = Seed::make(SeedSize::Bits128, &OsEntropy).unwrap();
    let secret = seed.pseudonym_secret().unwrap();
    let secrets = HolderSecrets::derive(&secret, Suite::Bls12381Sha256, &id).unwrap();
    let anchor = AnchorKey::make(&OsEntropy).unwrap();
    let nonce = Nonce::make(&OsEntropy).unwrap();
    let ask = || request_credential(&secrets, &anchor, &schema, &nonce, NOW, &OsEntropy).unwrap();
    row("ask for a credential", best(20, ask));
    let text = ask();
    let unverified = UnverifiedCredentialRequest::parse(&text).unwrap();
    let check = || unverified.verify(&id, &schema, &nonce, NOW).unwrap();
    row("check a request", best(20, check));
    let request = check();
    let values = (0..10).map(|number| {
        let value = Value::Text(format!("value {number}"));
        (name(&format!("attribute_{number}")), value)
    });
    let values: Attributes = values.collect();
    let issuer = Issuer {
        id: &id,
        key: &key,
        schema: &schema,
    };
    let today = Day::of_unix_time(NOW).unwrap();
    let active = AnchorState::Active;
    let first = || issuer.first(&request, active, values.clone(), today, &OsEntropy);
    let (issued, lineage) = first().unwrap();
    let renew = || issuer.renew(&request, active, &lineage, values.clone(), today);
    row("renew", best(20, renew));
    let take = || HeldCredential::take(&issued, &schema, &keys, &secrets, NOW).unwrap();
    row("take a credential", best(20, take));
    let mut held = take();
    held.prepare();
    let requirement = |text: &str| Requirement {
        name: name(text),
        equals: None,
    };
    for tag in [true, false] {
        let terms = PolicyTerms {
            issuers: vec![id.clone()],
            attributes: vec![requirement("attribute_1"), requirement("attribute_7")],
            tag,
            max_days: 7,
        };
        let policy = Policy::build(&schema, terms).unwrap();
        let consent = Consent {
            attributes: [name("attribute_1"), name("attribute_7")].into(),
            tag,
        };
        let rp = AuthenticatedRp::posting_to("https://shop.example").unwrap();
        let request = PresentationRequest { nonce, policy };
        let present = || {
            held.present(&rp, &request, &consent, NOW, &OsEntropy)
                .unwrap()
        };
        let kind = if tag { "with tag" } else { "without tag" };
        row(&format!("present, {kind}"), best(50, present));
        let bytes = present().to_cbor();
        println!(
            "{:<52} {:>12} bytes",
            format!("presentation, {kind}"),
            bytes.len()
        );
        let host = Host::parse("shop.example").unwrap();
        let issuers = [TrustedIssuer {
            keys: keys.clone(),
            fetched_at: NOW,
        }];
        let verifier = Verifier::new(&host, &request.policy, &schema, &issuers, 60).unwrap();
        let verify = || {
            let presentation = Presentation::from_cbor(&bytes).unwrap();
            let nonce = BurnedNonce::after_burning(nonce);
            assert!(verifier.verify(&presentation, nonce, NOW).is_valid());
        };
        row(&format!("decode and verify, {kind}"), best(50, verify));
        let all: Vec<Vec<u8>> = (0..1000).map(|_| present().to_cbor()).collect();
        for threads in [1, 2] {
            let batch = || {
                let read = |bytes: &Vec<u8>| Presentation::from_cbor(bytes).unwrap();
                let all: Vec<Presentation> = all.iter().map(read).collect();
                let burnt = |one| (one, BurnedNonce::after_burning(nonce));
                let items = all.iter().map(burnt).collect();
                let verdicts = verifier.verify_all(items, NOW, threads, &OsEntropy);
                assert!(verdicts.iter().all(|verdict| verdict.is_valid()));
            };
            let each = best(3, batch) / 1000.0;
            let what = format!("the same, each of a batch of 1 000, {threads} threads");
            row(&what, each);
        }
    }
}

/// A million anchors with 1 % revoked, and a million revoked.
fn snapshots() {
    let broker = Ed25519SigningKey::make(&OsEntropy).unwrap();
    let published = PublishedKey {
        kid: "1".into(),
        usage: STATUS_USE.into(),
        key: StatementKey::EdDsa(broker.verifying_key()),
        nbf: 0,
        exp: NOW + 1,
        state: KeyState::Active,
    };
    let keys = StatementKeys::new("https://broker.example", 1, vec![published]).unwrap();
    let head = SnapshotHead {
        issuer: "https://broker.example".into(),
        seq: 1,
        as_of: NOW,
        prev: None,
        reset: None,
    };
    let value = |number: u64| AnchorCommitment::from_bytes(sha256(&number.to_be_bytes()));
    for count in [10_000, 1_000_000] {
        let sign = || sign_snapshot(&broker, "1", &head, (0..count).map(value), []).unwrap();
        row(&format!("sign a snapshot of {count}"), best(3, sign));
        let text = sign();
        println!("{:<52} {:>12} bytes", "its size", text.len());
        let load = || {
            let unverified = UnverifiedSnapshot::parse(&text).unwrap();
            unverified.verify(&keys).into_result().unwrap()
        };
        row("load it", best(3, load));
        let snapshot = load();
        let search = || {
            (0..1000)
                .filter(|n| snapshot.revokes_anchor(&value(n * 7)))
                .count()
        };
        row("1 000 look-ups", best(10, search));
    }
}

fn main() {
    credentials();
    snapshots();
}
