//! ProofGen (core draft, sections 3.5.3, 3.6.3, 3.7.1 and 3.7.2), in constant time in everything
//! hidden.

use zeroize::{Zeroize, Zeroizing};

use super::{
    challenge::{NymPart, challenge},
    credential::{Credential, Disclosure},
    frame::wipe,
    proof::Proof,
    pseudonym::{self, Pseudonym},
    random::hedged_scalars,
    suite::octets_8,
};
use crate::{
    Error,
    bls::{Scalar, SecretTable, Shape, Term, secret_sum, to_affine_batch},
    entropy::Entropy,
};

impl Credential {
    /// The random scalars that one proof consumes.
    pub(super) fn scalars(
        &self,
        disclosure: Disclosure<'_>,
        presentation_header: &[u8],
        context: &[u8],
        source: &dyn Entropy,
    ) -> Result<Zeroizing<Vec<Scalar>>, Error> {
        let indexes = self.disclosed(disclosure)?;
        let mut witness = Zeroizing::new(Vec::with_capacity(80 + 32 * self.messages.len()));
        witness.extend_from_slice(&self.a.to_bytes());
        witness.extend_from_slice(Zeroizing::new(self.e.to_bytes()).as_slice());
        for message in self.messages.iter() {
            witness.extend_from_slice(Zeroizing::new(message.to_bytes()).as_slice());
        }
        let shown: Vec<u8> = indexes.iter().flat_map(|index| octets_8(*index)).collect();
        // The domain stands for key, generators, interface and header.
        hedged_scalars(
            self.frame.suite,
            source,
            &[&witness],
            &[
                &self.frame.domain.to_bytes(),
                &shown,
                context,
                presentation_header,
            ],
            5 + self.messages.len() - indexes.len(),
        )
    }

    /// Indexes among all messages, ascending.
    fn disclosed(&self, disclosure: Disclosure<'_>) -> Result<Vec<usize>, Error> {
        const WHAT: Error = Error::Malformed("disclosed indexes");
        let indexes: Vec<usize> = disclosure
            .messages
            .iter()
            .copied()
            .chain(
                disclosure
                    .committed
                    .iter()
                    .map(|index| self.layout.committed_index(*index)),
            )
            .collect();
        let in_range = disclosure
            .messages
            .iter()
            .all(|index| *index < self.layout.signer)
            && disclosure
                .committed
                .iter()
                .all(|index| *index < self.layout.committed);
        if in_range && indexes.is_sorted_by(|a, b| a < b) {
            Ok(indexes)
        } else {
            Err(WHAT)
        }
    }

    /// ProofInit and ProofFinalize with the given random scalars: r1, r2, e~, r1~, r3~, m~….
    pub(crate) fn prove_with(
        &self,
        disclosure: Disclosure<'_>,
        presentation_header: &[u8],
        context: Option<&[u8]>,
        random: &[Scalar],
    ) -> Result<(Proof, Option<Pseudonym>), Error> {
        let indexes = self.disclosed(disclosure)?;
        let [r1, r2, e_tilde, r1_tilde, r3_tilde, m_tildes @ ..] = random else {
            return Err(Error::Entropy);
        };
        let mut hidden = Vec::with_capacity(m_tildes.len());
        let mut shown = Vec::with_capacity(indexes.len());
        let mut remaining = indexes.iter().copied().peekable();
        for (index, message) in self.messages.iter().enumerate() {
            if remaining.next_if_eq(&index).is_some() {
                shown.push((index, *message));
            } else {
                hidden.push(index);
            }
        }
        if hidden.len() != m_tildes.len() {
            return Err(Error::Entropy);
        }
        // In terms of A and B, with s = r1·r2: Abar = A·s, D = B·r2, Bbar = B·s − A·(s·e),
        // T1 = A·(s·e~) + B·(r2·r1~), T2 = B·(r2·r3~) + Σ H_j·m~_j.
        let s = Zeroizing::new(r1.mul(r2));
        let own;
        let [a, b] = match &self.tables {
            Some(tables) => tables,
            None => {
                own = SecretTable::pair([&self.a, &self.b], Shape::SEVERAL);
                &own
            }
        };
        let combine = |mut terms: Vec<Term<'_>>| {
            let sum = secret_sum(&[], &terms);
            wipe(&mut terms);
            sum
        };
        let tables: Vec<_> = hidden
            .iter()
            .map(|index| self.frame.bases[*index].table())
            .collect();
        let mut terms: Vec<_> = tables
            .iter()
            .map(|table| &**table)
            .zip(m_tildes.iter().copied())
            .collect();
        let mut chosen: [Term<'_>; 1] = [(b, r2.mul(r3_tilde))];
        let t2 = secret_sum(&terms, &chosen);
        wipe(&mut terms);
        wipe(&mut chosen);
        let mut points = vec![
            combine(vec![(a, *s)]),
            combine(vec![(b, *s), (a, s.mul(&self.e).neg())]),
            combine(vec![(b, *r2)]),
            combine(vec![(a, s.mul(e_tilde)), (b, r2.mul(r1_tilde))]),
            t2,
        ];
        if let Some(context) = context {
            let count = self.layout.nyms;
            let secrets = &self.messages[self.messages.len() - count..];
            let tildes = &m_tildes[m_tildes.len().saturating_sub(count)..];
            let table = self.last_context.table(self.frame.suite, context)?;
            points.extend(pseudonym::commit(
                self.frame.suite,
                context,
                &table,
                secrets,
                tildes,
            )?);
        }
        let affine = to_affine_batch(&points);
        points.zeroize();
        let [a_bar, b_bar, d, t1, t2, nym @ ..] = affine.as_slice() else {
            return Err(Error::Entropy);
        };
        // Only a blinding factor of zero makes one of them the identity.
        if [a_bar, b_bar, d].iter().any(|point| point.is_identity()) {
            return Err(Error::Entropy);
        }
        let nym = match (nym, context) {
            ([pseudonym, commitment], Some(context)) => Some(NymPart {
                pseudonym: *pseudonym,
                commitment: *commitment,
                context,
            }),
            _ => None,
        };
        let c = challenge(
            &self.frame,
            &shown,
            [a_bar, b_bar, d, t1, t2],
            nym.as_ref(),
            presentation_header,
        )?;
        let r3 = Zeroizing::new(r2.invert());
        let proof = Proof {
            a_bar: *a_bar,
            b_bar: *b_bar,
            d: *d,
            e: e_tilde.add(&self.e.mul(&c)),
            r1: r1_tilde.sub(&r1.mul(&c)),
            r3: r3_tilde.sub(&r3.mul(&c)),
            messages: hidden
                .iter()
                .zip(m_tildes)
                .map(|(index, tilde)| tilde.add(&self.messages[*index].mul(&c)))
                .collect(),
            challenge: c,
        };
        let nym = nym
            .map(|part| Pseudonym::from_point(part.pseudonym))
            .transpose()?;
        Ok((proof, nym))
    }
}
