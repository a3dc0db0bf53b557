//! `cargo xtask constant-time`: every operation on secrets, with the secrets marked undefined.
//!
//! Under valgrind's memcheck each branch and each address that depends on a secret is a report.
//! Ours must have none, the leaky controls at least one each. Outside valgrind the same operations
//! run and their results are checked, but nothing is counted.
//!
//! What becomes public is marked so here, where it leaves its maker: signatures, commitments,
//! proofs, pseudonyms, public keys, and the answers of comparisons.

mod holder;

use zeroize::Zeroizing;

use super::*;
use crate::{
    Error,
    bls::{
        G1Affine, Scalar, Shape, Table, Term, public_sum, secret_sum,
        valgrind::{
            declassify, declassify_slice, is_secret, poison, poison_slice, reports, running,
        },
    },
    entropy::{Entropy, OsEntropy},
    secret::{Secret32, constant_time_eq},
};

/// Random bytes that nobody may look at.
struct Poisoned;

impl Entropy for Poisoned {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        OsEntropy.fill(bytes)?;
        poison_slice(bytes);
        Ok(())
    }
}

#[derive(Default)]
struct Reports {
    rows: Vec<(String, usize)>,
}

impl Reports {
    fn count<T>(&mut self, name: String, work: impl FnOnce() -> T) -> T {
        let before = reports();
        let result = work();
        self.rows.push((name, reports() - before));
        result
    }

    fn print(&self, title: &str) {
        for (name, count) in &self.rows {
            println!("{title} {name:<48} {count:>6} reports");
        }
    }
}

fn messages(names: [&str; 3]) -> Vec<Vec<u8>> {
    names.map(|name| name.as_bytes().to_vec()).to_vec()
}

fn poison_all(messages: &mut [Vec<u8>]) {
    messages.iter_mut().for_each(|text| poison_slice(text));
}

fn declassify_all(messages: &mut [Vec<u8>]) {
    messages.iter_mut().for_each(|text| declassify_slice(text));
}

/// What is about to be sent must come from secrets, or nothing was checked.
fn assert_secret<T: Copy>(value: &T) {
    assert!(!running() || is_secret(value), "the marks were lost");
}

/// What the signer sends to the prover.
fn sent(mut signature: Signature) -> Signature {
    assert_secret(&signature.a);
    declassify(&mut signature.a);
    declassify(&mut signature.e);
    signature
}

/// What the prover sends to the signer.
fn sent_commitment(commitment: &CommitmentWithProof) -> Result<CommitmentWithProof, Error> {
    let mut octets = commitment.to_bytes();
    octets.chunks(16).for_each(|part| assert_secret(&part[15]));
    declassify_slice(&mut octets);
    CommitmentWithProof::from_bytes(&octets)
}

/// What the prover sends to the verifier.
fn sent_proof(proof: &Proof) -> Result<Proof, Error> {
    let mut octets = proof.to_bytes();
    octets.chunks(16).for_each(|part| assert_secret(&part[15]));
    declassify_slice(&mut octets);
    Proof::from_bytes(&octets)
}

fn poison_credential(credential: &mut Credential) {
    poison(&mut credential.a);
    poison(&mut *credential.e);
    poison(&mut credential.b);
    poison_slice(&mut credential.messages);
}

