//! Compact JWS with ES256 (RFC 7515, RFC 7518 §3.4), P-256 JWK (RFC 7517) and thumbprints
//! (RFC 7638): the one place that touches P-256 for messages.
//!
//! Refuses every algorithm but ES256, a `typ` other than the expected one, and the header members
//! that would let a message choose its own key or rules: `jku`, `jwk`, `x5u`, `x5c`, `crit`, `b64`.

use p256::ecdsa::{Signature, signature::Signer};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    Error,
    encoding::{base64url, from_base64url, labelled_sha256, sha256},
    entropy::Entropy,
};

/// Longest compact JWS that is looked at, in bytes.
pub const MAX_JWS_LENGTH: usize = 16 * 1024;

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
        let header = serde_json::json!({ "alg": "ES256", "kid": kid, "typ": typ });
        let payload = serde_json::to_vec(claims).map_err(|_| Error::Malformed("claims"))?;
        let mut text = base64url(header.to_string().as_bytes());
        text.push('.');
        text.push_str(&base64url(&payload));
        let signature: Signature = self.0.sign(text.as_bytes());
        text.push('.');
        text.push_str(&base64url(&signature.to_bytes()));
        Ok(text)
    }
}

impl core::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SigningKey")
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
            point[part].copy_from_slice(&crate::encoding::bytes_32(text)?);
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

    fn sec1(&self) -> Box<[u8]> {
        self.0.to_sec1_point(false).to_bytes()
    }

    #[cfg(not(feature = "ring"))]
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        use p256::ecdsa::signature::Verifier;
        let signature = Signature::from_slice(signature).map_err(|_| Error::Signature)?;
        self.0
            .verify(message, &signature)
            .map_err(|_| Error::Signature)
    }

    #[cfg(feature = "ring")]
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.sec1())
            .verify(message, signature)
            .map_err(|_| Error::Signature)
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
    #[serde(flatten)]
    others: serde_json::Map<String, serde_json::Value>,
}

const REFUSED_HEADER_MEMBERS: [&str; 8] =
    ["jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64"];

/// A parsed compact JWS whose signature has **not** been checked.
///
/// The payload comes out only through [`UnverifiedJws::verify`] or through
/// [`UnverifiedJws::dangerous_unverified_claims`], which exists to find out whose key to use.
#[derive(Debug, Clone)]
pub struct UnverifiedJws {
    kid: String,
    payload: Vec<u8>,
    signing_input: String,
    signature: Vec<u8>,
}

impl UnverifiedJws {
    /// Parses `text` and checks its protected header; `typ` is the expected type.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything that is not three base64url parts with a JSON header,
    /// [`Error::Unsupported`] for another algorithm or type or a refused header member.
    pub fn parse(text: &str, typ: &str) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("compact JWS");
        if text.len() > MAX_JWS_LENGTH {
            return Err(WHAT);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(WHAT)?;
        let (header, payload) = signing_input.split_once('.').ok_or(WHAT)?;
        let header: Header = serde_json::from_slice(&from_base64url(header)?).map_err(|_| WHAT)?;
        if header.alg != "ES256" {
            return Err(Error::Unsupported("JWS algorithm"));
        }
        if header.typ != typ {
            return Err(Error::Unsupported("JWS type"));
        }
        if REFUSED_HEADER_MEMBERS
            .iter()
            .any(|name| header.others.contains_key(*name))
        {
            return Err(Error::Unsupported("JWS header member"));
        }
        let signature = from_base64url(signature)?;
        if signature.len() != 64 {
            return Err(WHAT);
        }
        Ok(Self {
            kid: header.kid,
            payload: from_base64url(payload)?,
            signing_input: signing_input.to_owned(),
            signature,
        })
    }

    /// The key id that the header names.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// SHA-256(label ‖ 0x00 ‖ signing input): names these signed bytes without repeating them.
    /// The signature is left out, since ECDSA signatures of one message are not unique.
    pub fn digest(&self, label: &str) -> [u8; 32] {
        labelled_sha256(label, &[self.signing_input.as_bytes()])
    }

    /// Verifies the signature and reads the claims.
    ///
    /// # Errors
    /// [`Error::Signature`] when it does not verify, [`Error::Malformed`] when the payload is not
    /// the expected claims.
    pub fn verify<T: DeserializeOwned>(&self, key: &VerifyingKey) -> Result<T, Error> {
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        self.dangerous_unverified_claims()
    }

    /// Reads the claims **without** checking the signature: only to choose the key to check with.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the payload is not the expected claims.
    pub fn dangerous_unverified_claims<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.payload).map_err(|_| Error::Malformed("claims"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn a_signed_message_verifies_and_any_change_is_refused() -> Result<(), Error> {
        let key = SigningKey::make(&OsEntropy)?;
        let text = key.sign_jws("k1", "test+jwt", &serde_json::json!({ "a": 1 }))?;
        let parsed = UnverifiedJws::parse(&text, "test+jwt")?;
        let claims: serde_json::Value = parsed.verify(&key.verifying_key())?;
        assert_eq!(claims["a"], 1);
        let other = SigningKey::make(&OsEntropy)?.verifying_key();
        assert_eq!(
            parsed.verify::<serde_json::Value>(&other),
            Err(Error::Signature)
        );
        for position in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            let accepted = UnverifiedJws::parse(&changed, "test+jwt")
                .and_then(|jws| jws.verify::<serde_json::Value>(&key.verifying_key()));
            assert!(accepted.is_err(), "byte {position} can be changed");
        }
        Ok(())
    }

    #[test]
    fn header_members_that_choose_keys_are_refused() {
        for header in [
            r#"{"alg":"none","kid":"k","typ":"t"}"#,
            r#"{"alg":"HS256","kid":"k","typ":"t"}"#,
            r#"{"alg":"ES256","kid":"k","typ":"other"}"#,
            r#"{"alg":"ES256","kid":"k","typ":"t","jku":"https://example.org"}"#,
            r#"{"alg":"ES256","kid":"k","typ":"t","jwk":{}}"#,
            r#"{"alg":"ES256","kid":"k","typ":"t","x5u":"https://example.org"}"#,
            r#"{"alg":"ES256","kid":"k","typ":"t","crit":["exp"]}"#,
        ] {
            let text = format!(
                "{}.e30.{}",
                base64url(header.as_bytes()),
                base64url(&[0; 64])
            );
            assert!(
                matches!(UnverifiedJws::parse(&text, "t"), Err(Error::Unsupported(_))),
                "{header}"
            );
        }
    }

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
