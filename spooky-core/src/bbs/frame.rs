//! What signer, prover and verifier agree on before any message: generators and domain.

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    generators::{Generator, Kind, TableRef, generators},
    keys::PublicKey,
    suite::{Interface, Suite, octets_8},
};
use crate::{
    Error,
    bls::{G1, G1Affine, Scalar, Term, public_sum, secret_sum},
};

/// Generators P1, Q1 and those of the messages: H_1…H_L and, with a commitment, Q_2, J_1…J_M.
pub(crate) struct Frame {
    pub(crate) suite: Suite,
    pub(crate) interface: Interface,
    pub(crate) base: Arc<Generator>,
    pub(crate) domain_base: Arc<Generator>,
    pub(crate) bases: Vec<Arc<Generator>>,
    pub(crate) domain: Scalar,
    /// P1 + Q_1·domain.
    start: G1Affine,
}

/// The last domain that was calculated with a key: headers repeat.
#[derive(Default)]
pub(crate) struct LastDomain(Mutex<Option<Domain>>);

struct Domain {
    layout: Layout,
    header: Vec<u8>,
    value: Scalar,
    start: G1Affine,
}

impl LastDomain {
    /// Longest header that is kept, in bytes.
    const MAX_HEADER: usize = 1024;

    fn find(&self, layout: Layout, header: &[u8]) -> Option<(Scalar, G1Affine)> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref()?;
        (known.layout == layout && known.header == header).then_some((known.value, known.start))
    }

    fn keep(&self, layout: Layout, header: &[u8], (value, start): (Scalar, G1Affine)) {
        if header.len() <= Self::MAX_HEADER {
            let header = header.to_vec();
            let domain = Domain {
                layout,
                header,
                value,
                start,
            };
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(domain);
        }
    }
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
        let mut frame = Self {
            suite,
            interface,
            base,
            domain_base,
            bases,
            domain: Scalar::zero(),
            start: G1Affine::default(),
        };
        let known = match key.last_domain.find(layout, header) {
            Some(known) => known,
            None => {
                let domain = frame.calculate_domain(key, layout, header)?;
                let product = public_sum(&[(&frame.domain_base.table(), domain)], &[]);
                let known = (domain, product.add_affine(&frame.base.point).to_affine());
                key.last_domain.keep(layout, header, known);
                known
            }
        };
        (frame.domain, frame.start) = known;
        Ok(frame)
    }

    fn calculate_domain(
        &self,
        key: &PublicKey,
        layout: Layout,
        header: &[u8],
    ) -> Result<Scalar, Error> {
        let api_id = self.suite.api_id(self.interface);
        let count = octets_8(layout.nyms);
        let (header_length, extension) = match self.interface {
            Interface::Pseudonym => (header.len().saturating_add(8), count.as_slice()),
            _ => (header.len(), [].as_slice()),
        };
        let number = octets_8(self.bases.len());
        let header_length = octets_8(header_length);
        let mut parts: Vec<&[u8]> = vec![&key.bytes, &number, &self.domain_base.bytes];
        parts.extend(
            self.bases
                .iter()
                .map(|generator| generator.bytes.as_slice()),
        );
        parts.extend([api_id.as_bytes(), &header_length, header, extension]);
        self.suite
            .hash_to_scalar(&parts, (api_id.clone() + "H2S_").as_bytes())
    }

    pub(crate) fn challenge_dst(&self) -> String {
        self.suite.api_id(self.interface) + "H2S_"
    }

    /// P1 + Q_1·domain + Σ H_i·m_i, in constant time.
    pub(crate) fn secret_sum(&self, messages: &[Scalar]) -> G1 {
        let tables = self.tables();
        let mut terms = terms(&tables[2..], messages);
        let sum = secret_sum(&terms, &[]).add_affine(&self.start);
        wipe(&mut terms);
        sum
    }

    /// P1 + Q_1·domain + Σ H_i·m_i and the multiples of `chosen`, **variable time**.
    pub(crate) fn public_sum(&self, messages: &[Scalar], chosen: &[Term<'_>]) -> G1 {
        let tables = self.tables();
        public_sum(&terms(&tables[2..], messages), chosen).add_affine(&self.start)
    }

    /// factor · (P1 + Q_1·domain + Σ H_i·m_i), in constant time.
    pub(crate) fn scaled_sum(&self, messages: &[Scalar], factor: &Scalar) -> G1 {
        let tables = self.tables();
        let mut terms = terms(&tables[2..], messages);
        terms.extend([(&*tables[0], Scalar::one()), (&*tables[1], self.domain)]);
        for (_, scalar) in &mut terms {
            *scalar = scalar.mul(factor);
        }
        let sum = secret_sum(&terms, &[]);
        wipe(&mut terms);
        sum
    }

    pub(crate) fn tables(&self) -> Vec<TableRef<'_>> {
        [&self.base, &self.domain_base]
            .into_iter()
            .chain(&self.bases)
            .map(|generator| generator.table())
            .collect()
    }
}

/// H_i·m_i, with room for two more: a vector that grows leaves copies behind.
fn terms<'a>(tables: &'a [TableRef<'_>], messages: &[Scalar]) -> Vec<Term<'a>> {
    let mut terms = Vec::with_capacity(messages.len() + 2);
    let tables = tables.iter().map(|table| &**table);
    terms.extend(tables.zip(messages.iter().copied()));
    terms
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
