//! This engine against `zkryptium`, an independent implementation, on random inputs in both
//! directions: 50 rounds, 500 with CHITTY_SOAK.

#![allow(clippy::unwrap_used)] // A test: every failure of the peer is a failure.

use spooky_core::{
    Error,
    bbs::{
        Credential, Disclosure, NymSecret, Proof, SecretKey, Shown, Signature, Statement, Suite,
        commit, commit_with_nym,
    },
    entropy::{Entropy, OsEntropy},
};
use zkryptium::{
    bbsplus::{
        ciphersuites::{BbsCiphersuite, Bls12381Sha256, Bls12381Shake256},
        keys::{BBSplusPublicKey, BBSplusSecretKey},
        pseudonym::{BBSplusPseudonym, PseudonymSecret},
    },
    schemes::{
        algorithms::BBSplus,
        generics::{BlindSignature, PoKSignature, Signature as PeerSignature},
    },
};

fn random(limit: usize) -> usize {
    let mut bytes = [0; 4];
    OsEntropy.fill(&mut bytes).unwrap();
    usize::try_from(u32::from_le_bytes(bytes)).unwrap() % limit
}

fn random_bytes(limit: usize) -> Vec<u8> {
    let mut bytes = vec![0; random(limit)];
    OsEntropy.fill(&mut bytes).unwrap();
    bytes
}

fn round<C: BbsCiphersuite>(suite: Suite, count: usize) -> Result<(), Error> {
    let messages: Vec<Vec<u8>> = (0..count).map(|_| random_bytes(80)).collect();
    let (header, ph) = (random_bytes(50), random_bytes(50));
    let indexes: Vec<usize> = (0..count).filter(|_| random(2) == 0).collect();
    let texts: Vec<Vec<u8>> = indexes.iter().map(|i| messages[*i].clone()).collect();
    let shown: Vec<Shown<'_>> = indexes
        .iter()
        .map(|i| (*i, messages[*i].as_slice()))
        .collect();
    let key = SecretKey::make(suite, &OsEntropy)?;
    let public = key.public_key();
    let peer_key = BBSplusSecretKey::from_bytes(key.expose_secret().as_slice()).unwrap();
    let peer_public = BBSplusPublicKey::from_bytes(&public.to_bytes()).unwrap();
    assert_eq!(peer_key.public_key().to_bytes(), public.to_bytes());

    // Signatures are deterministic: both must make the same.
    let signature = key.sign(&header, &messages)?;
    let peer =
        PeerSignature::<BBSplus<C>>::sign(Some(&messages), &peer_key, &peer_public, Some(&header))
            .unwrap();
    assert_eq!(peer.to_bytes(), signature.to_bytes());
    public.verify(
        &Signature::from_bytes(&peer.to_bytes())?,
        &header,
        &messages,
    )?;
    peer.verify(&peer_public, Some(&messages), Some(&header))
        .unwrap();

    let credential = Credential::new(public, &signature, &header, &messages)?;
    let disclosure = Disclosure {
        messages: &indexes,
        committed: &[],
    };
    let own = credential.prove(disclosure, &ph, &OsEntropy)?;
    PoKSignature::<BBSplus<C>>::from_bytes(&own.to_bytes())
        .unwrap()
        .proof_verify(
            &peer_public,
            Some(&texts),
            Some(&indexes),
            Some(&header),
            Some(&ph),
        )
        .unwrap();
    let theirs = PoKSignature::<BBSplus<C>>::proof_gen(
        &peer_public,
        &signature.to_bytes(),
        Some(&header),
        Some(&ph),
        Some(&messages),
        Some(&indexes),
    )
    .unwrap();
    let statement = Statement::core(&header, &ph, &shown);
    public.verify_proof(&Proof::from_bytes(&theirs.to_bytes())?, &statement)
}

