//! A proof as it travels: (Abar, Bbar, D, e^, r1^, r3^, m^_1 … m^_U, c), 272 + 32·U octets.

use crate::{
    Error,
    bls::{G1Affine, Scalar},
};

/// A zero-knowledge proof of knowledge of a signature, 272 octets and 32 for every hidden message.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    pub(crate) a_bar: G1Affine,
    pub(crate) b_bar: G1Affine,
    pub(crate) d: G1Affine,
    pub(crate) e: Scalar,
    pub(crate) r1: Scalar,
    pub(crate) r3: Scalar,
    pub(crate) messages: Vec<Scalar>,
    pub(crate) challenge: Scalar,
}

impl Proof {
    /// Octets of a proof that hides nothing.
    pub const MIN_BYTES: usize = 3 * G1Affine::BYTES + 4 * Scalar::BYTES;

    /// octets_to_proof (core draft, section 4.2.4.5): the identity, points outside the subgroup,
    /// scalars that are zero or not below the group order, and odd lengths are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("proof");
        let (points, scalars) = bytes.split_at_checked(144).ok_or(WHAT)?;
        let (points, _) = points.as_chunks::<48>();
        let (scalars, rest) = scalars.as_chunks::<32>();
        let ([a_bar, b_bar, d], [e, r1, r3, messages @ .., challenge], []) =
            (points, scalars, rest)
        else {
            return Err(WHAT);
        };
        let scalar = |bytes: &[u8; 32]| Scalar::nonzero_from_bytes(bytes);
        Ok(Self {
            e: scalar(e)?,
            r1: scalar(r1)?,
            r3: scalar(r3)?,
            messages: messages.iter().map(scalar).collect::<Result<_, _>>()?,
            challenge: scalar(challenge)?,
            a_bar: G1Affine::from_bytes(a_bar)?,
            b_bar: G1Affine::from_bytes(b_bar)?,
            d: G1Affine::from_bytes(d)?,
        })
    }

    /// The octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::MIN_BYTES + Scalar::BYTES * self.messages.len());
        for point in [&self.a_bar, &self.b_bar, &self.d] {
            bytes.extend_from_slice(&point.to_bytes());
        }
        let scalars = [&self.e, &self.r1, &self.r3]
            .into_iter()
            .chain(&self.messages)
            .chain([&self.challenge]);
        for scalar in scalars {
            bytes.extend_from_slice(&scalar.to_bytes());
        }
        bytes
    }

    /// How many messages the proof hides; with a commitment this counts the prover's blind.
    pub fn hidden(&self) -> usize {
        self.messages.len()
    }
}

impl core::fmt::Debug for Proof {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Proof")
            .field("hidden", &self.hidden())
            .finish()
    }
}