fn core(suite: Suite, ours: &mut Reports) -> Result<(), Error> {
    let named = |name: &str| format!("{suite:?}: {name}");
    let mut key = SecretKey::from_bytes(suite, &[7; 32])?;
    poison(&mut *key.scalar);
    let mut texts = messages(["name", "over 21", "born"]);
    poison_all(&mut texts);
    let signature = ours.count(named("sign"), || key.sign(b"header", &texts))?;
    let signature = sent(signature);
    declassify_all(&mut texts);
    key.public_key().verify(&signature, b"header", &texts)?;

    poison_all(&mut texts);
    let mut credential = ours.count(named("take a credential"), || {
        Credential::new(key.public_key(), &signature, b"header", &texts)
    })?;
    poison_credential(&mut credential);
    let disclosure = Disclosure {
        messages: &[1],
        committed: &[],
    };
    let shown: &[Shown<'_>] = &[(1, b"over 21")];
    let statement = Statement::core(b"header", b"nonce", shown);
    for way in ["prove", "prove, prepared"] {
        let proof = ours.count(named(way), || {
            credential.prove(disclosure, b"nonce", &Poisoned)
        })?;
        key.public_key()
            .verify_proof(&sent_proof(&proof)?, &statement)?;
        ours.count(named("prepare"), || credential.prepare());
    }
    Ok(())
}

fn blind(suite: Suite, ours: &mut Reports) -> Result<(), Error> {
    let named = |name: &str| format!("{suite:?}: {name}");
    let mut key = SecretKey::from_bytes(suite, &[7; 32])?;
    poison(&mut *key.scalar);
    let (mut texts, mut hidden) = (messages(["a", "b", "c"]), messages(["d", "e", "f"]));
    poison_all(&mut texts);
    poison_all(&mut hidden);
    let (commitment, blind) = ours.count(named("commit"), || commit(suite, &hidden, &Poisoned))?;
    let commitment = sent_commitment(&commitment)?;
    let signature = ours.count(named("blind sign"), || {
        key.blind_sign(Some(&commitment), b"header", &texts)
    })?;
    let signature = sent(signature);
    let mut credential = ours.count(named("take a blind credential"), || {
        Credential::from_blind(
            key.public_key(),
            &signature,
            b"header",
            &texts,
            &hidden,
            &blind,
        )
    })?;
    poison_credential(&mut credential);
    let disclosure = Disclosure {
        messages: &[0],
        committed: &[2],
    };
    let proof = ours.count(named("prove over a blind signature"), || {
        credential.prove(disclosure, b"nonce", &Poisoned)
    })?;
    let statement = Statement::core(b"header", b"nonce", &[(0, b"a")]).blind(3, &[(2, b"f")]);
    key.public_key()
        .verify_proof(&sent_proof(&proof)?, &statement)
}

fn pseudonym(suite: Suite, ours: &mut Reports) -> Result<(), Error> {
    let named = |name: &str| format!("{suite:?}: {name}");
    let mut key = SecretKey::from_bytes(suite, &[7; 32])?;
    poison(&mut *key.scalar);
    let (mut texts, mut hidden) = (messages(["a", "b", "c"]), messages(["d", "e", "f"]));
    poison_all(&mut texts);
    poison_all(&mut hidden);
    let prover = ours.count(named("make a pseudonym secret"), || {
        NymSecret::make(suite, &Poisoned)
    })?;
    let signer = NymSecret::make(suite, &Poisoned)?;
    let (commitment, blind) = ours.count(named("commit with a pseudonym secret"), || {
        commit_with_nym(suite, &hidden, &prover, &Poisoned)
    })?;
    let commitment = sent_commitment(&commitment)?;
    let signature = ours.count(named("blind sign with a pseudonym secret"), || {
        key.blind_sign_with_nym(&commitment, &signer, b"header", &texts)
    })?;
    let signature = sent(signature);
    let mut credential = ours.count(named("take a credential with one"), || {
        Credential::with_nym(
            key.public_key(),
            &signature,
            b"header",
            &texts,
            &hidden,
            &blind,
            &prover,
            &signer,
        )
    })?;
    poison_credential(&mut credential);
    let (proof, pseudonym) = ours.count(named("prove with a pseudonym"), || {
        credential.prove_with_pseudonym(Disclosure::default(), b"context", b"nonce", &Poisoned)
    })?;
    let mut octets = pseudonym.to_bytes();
    assert_secret(&octets);
    declassify_slice(&mut octets);
    let pseudonym = Pseudonym::from_bytes(&octets)?;
    let statement =
        Statement::core(b"header", b"nonce", &[]).pseudonym(3, &[], b"context", &pseudonym);
    key.public_key()
        .verify_proof(&sent_proof(&proof)?, &statement)
}

fn secrets(ours: &mut Reports) -> Result<(), Error> {
    let secret = Secret32::make(&Poisoned)?;
    let derived = ours.count("derive a secret".into(), || secret.derive("label", b"text"));
    let mut other = *derived.expose_secret();
    let mut equal = ours.count("compare a secret".into(), || derived.matches(&other));
    declassify(&mut equal);
    assert!(equal);
    other[31] ^= 1;
    let mut equal = ours.count("compare secret bytes".into(), || {
        constant_time_eq(derived.expose_secret(), &other)
    });
    declassify(&mut equal);
    assert!(!equal);
    Ok(())
}

fn tables() -> Result<[Table; 6], Error> {
    let base = Suite::Bls12381Sha256
        .expander()
        .hash_to_g1(b"constant time", b"constant time")?;
    Ok(Shape::ALL.map(|shape| Table::new(&base, shape)))
}

fn secret_scalar() -> Result<Zeroizing<Scalar>, Error> {
    let scalars = random::hedged_scalars(Suite::Bls12381Sha256, &Poisoned, &[], &[], 1)?;
    Ok(Zeroizing::new(scalars[0]))
}

type Multiply = fn(&[Term<'_>]) -> crate::bls::G1;

fn multiply(table: &Table, multiply: Multiply) -> Result<G1Affine, Error> {
    let terms = [(table, *secret_scalar()?)];
    let mut point = multiply(&terms).to_affine();
    declassify(&mut point);
    Ok(point)
}

#[test]
fn secrets_decide_nothing() -> Result<(), Error> {
    let asked = std::env::var_os("CHITTY_CONSTANT_TIME").is_some();
    assert!(running() || !asked, "this does not run under valgrind");
    let mut ours = Reports::default();
    let tables = tables()?;
    for table in &tables {
        ours.count("multiply".into(), || {
            multiply(table, |terms| secret_sum(terms, &[]))
        })?;
        ours.count("multiply, chosen base".into(), || {
            multiply(table, |terms| secret_sum(&[], terms))
        })?;
    }
    secrets(&mut ours)?;
    let seeded = holder::keys(&mut ours)?;
    for suite in Suite::ALL {
        core(suite, &mut ours)?;
        blind(suite, &mut ours)?;
        pseudonym(suite, &mut ours)?;
        holder::commitment(suite, &seeded, &mut ours)?;
    }

    let mut controls = Reports::default();
    controls.count("look up at a secret index".into(), || {
        multiply(&tables[0], |terms| public_sum(terms, &[]))
    })?;
    let secret = Secret32::make(&Poisoned)?;
    let guess = vec![0u8; 32];
    let mut equal = controls.count("compare with an early exit".into(), || {
        secret
            .expose_secret()
            .iter()
            .zip(&guess)
            .all(|(left, right)| left == right)
    });
    declassify(&mut equal);
    assert!(!equal);

    if running() {
        ours.print("ours:   ");
        controls.print("control:");
        let total: usize = ours.rows.iter().map(|row| row.1).sum();
        println!("{} operations, {total} reports", ours.rows.len());
        assert_eq!(total, 0, "something depends on a secret");
        assert!(
            controls.rows.iter().all(|row| row.1 > 0),
            "a leak was not seen"
        );
    }
    Ok(())
}
