//! What only the inside can test: randomness, crafted batches, many messages.

use super::batch::{BatchError, BatchItem, verify_batch};
use super::*;
use crate::{
    Error,
    bls::Scalar,
    entropy::{Entropy, OsEntropy},
};

/// A generator that always says the same, as after a fork or a restored snapshot.
struct Stuck;

impl Entropy for Stuck {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(7);
        Ok(())
    }
}

struct Broken;

impl Entropy for Broken {
    fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
        Err(Error::Entropy)
    }
}

const MESSAGES: [&str; 3] = ["Ada Lovelace", "over 21", "1815-12-10"];

fn credential(suite: Suite) -> Result<(SecretKey, Signature, Credential), Error> {
    let key = SecretKey::make(suite, &OsEntropy)?;
    let signature = key.sign(b"header", &MESSAGES)?;
    let credential = Credential::new(key.public_key(), &signature, b"header", &MESSAGES)?;
    Ok((key, signature, credential))
}

/// What an attacker computes from two proofs that used one blinding factor twice.
fn extract(one: &Proof, two: &Proof) -> Scalar {
    let responses = one.messages[0].sub(&two.messages[0]);
    responses.mul(&one.challenge.sub(&two.challenge).invert())
}

#[test]
fn repeated_entropy_does_not_give_a_message_away() -> Result<(), Error> {
    for suite in Suite::ALL {
        let (_, _, credential) = credential(suite)?;
        let secret = suite.map_messages(suite::Interface::Core, &MESSAGES)?[0];
        let prove = |ph: &[u8]| credential.prove(Disclosure::default(), ph, &Stuck);
        let (one, two) = (prove(b"nonce 1")?, prove(b"nonce 2")?);
        assert!(extract(&one, &two) != secret);
        // The control: without hedging the script recovers the message.
        let random: Vec<Scalar> = (1..=8).map(Scalar::from_u64).collect();
        let prove = |ph: &[u8]| credential.prove_with(Disclosure::default(), ph, None, &random);
        let (one, two) = (prove(b"nonce 1")?.0, prove(b"nonce 2")?.0);
        assert!(extract(&one, &two) == secret);
    }
    Ok(())
}

#[test]
fn everything_that_is_hedged_changes_the_random_scalars() -> Result<(), Error> {
    let suite = Suite::Bls12381Sha256;
    let (key, _, credential) = credential(suite)?;
    let point = |credential: &Credential, disclosure, ph: &[u8]| {
        credential
            .prove(disclosure, ph, &Stuck)
            .map(|proof| proof.d.to_bytes())
    };
    let none = Disclosure::default();
    let first = Disclosure {
        messages: &[0],
        committed: &[],
    };
    let reference = point(&credential, none, b"ph")?;
    assert_eq!(
        reference,
        point(&credential, none, b"ph")?,
        "the rest is deterministic"
    );
    assert_ne!(
        reference,
        point(&credential, none, b"other")?,
        "presentation header"
    );
    assert_ne!(
        reference,
        point(&credential, first, b"ph")?,
        "disclosed indexes"
    );
    for (header, messages) in [(b"headex", MESSAGES), (b"header", ["Ada", "over 21", "x"])] {
        let signature = key.sign(header, &messages)?;
        let other = Credential::new(key.public_key(), &signature, header, &messages)?;
        assert_ne!(reference, point(&other, none, b"ph")?);
    }
    let fresh = credential.prove(none, b"ph", &OsEntropy)?.d.to_bytes();
    assert_ne!(reference, fresh, "fresh bytes");
    Ok(())
}

#[test]
fn a_failing_source_makes_no_proof() -> Result<(), Error> {
    let (_, _, credential) = credential(Suite::Bls12381Sha256)?;
    let failed = credential.prove(Disclosure::default(), b"", &Broken);
    assert_eq!(failed.err(), Some(Error::Entropy));
    let none: [&str; 0] = [];
    assert_eq!(
        commit(Suite::Bls12381Sha256, &none, &Broken).err(),
        Some(Error::Entropy)
    );
    Ok(())
}

#[test]
fn a_batch_says_which_proofs_are_bad() -> Result<(), Error> {
    for suite in Suite::ALL {
        let (key, _, credential) = credential(suite)?;
        let (other_key, _, other) = self::credential(suite)?;
        let none = Disclosure::default();
        let mut proofs = Vec::new();
        for i in 0..7u8 {
            let from = if i % 2 == 0 { &credential } else { &other };
            proofs.push(from.prove(none, &[i], &OsEntropy)?);
        }
        let nonces: Vec<[u8; 1]> = (0..7).map(|i| [i]).collect();
        let mut items: Vec<_> = (0..7)
            .map(|i| BatchItem {
                key: if i % 2 == 0 {
                    key.public_key()
                } else {
                    other_key.public_key()
                },
                proof: &proofs[i],
                statement: Statement::core(b"header", &nonces[i], &[]),
            })
            .collect();
        for threads in [0, 1, 2, 100] {
            assert_eq!(verify_batch(&items, threads, &OsEntropy), Ok(()));
        }
        assert_eq!(verify_batch(&[], 1, &OsEntropy), Ok(()));
        items[1].proof = &proofs[3];
        items[4].key = other_key.public_key();
        items[6].statement = Statement::core(b"other", &nonces[6], &[]);
        let bad = BatchError::Bad(vec![1, 4, 6]);
        assert_eq!(verify_batch(&items, 2, &OsEntropy), Err(bad));
    }
    Ok(())
}

