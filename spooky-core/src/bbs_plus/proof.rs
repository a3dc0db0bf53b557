//! Proofs of a signature over some shown and some hidden messages (ePrint 2016/663, section 4.5).

use std::collections::BTreeMap;

use ::bbs_plus::prelude::{PoKOfSignatureG1Proof, PoKOfSignatureG1Protocol};
use ark_bls12_381::{Bls12_381, Fr};
use dock_crypto_utils::signature::MessageOrBlinding;
use zeroize::Zeroizing;

use super::{
    Parameters, PublicKey, Signature, decode, generator, map_message, map_messages, octets, scalar,
};
use crate::{Error, bbs::Shown, entropy::Entropy};

/// Everything of a proof but its responses: A′, Ā, d and T1 with two responses, T2, two tags and a
/// count.
const FRAME: usize = 4 * 48 + 2 * 32 + 48 + 1 + 8 + 1;

/// Where the count of responses stands.
const COUNT: usize = FRAME - 9;

/// A signed set of messages in the hands of the prover. Secret; the messages are wiped on drop.
pub struct Credential {
    key: PublicKey,
    signature: Signature,
    messages: Zeroizing<Vec<Fr>>,
}

impl Credential {
    /// Takes a signature over `messages`, which is not verified here.
    ///
    /// # Errors
    /// None that differ from those of [`crate::bbs::Credential::new`].
    pub fn new<M: AsRef<[u8]>>(
        key: &PublicKey,
        signature: &Signature,
        messages: &[M],
    ) -> Result<Self, Error> {
        Ok(Self {
            key: key.clone(),
            signature: signature.clone(),
            messages: map_messages(messages)?,
        })
    }

    /// Proves knowledge of the signature, showing the messages at `disclosed` (ascending) and
    /// binding `presentation_header`. **Not constant-time**.
    ///
    /// # Errors
    /// [`Error::Malformed`] for indexes that are out of range, unordered or repeated,
    /// [`Error::Unsupported`] where the number of messages is not that of `parameters`,
    /// [`Error::Entropy`] when the source fails.
    pub fn prove(
        &self,
        parameters: &Parameters,
        disclosed: &[usize],
        presentation_header: &[u8],
        source: &dyn Entropy,
    ) -> Result<Proof, Error> {
        if self.messages.len() != parameters.messages() {
            return Err(Error::Unsupported("number of messages"));
        }
        let mut shown = BTreeMap::new();
        check_indexes(disclosed.iter().copied(), self.messages.len())?;
        for index in disclosed {
            shown.insert(*index, self.messages[*index]);
        }
        let witness = Zeroizing::new(octets(&*self.messages)?);
        let indexes: Vec<u8> = disclosed
            .iter()
            .flat_map(|index| crate::bbs::octets_8(*index))
            .collect();
        let signature = Zeroizing::new(self.signature.to_bytes()?);
        let inputs: [&[u8]; 4] = [&signature, &witness, &indexes, presentation_header];
        let mut random = generator(source, &inputs)?;
        let messages = self.messages.iter().enumerate().map(|(index, message)| {
            if shown.contains_key(&index) {
                MessageOrBlinding::RevealMessage(message)
            } else {
                MessageOrBlinding::BlindMessageRandomly(message)
            }
        });
        let plain = &parameters.plain;
        let protocol =
            PoKOfSignatureG1Protocol::init(&mut random, &self.signature.0, plain, messages)
                .map_err(|_| Error::Unsupported("number of messages"))?;
        let mut contribution = Vec::new();
        protocol
            .challenge_contribution(&shown, plain, &mut contribution)
            .map_err(|_| Error::Malformed("proof"))?;
        let challenge = challenge(&self.key, &contribution, presentation_header)?;
        protocol
            .gen_proof(&challenge)
            .map(Proof)
            .map_err(|_| Error::Malformed("proof"))
    }
}

impl core::fmt::Debug for Credential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Credential")
    }
}

/// The contribution of `bbs_plus` names the generators and, after the generator of each shown
/// message, that message.
fn challenge(
    key: &PublicKey,
    contribution: &[u8],
    presentation_header: &[u8],
) -> Result<Fr, Error> {
    let lengths = [contribution.len(), presentation_header.len()].map(crate::bbs::octets_8);
    let parts = [
        key.bytes.as_slice(),
        &lengths[0],
        contribution,
        &lengths[1],
        presentation_header,
    ];
    scalar(&parts, b"spookyid/bbs-plus/challenge/v1")
}

fn check_indexes(indexes: impl Iterator<Item = usize>, count: usize) -> Result<(), Error> {
    let indexes: Vec<usize> = indexes.collect();
    let in_range = indexes.iter().all(|index| *index < count);
    if in_range && indexes.is_sorted_by(|a, b| a < b) {
        Ok(())
    } else {
        Err(Error::Malformed("disclosed indexes"))
    }
}

/// A proof: 378 octets and 32 for every hidden message.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof(PoKOfSignatureG1Proof<Bls12_381>);

impl Proof {
    /// Reads the octets; points outside the subgroup, scalars not below the group order and other
    /// lengths are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("proof");
        // A wrong count is refused before anything is decoded.
        let (count, _) = bytes
            .get(COUNT..)
            .and_then(|rest| rest.split_first_chunk::<8>())
            .ok_or(WHAT)?;
        let responses = usize::try_from(u64::from_le_bytes(*count)).map_err(|_| WHAT)?;
        let expected = responses
            .checked_mul(32)
            .and_then(|octets| octets.checked_add(FRAME));
        if expected != Some(bytes.len()) || responses < 2 {
            return Err(WHAT);
        }
        let proof: PoKOfSignatureG1Proof<Bls12_381> = decode(bytes, "proof")?;
        match proof.sc_resp_2 {
            Some(_) if proof.sc_partial_resp_2.is_none() => Ok(Self(proof)),
            _ => Err(WHAT),
        }
    }

    /// The octets.
    ///
    /// # Errors
    /// None that an honest proof meets.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        octets(&self.0)
    }

    /// How many messages are hidden.
    pub fn hidden(&self) -> usize {
        let responses = self.0.sc_resp_2.as_ref();
        responses.map_or(0, |all| all.0.len().saturating_sub(2))
    }
}

impl core::fmt::Debug for Proof {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Proof")
            .field("hidden", &self.hidden())
            .finish()
    }
}

impl PublicKey {
    /// Verifies `proof` against the `shown` messages (ascending by index) and
    /// `presentation_header`, both from the verifier's own state.
    ///
    /// # Errors
    /// [`Error::Signature`] when it does not verify, [`Error::Malformed`] for indexes or numbers
    /// that do not fit.
    pub fn verify_proof(
        &self,
        parameters: &Parameters,
        proof: &Proof,
        shown: &[Shown<'_>],
        presentation_header: &[u8],
    ) -> Result<(), Error> {
        check_indexes(shown.iter().map(|(index, _)| *index), parameters.messages())?;
        if proof.hidden() + shown.len() != parameters.messages() {
            return Err(Error::Malformed("number of messages"));
        }
        let mut messages = BTreeMap::new();
        for (index, text) in shown {
            messages.insert(*index, map_message(text)?);
        }
        let mut contribution = Vec::new();
        proof
            .0
            .challenge_contribution(&messages, &parameters.plain, &mut contribution)
            .map_err(|_| Error::Malformed("proof"))?;
        let challenge = challenge(self, &contribution, presentation_header)?;
        proof
            .0
            .verify(
                &messages,
                &challenge,
                self.prepared.clone(),
                parameters.prepared.clone(),
            )
            .map_err(|_| Error::Signature)
    }
}
