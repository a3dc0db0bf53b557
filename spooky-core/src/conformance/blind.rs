//! Blind files: draft-irtf-cfrg-bbs-blind-signatures.

use serde_json::Value;

use super::{
    Case, Fields, File,
    bbs::{
        equal_scalars, generator_list, judged, mocked_scalars, reproduce, signer, text,
        trace_scalars,
    },
    file::same,
};
use crate::bbs::{
    CommitmentWithProof, Credential, Disclosure, Proof, ProverBlind, PublicKey, Shown, Signature,
    Statement,
    internal::{Interface, Kind, commit_with},
};

pub(super) fn generators(file: &File) -> Result<Vec<Case>, String> {
    let json = file.json()?;
    let fields = Fields::new(&json, &file.name);
    let suite = file.suite()?;
    let api_id = fields.at("generators.api_id")?.string()?;
    let interface = [Interface::Blind, Interface::Pseudonym]
        .into_iter()
        .find(|interface| suite.api_id(*interface) == api_id)
        .ok_or("an unknown api_id")?;
    let case = |member: &str, kind| {
        let result = fields
            .at(member)
            .and_then(|list| generator_list(suite, kind, list));
        Case::new(member, true, result)
    };
    Ok(vec![
        case("generators", Kind::Signer(interface)),
        case("blindGenerators", Kind::Prover(interface)),
    ])
}

pub(crate) fn blind_factor(fields: Fields<'_>) -> Result<ProverBlind, String> {
    match fields.find("proverBlind") {
        Some(blind) => ProverBlind::from_bytes(&blind.scalar_bytes()?).map_err(text),
        None => Ok(ProverBlind::none()),
    }
}

/// The commitment, if there is one. `Ok(None)` inside stands for one that cannot be decoded.
pub(crate) fn commitment(
    fields: Fields<'_>,
) -> Result<Option<Option<CommitmentWithProof>>, String> {
    let Some(field) = fields.find("commitmentWithProof") else {
        return Ok(None);
    };
    let octets = field.hex()?;
    if octets.is_empty() {
        return Ok(None);
    }
    Ok(Some(CommitmentWithProof::from_bytes(&octets).ok()))
}

/// Checks the trace against the seed, then the commitment against the trace.
pub(crate) fn check_commit(
    file: &File,
    fields: Fields<'_>,
    interface: Interface,
    scalars: &[crate::bls::Scalar],
    expected: bool,
) -> Result<bool, String> {
    let suite = file.suite()?;
    let octets = fields.at("commitmentWithProof")?.hex()?;
    if expected {
        let mut random = vec![fields.at("proverBlind")?.scalar()?];
        random.push(fields.at("trace.random_scalars.s_tilde")?.scalar()?);
        random.extend(fields.at("trace.random_scalars.m_tildes")?.scalars()?);
        let seed = fields.at("mockRngParameters.SEED")?.string()?;
        let dst = fields.at("mockRngParameters.commit.DST")?.string()?;
        let seeded = mocked_scalars(suite, seed.as_bytes(), dst.as_bytes(), random.len())?;
        equal_scalars("random scalars", &seeded, &random)?;
        let (own, _) = commit_with(suite, interface, scalars, &random).map_err(text)?;
        same("own commitment", &own.to_bytes(), &octets)?;
    }
    let checked = CommitmentWithProof::from_bytes(&octets)
        .and_then(|commitment| commitment.check(suite, interface));
    Ok(checked.is_ok())
}

pub(super) fn commit(file: &File) -> Result<Vec<Case>, String> {
    judged(file, |fields, expected| {
        let messages = fields.hexes_or_none("committedMessages")?;
        let scalars = file
            .suite()?
            .map_messages(Interface::Blind, &messages)
            .map_err(text)?;
        check_commit(file, fields, Interface::Blind, &scalars, expected)
    })
}