#[test]
fn proofs_whose_errors_cancel_are_refused() -> Result<(), Error> {
    let suite = Suite::Bls12381Sha256;
    let (key, signature, credential) = credential(suite)?;
    let public = key.public_key();
    // Two forged signatures A + X and A − X, proven with the same blinding factors: challenges are
    // right, pairings wrong, and the product of both pairing equations holds.
    let x = crate::bls::G1Affine::generator();
    let random: Vec<Scalar> = (1..=8).map(Scalar::from_u64).collect();
    let forge = |x: crate::bls::G1| -> Result<Proof, Error> {
        let a = signature.a.to_g1().add(&x).to_affine();
        let forged = Signature { a, e: signature.e };
        let forged = Credential::new(public, &forged, b"header", &MESSAGES)?;
        Ok(forged
            .prove_with(Disclosure::default(), b"", None, &random)?
            .0)
    };
    let minus = x.to_g1().public_mul_bits(&Scalar::one().neg(), 255);
    let forged = [forge(x.to_g1())?, forge(minus)?];
    let honest = credential.prove(Disclosure::default(), b"", &OsEntropy)?;
    let items = [&forged[0], &forged[1], &honest].map(|proof| BatchItem {
        key: public,
        proof,
        statement: Statement::core(b"header", b"", &[]),
    });
    for item in &items {
        verify::check_challenge(item.key, item.proof, &item.statement)?;
    }
    // The control: constant coefficients let the pair through.
    assert!(batch::combined(&items, &[0, 1, 2], &[[1; 16]; 3]));
    let bad = BatchError::Bad(vec![0, 1]);
    assert_eq!(verify_batch(&items, 1, &OsEntropy), Err(bad));
    Ok(())
}

#[test]
fn ten_thousand_messages_are_signed_shown_and_verified() -> Result<(), Error> {
    let key = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy)?;
    let messages: Vec<String> = (0..10_000).map(|i| i.to_string()).collect();
    let signature = key.sign(b"", &messages)?;
    let indexes: Vec<usize> = (0..messages.len()).filter(|i| i % 10 != 0).collect();
    let disclosure = Disclosure {
        messages: &indexes,
        committed: &[],
    };
    let credential = Credential::new(key.public_key(), &signature, b"", &messages)?;
    let proof = credential.prove(disclosure, b"", &OsEntropy)?;
    let mut shown: Vec<Shown<'_>> = indexes
        .iter()
        .map(|i| (*i, messages[*i].as_bytes()))
        .collect();
    let verify = |shown: &[Shown<'_>]| {
        key.public_key()
            .verify_proof(&proof, &Statement::core(b"", b"", shown))
    };
    verify(&shown)?;
    shown[8_999].1 = b"another";
    assert!(verify(&shown).is_err());
    Ok(())
}

#[test]
fn a_count_beyond_the_limit_is_refused() {
    let result = generators::generators(
        Suite::Bls12381Sha256,
        generators::Kind::Signer(suite::Interface::Core),
        usize::MAX,
    );
    assert_eq!(result.err(), Some(Error::Unsupported("number of messages")));
}

proptest::proptest! {
    #[test]
    fn decoders_take_any_bytes(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
        for suite in Suite::ALL {
            let _ = PublicKey::from_bytes(suite, &bytes);
            let _ = SecretKey::from_bytes(suite, &bytes);
        }
        let _ = Signature::from_bytes(&bytes);
        let _ = Pseudonym::from_bytes(&bytes);
        let _ = NymSecret::from_bytes(&bytes);
        let _ = ProverBlind::from_bytes(&bytes);
        if let Ok(proof) = Proof::from_bytes(&bytes) {
            proptest::prop_assert_eq!(proof.to_bytes(), bytes.clone());
        }
        if let Ok(commitment) = CommitmentWithProof::from_bytes(&bytes) {
            proptest::prop_assert_eq!(commitment.to_bytes(), bytes);
        }
    }
}

#[test]
fn a_pseudonym_depends_on_its_context_and_not_on_the_last_one() -> Result<(), Error> {
    let suite = Suite::Bls12381Sha256;
    let key = SecretKey::make(suite, &OsEntropy)?;
    let (prover, signer) = (
        NymSecret::make(suite, &OsEntropy)?,
        NymSecret::make(suite, &OsEntropy)?,
    );
    let none: [&[u8]; 0] = [];
    let (commitment, blind) = commit_with_nym(suite, &none, &prover, &OsEntropy)?;
    let signature = key.blind_sign_with_nym(&commitment, &signer, b"", &MESSAGES)?;
    let make = || {
        Credential::with_nym(
            key.public_key(),
            &signature,
            b"",
            &MESSAGES,
            &none,
            &blind,
            &prover,
            &signer,
        )
    };
    let show = |credential: &Credential, context: &[u8]| {
        credential
            .prove_with_pseudonym(Disclosure::default(), context, b"nonce", &OsEntropy)
            .map(|(_, pseudonym)| pseudonym.to_bytes())
    };
    let credential = make()?;
    let first = show(&credential, b"one")?;
    let other = show(&credential, b"two")?;
    assert_ne!(first, other);
    assert_eq!(other, show(&credential, b"two")?);
    assert_eq!(first, show(&credential, b"one")?);
    assert_eq!(other, show(&make()?, b"two")?);
    Ok(())
}
