//! P-256 keys for ES256 (RFC 7518 §3.4), their JWK (RFC 7517) and thumbprint (RFC 7638).

use p256::ecdsa::{Signature, signature::Signer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Algorithm, JwsSigner, sign_compact};
use crate::{
    Error,
    encoding::{base64url, bytes_32, sha256},
    entropy::Entropy,
};

/// A P-256 public key as a JSON Web Key. Unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Key type, always `EC`.
    pub kty: String,
    /// Curve, always `P-256`.
    pub crv: String,
    /// Base64url x coordinate, 32 bytes.
    pub x: String,
    /// Base64url y coordinate, 32 bytes.
    pub y: String,
}

/// A P-256 key that signs ES256. Its memory is wiped on drop by the underlying crate.
pub struct SigningKey(p256::ecdsa::SigningKey);

impl SigningKey {
    /// Makes a fresh key.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(source: &dyn Entropy) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        loop {
            source.fill(bytes.as_mut_slice())?;
            // All but about one in 2^32 strings are valid scalars.
            if let Ok(key) = Self::from_bytes(bytes.as_slice()) {
                return Ok(key);
            }
        }
    }

    /// Reads a 32-byte big-endian scalar.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another length, zero, or a value not below the group order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        p256::ecdsa::SigningKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| Error::Malformed("P-256 private key"))
    }

    /// The 32-byte big-endian scalar, for storage in an owner-only place.
    pub fn expose_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// The matching public key.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(*self.0.verifying_key())
    }

    /// Signs `claims` as a compact JWS with protected header `{alg, kid, typ}`.
    ///
    /// # Errors
    /// [`Error::Malformed`] when `claims` does not serialise to JSON.
    pub fn sign_jws(&self, kid: &str, typ: &str, claims: &impl Serialize) -> Result<String, Error> {
        sign_compact(self, kid, typ, claims)
    }
}

impl JwsSigner for SigningKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn sign_input(&self, input: &[u8]) -> Result<[u8; 64], Error> {
        let signature: Signature = self.0.sign(input);
        Ok(signature.to_bytes().into())
    }
}

/// A P-256 public key that verifies ES256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey(p256::ecdsa::VerifyingKey);

impl VerifyingKey {
    /// Reads a JWK; the point must lie on the curve.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for another key type or curve, [`Error::Malformed`] for bad coordinates.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, Error> {
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(Error::Unsupported("key type"));
        }
        let mut point = [4; 65];
        for (text, part) in [(&jwk.x, 1..33), (&jwk.y, 33..65)] {
            point[part].copy_from_slice(&bytes_32(text)?);
        }
        p256::ecdsa::VerifyingKey::from_sec1_bytes(&point)
            .map(Self)
            .map_err(|_| Error::Malformed("P-256 public key"))
    }

    /// The key as a JWK.
    pub fn to_jwk(&self) -> Jwk {
        let point = self.sec1();
        Jwk {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: base64url(&point[1..33]),
            y: base64url(&point[33..65]),
        }
    }

    /// RFC 7638 thumbprint, base64url of SHA-256.
    pub fn thumbprint(&self) -> String {
        let Jwk { crv, kty, x, y } = self.to_jwk();
        let text = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#);
        base64url(&sha256(text.as_bytes()))
    }

    /// Reads what platforms hand out: an uncompressed or compressed point (65 or 33 bytes, SEC 1),
    /// or a SubjectPublicKeyInfo of 91 bytes around the former (RFC 5480).
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_platform(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("P-256 public key");
        let point = match bytes.len() {
            33 | 65 => bytes,
            91 => bytes.strip_prefix(&SPKI_PREFIX).ok_or(WHAT)?,
            _ => return Err(WHAT),
        };
        p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(Self)
            .map_err(|_| WHAT)
    }

    /// The uncompressed point: 4, x, y, 65 bytes.
    pub fn to_sec1(&self) -> Box<[u8]> {
        self.sec1()
    }

    /// Verifies an ES256 signature of 64 bytes over `message`.
    ///
    /// # Errors
    /// [`Error::Signature`].
    pub fn verify_message(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.verify(message, signature)
    }

    fn sec1(&self) -> Box<[u8]> {
        self.0.to_sec1_point(false).to_bytes()
    }

    #[cfg(not(feature = "ring"))]
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        use p256::ecdsa::signature::Verifier;
        let signature = Signature::from_slice(signature).map_err(|_| Error::Signature)?;
        self.0
            .verify(message, &signature)
            .map_err(|_| Error::Signature)
    }

    #[cfg(feature = "ring")]
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.sec1())
            .verify(message, signature)
            .map_err(|_| Error::Signature)
    }
}

/// SEQUENCE { SEQUENCE { ecPublicKey, prime256v1 }, BIT STRING } before the point.
pub(crate) const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn the_thumbprint_survives_a_round_trip_through_jwk() -> Result<(), Error> {
        let key = SigningKey::make(&OsEntropy)?.verifying_key();
        assert_eq!(
            VerifyingKey::from_jwk(&key.to_jwk())?.thumbprint(),
            key.thumbprint()
        );
        Ok(())
    }
}
