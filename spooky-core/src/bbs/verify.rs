//! ProofVerify (core draft, sections 3.5.4, 3.6.4 and 3.7.3), with its blind and pseudonym forms.
//! Everything here is public and computed in variable time.

use super::{
    challenge::{NymPart, challenge},
    frame::{Frame, Layout},
    keys::PublicKey,
    proof::Proof,
    pseudonym::{self, Pseudonym},
    suite::Interface,
};
use crate::{
    Error,
    bls::{
        G1Affine, PreparedG2, Scalar, Shape, Table, pairings_equal, public_sum, to_affine_batch,
    },
};

/// A disclosed message with its index.
pub type Shown<'a> = (usize, &'a [u8]);

/// What a proof is said to prove: made by the verifier from its own state.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    pub(crate) header: &'a [u8],
    pub(crate) presentation_header: &'a [u8],
    pub(crate) messages: &'a [Shown<'a>],
    pub(crate) form: Form<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Form<'a> {
    Core,
    Blind {
        signer: usize,
        committed: &'a [Shown<'a>],
    },
    Pseudonym {
        signer: usize,
        committed: &'a [Shown<'a>],
        context: &'a [u8],
        pseudonym: &'a Pseudonym,
        nyms: usize,
    },
}

impl<'a> Statement<'a> {
    /// A signature over `header` and messages of which `messages` are shown (ascending by index),
    /// presented for `presentation_header`.
    pub fn core(
        header: &'a [u8],
        presentation_header: &'a [u8],
        messages: &'a [Shown<'a>],
    ) -> Self {
        Self {
            header,
            presentation_header,
            messages,
            form: Form::Core,
        }
    }

    /// Makes it a statement about a blind signature: the signer signed `signer_messages` messages
    /// besides the commitment, of whose messages `committed` are shown.
    #[must_use]
    pub fn blind(self, signer_messages: usize, committed: &'a [Shown<'a>]) -> Self {
        let form = Form::Blind {
            signer: signer_messages,
            committed,
        };
        Self { form, ..self }
    }

    /// Makes it a statement about a blind signature with a pseudonym for `context`, N = 1.
    #[must_use]
    pub fn pseudonym(
        self,
        signer_messages: usize,
        committed: &'a [Shown<'a>],
        context: &'a [u8],
        pseudonym: &'a Pseudonym,
    ) -> Self {
        self.pseudonym_of(signer_messages, committed, context, pseudonym, 1)
    }

    pub(crate) fn pseudonym_of(
        self,
        signer: usize,
        committed: &'a [Shown<'a>],
        context: &'a [u8],
        pseudonym: &'a Pseudonym,
        nyms: usize,
    ) -> Self {
        let form = Form::Pseudonym {
            signer,
            committed,
            context,
            pseudonym,
            nyms,
        };
        Self { form, ..self }
    }

    /// The numbers of messages that proof and statement together claim.
    fn layout(&self, hidden: usize) -> Result<Layout, Error> {
        const WHAT: Error = Error::Malformed("number of messages");
        let (interface, signer, committed, nyms) = match self.form {
            Form::Core => {
                return Layout::core(hidden + self.messages.len()).check();
            }
            Form::Blind { signer, committed } => (Interface::Blind, signer, committed, 0),
            Form::Pseudonym {
                signer,
                committed,
                nyms,
                ..
            } => (Interface::Pseudonym, signer, committed, nyms),
        };
        let total = hidden + self.messages.len() + committed.len();
        let committed = signer
            .checked_add(1)
            .and_then(|known| known.checked_add(nyms))
            .and_then(|known| total.checked_sub(known))
            .ok_or(WHAT)?;
        Layout {
            interface,
            signer,
            committed,
            nyms,
        }
        .check()
    }

    /// All shown messages as scalars, by ascending index among all messages.
    fn shown(&self, key: &PublicKey, layout: &Layout) -> Result<Vec<(usize, Scalar)>, Error> {
        const WHAT: Error = Error::Malformed("disclosed indexes");
        let committed: &[Shown<'_>] = match self.form {
            Form::Core => &[],
            Form::Blind { committed, .. } | Form::Pseudonym { committed, .. } => committed,
        };
        let in_range = self.messages.iter().all(|(i, _)| *i < layout.signer)
            && committed.iter().all(|(i, _)| *i < layout.committed);
        if !in_range {
            return Err(WHAT);
        }
        let texts: Vec<&[u8]> = self
            .messages
            .iter()
            .chain(committed)
            .map(|(_, text)| *text)
            .collect();
        let scalars = key.suite.map_messages(layout.interface, &texts)?;
        let indexes = self.messages.iter().map(|(index, _)| *index).chain(
            committed
                .iter()
                .map(|(index, _)| layout.committed_index(*index)),
        );
        let shown: Vec<_> = indexes.zip(scalars.iter().copied()).collect();
        if shown.is_sorted_by(|a, b| a.0 < b.0) {
            Ok(shown)
        } else {
            Err(WHAT)
        }
    }
}

