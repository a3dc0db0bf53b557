//! ProofChallengeCalculate (core draft, section 3.7.4, and its extension by pseudonyms).

use super::{frame::Frame, suite::octets_8};
use crate::{
    Error,
    bls::{G1Affine, Scalar},
};

/// What a pseudonym adds to the challenge.
pub(crate) struct NymPart<'a> {
    pub(crate) pseudonym: G1Affine,
    pub(crate) commitment: G1Affine,
    pub(crate) context: &'a [u8],
}

/// hash_to_scalar(R ‖ (i, msg_i)… ‖ Abar ‖ Bbar ‖ D ‖ T1 ‖ T2 [‖ pseudonym ‖ Ut] ‖ domain ‖
/// |ph| ‖ ph [‖ |context| ‖ context]).
pub(crate) fn challenge(
    frame: &Frame,
    disclosed: &[(usize, Scalar)],
    points: [&G1Affine; 5],
    nym: Option<&NymPart<'_>>,
    presentation_header: &[u8],
) -> Result<Scalar, Error> {
    let mut octets = Vec::with_capacity(8 + 40 * disclosed.len() + 7 * 48 + 32);
    octets.extend_from_slice(&octets_8(disclosed.len()));
    for (index, scalar) in disclosed {
        octets.extend_from_slice(&octets_8(*index));
        octets.extend_from_slice(&scalar.to_bytes());
    }
    for point in points {
        octets.extend_from_slice(&point.to_bytes());
    }
    if let Some(nym) = nym {
        octets.extend_from_slice(&nym.pseudonym.to_bytes());
        octets.extend_from_slice(&nym.commitment.to_bytes());
    }
    octets.extend_from_slice(&frame.domain.to_bytes());
    let length = octets_8(presentation_header.len());
    let mut parts: Vec<&[u8]> = vec![&octets, &length, presentation_header];
    let context_length;
    if let Some(nym) = nym {
        context_length = octets_8(nym.context.len());
        parts.extend([context_length.as_slice(), nym.context]);
    }
    frame
        .suite
        .hash_to_scalar(&parts, frame.challenge_dst().as_bytes())
}
