//! Per-verifier pseudonyms (draft-irtf-cfrg-bbs-per-verifier-linkability, as in its official files):
//! pseudonym = hash_to_curve_g1(context) · Σ nym_secretᵢ·zⁱ, proven inside the proof. N, the number
//! of secrets, is 1 in the public API.

use std::sync::{Arc, Mutex, PoisonError};

use zeroize::{Zeroize, Zeroizing};

use super::{
    blind,
    commitment::{self, CommitmentWithProof, ProverBlind},
    credential::Credential,
    frame::Layout,
    keys::{PublicKey, SecretKey},
    signature::Signature,
    suite::{Interface, Suite},
};
use crate::{
    Error,
    bls::{G1, G1Affine, Scalar, Shape, Table, public_sum, reveal, secret_sum},
    entropy::Entropy,
};

/// A pseudonym, 48 octets: the same whenever one credential meets one context.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pseudonym(G1Affine);

impl Pseudonym {
    /// Octets of a pseudonym.
    pub const BYTES: usize = G1Affine::BYTES;

    /// Reads 48 octets; the identity and the base point of G1 are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_point(G1Affine::from_bytes(bytes)?)
    }

    pub(crate) fn from_point(point: G1Affine) -> Result<Self, Error> {
        if point.is_identity() || reveal(point.equals(&G1Affine::generator())) {
            return Err(Error::Malformed("pseudonym"));
        }
        Ok(Self(point))
    }

    pub(crate) fn point(&self) -> G1Affine {
        self.0
    }

    /// The 48 octets.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        self.0.to_bytes()
    }
}

impl core::fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Pseudonym")
    }
}

/// A share of a pseudonym secret, 32 octets: the prover's (prover_nym) or the signer's
/// (signer_nym_entropy). Their sum is the secret. Wiped on drop.
pub struct NymSecret(pub(crate) Zeroizing<Scalar>);

impl NymSecret {
    /// A fresh one from 32 bytes of `source`.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(suite: Suite, source: &dyn Entropy) -> Result<Self, Error> {
        let scalars = super::random::hedged_scalars(suite, source, &[], &[b"pseudonym secret"], 1)?;
        Ok(Self(Zeroizing::new(scalars[0])))
    }

    /// Reads 32 octets, big-endian, below the group order and not zero.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(Zeroizing::new(Scalar::nonzero_from_bytes(bytes)?)))
    }

    /// The 32 octets, for storage in an owner-only place.
    pub fn expose_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }
}

impl core::fmt::Debug for NymSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("NymSecret")
    }
}

/// Commits to messages and the prover's share of the pseudonym secret (CommitWithNym).
///
/// # Errors
/// [`Error::Entropy`] when the source fails, [`Error::Unsupported`] for too many messages.
pub fn commit_with_nym<M: AsRef<[u8]>>(
    suite: Suite,
    messages: &[M],
    prover_nym: &NymSecret,
    source: &dyn Entropy,
) -> Result<(CommitmentWithProof, ProverBlind), Error> {
    let scalars = with_nyms(
        suite.map_messages(Interface::Pseudonym, messages)?,
        &[*prover_nym.0],
    );
    commitment::commit_scalars(suite, Interface::Pseudonym, &scalars, source)
}