/// Blind signature and pseudonym: our commitment, their signature (the same as ours), our proof,
/// their verification.
fn blind_round<C: BbsCiphersuite>(suite: Suite, count: usize) -> Result<(), Error> {
    let messages: Vec<Vec<u8>> = (0..count).map(|_| random_bytes(80)).collect();
    let committed: Vec<Vec<u8>> = (0..random(8)).map(|_| random_bytes(80)).collect();
    let (header, ph, context) = (random_bytes(50), random_bytes(50), random_bytes(50));
    let choose =
        |list: &[Vec<u8>]| -> Vec<usize> { (0..list.len()).filter(|_| random(2) == 0).collect() };
    let (shown, shown_committed) = (choose(&messages), choose(&committed));
    let pick = |list: &[Vec<u8>], indexes: &[usize]| -> Vec<Vec<u8>> {
        indexes.iter().map(|i| list[*i].clone()).collect()
    };
    let (texts, committed_texts) = (pick(&messages, &shown), pick(&committed, &shown_committed));
    let disclosure = Disclosure {
        messages: &shown,
        committed: &shown_committed,
    };
    let key = SecretKey::make(suite, &OsEntropy)?;
    let public = key.public_key();
    let peer_key = BBSplusSecretKey::from_bytes(key.expose_secret().as_slice()).unwrap();
    let peer_public = BBSplusPublicKey::from_bytes(&public.to_bytes()).unwrap();

    let (commitment, blind) = commit(suite, &committed, &OsEntropy)?;
    let octets = commitment.to_bytes();
    let peer = BlindSignature::<BBSplus<C>>::blind_sign(
        &peer_key,
        &peer_public,
        Some(&octets),
        Some(&header),
        Some(&messages),
    )
    .unwrap();
    let signature = key.blind_sign(Some(&commitment), &header, &messages)?;
    assert_eq!(peer.to_bytes(), signature.to_bytes());
    let credential =
        Credential::from_blind(public, &signature, &header, &messages, &committed, &blind)?;
    let proof = credential.prove(disclosure, &ph, &OsEntropy)?;
    PoKSignature::<BBSplus<C>>::from_bytes(&proof.to_bytes())
        .unwrap()
        .blind_proof_verify(
            &peer_public,
            Some(&header),
            Some(&ph),
            Some(count),
            Some(&texts),
            Some(&committed_texts),
            Some(&shown),
            Some(&shown_committed),
        )
        .unwrap();

    let prover = NymSecret::make(suite, &OsEntropy)?;
    let signer = NymSecret::make(suite, &OsEntropy)?;
    let (commitment, blind) = commit_with_nym(suite, &committed, &prover, &OsEntropy)?;
    let octets = commitment.to_bytes();
    let peer_signer = PseudonymSecret::from_bytes(&signer.expose_secret()).unwrap();
    let peer = BlindSignature::<BBSplus<C>>::blind_sign_with_nym(
        &peer_key,
        &peer_public,
        Some(&octets),
        1,
        Some(&header),
        &peer_signer,
        Some(&messages),
    )
    .unwrap();
    let signature = key.blind_sign_with_nym(&commitment, &signer, &header, &messages)?;
    assert_eq!(peer.to_bytes(), signature.to_bytes());
    let credential = Credential::with_nym(
        public, &signature, &header, &messages, &committed, &blind, &prover, &signer,
    )?;
    let (proof, nym) = credential.prove_with_pseudonym(disclosure, &context, &ph, &OsEntropy)?;
    let peer_nym = BBSplusPseudonym::from_bytes(&nym.to_bytes()).unwrap();
    PoKSignature::<BBSplus<C>>::from_bytes(&proof.to_bytes())
        .unwrap()
        .proof_verify_with_nym(
            &peer_public,
            Some(&header),
            Some(&ph),
            &peer_nym,
            &context,
            1,
            Some(count),
            Some(&texts),
            Some(&committed_texts),
            Some(&shown),
            Some(&shown_committed),
        )
        .unwrap();
    Ok(())
}

#[test]
fn blind_signatures_and_pseudonyms_agree() -> Result<(), Error> {
    let rounds = if std::env::var_os("CHITTY_SOAK").is_some() {
        100
    } else {
        10
    };
    for i in 0..rounds {
        let count = random(16);
        if i % 2 == 0 {
            blind_round::<Bls12381Sha256>(Suite::Bls12381Sha256, count)?;
        } else {
            blind_round::<Bls12381Shake256>(Suite::Bls12381Shake256, count)?;
        }
    }
    println!("{rounds} rounds of blind signatures and pseudonyms, 0 disagreements");
    Ok(())
}

#[test]
fn both_implementations_accept_each_other() -> Result<(), Error> {
    let rounds = if std::env::var_os("CHITTY_SOAK").is_some() {
        500
    } else {
        50
    };
    for i in 0..rounds {
        let count = 1 + random(64);
        if i % 2 == 0 {
            round::<Bls12381Sha256>(Suite::Bls12381Sha256, count)?;
        } else {
            round::<Bls12381Shake256>(Suite::Bls12381Shake256, count)?;
        }
    }
    println!("{rounds} rounds in both directions, 0 disagreements");
    Ok(())
}
