//! What is signed verifies, what is changed does not, and no decoder panics.

use super::*;
use crate::{bbs::Shown, entropy::OsEntropy};

const MESSAGES: [&str; 4] = ["Ada Lovelace", "over 21", "1815-12-10", "London"];

fn setting() -> Result<(Parameters, SecretKey, Signature), Error> {
    let parameters = Parameters::new(MESSAGES.len())?;
    let key = SecretKey::make(&OsEntropy)?;
    let signature = key.sign(&parameters, &MESSAGES, &OsEntropy)?;
    Ok((parameters, key, signature))
}

#[test]
fn signatures_hold_for_their_messages_and_key_alone() -> Result<(), Error> {
    let (parameters, key, signature) = setting()?;
    let public = PublicKey::from_bytes(&key.public_key().to_bytes())?;
    assert_eq!(&public, key.public_key());
    let again = Signature::from_bytes(&signature.to_bytes()?)?;
    assert_eq!(signature.to_bytes()?.len(), Signature::BYTES);
    public.verify(&parameters, &again, &MESSAGES)?;
    let mut other = MESSAGES;
    other[1] = "over 22";
    assert!(public.verify(&parameters, &signature, &other).is_err());
    assert!(
        public
            .verify(&parameters, &signature, &MESSAGES[..3])
            .is_err()
    );
    let stranger = SecretKey::make(&OsEntropy)?;
    assert!(
        stranger
            .public_key()
            .verify(&parameters, &signature, &MESSAGES)
            .is_err()
    );
    let same = SecretKey::from_bytes(&key.expose_secret()?)?;
    assert_eq!(same.public_key(), key.public_key());
    assert!(
        key.sign(&parameters, &MESSAGES[..3], &OsEntropy).is_err(),
        "another number of messages"
    );
    Ok(())
}

#[test]
fn proofs_hold_for_what_they_show_alone() -> Result<(), Error> {
    let (parameters, key, signature) = setting()?;
    let credential = Credential::new(key.public_key(), &signature, &MESSAGES)?;
    let public = key.public_key();
    for disclosed in [&[][..], &[1], &[0, 3], &[0, 1, 2, 3]] {
        let proof = credential.prove(&parameters, disclosed, b"nonce", &OsEntropy)?;
        let proof = Proof::from_bytes(&proof.to_bytes()?)?;
        let shown: Vec<Shown<'_>> = disclosed
            .iter()
            .map(|index| (*index, MESSAGES[*index].as_bytes()))
            .collect();
        public.verify_proof(&parameters, &proof, &shown, b"nonce")?;
        let refused = |shown: &[Shown<'_>], nonce: &[u8]| {
            public
                .verify_proof(&parameters, &proof, shown, nonce)
                .is_err()
        };
        assert!(refused(&shown, b"another"));
        if let Some((_, rest)) = shown.split_first() {
            assert!(refused(rest, b"nonce"));
            let mut changed = shown.clone();
            changed[0].1 = b"changed";
            assert!(refused(&changed, b"nonce"));
        }
    }
    for wrong in [&[1, 0][..], &[1, 1], &[4]] {
        assert!(
            credential
                .prove(&parameters, wrong, b"", &OsEntropy)
                .is_err()
        );
    }
    Ok(())
}

#[test]
fn every_changed_octet_is_refused() -> Result<(), Error> {
    let (parameters, key, signature) = setting()?;
    let public = key.public_key();
    let credential = Credential::new(public, &signature, &MESSAGES)?;
    let octets = credential
        .prove(&parameters, &[1], b"nonce", &OsEntropy)?
        .to_bytes()?;
    let shown: &[Shown<'_>] = &[(1, b"over 21")];
    for index in 0..octets.len() {
        let mut changed = octets.clone();
        changed[index] ^= 1;
        let accepted = Proof::from_bytes(&changed)
            .and_then(|proof| public.verify_proof(&parameters, &proof, shown, b"nonce"));
        assert!(accepted.is_err(), "octet {index}");
        assert!(Proof::from_bytes(&octets[..index]).is_err());
    }
    let longer = [octets.as_slice(), &[0]].concat();
    assert!(Proof::from_bytes(&longer).is_err());
    let signature = signature.to_bytes()?;
    for index in 0..signature.len() {
        let mut changed = signature.clone();
        changed[index] ^= 1;
        let accepted = Signature::from_bytes(&changed)
            .and_then(|signature| public.verify(&parameters, &signature, &MESSAGES));
        assert!(accepted.is_err(), "octet {index}");
        assert!(Signature::from_bytes(&signature[..index]).is_err());
    }
    Ok(())
}

#[test]
fn zero_and_identity_are_refused() {
    assert!(SecretKey::from_bytes(&[0; 32]).is_err());
    assert!(SecretKey::from_bytes(&[255; 32]).is_err());
    assert!(SecretKey::from_bytes(&[1; 31]).is_err());
    let mut identity = [0; 96];
    identity[0] = 0xc0;
    assert!(PublicKey::from_bytes(&identity).is_err());
    let mut signature = [0; 112];
    signature[0] = 0xc0;
    assert!(Signature::from_bytes(&signature).is_err());
    assert!(Parameters::new(0).is_err());
    assert!(Parameters::new(MAX_MESSAGES + 1).is_err());
}