/// Like [`commit_with_nym`] without other messages, with a blind that the prover derived instead of
/// drawing it: the commitment is the same every time, the proof is fresh. An issuer can then insist
/// on the commitment that it signed first, and with it on the same pseudonyms.
///
/// # Errors
/// [`Error::Entropy`] when the source fails.
///
/// ```
/// use spooky_core::{bbs::{commit_to_nym_again, NymSecret, ProverBlind, Suite}, entropy::OsEntropy};
/// let (nym, blind) = (NymSecret::from_bytes(&[3; 32])?, ProverBlind::from_bytes(&[4; 32])?);
/// let make = || commit_to_nym_again(Suite::Bls12381Sha256, &nym, &blind, &OsEntropy);
/// let (first, second) = (make()?, make()?);
/// assert_eq!(first.commitment_bytes(), second.commitment_bytes());
/// assert_ne!(first.to_bytes(), second.to_bytes());
/// # Ok::<(), spooky_core::Error>(())
/// ```
pub fn commit_to_nym_again(
    suite: Suite,
    prover_nym: &NymSecret,
    blind: &ProverBlind,
    source: &dyn Entropy,
) -> Result<CommitmentWithProof, Error> {
    let scalars = with_nyms(Zeroizing::default(), &[*prover_nym.0]);
    commitment::commit_again(suite, Interface::Pseudonym, &scalars, blind, source)
}

/// `scalars` and `nyms` in one vector that never grows, so nothing is left behind.
pub(crate) fn with_nyms(
    scalars: Zeroizing<Vec<Scalar>>,
    nyms: &[Scalar],
) -> Zeroizing<Vec<Scalar>> {
    let mut all = Zeroizing::new(Vec::with_capacity(scalars.len() + nyms.len()));
    all.extend_from_slice(&scalars);
    all.extend_from_slice(nyms);
    all
}

impl SecretKey {
    /// Signs `messages` and a commitment whose last message is a pseudonym secret, to which it adds
    /// `signer_entropy` (BlindSignWithNym). Use fresh entropy for each person, and the same again
    /// when renewing, or the pseudonyms change.
    ///
    /// # Errors
    /// [`Error::Signature`] when the commitment's proof fails, [`Error::Unsupported`] for too many
    /// messages.
    pub fn blind_sign_with_nym<M: AsRef<[u8]>>(
        &self,
        commitment: &CommitmentWithProof,
        signer_entropy: &NymSecret,
        header: &[u8],
        messages: &[M],
    ) -> Result<Signature, Error> {
        self.blind_sign_with_nyms(commitment, signer_entropy, 1, header, messages)
    }

    pub(crate) fn blind_sign_with_nyms<M: AsRef<[u8]>>(
        &self,
        commitment: &CommitmentWithProof,
        signer_entropy: &NymSecret,
        nyms: usize,
        header: &[u8],
        messages: &[M],
    ) -> Result<Signature, Error> {
        let committed = commitment
            .messages()
            .checked_sub(nyms)
            .filter(|_| nyms > 0)
            .ok_or(Error::Malformed("commitment"))?;
        let layout = Layout {
            interface: Interface::Pseudonym,
            signer: messages.len(),
            committed,
            nyms,
        };
        self.blind_sign_layout(
            layout,
            Some(commitment),
            Some(&signer_entropy.0),
            header,
            messages,
        )
    }
}

impl Credential {
    /// Takes a signature of [`SecretKey::blind_sign_with_nym`]. It is verified first: it comes
    /// from a signer that the prover talks to alone.
    ///
    /// # Errors
    /// [`Error::Signature`] when it does not verify, [`Error::Unsupported`] for too many messages.
    #[allow(clippy::too_many_arguments)] // Each is an input of the draft's operation.
    pub fn with_nym<M: AsRef<[u8]>, N: AsRef<[u8]>>(
        key: &PublicKey,
        signature: &Signature,
        header: &[u8],
        messages: &[M],
        committed: &[N],
        blind: &ProverBlind,
        prover_nym: &NymSecret,
        signer_entropy: &NymSecret,
    ) -> Result<Self, Error> {
        let nyms = Zeroizing::new(vec![prover_nym.0.add(&signer_entropy.0)]);
        Self::with_nym_secrets(key, signature, header, messages, committed, blind, &nyms)
    }