impl PublicKey {
    /// Verifies `proof` against `statement`. Variable time.
    ///
    /// # Errors
    /// [`Error::Signature`] when it does not verify, [`Error::Malformed`] for indexes or numbers
    /// that do not fit the proof.
    pub fn verify_proof(&self, proof: &Proof, statement: &Statement<'_>) -> Result<(), Error> {
        check_challenge(self, proof, statement)?;
        check_pairing(self, proof)
    }
}

pub(crate) fn check_pairing(key: &PublicKey, proof: &Proof) -> Result<(), Error> {
    let left = [(&proof.a_bar, key.prepared())];
    if pairings_equal(&left, (&proof.b_bar, PreparedG2::generator())) {
        Ok(())
    } else {
        Err(Error::Signature)
    }
}

/// Everything but the pairing: T1, T2 and the challenge over them.
pub(crate) fn check_challenge(
    key: &PublicKey,
    proof: &Proof,
    statement: &Statement<'_>,
) -> Result<(), Error> {
    let layout = statement.layout(proof.messages.len())?;
    let shown = statement.shown(key, &layout)?;
    let frame = Frame::new(key, layout, statement.header)?;
    let c = &proof.challenge;
    // T1 = Bbar·c + Abar·e^ + D·r1^, T2 = (P1 + Q_1·domain + Σ H_i·m_i)·c + D·r3^ + Σ H_j·m^_j
    let [a_bar, b_bar, d] = Table::several([&proof.a_bar, &proof.b_bar, &proof.d], Shape::ONCE);
    let t1 = public_sum(&[], &[(&b_bar, *c), (&a_bar, proof.e), (&d, proof.r1)]);
    let tables = frame.tables();
    let mut terms = vec![(&*tables[0], *c), (&*tables[1], frame.domain.mul(c))];
    let mut shown_left = shown.iter().peekable();
    let mut responses = proof.messages.iter();
    for (index, table) in tables[2..].iter().enumerate() {
        let scalar = match shown_left.next_if(|(shown, _)| *shown == index) {
            Some((_, message)) => message.mul(c),
            None => *responses.next().ok_or(Error::Signature)?,
        };
        terms.push((table, scalar));
    }
    let t2 = public_sum(&terms, &[(&d, proof.r3)]);
    let mut points = vec![t1, t2];
    if let Form::Pseudonym {
        context,
        pseudonym,
        nyms,
        ..
    } = statement.form
    {
        let responses = proof
            .messages
            .len()
            .checked_sub(nyms)
            .and_then(|start| proof.messages.get(start..))
            .filter(|responses| !responses.is_empty())
            .ok_or(Error::Malformed("number of messages"))?;
        points.push(pseudonym::recompute(
            key.suite, context, pseudonym, responses, c,
        )?);
    }
    let affine: Vec<G1Affine> = to_affine_batch(&points);
    let nym = match statement.form {
        Form::Pseudonym {
            context, pseudonym, ..
        } => Some(NymPart {
            pseudonym: pseudonym.point(),
            commitment: affine[2],
            context,
        }),
        _ => None,
    };
    let points = [&proof.a_bar, &proof.b_bar, &proof.d, &affine[0], &affine[1]];
    let expected = challenge(
        &frame,
        &shown,
        points,
        nym.as_ref(),
        statement.presentation_header,
    )?;
    if expected == *c {
        Ok(())
    } else {
        Err(Error::Signature)
    }
}
