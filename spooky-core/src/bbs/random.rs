//! Hedged random scalars (`decisions.md` D10).
//!
//! Every proof takes 32 fresh bytes and expands them together with the witness, everything public
//! and the presentation header. So even a source that repeats itself gives two different proofs
//! different blinding factors, and a source that an attacker knows still leaves the witness
//! unknown to the hash. The expansion follows the form of the draft's
//! `seeded_random_scalars` (core draft, section 9.1): expand_message, cut in 48 octets, mod r.

use zeroize::{Zeroize, Zeroizing};

use super::suite::{Suite, octets_8};
use crate::{
    Error,
    bls::Scalar,
    entropy::{Entropy, random_32},
};

const ROOT_DST: &[u8] = b"spookyid/bbs/hedged-root/v1";
const SCALAR_DST: &[u8] = b"spookyid/bbs/hedged-scalar/v1";

/// `count` scalars from fresh bytes of `source`, the secret `witness` and the `public` inputs.
pub(crate) fn hedged_scalars(
    suite: Suite,
    source: &dyn Entropy,
    witness: &[&[u8]],
    public: &[&[u8]],
    count: usize,
) -> Result<Zeroizing<Vec<Scalar>>, Error> {
    let fresh = Zeroizing::new(random_32(source)?);
    let lengths: Vec<[u8; 8]> = witness
        .iter()
        .chain(public)
        .map(|part| octets_8(part.len()))
        .collect();
    let mut parts: Vec<&[u8]> = vec![fresh.as_slice()];
    for (part, length) in witness.iter().chain(public).zip(&lengths) {
        parts.extend([length.as_slice(), part]);
    }
    let mut root = Zeroizing::new([0; 64]);
    suite
        .expander()
        .expand(&parts, ROOT_DST, root.as_mut_slice())?;
    let mut scalars = Zeroizing::new(Vec::with_capacity(count));
    for index in 0..count {
        let parts = [root.as_slice(), &octets_8(index)];
        let mut scalar = suite.hash_to_scalar(&parts, SCALAR_DST)?;
        scalars.push(scalar);
        scalar.zeroize();
    }
    Ok(scalars)
}
