//! Sign, verify, prove and verify a proof, exported from a C library, so that
//! `cargo xtask engine-size` can say what the engine weighs. The interface for C programs is `ffi`.
//!
//! Nothing here is dereferenced: arguments and answers are references and boxes. `unsafe` stands
//! only where a function gets an unmangled name, each of which is unique.

#![allow(unsafe_code)]

use spooky_core::{
    bbs::{Credential, Disclosure, Proof, PublicKey, SecretKey, Signature, Statement, Suite},
    entropy::OsEntropy,
};

/// Octets of any kind.
pub type Octets = Vec<u8>;

fn suite(shake: bool) -> Suite {
    if shake {
        Suite::Bls12381Shake256
    } else {
        Suite::Bls12381Sha256
    }
}

/// A signature of `key` over `messages`.
#[unsafe(no_mangle)]
pub extern "C" fn spooky_size_sign(
    shake: bool,
    key: &Octets,
    header: &Octets,
    messages: &Vec<Octets>,
) -> Option<Box<Octets>> {
    let key = SecretKey::from_bytes(suite(shake), key).ok()?;
    let signature = key.sign(header, messages).ok()?;
    Some(Box::new(signature.to_bytes().to_vec()))
}

/// Whether `signature` is one of `key` over `messages`.
#[unsafe(no_mangle)]
pub extern "C" fn spooky_size_verify(
    shake: bool,
    key: &Octets,
    signature: &Octets,
    header: &Octets,
    messages: &Vec<Octets>,
) -> bool {
    let verify = || {
        let signature = Signature::from_bytes(signature)?;
        PublicKey::from_bytes(suite(shake), key)?.verify(&signature, header, messages)
    };
    verify().is_ok()
}

/// A proof that shows the messages at `disclosed`.
#[unsafe(no_mangle)]
pub extern "C" fn spooky_size_prove(
    shake: bool,
    key: &Octets,
    signature: &Octets,
    header: &Octets,
    messages: &Vec<Octets>,
    disclosed: &Vec<usize>,
    presentation_header: &Octets,
) -> Option<Box<Octets>> {
    let key = PublicKey::from_bytes(suite(shake), key).ok()?;
    let signature = Signature::from_bytes(signature).ok()?;
    let disclosure = Disclosure {
        messages: disclosed,
        committed: &[],
    };
    let proof = Credential::new(&key, &signature, header, messages)
        .and_then(|credential| credential.prove(disclosure, presentation_header, &OsEntropy));
    Some(Box::new(proof.ok()?.to_bytes()))
}

/// Whether `proof` shows `messages` at `indexes`.
#[unsafe(no_mangle)]
pub extern "C" fn spooky_size_verify_proof(
    shake: bool,
    key: &Octets,
    proof: &Octets,
    header: &Octets,
    presentation_header: &Octets,
    indexes: &Vec<usize>,
    messages: &Vec<Octets>,
) -> bool {
    let shown = indexes
        .iter()
        .copied()
        .zip(messages.iter().map(Vec::as_slice));
    let shown: Vec<(usize, &[u8])> = shown.collect();
    let verify = || {
        let statement = Statement::core(header, presentation_header, &shown);
        let proof = Proof::from_bytes(proof)?;
        PublicKey::from_bytes(suite(shake), key)?.verify_proof(&proof, &statement)
    };
    verify().is_ok()
}