pub(super) fn signature(file: &File) -> Result<Vec<Case>, String> {
    judged(file, |fields, expected| {
        let suite = file.suite()?;
        let header = fields.at("header")?.hex()?;
        let messages = fields.hexes_or_none("messages")?;
        let committed = fields.hexes_or_none("committedMessages")?;
        let octets = fields.at("signature")?.hex()?;
        let commitment = match commitment(fields)? {
            Some(None) => return Ok(false),
            Some(Some(commitment)) => Some(commitment),
            None => None,
        };
        if expected {
            let own = signer(fields, suite)?
                .blind_sign(commitment.as_ref(), &header, &messages)
                .map_err(text)?;
            same("own signature", &own.to_bytes(), &octets)?;
        }
        let blind = blind_factor(fields)?;
        let public = fields.at("signerKeyPair.publicKey")?.hex()?;
        let verified = PublicKey::from_bytes(suite, &public).and_then(|key| {
            let signature = Signature::from_bytes(&octets)?;
            Credential::from_blind(&key, &signature, &header, &messages, &committed, &blind)
        });
        Ok(verified.is_ok())
    })
}

/// The first `count` messages of the file's own list, or of the nearest `messages.json`.
pub(crate) fn messages(
    fields: Fields<'_>,
    neighbour: Option<&Value>,
    member: &str,
    count: usize,
) -> Result<Option<Vec<Vec<u8>>>, String> {
    if fields.find(member).is_some() {
        return fields.hexes_or_none(member).map(Some);
    }
    let Some(value) = neighbour else {
        return Ok(None);
    };
    let mut list = Fields::new(value, fields.place).hexes_or_none(member)?;
    list.truncate(count);
    Ok((list.len() == count).then_some(list))
}

pub(crate) fn shown(list: &[(usize, Vec<u8>)]) -> Vec<Shown<'_>> {
    list.iter()
        .map(|(index, text)| (*index, text.as_slice()))
        .collect()
}

pub(crate) fn indexes(list: &[(usize, Vec<u8>)]) -> Vec<usize> {
    list.iter().map(|(index, _)| *index).collect()
}

/// Whether trace and seed agree on the random scalars of a proof.
pub(crate) fn seeded_trace(
    file: &File,
    fields: Fields<'_>,
) -> Result<Vec<crate::bls::Scalar>, String> {
    let scalars = trace_scalars(fields)?;
    let seed = fields.at("mockRngParameters.SEED")?.string()?;
    let dst = fields.at("mockRngParameters.proof.DST")?.string()?;
    let seeded = mocked_scalars(
        file.suite()?,
        seed.as_bytes(),
        dst.as_bytes(),
        scalars.len(),
    )?;
    equal_scalars("random scalars", &seeded, &scalars)?;
    Ok(scalars)
}

pub(super) fn proof(file: &File) -> Result<Vec<Case>, String> {
    judged(file, |fields, expected| {
        let suite = file.suite()?;
        let header = fields.at("header")?.hex()?;
        let ph = fields.at("presentationHeader")?.hex()?;
        let octets = fields.at("proof")?.hex()?;
        let length = fields.at("L")?.number()?;
        let revealed = fields.indexed("revealedMessages")?;
        let revealed_committed = fields.indexed("revealedCommittedMessages")?;
        let Ok(key) = PublicKey::from_bytes(suite, &fields.at("signerPublicKey")?.hex()?) else {
            return Ok(false);
        };
        if expected {
            let count = commitment(fields)?
                .flatten()
                .map_or(0, |made| made.messages());
            let neighbour = file.neighbour("messages.json");
            let own = messages(fields, neighbour.as_ref(), "messages", length)?;
            let committed = messages(fields, neighbour.as_ref(), "committedMessages", count)?;
            let (Some(own), Some(committed)) = (own, committed) else {
                return Err("the messages are nowhere to be found".to_owned());
            };
            let signature = Signature::from_bytes(&fields.at("signature")?.hex()?).map_err(text)?;
            let blind = blind_factor(fields)?;
            let credential =
                Credential::from_blind(&key, &signature, &header, &own, &committed, &blind)
                    .map_err(text)?;
            let scalars = seeded_trace(file, fields)?;
            let disclosure = Disclosure {
                messages: &indexes(&revealed),
                committed: &indexes(&revealed_committed),
            };
            reproduce(credential, disclosure, &ph, None, &scalars, &octets)?;
        }
        let (revealed, committed) = (shown(&revealed), shown(&revealed_committed));
        let statement = Statement::core(&header, &ph, &revealed).blind(length, &committed);
        let verified =
            Proof::from_bytes(&octets).and_then(|proof| key.verify_proof(&proof, &statement));
        Ok(verified.is_ok())
    })
}
