//! What signer, prover and verifier agree on before any message: generators and domain.

use std::sync::Arc;

use super::{
    generators::{Generator, Kind, generators},
    keys::PublicKey,
    suite::{Interface, Suite, octets_8},
};
use crate::{
    Error,
    bls::{G1, G1Affine, Scalar, public_msm, secret_msm},
};

/// Generators P1, Q1 and those of the messages: H_1…H_L and, with a commitment, Q_2, J_1…J_M.
pub(crate) struct Frame {
    pub(crate) suite: Suite,
    pub(crate) interface: Interface,
    pub(crate) base: Arc<Generator>,
    pub(crate) domain_base: Arc<Generator>,
    pub(crate) bases: Vec<Arc<Generator>>,
    pub(crate) domain: Scalar,
}

/// Numbers of messages: the signer's, and the prover's (committed messages, then pseudonym
/// secrets).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) interface: Interface,
    pub(crate) signer: usize,
    pub(crate) committed: usize,
    pub(crate) nyms: usize,
}

impl Layout {
    pub(crate) fn core(signer: usize) -> Self {
        Self {
            interface: Interface::Core,
            signer,
            committed: 0,
            nyms: 0,
        }
    }

    /// The place of committed message `index` among all messages.
    pub(crate) fn committed_index(&self, index: usize) -> usize {
        self.signer + 1 + index
    }

    /// # Errors
    /// [`Error::Unsupported`] for more than a bounded number of messages.
    pub(crate) fn check(self) -> Result<Self, Error> {
        let max = super::MAX_MESSAGES;
        if self.signer > max || self.committed > max || self.nyms > max {
            return Err(Error::Unsupported("number of messages"));
        }
        Ok(self)
    }
}

impl Frame {
    /// calculate_domain over the generators of `layout`. With pseudonyms the header is extended
    /// by I2OSP(N, 8).
    pub(crate) fn new(key: &PublicKey, layout: Layout, header: &[u8]) -> Result<Self, Error> {
        let layout = layout.check()?;
        let (suite, interface) = (key.suite, layout.interface);
        let base = generators(suite, Kind::Base, 1)?.remove(0);
        let mut bases = generators(suite, Kind::Signer(interface), layout.signer + 1)?;
        let domain_base = bases.remove(0);
        if interface != Interface::Core {
            let count = layout.committed + layout.nyms + 1;
            bases.extend(generators(suite, Kind::Prover(interface), count)?);
        }
        let api_id = suite.api_id(interface);
        let count = octets_8(layout.nyms);
        let (header_length, extension) = match interface {
            Interface::Pseudonym => (header.len().saturating_add(8), count.as_slice()),
            _ => (header.len(), [].as_slice()),
        };
        let number = octets_8(bases.len());
        let header_length = octets_8(header_length);
        let mut parts: Vec<&[u8]> = vec![&key.bytes, &number, &domain_base.bytes];
        parts.extend(bases.iter().map(|generator| generator.bytes.as_slice()));
        parts.extend([api_id.as_bytes(), &header_length, header, extension]);
        let domain = suite.hash_to_scalar(&parts, (api_id.clone() + "H2S_").as_bytes())?;
        Ok(Self {
            suite,
            interface,
            base,
            domain_base,
            bases,
            domain,
        })
    }

    pub(crate) fn challenge_dst(&self) -> String {
        self.suite.api_id(self.interface) + "H2S_"
    }

    /// factor · (P1 + Q_1·domain + Σ H_i·m_i), in constant time.
    pub(crate) fn secret_sum(&self, messages: &[Scalar], factor: &Scalar) -> G1 {
        let tables: Vec<_> = self.tables();
        let mut terms = vec![
            (&*tables[0], *factor),
            (&*tables[1], self.domain.mul(factor)),
        ];
        for (table, message) in tables[2..].iter().zip(messages) {
            terms.push((table, message.mul(factor)));
        }
        let sum = secret_msm(&terms);
        wipe(&mut terms);
        sum
    }

    /// P1 + Q_1·domain + Σ H_i·m_i, **variable time**.
    pub(crate) fn public_sum(&self, messages: &[Scalar]) -> G1 {
        let tables = self.tables();
        let mut terms = vec![(&*tables[1], self.domain)];
        for (table, message) in tables[2..].iter().zip(messages) {
            terms.push((table, *message));
        }
        public_msm(&terms).add_affine(&self.base.point)
    }

    pub(crate) fn tables(&self) -> Vec<super::generators::TableRef<'_>> {
        [&self.base, &self.domain_base]
            .into_iter()
            .chain(&self.bases)
            .map(|generator| generator.table())
            .collect()
    }
}

/// Wipes the scalars of a multiplication.
pub(crate) fn wipe<T>(terms: &mut [(T, Scalar)]) {
    for (_, scalar) in terms {
        zeroize::Zeroize::zeroize(scalar);
    }
}

/// The commitment as an affine point, or nothing where there is none.
pub(crate) fn add_commitment(sum: G1, commitment: Option<&G1Affine>) -> G1 {
    match commitment {
        Some(point) => sum.add_affine(point),
        None => sum,
    }
}