    pub(crate) fn with_nym_secrets<M: AsRef<[u8]>, N: AsRef<[u8]>>(
        key: &PublicKey,
        signature: &Signature,
        header: &[u8],
        messages: &[M],
        committed: &[N],
        blind: &ProverBlind,
        nyms: &[Scalar],
    ) -> Result<Self, Error> {
        let layout = Layout {
            interface: Interface::Pseudonym,
            signer: messages.len(),
            committed: committed.len(),
            nyms: nyms.len(),
        };
        let scalars = blind::all_scalars(key.suite, layout, messages, committed, blind)?;
        let scalars = with_nyms(scalars, nyms);
        let credential = Self::from_scalars(key, signature, header, layout, scalars)?;
        credential.verify(key)?;
        Ok(credential)
    }
}

/// hash_to_curve_g1(context) with the interface's identifier as DST.
fn context_point(suite: Suite, context: &[u8]) -> Result<G1Affine, Error> {
    let dst = suite.api_id(Interface::Pseudonym);
    suite.expander().hash_to_g1(context, dst.as_bytes())
}

/// Σ scalarᵢ·zⁱ, z = hash_to_scalar(context).
fn polynomial(
    suite: Suite,
    context: &[u8],
    scalars: &[Scalar],
) -> Result<Zeroizing<Scalar>, Error> {
    let mut value = Zeroizing::new(scalars.last().copied().unwrap_or_default());
    if scalars.len() > 1 {
        let dst = suite.api_id(Interface::Pseudonym) + "VECT_NYM_SECRETS";
        let z = suite.hash_to_scalar(&[context], dst.as_bytes())?;
        for scalar in scalars.iter().rev().skip(1) {
            *value = value.mul(&z).add(scalar);
        }
    }
    Ok(value)
}

/// The table of the last context that a credential met, 3 KiB: most return to the same one.
#[derive(Default)]
pub(crate) struct LastContext(Mutex<Option<(Vec<u8>, Arc<Table>)>>);

impl LastContext {
    pub(crate) fn table(&self, suite: Suite, context: &[u8]) -> Result<Arc<Table>, Error> {
        let last = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, table)) = &*last()
            && known == context
        {
            return Ok(Arc::clone(table));
        }
        // Not under the lock: other threads present with this credential meanwhile.
        let table = Table::new(&context_point(suite, context)?, Shape::SEVERAL);
        let table = Arc::new(table);
        *last() = Some((context.to_vec(), Arc::clone(&table)));
        Ok(table)
    }
}

/// The pseudonym of one secret, in constant time: what a proof would show.
#[cfg(test)]
pub(crate) fn pseudonym_of(
    suite: Suite,
    context: &[u8],
    secret: &NymSecret,
) -> Result<Pseudonym, Error> {
    let table = Table::new(&context_point(suite, context)?, Shape::ONCE);
    let [point, _] = commit(suite, context, &table, &[*secret.0], &[])?;
    Pseudonym::from_point(point.to_affine())
}

/// The pseudonym and Ut, in constant time. `table` is that of the context's point.
pub(crate) fn commit(
    suite: Suite,
    context: &[u8],
    table: &Table,
    secrets: &[Scalar],
    tildes: &[Scalar],
) -> Result<[G1; 2], Error> {
    let mut points = [G1::identity(); 2];
    for (point, scalars) in points.iter_mut().zip([secrets, tildes]) {
        let mut terms = [(table, *polynomial(suite, context, scalars)?)];
        *point = secret_sum(&[], &terms);
        terms[0].1.zeroize();
    }
    Ok(points)
}

/// Uv = OP·Σ m^ᵢ·zⁱ − pseudonym·c, **variable time**.
pub(crate) fn recompute(
    suite: Suite,
    context: &[u8],
    pseudonym: &Pseudonym,
    responses: &[Scalar],
    challenge: &Scalar,
) -> Result<G1, Error> {
    let op = context_point(suite, context)?;
    let [op, nym] = Table::several([&op, &pseudonym.0], Shape::ONCE);
    let response = polynomial(suite, context, responses)?;
    let terms = [(&op, *response), (&nym, challenge.neg())];
    Ok(public_sum(&[], &terms))
}
