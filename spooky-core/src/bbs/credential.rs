//! A signature with its messages in the hands of the prover. The proofs themselves are made in
//! `prove`.

use zeroize::{Zeroize, Zeroizing};

use super::{
    frame::{Frame, Layout},
    keys::PublicKey,
    proof::Proof,
    pseudonym::{LastContext, Pseudonym},
    signature::Signature,
    suite::Interface,
};
use crate::{
    Error,
    bls::{G1Affine, Scalar, SecretTable, Shape, public_sum},
    entropy::Entropy,
};

/// What a proof shows: indexes in strictly ascending order, counted from 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disclosure<'a> {
    /// Indexes of the signer's messages.
    pub messages: &'a [usize],
    /// Indexes of the messages that the prover had committed to; empty without a commitment.
    pub committed: &'a [usize],
}

/// A signed set of messages, ready for proofs. All of it is secret; it is wiped on drop.
///
/// It holds B, which allows to test guesses of hidden messages, so a stored or prepared credential
/// deserves the care of the messages themselves.
pub struct Credential {
    pub(super) frame: Frame,
    pub(super) layout: Layout,
    pub(super) a: G1Affine,
    pub(super) e: Zeroizing<Scalar>,
    pub(super) b: G1Affine,
    pub(crate) messages: Zeroizing<Vec<Scalar>>,
    pub(super) tables: Option<[SecretTable; 2]>,
    pub(super) last_context: LastContext,
}

impl Drop for Credential {
    fn drop(&mut self) {
        self.a.zeroize();
        self.b.zeroize();
    }
}

impl Credential {
    /// Takes a signature over `header` and `messages`. The signature is **not** verified here: do
    /// it once with [`PublicKey::verify`] when it arrives.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for more than [`super::MAX_MESSAGES`] messages.
    pub fn new<M: AsRef<[u8]>>(
        key: &PublicKey,
        signature: &Signature,
        header: &[u8],
        messages: &[M],
    ) -> Result<Self, Error> {
        let scalars = key.suite.map_messages(Interface::Core, messages)?;
        Self::from_scalars(
            key,
            signature,
            header,
            Layout::core(messages.len()),
            scalars,
        )
    }

    /// `messages` in the order of the frame's bases.
    pub(crate) fn from_scalars(
        key: &PublicKey,
        signature: &Signature,
        header: &[u8],
        layout: Layout,
        messages: Zeroizing<Vec<Scalar>>,
    ) -> Result<Self, Error> {
        let frame = Frame::new(key, layout, header)?;
        if messages.len() != frame.bases.len() {
            return Err(Error::Malformed("number of messages"));
        }
        let b = frame.secret_sum(&messages).to_affine();
        if b.is_identity() {
            return Err(Error::Malformed("signature"));
        }
        Ok(Self {
            frame,
            layout,
            a: signature.a,
            e: Zeroizing::new(signature.e),
            b,
            messages,
            tables: None,
            last_context: LastContext::default(),
        })
    }

    /// Whether the signature is the issuer's over exactly these messages.
    ///
    /// # Errors
    /// [`Error::Signature`] when it is not.
    pub fn verify(&self, key: &PublicKey) -> Result<(), Error> {
        let signature = Signature {
            a: self.a,
            e: *self.e,
        };
        signature.check(key, |product| {
            self.b.to_g1().add(&public_sum(&[], &[product]))
        })
    }

    /// Builds tables for the points of this credential (66 KiB), so that each further proof is
    /// faster. Worth it from the fifth proof on.
    pub fn prepare(&mut self) {
        self.tables = Some(SecretTable::pair([&self.a, &self.b], Shape::FASTEST));
    }

    /// Proves knowledge of the signature, showing the messages that `disclosure` names and binding
    /// `presentation_header`. Constant time in everything hidden.
    ///
    /// # Errors
    /// [`Error::Malformed`] for indexes that are out of range, unordered or repeated,
    /// [`Error::Entropy`] when the source fails.
    ///
    /// ```
    /// use spooky_core::{bbs::{Credential, Disclosure, SecretKey, Statement, Suite}, entropy::OsEntropy};
    /// let key = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy)?;
    /// let messages = ["Ada", "over 21"];
    /// let signature = key.sign(b"header", &messages)?;
    /// let credential = Credential::new(key.public_key(), &signature, b"header", &messages)?;
    /// let disclosure = Disclosure { messages: &[1], committed: &[] };
    /// let proof = credential.prove(disclosure, b"nonce", &OsEntropy)?;
    /// let shown: &[(usize, &[u8])] = &[(1, b"over 21")];
    /// key.public_key().verify_proof(&proof, &Statement::core(b"header", b"nonce", shown))?;
    /// # Ok::<(), spooky_core::Error>(())
    /// ```
    pub fn prove(
        &self,
        disclosure: Disclosure<'_>,
        presentation_header: &[u8],
        source: &dyn Entropy,
    ) -> Result<Proof, Error> {
        if self.layout.interface == Interface::Pseudonym {
            return Err(Error::Unsupported("proof without its pseudonym"));
        }
        let scalars = self.scalars(disclosure, presentation_header, &[], source)?;
        Ok(self
            .prove_with(disclosure, presentation_header, None, &scalars)?
            .0)
    }

    /// Like [`Credential::prove`], with the pseudonym for `context` (draft-irtf-cfrg-bbs-per-verifier-linkability):
    /// the same for every proof to one context, unlinkable between contexts. The next proof to the
    /// same context is faster.
    ///
    /// # Errors
    /// As [`Credential::prove`], and [`Error::Unsupported`] for a credential without pseudonym
    /// secret.
    pub fn prove_with_pseudonym(
        &self,
        disclosure: Disclosure<'_>,
        context: &[u8],
        presentation_header: &[u8],
        source: &dyn Entropy,
    ) -> Result<(Proof, Pseudonym), Error> {
        if self.layout.nyms == 0 {
            return Err(Error::Unsupported("credential without pseudonym secret"));
        }
        let scalars = self.scalars(disclosure, presentation_header, context, source)?;
        let (proof, nym) =
            self.prove_with(disclosure, presentation_header, Some(context), &scalars)?;
        let nym = nym.ok_or(Error::Unsupported("credential without pseudonym secret"))?;
        Ok((proof, nym))
    }
}

impl core::fmt::Debug for Credential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Credential")
    }
}
