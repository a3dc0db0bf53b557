//! BBS+ signatures (A, e, s) of Camenisch, Drijvers and Lehmann (IACR ePrint 2016/663), through the
//! crate `bbs_plus` on arkworks. Feature `bbs-plus`, off by default.
//!
//! **Not constant-time**: arkworks branches on secrets, so signing and proving belong on machines
//! where nobody else can measure them. **No claim of interoperability**: generators, the mapping
//! of messages and the encodings are those of this module and of `bbs_plus`, of no standard. New
//! work uses [`crate::bbs`].

mod keys;
mod proof;
#[cfg(test)]
mod tests;

use ::bbs_plus::prelude::{PreparedSignatureParamsG1, SignatureParamsG1};
use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::PrimeField;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::{SeedableRng, rngs::StdRng};
use zeroize::Zeroizing;

pub use keys::{PublicKey, SecretKey, Signature};
pub use proof::{Credential, Proof};

use crate::{
    Error,
    bbs::{MAX_MESSAGES, Suite},
    encoding::labelled_sha256,
    entropy::{Entropy, random_32},
};

/// The generators for one number of messages, 48 octets each in memory twice. Made by hashing a
/// fixed label, so that nobody knows a relation between them; keep and share them.
pub struct Parameters {
    plain: SignatureParamsG1<Bls12_381>,
    prepared: PreparedSignatureParamsG1<Bls12_381>,
}

impl Parameters {
    /// The generators for `messages` messages, at least one.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for none or more than [`MAX_MESSAGES`].
    ///
    /// ```
    /// use spooky_core::{bbs_plus::{Parameters, SecretKey}, entropy::OsEntropy};
    /// let parameters = Parameters::new(2)?;
    /// let key = SecretKey::make(&OsEntropy)?;
    /// let signature = key.sign(&parameters, &["Ada", "over 21"], &OsEntropy)?;
    /// key.public_key().verify(&parameters, &signature, &["Ada", "over 21"])?;
    /// # Ok::<(), spooky_core::Error>(())
    /// ```
    pub fn new(messages: usize) -> Result<Self, Error> {
        const WHAT: Error = Error::Unsupported("number of messages");
        let count = u32::try_from(messages).map_err(|_| WHAT)?;
        if messages == 0 || messages > MAX_MESSAGES {
            return Err(WHAT);
        }
        let plain = SignatureParamsG1::new::<sha2_10::Sha256>(b"spookyid/bbs-plus/v1", count);
        if !plain.is_valid() {
            return Err(Error::Malformed("generators"));
        }
        let prepared = plain.clone().into();
        Ok(Self { plain, prepared })
    }

    /// How many messages these generators are for.
    pub fn messages(&self) -> usize {
        self.plain.h.len()
    }
}

impl core::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Parameters")
            .field("messages", &self.messages())
            .finish()
    }
}

fn scalar(parts: &[&[u8]], dst: &[u8]) -> Result<Fr, Error> {
    let scalar = Suite::Bls12381Sha256.hash_to_scalar(parts, dst)?;
    let octets = Zeroizing::new(scalar.to_bytes());
    Ok(Fr::from_be_bytes_mod_order(octets.as_slice()))
}

fn map_message(text: &[u8]) -> Result<Fr, Error> {
    scalar(&[text], b"spookyid/bbs-plus/message/v1")
}

fn map_messages<M: AsRef<[u8]>>(messages: &[M]) -> Result<Zeroizing<Vec<Fr>>, Error> {
    let mut all = Zeroizing::new(Vec::with_capacity(messages.len()));
    for message in messages {
        all.push(map_message(message.as_ref())?);
    }
    Ok(all)
}

/// A generator for one operation, from 32 fresh bytes and everything that goes into it
/// (`decisions.md` D10).
fn generator(source: &dyn Entropy, inputs: &[&[u8]]) -> Result<StdRng, Error> {
    let fresh = Zeroizing::new(random_32(source)?);
    let digest = Zeroizing::new(labelled_sha256("spookyid/bbs-plus/inputs/v1", inputs));
    let seed = labelled_sha256("spookyid/bbs-plus/seed/v1", &[fresh.as_slice(), &*digest]);
    Ok(StdRng::from_seed(seed))
}

fn octets<T: CanonicalSerialize>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(value.compressed_size());
    value
        .serialize_compressed(&mut bytes)
        .map_err(|_| Error::Malformed("object"))?;
    Ok(bytes)
}

/// Decodes exactly `bytes`: canonical, points in their subgroups.
fn decode<T: CanonicalDeserialize + CanonicalSerialize>(
    bytes: &[u8],
    what: &'static str,
) -> Result<T, Error> {
    let value = T::deserialize_compressed(bytes).map_err(|_| Error::Malformed(what))?;
    if octets(&value)? == bytes {
        Ok(value)
    } else {
        Err(Error::Malformed(what))
    }
}
