//! Core files: draft-irtf-cfrg-bbs-signatures.

use super::{Case, Fields, File, file::same};
use crate::{
    bbs::{
        Credential, Disclosure, Proof, Pseudonym, PublicKey, SecretKey, Shown, Signature,
        Statement, Suite,
        internal::{Interface, Kind, generators as make},
    },
    bls::Scalar,
};

pub(crate) fn text(error: impl core::fmt::Display) -> String {
    error.to_string()
}

/// seeded_random_scalars (core draft, section 9.1).
pub(crate) fn mocked_scalars(
    suite: Suite,
    seed: &[u8],
    dst: &[u8],
    count: usize,
) -> Result<Vec<Scalar>, String> {
    let mut bytes = vec![0; 48 * count];
    suite
        .expander()
        .expand(&[seed], dst, &mut bytes)
        .map_err(text)?;
    let (chunks, _) = bytes.as_chunks::<48>();
    Ok(chunks.iter().map(Scalar::from_okm).collect())
}

pub(crate) fn equal_scalars(what: &str, got: &[Scalar], expected: &[Scalar]) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what} differ"))
    }
}

pub(super) fn keypair(file: &File) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let fields = Fields::new(&json, &file.name);
    let check = || {
        let key = SecretKey::from_key_material(
            file.suite()?,
            &fields.at("keyMaterial")?.hex()?,
            &fields.at("keyInfo")?.hex()?,
            Some(&fields.at("keyDst")?.hex()?),
        )
        .map_err(text)?;
        let default = SecretKey::from_key_material(
            file.suite()?,
            &fields.at("keyMaterial")?.hex()?,
            &fields.at("keyInfo")?.hex()?,
            None,
        )
        .map_err(text)?;
        let secret = fields.at("keyPair.secretKey")?.hex()?;
        same("secret key", key.expose_secret().as_slice(), &secret)?;
        same(
            "secret key with default DST",
            default.expose_secret().as_slice(),
            &secret,
        )?;
        let public = fields.at("keyPair.publicKey")?.hex()?;
        same("public key", &key.public_key().to_bytes(), &public)?;
        Ok(true)
    };
    Ok(vec![Case::new("key pair", true, check())])
}

pub(crate) fn generator_list(suite: Suite, kind: Kind, fields: Fields<'_>) -> Result<bool, String> {
    let base = &make(suite, Kind::Base, 1).map_err(text)?[0];
    same("P1", &base.bytes, &fields.at("P1")?.hex()?)?;
    let expected = fields.at("MsgGenerators")?.hexes()?;
    let made = make(suite, kind, expected.len() + 1).map_err(text)?;
    same("Q1", &made[0].bytes, &fields.at("Q1")?.hex()?)?;
    for (got, expected) in made[1..].iter().zip(&expected) {
        same("message generator", &got.bytes, expected)?;
    }
    Ok(true)
}

pub(super) fn generators(file: &File) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let kind = Kind::Signer(Interface::Core);
    let result = generator_list(file.suite()?, kind, Fields::new(&json, &file.name));
    Ok(vec![Case::new("generators", true, result)])
}

pub(super) fn hash_to_scalar(file: &File) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let fields = Fields::new(&json, &file.name);
    let message = fields.at("message")?.hex()?;
    let got = file
        .suite()?
        .hash_to_scalar(&[&message], &fields.at("dst")?.hex()?)
        .map_err(text)?;
    let result = same(
        "scalar",
        &got.to_bytes(),
        &fields.at("scalar")?.scalar_bytes()?,
    );
    Ok(vec![Case::new(
        "hash to scalar",
        true,
        result.map(|()| true),
    )])
}

pub(super) fn map_message(file: &File) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let fields = Fields::new(&json, &file.name);
    let mut cases = Vec::new();
    for case in fields.at("cases")?.items()? {
        let message = case.at("message")?.hex()?;
        let mapped = file
            .suite()?
            .map_messages(Interface::Core, &[message])
            .map_err(text)?;
        let expected = case.at("scalar")?.scalar_bytes()?;
        let result = same("scalar", &mapped[0].to_bytes(), &expected);
        cases.push(Case::new("message", true, result.map(|()| true)));
    }
    Ok(cases)
}

pub(super) fn mocked_rng(file: &File) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let fields = Fields::new(&json, &file.name);
    let (seed, dst) = (fields.at("seed")?.hex()?, fields.at("dst")?.hex()?);
    let made = mocked_scalars(file.suite()?, &seed, &dst, fields.at("count")?.number()?)?;
    let expected = fields.at("mockedScalars")?.scalars()?;
    let result = equal_scalars("scalars", &made, &expected);
    Ok(vec![Case::new(
        "mocked scalars",
        true,
        result.map(|()| true),
    )])
}

/// A file of one case that says itself whether it is valid, and what `check` finds.
pub(crate) fn judged(
    file: &File,
    check: impl FnOnce(Fields<'_>, bool) -> Result<bool, String>,
) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let fields = Fields::new(&json, &file.name);
    let expected = fields.at("result.valid")?.flag()?;
    let name = fields.find("caseName").and_then(|name| name.string().ok());
    let result = check(fields, expected);
    Ok(vec![Case::new(name.unwrap_or("case"), expected, result)])
}

