//! Sign and Verify (core draft, sections 3.5.1, 3.5.2, 3.6.1, 3.6.2). A signature is (A, e), 80 octets.

use zeroize::Zeroizing;

use super::{
    frame::{Frame, Layout},
    keys::{PublicKey, SecretKey},
    suite::Interface,
};
use crate::{
    Error,
    bls::{
        G1, G1Affine, PreparedG2, Scalar, Shape, Table, Term, pairings_equal, reveal, secret_sum,
    },
};

/// A signature, 80 octets: a point A of G1 and a scalar e.
///
/// It is as good as the credential itself: keep it private and show proofs.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    pub(crate) a: G1Affine,
    pub(crate) e: Scalar,
}

impl Signature {
    /// Octets of a signature.
    pub const BYTES: usize = 80;

    /// Reads 80 octets; the identity, points outside the subgroup and scalars that are zero or not
    /// below the group order are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != Self::BYTES {
            return Err(Error::Malformed("signature"));
        }
        let (a, e) = bytes.split_at(G1Affine::BYTES);
        Ok(Self {
            a: G1Affine::from_bytes(a)?,
            e: Scalar::nonzero_from_bytes(e)?,
        })
    }

    /// The 80 octets.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..48].copy_from_slice(&self.a.to_bytes());
        bytes[48..].copy_from_slice(&self.e.to_bytes());
        bytes
    }

    /// e(A, W + BP2·e) = e(B, BP2), as e(A, W) = e(B − A·e, BP2): variable time.
    /// `b_and` is told (A, −e) and answers the sum of their product and B.
    pub(crate) fn check(
        &self,
        key: &PublicKey,
        b_and: impl FnOnce(Term<'_>) -> G1,
    ) -> Result<(), Error> {
        let table = Table::new(&self.a, Shape::ONCE);
        let right = b_and((&table, self.e.neg())).to_affine();
        if pairings_equal(
            &[(&self.a, key.prepared())],
            (&right, PreparedG2::generator()),
        ) {
            Ok(())
        } else {
            Err(Error::Signature)
        }
    }
}

impl core::fmt::Debug for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Signature")
    }
}

impl SecretKey {
    /// Signs `messages` and a `header` that every proof will show. Deterministic, constant time.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for more than [`super::MAX_MESSAGES`] messages.
    ///
    /// ```
    /// use spooky_core::{bbs::{SecretKey, Suite}, entropy::OsEntropy};
    /// let key = SecretKey::make(Suite::Bls12381Sha256, &OsEntropy)?;
    /// let signature = key.sign(b"schema 1", &["name", "over 21"])?;
    /// key.public_key().verify(&signature, b"schema 1", &["name", "over 21"])?;
    /// # Ok::<(), spooky_core::Error>(())
    /// ```
    pub fn sign<M: AsRef<[u8]>>(&self, header: &[u8], messages: &[M]) -> Result<Signature, Error> {
        let frame = Frame::new(self.public_key(), Layout::core(messages.len()), header)?;
        let scalars = self.suite.map_messages(Interface::Core, messages)?;
        // e = hash_to_scalar(SK || msg_1 … msg_L || domain)
        let mut octets = Zeroizing::new(Vec::with_capacity(32 * (scalars.len() + 2)));
        octets.extend_from_slice(self.expose_secret().as_slice());
        for scalar in scalars.iter() {
            octets.extend_from_slice(Zeroizing::new(scalar.to_bytes()).as_slice());
        }
        octets.extend_from_slice(&frame.domain.to_bytes());
        let e = self
            .suite
            .hash_to_scalar(&[&octets], frame.challenge_dst().as_bytes())?;
        let factor = self.divisor(&e)?;
        let a = frame.scaled_sum(&scalars, &factor).to_affine();
        Self::finish(a, e)
    }

    /// 1/(SK + e).
    fn divisor(&self, e: &Scalar) -> Result<Zeroizing<Scalar>, Error> {
        let sum = Zeroizing::new(self.scalar.add(e));
        // SK = −e: as likely as guessing the key.
        if reveal(sum.is_zero()) {
            return Err(Error::Signature);
        }
        Ok(Zeroizing::new(sum.invert()))
    }

    fn finish(a: G1Affine, e: Scalar) -> Result<Signature, Error> {
        // Both happen with a probability of 2^-255 and would make a signature nobody accepts.
        if a.is_identity() || reveal(e.is_zero()) {
            return Err(Error::Signature);
        }
        Ok(Signature { a, e })
    }

    /// FinalizeBlindSign as the official files have it: e = hash_to_scalar(SK || B).
    pub(crate) fn sign_point(&self, frame: &Frame, b: G1Affine) -> Result<Signature, Error> {
        if b.is_identity() {
            return Err(Error::Signature);
        }
        let secret = self.expose_secret();
        let e = self.suite.hash_to_scalar(
            &[secret.as_slice(), &b.to_bytes()],
            frame.challenge_dst().as_bytes(),
        )?;
        let factor = self.divisor(&e)?;
        let table = Table::new(&b, Shape::ONCE);
        let a = secret_sum(&[], &[(&table, *factor)]).to_affine();
        Self::finish(a, e)
    }
}

impl PublicKey {
    /// Verifies a signature over `header` and all `messages`. Variable time.
    ///
    /// # Errors
    /// [`Error::Signature`] when it does not verify, [`Error::Unsupported`] for too many messages.
    pub fn verify<M: AsRef<[u8]>>(
        &self,
        signature: &Signature,
        header: &[u8],
        messages: &[M],
    ) -> Result<(), Error> {
        let frame = Frame::new(self, Layout::core(messages.len()), header)?;
        let scalars = self.suite.map_messages(Interface::Core, messages)?;
        signature.check(self, |product| frame.public_sum(&scalars, &[product]))
    }
}
