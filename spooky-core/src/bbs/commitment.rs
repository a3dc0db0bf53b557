//! Commitments of the prover and the proofs of what is in them: CoreCommit and CoreCommitVerify
//! (draft-irtf-cfrg-bbs-blind-signatures, in the layout of its official files).

use zeroize::Zeroizing;

use super::{
    frame::wipe,
    generators::{Kind, generators},
    random::hedged_scalars,
    suite::{Interface, Suite, octets_8},
};
use crate::{
    Error,
    bls::{G1Affine, Scalar, Shape, Table, public_sum, secret_sum},
    entropy::Entropy,
};

/// The blinding factor of a commitment, 32 octets: needed to use the signature. Wiped on drop.
pub struct ProverBlind(pub(crate) Zeroizing<Scalar>);

impl ProverBlind {
    /// The factor of a credential that was signed without a commitment: zero.
    pub fn none() -> Self {
        Self(Zeroizing::default())
    }

    /// Reads 32 octets, big-endian, below the group order.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(Zeroizing::new(Scalar::from_bytes(bytes)?)))
    }

    /// The 32 octets, for storage in an owner-only place.
    pub fn expose_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }
}

impl core::fmt::Debug for ProverBlind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ProverBlind")
    }
}

/// A commitment and the proof that its maker knows what is in it: 112 octets and 32 for every
/// message.
#[derive(Clone, PartialEq, Eq)]
pub struct CommitmentWithProof {
    point: G1Affine,
    blind: Scalar,
    messages: Vec<Scalar>,
    challenge: Scalar,
}

impl CommitmentWithProof {
    /// Octets of a commitment to `messages` messages.
    pub(crate) const fn bytes_for(messages: usize) -> usize {
        G1Affine::BYTES + Scalar::BYTES * (2 + messages)
    }

    /// Reads the octets; the identity, points outside the subgroup, scalars that are zero or not
    /// below the group order, and odd lengths are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("commitment");
        let (point, scalars) = bytes.split_at_checked(G1Affine::BYTES).ok_or(WHAT)?;
        let (scalars, rest) = scalars.as_chunks::<32>();
        let ([blind, messages @ .., challenge], []) = (scalars, rest) else {
            return Err(WHAT);
        };
        let scalar = |bytes: &[u8; 32]| Scalar::nonzero_from_bytes(bytes);
        Ok(Self {
            blind: scalar(blind)?,
            messages: messages.iter().map(scalar).collect::<Result<_, _>>()?,
            challenge: scalar(challenge)?,
            point: G1Affine::from_bytes(point)?,
        })
    }

    /// The octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(112 + 32 * self.messages.len());
        bytes.extend_from_slice(&self.point.to_bytes());
        let scalars = [&self.blind]
            .into_iter()
            .chain(&self.messages)
            .chain([&self.challenge]);
        for scalar in scalars {
            bytes.extend_from_slice(&scalar.to_bytes());
        }
        bytes
    }

    /// How many messages are committed to.
    pub fn messages(&self) -> usize {
        self.messages.len()
    }

    /// The commitment C without its proof, 48 octets: what an issuer remembers, to sign none but this
    /// one again.
    pub fn commitment_bytes(&self) -> [u8; G1Affine::BYTES] {
        self.point.to_bytes()
    }

    pub(crate) fn point(&self) -> &G1Affine {
        &self.point
    }

    /// CoreCommitVerify, variable time.
    pub(crate) fn check(&self, suite: Suite, interface: Interface) -> Result<(), Error> {
        let bases = generators(suite, Kind::Prover(interface), self.messages.len() + 1)?;
        let tables: Vec<_> = bases.iter().map(|base| base.table()).collect();
        let terms: Vec<_> = tables
            .iter()
            .map(|table| &**table)
            .zip(
                [self.blind]
                    .into_iter()
                    .chain(self.messages.iter().copied()),
            )
            .collect();
        let own = Table::new(&self.point, Shape::ONCE);
        let c = &self.challenge;
        let c_bar = public_sum(&terms, &[(&own, c.neg())]);
        let expected = commitment_challenge(
            suite,
            interface,
            &self.point,
            c_bar.to_affine(),
            self.messages.len(),
        )?;
        if expected == *c {
            Ok(())
        } else {
            Err(Error::Signature)
        }
    }
}

impl core::fmt::Debug for CommitmentWithProof {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CommitmentWithProof")
            .field("messages", &self.messages())
            .finish()
    }
}

/// hash_to_scalar(I2OSP(M, 8) ‖ Q_2 ‖ J_1 … J_M ‖ C ‖ Cbar).
fn commitment_challenge(
    suite: Suite,
    interface: Interface,
    commitment: &G1Affine,
    c_bar: G1Affine,
    messages: usize,
) -> Result<Scalar, Error> {
    let bases = generators(suite, Kind::Prover(interface), messages + 1)?;
    let count = octets_8(messages);
    let (commitment, c_bar) = (commitment.to_bytes(), c_bar.to_bytes());
    let mut parts: Vec<&[u8]> = vec![&count];
    parts.extend(bases.iter().map(|base| base.bytes.as_slice()));
    parts.extend([commitment.as_slice(), &c_bar]);
    suite.hash_to_scalar(&parts, (suite.api_id(interface) + "H2S_").as_bytes())
}

