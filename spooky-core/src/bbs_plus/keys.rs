//! Keys and signatures. Encodings are those of arkworks: points compressed, scalars little-endian.

use ::bbs_plus::prelude::{
    PreparedPublicKeyG2, PublicKeyG2, SecretKey as Secret, SignatureG1, SignatureParamsG1,
};
use ark_bls12_381::{Bls12_381, Fr};
use zeroize::Zeroizing;

use super::{Parameters, decode, generator, map_messages, octets, scalar};
use crate::{Error, entropy::Entropy, secret::Secret32};

/// A secret signing key, 32 octets. Wiped on drop.
pub struct SecretKey {
    secret: Secret<Fr>,
    public: PublicKey,
}

impl SecretKey {
    /// Octets of a secret key.
    pub const BYTES: usize = 32;

    /// Makes a fresh key from 32 bytes of `source`.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(source: &dyn Entropy) -> Result<Self, Error> {
        let material = Secret32::make(source)?;
        let dst = b"spookyid/bbs-plus/key/v1";
        Self::new(Secret(scalar(&[material.expose_secret()], dst)?))
    }

    /// Reads 32 octets.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another length, zero, or a value not below the group order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::new(decode(bytes, "secret key")?)
    }

    fn new(secret: Secret<Fr>) -> Result<Self, Error> {
        // The base point of the keys is the same for every number of messages.
        let parameters = SignatureParamsG1::new::<sha2_10::Sha256>(b"spookyid/bbs-plus/v1", 1);
        let public = PublicKeyG2::generate_using_secret_key(&secret, &parameters);
        if !public.is_valid() {
            return Err(Error::Malformed("secret key"));
        }
        let public = PublicKey::new(public)?;
        Ok(Self { secret, public })
    }

    /// The 32 octets, for storage in an owner-only place.
    ///
    /// # Errors
    /// None that an honest key meets.
    pub fn expose_secret(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        Ok(Zeroizing::new(octets(&self.secret)?))
    }

    /// The matching public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `messages`. Randomised; **not constant-time**.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the number of messages is not that of `parameters`,
    /// [`Error::Entropy`] when the source fails.
    pub fn sign<M: AsRef<[u8]>>(
        &self,
        parameters: &Parameters,
        messages: &[M],
        source: &dyn Entropy,
    ) -> Result<Signature, Error> {
        let messages = map_messages(messages)?;
        let inputs = Zeroizing::new(octets(&*messages)?);
        let mut random = generator(source, &[&self.expose_secret()?, &inputs])?;
        SignatureG1::new(&mut random, &messages, &self.secret, &parameters.plain)
            .map(Signature)
            .map_err(|_| Error::Unsupported("number of messages"))
    }
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretKey")
    }
}

/// A public key, 96 octets.
#[derive(Clone)]
pub struct PublicKey {
    pub(super) bytes: Vec<u8>,
    pub(super) prepared: PreparedPublicKeyG2<Bls12_381>,
}

impl PublicKey {
    /// Octets of a public key.
    pub const BYTES: usize = 96;

    fn new(key: PublicKeyG2<Bls12_381>) -> Result<Self, Error> {
        Ok(Self {
            bytes: octets(&key)?,
            prepared: key.into(),
        })
    }

    /// Reads 96 octets: a canonical point of G2, in the subgroup, not the identity.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let key: PublicKeyG2<Bls12_381> = decode(bytes, "public key")?;
        if !key.is_valid() {
            return Err(Error::Malformed("public key"));
        }
        Self::new(key)
    }

    /// The 96 octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Verifies a signature over all `messages`.
    ///
    /// # Errors
    /// [`Error::Signature`] when it does not verify.
    pub fn verify<M: AsRef<[u8]>>(
        &self,
        parameters: &Parameters,
        signature: &Signature,
        messages: &[M],
    ) -> Result<(), Error> {
        let messages = map_messages(messages)?;
        signature
            .0
            .verify(
                &messages,
                self.prepared.clone(),
                parameters.prepared.clone(),
            )
            .map_err(|_| Error::Signature)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let text = crate::encoding::base64url(&self.bytes);
        f.debug_tuple("PublicKey").field(&text).finish()
    }
}

/// A signature, 112 octets: a point A and scalars e and s. As good as the credential itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature(pub(super) SignatureG1<Bls12_381>);

impl Signature {
    /// Octets of a signature.
    pub const BYTES: usize = 112;

    /// Reads 112 octets; the identity and points outside the subgroup are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let signature: SignatureG1<Bls12_381> = decode(bytes, "signature")?;
        if signature.is_non_zero() {
            Ok(Self(signature))
        } else {
            Err(Error::Malformed("signature"))
        }
    }

    /// The 112 octets.
    ///
    /// # Errors
    /// None that an honest signature meets.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        octets(&self.0)
    }
}

impl core::fmt::Debug for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Signature")
    }
}
