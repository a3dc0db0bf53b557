//! Pseudonym files: draft-irtf-cfrg-bbs-per-verifier-linkability, N = 1 and more.

use super::{
    Case, Fields, File,
    bbs::{equal_scalars, judged, reproduce, signer, text},
    blind::{blind_factor, check_commit, commitment, indexes, seeded_trace, shown},
    file::same,
};
use crate::{
    bbs::{
        Credential, Disclosure, NymSecret, Proof, Pseudonym, PublicKey, Signature, Statement,
        internal::{Interface, with_nyms},
    },
    bls::Scalar,
};

pub(super) fn commit(file: &File) -> Result<Vec<Case>, String> {
    judged(file, |fields, expected| {
        let messages = fields.hexes_or_none("committedMessages")?;
        let interface = Interface::Pseudonym;
        let scalars = file
            .suite()?
            .map_messages(interface, &messages)
            .map_err(text)?;
        let scalars = with_nyms(scalars, &fields.at("proverNyms")?.scalars()?);
        check_commit(file, fields, interface, &scalars, expected)
    })
}

/// nym_secrets: the prover's, the last with the signer's entropy added; as the file has them.
fn nym_secrets(fields: Fields<'_>) -> Result<Vec<Scalar>, String> {
    let mut secrets = fields.at("proverNyms")?.scalars()?;
    let entropy = fields.at("signer_nym_entropy")?.scalar()?;
    let last = secrets.last_mut().ok_or("no pseudonym secret")?;
    *last = last.add(&entropy);
    equal_scalars(
        "nym_secrets",
        &secrets,
        &fields.at("nym_secrets")?.scalars()?,
    )?;
    Ok(secrets)
}

pub(super) fn signature(file: &File) -> Result<Vec<Case>, String> {
    judged(file, |fields, expected| {
        let suite = file.suite()?;
        let header = fields.at("header")?.hex()?;
        let messages = fields.hexes_or_none("messages")?;
        let committed = fields.hexes_or_none("committedMessages")?;
        let octets = fields.at("signature")?.hex()?;
        let Some(Some(commitment)) = commitment(fields)? else {
            return Ok(false);
        };
        let nyms = nym_secrets(fields)?;
        if expected {
            let entropy = fields.at("signer_nym_entropy")?.scalar_bytes()?;
            let entropy = NymSecret::from_bytes(&entropy).map_err(text)?;
            let own = signer(fields, suite)?
                .blind_sign_with_nyms(&commitment, &entropy, nyms.len(), &header, &messages)
                .map_err(text)?;
            same("own signature", &own.to_bytes(), &octets)?;
        }
        let blind = blind_factor(fields)?;
        let public = fields.at("signerKeyPair.publicKey")?.hex()?;
        let verified = PublicKey::from_bytes(suite, &public).and_then(|key| {
            let signature = Signature::from_bytes(&octets)?;
            Credential::with_nym_secrets(
                &key, &signature, &header, &messages, &committed, &blind, &nyms,
            )
        });
        Ok(verified.is_ok())
    })
}

pub(super) fn proof(file: &File) -> Result<Vec<Case>, String> {
    judged(file, |fields, expected| {
        let suite = file.suite()?;
        let header = fields.at("header")?.hex()?;
        let ph = fields.at("presentationHeader")?.hex()?;
        let context = fields.at("context_id")?.hex()?;
        let octets = fields.at("proof")?.hex()?;
        let nym_octets = fields.at("pseudonym")?.hex()?;
        let length = fields.at("L")?.number()?;
        let revealed = fields.indexed("revealedMessages")?;
        let revealed_committed = fields.indexed("revealedCommittedMessages")?;
        let nyms = fields.at("proverNyms")?.items()?.len();
        let Ok(key) = PublicKey::from_bytes(suite, &fields.at("signerPublicKey")?.hex()?) else {
            return Ok(false);
        };
        if expected {
            let messages = fields.hexes_or_none("messages")?;
            let committed = fields.hexes_or_none("committedMessages")?;
            let secrets = nym_secrets(fields)?;
            let signature = Signature::from_bytes(&fields.at("signature")?.hex()?).map_err(text)?;
            let credential = Credential::with_nym_secrets(
                &key,
                &signature,
                &header,
                &messages,
                &committed,
                &blind_factor(fields)?,
                &secrets,
            )
            .map_err(text)?;
            let scalars = seeded_trace(file, fields)?;
            let disclosure = Disclosure {
                messages: &indexes(&revealed),
                committed: &indexes(&revealed_committed),
            };
            let pseudonym = reproduce(
                credential,
                disclosure,
                &ph,
                Some(&context),
                &scalars,
                &octets,
            )?;
            let pseudonym = pseudonym.ok_or("no pseudonym")?;
            same("own pseudonym", &pseudonym.to_bytes(), &nym_octets)?;
        }
        let Ok(pseudonym) = Pseudonym::from_bytes(&nym_octets) else {
            return Ok(false);
        };
        let (revealed, committed) = (shown(&revealed), shown(&revealed_committed));
        let statement = Statement::core(&header, &ph, &revealed)
            .pseudonym_of(length, &committed, &context, &pseudonym, nyms);
        let verified =
            Proof::from_bytes(&octets).and_then(|proof| key.verify_proof(&proof, &statement));
        Ok(verified.is_ok())
    })
}
