//! Blind signatures (draft-irtf-cfrg-bbs-blind-signatures, in the layout of its official files):
//! the prover commits to messages that the signer signs without seeing them.
//!
//! The official files fix two points where they differ from the draft's text, and this follows the
//! files: the signature's e is hash_to_scalar(SK ‖ B) without the domain, and proofs are not framed.

use zeroize::{Zeroize, Zeroizing};

use super::{
    commitment::{CommitmentWithProof, ProverBlind},
    credential::Credential,
    frame::{Frame, Layout, add_commitment},
    keys::{PublicKey, SecretKey},
    signature::Signature,
    suite::{Interface, Suite},
};
use crate::{
    Error,
    bls::{G1, Scalar, secret_sum},
};

impl SecretKey {
    /// Signs `messages` and the messages in `commitment`, whose proof is checked first (BlindSign).
    ///
    /// # Errors
    /// [`Error::Signature`] when the commitment's proof fails, [`Error::Unsupported`] for too many
    /// messages.
    pub fn blind_sign<M: AsRef<[u8]>>(
        &self,
        commitment: Option<&CommitmentWithProof>,
        header: &[u8],
        messages: &[M],
    ) -> Result<Signature, Error> {
        let layout = Layout {
            interface: Interface::Blind,
            signer: messages.len(),
            committed: commitment.map_or(0, CommitmentWithProof::messages),
            nyms: 0,
        };
        self.blind_sign_layout(layout, commitment, None, header, messages)
    }

    pub(crate) fn blind_sign_layout<M: AsRef<[u8]>>(
        &self,
        layout: Layout,
        commitment: Option<&CommitmentWithProof>,
        signer_entropy: Option<&Scalar>,
        header: &[u8],
        messages: &[M],
    ) -> Result<Signature, Error> {
        if let Some(commitment) = commitment {
            commitment.check(self.suite, layout.interface)?;
        }
        let frame = Frame::new(self.public_key(), layout, header)?;
        let scalars = self.suite.map_messages(layout.interface, messages)?;
        let mut sum: G1 = frame.secret_sum(&scalars);
        if let (Some(entropy), Some(base)) = (signer_entropy, frame.bases.last()) {
            let table = base.table();
            let mut terms = [(&*table, *entropy)];
            sum = sum.add(&secret_sum(&terms, &[]));
            terms[0].1.zeroize();
        }
        let b = add_commitment(sum, commitment.map(CommitmentWithProof::point));
        self.sign_point(&frame, b.to_affine())
    }
}

impl Credential {
    /// Takes a signature of [`SecretKey::blind_sign`] over `messages` and `committed`. It is
    /// verified first: it comes from a signer that the prover talks to alone.
    ///
    /// # Errors
    /// [`Error::Signature`] when it does not verify, [`Error::Unsupported`] for too many messages.
    pub fn from_blind<M: AsRef<[u8]>, N: AsRef<[u8]>>(
        key: &PublicKey,
        signature: &Signature,
        header: &[u8],
        messages: &[M],
        committed: &[N],
        blind: &ProverBlind,
    ) -> Result<Self, Error> {
        let layout = Layout {
            interface: Interface::Blind,
            signer: messages.len(),
            committed: committed.len(),
            nyms: 0,
        };
        let scalars = all_scalars(key.suite, layout, messages, committed, blind)?;
        let credential = Self::from_scalars(key, signature, header, layout, scalars)?;
        credential.verify(key)?;
        Ok(credential)
    }
}

/// m_1 … m_L, the blind, and the committed messages.
pub(crate) fn all_scalars<M: AsRef<[u8]>, N: AsRef<[u8]>>(
    suite: Suite,
    layout: Layout,
    messages: &[M],
    committed: &[N],
    blind: &ProverBlind,
) -> Result<Zeroizing<Vec<Scalar>>, Error> {
    let mut all = Zeroizing::new(Vec::with_capacity(messages.len() + 1 + committed.len()));
    all.extend_from_slice(&suite.map_messages(layout.interface, messages)?);
    all.push(*blind.0);
    all.extend_from_slice(&suite.map_messages(layout.interface, committed)?);
    Ok(all)
}
