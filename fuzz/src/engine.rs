//! The engine: what is accepted is written back as it came, and nothing panics.

use spooky_core::{
    bbs::{
        CommitmentWithProof, NymSecret, Proof, ProverBlind, Pseudonym, PublicKey, SecretKey, Shown,
        Signature, Statement, Suite,
    },
    jose::UnverifiedJws,
};

use crate::Input;

const SUITE: Suite = Suite::Bls12381Sha256;

/// The key of every seed.
pub fn key() -> SecretKey {
    SecretKey::from_bytes(SUITE, &[7; 32]).expect("a scalar below the group order")
}

/// Scalars: secret keys, blinds, pseudonym secrets.
pub fn scalar(data: &[u8]) {
    if let Ok(key) = SecretKey::from_bytes(SUITE, data) {
        assert_eq!(key.expose_secret().as_slice(), data);
    }
    if let Ok(blind) = ProverBlind::from_bytes(data) {
        assert_eq!(blind.expose_secret().as_slice(), data);
    }
    if let Ok(secret) = NymSecret::from_bytes(data) {
        assert_eq!(secret.expose_secret().as_slice(), data);
    }
}

/// Points of G2.
pub fn public_key(data: &[u8]) {
    if let Ok(key) = PublicKey::from_bytes(SUITE, data) {
        assert_eq!(key.to_bytes().as_slice(), data);
    }
}

/// Points of G1.
pub fn pseudonym(data: &[u8]) {
    if let Ok(pseudonym) = Pseudonym::from_bytes(data) {
        assert_eq!(pseudonym.to_bytes().as_slice(), data);
    }
}

/// Signatures, and their verification.
pub fn signature(data: &[u8]) {
    if let Ok(signature) = Signature::from_bytes(data) {
        assert_eq!(signature.to_bytes().as_slice(), data);
        let _ = key()
            .public_key()
            .verify(&signature, b"header", &["name", "over 21"]);
    }
}

/// Proofs.
pub fn proof(data: &[u8]) {
    if let Ok(proof) = Proof::from_bytes(data) {
        assert_eq!(proof.to_bytes().as_slice(), data);
    }
}

/// Commitments, and the signer who checks them.
pub fn commitment(data: &[u8]) {
    if let Ok(commitment) = CommitmentWithProof::from_bytes(data) {
        assert_eq!(commitment.to_bytes().as_slice(), data);
        let _ = key().blind_sign(Some(&commitment), b"header", &["name"]);
        if let Ok(entropy) = NymSecret::from_bytes(&[9; 32]) {
            let _ = key().blind_sign_with_nym(&commitment, &entropy, b"header", &["name"]);
        }
    }
}

/// Verification of a proof against any statement: form, numbers, indexes, texts.
pub fn verify(data: &[u8]) {
    let mut input = Input::new(data);
    let (form, signer) = (input.byte(), usize::from(input.byte()));
    let count = usize::from(input.byte()) % 16;
    let shown: Vec<(usize, &[u8])> = (0..count)
        .map(|_| (usize::from(input.byte()), input.bytes()))
        .collect();
    let (first, second) = shown.split_at(usize::from(input.byte()).min(shown.len()));
    let (header, ph) = (input.bytes(), input.bytes());
    let nym = Pseudonym::from_bytes(&input.take(Pseudonym::BYTES));
    let Ok(proof) = Proof::from_bytes(input.rest()) else {
        return;
    };
    let statement = |messages| Statement::core(header, ph, messages);
    let (first, second): (&[Shown<'_>], &[Shown<'_>]) = (first, second);
    let statement = match (form % 3, &nym) {
        (1, _) => statement(first).blind(signer, second),
        (2, Ok(nym)) => statement(first).pseudonym(signer, second, b"context", nym),
        _ => statement(&shown),
    };
    let _ = key().public_key().verify_proof(&proof, &statement);
}

/// Compact JWS.
pub fn jws(data: &[u8]) {
    if let Ok(text) = core::str::from_utf8(data) {
        let _ = UnverifiedJws::parse(text, "chitty-receipt+jwt");
    }
}