/// The signer's secret key.
pub(crate) fn signer(fields: Fields<'_>, suite: Suite) -> Result<SecretKey, String> {
    let secret = fields.at("signerKeyPair.secretKey")?.scalar_bytes()?;
    SecretKey::from_bytes(suite, &secret).map_err(text)
}

pub(super) fn signature(file: &File) -> Result<Vec<Case>, String> {
    judged(file, |fields, expected| {
        let suite = file.suite()?;
        let header = fields.at("header")?.hex()?;
        let messages = fields.at("messages")?.hexes()?;
        let octets = fields.at("signature")?.hex()?;
        let public = fields.at("signerKeyPair.publicKey")?.hex()?;
        let verified = PublicKey::from_bytes(suite, &public).and_then(|key| {
            Signature::from_bytes(&octets)
                .and_then(|signature| key.verify(&signature, &header, &messages))
        });
        if expected {
            let own = signer(fields, suite)?
                .sign(&header, &messages)
                .map_err(text)?;
            same("own signature", &own.to_bytes(), &octets)?;
        }
        Ok(verified.is_ok())
    })
}

/// r1, r2, e~, r1~, r3~, m~… of a trace. The official files spell some of these members in two ways.
pub(crate) fn trace_scalars(fields: Fields<'_>) -> Result<Vec<Scalar>, String> {
    let trace = fields
        .find("trace.random_scalars")
        .or_else(|| fields.find("trace.randomScalars"))
        .ok_or("no member trace.random_scalars")?;
    let mut scalars = Vec::new();
    for [name, other] in [
        ["r1", "r1"],
        ["r2", "r2"],
        ["e_tilde", "e_Tilde"],
        ["r1_tilde", "r1_Tilde"],
        ["r3_tilde", "r3_Tilde"],
    ] {
        let field = trace.find(name).or_else(|| trace.find(other));
        scalars.push(field.ok_or_else(|| format!("no member {name}"))?.scalar()?);
    }
    scalars.extend(trace.at("m_tilde_scalars")?.scalars()?);
    Ok(scalars)
}

pub(super) fn proof(file: &File) -> Result<Vec<Case>, String> {
    judged(file, |fields, expected| {
        let suite = file.suite()?;
        let header = fields.at("header")?.hex()?;
        let ph = fields.at("presentationHeader")?.hex()?;
        let messages = fields.at("messages")?.hexes()?;
        let octets = fields.at("proof")?.hex()?;
        let mut indexes = Vec::new();
        for index in fields.at("disclosedIndexes")?.items()? {
            indexes.push(index.number()?);
        }
        let shown: Vec<Shown<'_>> = indexes
            .iter()
            .filter_map(|index| Some((*index, messages.get(*index)?.as_slice())))
            .collect();
        let Ok(key) = PublicKey::from_bytes(suite, &fields.at("signerPublicKey")?.hex()?) else {
            return Ok(false);
        };
        if expected {
            let signature = Signature::from_bytes(&fields.at("signature")?.hex()?).map_err(text)?;
            let credential = Credential::new(&key, &signature, &header, &messages).map_err(text)?;
            credential.verify(&key).map_err(text)?;
            let disclosure = Disclosure {
                messages: &indexes,
                committed: &[],
            };
            let scalars = trace_scalars(fields)?;
            reproduce(credential, disclosure, &ph, None, &scalars, &octets)?;
        }
        let statement = Statement::core(&header, &ph, &shown);
        let verified =
            Proof::from_bytes(&octets).and_then(|proof| key.verify_proof(&proof, &statement));
        Ok(verified.is_ok())
    })
}

/// The official proof, byte for byte, from the official random scalars; prepared as well.
pub(crate) fn reproduce(
    mut credential: Credential,
    disclosure: Disclosure<'_>,
    ph: &[u8],
    context: Option<&[u8]>,
    scalars: &[Scalar],
    octets: &[u8],
) -> Result<Option<Pseudonym>, String> {
    let mut pseudonym = None;
    for _ in 0..2 {
        let (proof, nym) = credential
            .prove_with(disclosure, ph, context, scalars)
            .map_err(text)?;
        same("own proof", &proof.to_bytes(), octets)?;
        pseudonym = nym;
        credential.prepare();
    }
    Ok(pseudonym)
}

#[test]
fn a_trace_is_read_in_both_spellings() {
    let scalar = format!("{:064x}", 7);
    let read = |outer: &str, tilde: &str| {
        let trace = serde_json::json!({"trace": {outer: {
            "r1": scalar, "r2": scalar, (format!("e_{tilde}")): scalar,
            (format!("r1_{tilde}")): scalar, (format!("r3_{tilde}")): scalar,
            "m_tilde_scalars": [scalar]}}});
        trace_scalars(Fields::new(&trace, "a trace")).map(|scalars| scalars.len())
    };
    assert_eq!(read("random_scalars", "tilde"), Ok(6));
    assert_eq!(read("randomScalars", "Tilde"), Ok(6));
    assert!(read("scalars", "tilde").is_err());
}