/// Commits to `messages`; the signer gets the first, the prover keeps the second.
///
/// # Errors
/// [`Error::Entropy`] when the source fails, [`Error::Unsupported`] for too many messages.
///
/// ```
/// use spooky_core::{bbs::{self, Credential, SecretKey, Suite}, entropy::OsEntropy};
/// let suite = Suite::Bls12381Sha256;
/// let key = SecretKey::make(suite, &OsEntropy)?;
/// let (commitment, blind) = bbs::commit(suite, &["my secret"], &OsEntropy)?;
/// let signature = key.blind_sign(Some(&commitment), b"header", &["over 21"])?;
/// let credential = Credential::from_blind(
///     key.public_key(), &signature, b"header", &["over 21"], &["my secret"], &blind)?;
/// # Ok::<(), spooky_core::Error>(())
/// ```
pub fn commit<M: AsRef<[u8]>>(
    suite: Suite,
    messages: &[M],
    source: &dyn Entropy,
) -> Result<(CommitmentWithProof, ProverBlind), Error> {
    let scalars = suite.map_messages(Interface::Blind, messages)?;
    commit_scalars(suite, Interface::Blind, &scalars, source)
}

pub(crate) fn commit_scalars(
    suite: Suite,
    interface: Interface,
    messages: &[Scalar],
    source: &dyn Entropy,
) -> Result<(CommitmentWithProof, ProverBlind), Error> {
    let mut witness = Zeroizing::new(Vec::with_capacity(32 * messages.len()));
    for message in messages {
        witness.extend_from_slice(Zeroizing::new(message.to_bytes()).as_slice());
    }
    let api_id = suite.api_id(interface);
    let public: [&[u8]; 2] = [b"commitment", api_id.as_bytes()];
    let random = hedged_scalars(suite, source, &[&witness], &public, messages.len() + 2)?;
    commit_with(suite, interface, messages, &random)
}

/// Like [`commit_scalars`], with a blind that the prover derived: the same commitment every time,
/// under a fresh proof.
pub(crate) fn commit_again(
    suite: Suite,
    interface: Interface,
    messages: &[Scalar],
    blind: &ProverBlind,
    source: &dyn Entropy,
) -> Result<CommitmentWithProof, Error> {
    let mut witness = Zeroizing::new(Vec::with_capacity(32 * (messages.len() + 1)));
    for scalar in [&*blind.0].into_iter().chain(messages) {
        witness.extend_from_slice(Zeroizing::new(scalar.to_bytes()).as_slice());
    }
    let api_id = suite.api_id(interface);
    let public: [&[u8]; 2] = [b"commitment with a given blind", api_id.as_bytes()];
    let fresh = hedged_scalars(suite, source, &[&witness], &public, messages.len() + 1)?;
    let mut random = Zeroizing::new(Vec::with_capacity(messages.len() + 2));
    random.push(*blind.0);
    random.extend_from_slice(&fresh);
    Ok(commit_with(suite, interface, messages, &random)?.0)
}

/// CoreCommit with the given random scalars: the blind, s~, m~….
pub(crate) fn commit_with(
    suite: Suite,
    interface: Interface,
    messages: &[Scalar],
    random: &[Scalar],
) -> Result<(CommitmentWithProof, ProverBlind), Error> {
    let [blind, s_tilde, m_tildes @ ..] = random else {
        return Err(Error::Entropy);
    };
    if m_tildes.len() != messages.len() {
        return Err(Error::Entropy);
    }
    let bases = generators(suite, Kind::Prover(interface), messages.len() + 1)?;
    let tables: Vec<_> = bases.iter().map(|base| base.table()).collect();
    let sum = |first: &Scalar, others: &[Scalar]| {
        let scalars = [*first].into_iter().chain(others.iter().copied());
        let mut terms: Vec<_> = tables.iter().map(|table| &**table).zip(scalars).collect();
        let sum = secret_sum(&terms, &[]);
        wipe(&mut terms);
        sum.to_affine()
    };
    let point = sum(blind, messages);
    let c_bar = sum(s_tilde, m_tildes);
    let c = commitment_challenge(suite, interface, &point, c_bar, messages.len())?;
    let commitment = CommitmentWithProof {
        point,
        blind: s_tilde.add(&blind.mul(&c)),
        messages: m_tildes
            .iter()
            .zip(messages)
            .map(|(tilde, message)| tilde.add(&message.mul(&c)))
            .collect(),
        challenge: c,
    };
    Ok((commitment, ProverBlind(Zeroizing::new(*blind))))
}
