//! Ed25519 keys (RFC 8032) for EdDSA statements, and their JWK (RFC 8037).
//!
//! Verification is strict: weak keys, points of small order and non-canonical encodings are refused,
//! so that one signature means the same to every verifier.

use ed25519_dalek::Signer;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Algorithm, JwsSigner, sign_compact};
use crate::{
    Error,
    encoding::{base64url, bytes_32, sha256},
    entropy::Entropy,
    secret::Secret32,
};

/// An Ed25519 public key as a JSON Web Key. Unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OkpJwk {
    /// Key type, always `OKP`.
    pub kty: String,
    /// Curve, always `Ed25519`.
    pub crv: String,
    /// Base64url public key, 32 bytes.
    pub x: String,
}

/// An Ed25519 key that signs EdDSA. Wiped on drop; it has neither `Debug` nor `Clone`.
pub struct Ed25519SigningKey(ed25519_dalek::SigningKey);

impl Ed25519SigningKey {
    /// Makes a fresh key.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(source: &dyn Entropy) -> Result<Self, Error> {
        let secret = Secret32::make(source)?;
        Ok(Self::from_secret(&secret))
    }

    /// The key of these 32 secret bytes (RFC 8032, section 5.1.5). Every string is a key.
    pub fn from_secret(secret: &Secret32) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(
            secret.expose_secret(),
        ))
    }

    /// The 32 secret bytes, for storage in an owner-only place.
    pub fn expose_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The matching public key.
    pub fn verifying_key(&self) -> Ed25519VerifyingKey {
        Ed25519VerifyingKey(self.0.verifying_key())
    }

    /// Signs `claims` as a compact JWS with protected header `{alg, kid, typ}`.
    ///
    /// # Errors
    /// [`Error::Malformed`] when `claims` does not serialise to JSON.
    pub fn sign_jws(&self, kid: &str, typ: &str, claims: &impl Serialize) -> Result<String, Error> {
        sign_compact(self, kid, typ, claims)
    }
}

impl JwsSigner for Ed25519SigningKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDsa
    }

    fn sign_input(&self, input: &[u8]) -> Result<[u8; 64], Error> {
        Ok(self.0.sign(input).to_bytes())
    }
}

/// An Ed25519 public key, 32 bytes: canonical and not of small order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ed25519VerifyingKey(ed25519_dalek::VerifyingKey);

impl Ed25519VerifyingKey {
    /// Bytes of a public key.
    pub const BYTES: usize = 32;

    /// Reads 32 bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another length, bytes that are no canonical point, and points of
    /// small order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("Ed25519 public key");
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| WHAT)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| WHAT)?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        if key.is_weak() || !canonical {
            return Err(WHAT);
        }
        Ok(Self(key))
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Reads a JWK.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for another key type or curve, [`Error::Malformed`] for bad bytes.
    pub fn from_jwk(jwk: &OkpJwk) -> Result<Self, Error> {
        if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
            return Err(Error::Unsupported("key type"));
        }
        Self::from_bytes(&bytes_32(&jwk.x)?)
    }

    /// The key as a JWK.
    pub fn to_jwk(&self) -> OkpJwk {
        OkpJwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: base64url(&self.to_bytes()),
        }
    }

    /// RFC 7638 thumbprint, base64url of SHA-256.
    pub fn thumbprint(&self) -> String {
        let x = base64url(&self.to_bytes());
        let text = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        base64url(&sha256(text.as_bytes()))
    }

    /// Verifies a signature of 64 bytes over `message`, strictly (`verify_strict`).
    ///
    /// # Errors
    /// [`Error::Signature`].
    pub fn verify_message(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let signature =
            ed25519_dalek::Signature::from_slice(signature).map_err(|_| Error::Signature)?;
        self.0
            .verify_strict(message, &signature)
            .map_err(|_| Error::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{entropy::OsEntropy, jose::UnverifiedJws};

    #[test]
    fn weak_and_non_canonical_keys_are_refused() -> Result<(), Error> {
        let mut identity = [0; 32];
        identity[0] = 1;
        // y = p + 1: the identity written with a value beyond the field's order.
        let mut beyond = [255; 32];
        (beyond[0], beyond[31]) = (0xee, 0x7f);
        for bytes in [[0; 32], identity, beyond, [255; 32]] {
            assert!(Ed25519VerifyingKey::from_bytes(&bytes).is_err());
        }
        let key = Ed25519SigningKey::make(&OsEntropy)?.verifying_key();
        assert_eq!(Ed25519VerifyingKey::from_jwk(&key.to_jwk())?, key);
        assert!(Ed25519VerifyingKey::from_bytes(&key.to_bytes()[1..]).is_err());
        Ok(())
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() -> Result<(), Error> {
        // RFC 8037, appendix A.3.
        let x = bytes_32("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")?;
        let key = Ed25519VerifyingKey::from_bytes(&x)?;
        assert_eq!(
            key.thumbprint(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
        Ok(())
    }

    #[test]
    fn an_eddsa_statement_does_not_pass_where_es256_is_expected() -> Result<(), Error> {
        let key = Ed25519SigningKey::make(&OsEntropy)?;
        let text = key.sign_jws("k", "t", &serde_json::json!({}))?;
        assert_eq!(
            UnverifiedJws::parse(&text, "t").err(),
            Some(Error::Unsupported("JWS algorithm"))
        );
        let other = crate::jose::SigningKey::make(&OsEntropy)?.verifying_key();
        let parsed = UnverifiedJws::parse_statement(&text, "t")?;
        assert_eq!(
            parsed.verify::<serde_json::Value>(&other),
            Err(Error::Signature)
        );
        let own = crate::jose::StatementKey::EdDsa(key.verifying_key());
        parsed.verify_statement::<serde_json::Value>(&own)?;
        Ok(())
    }
}
