//! Compact JWS with ES256 (RFC 7515, RFC 7518 §3.4) and EdDSA (RFC 8037), P-256 and Ed25519 JWK
//! (RFC 7517) and thumbprints (RFC 7638): the one place that touches P-256 and Ed25519 for messages.
//!
//! Refuses every algorithm but those that the caller names, a `typ` other than the expected one, and
//! the header members that would let a message choose its own key or rules: `jku`, `jwk`, `x5u`,
//! `x5c`, `crit`, `b64`.

mod ed25519;
mod es256;
mod general;
mod statement;

pub use ed25519::{Ed25519SigningKey, Ed25519VerifyingKey, OkpJwk};
#[cfg(test)]
pub(crate) use es256::SPKI_PREFIX;
pub use es256::{Jwk, SigningKey, VerifyingKey};
pub(crate) use general::{GeneralJws, Unsigned};
pub use statement::{KeyState, PublishedKey, StatementKey, StatementKeys};
pub(crate) use statement::{unix_time, uses};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error,
    encoding::{base64url, from_base64url, json, labelled_sha256},
};

/// Longest compact JWS that is looked at, in bytes.
pub const MAX_JWS_LENGTH: usize = 16 * 1024;

/// Which signature a JWS carries: the allow-list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// Ed25519 (RFC 8037).
    EdDsa,
}

impl Algorithm {
    /// The name in a JWS header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A key that signs statements: in memory, or behind a platform's interface.
pub trait JwsSigner {
    /// The algorithm of its signatures.
    fn algorithm(&self) -> Algorithm;

    /// The 64 bytes of the signature over `input`.
    ///
    /// # Errors
    /// As the key has them; a key in memory does not fail.
    fn sign_input(&self, input: &[u8]) -> Result<[u8; 64], Error>;
}

/// base64url of the protected header `{alg, kid, typ}`.
fn protected_header(algorithm: Algorithm, kid: &str, typ: &str) -> String {
    let header = serde_json::json!({ "alg": algorithm.name(), "kid": kid, "typ": typ });
    base64url(header.to_string().as_bytes())
}

/// Signs `claims` as a compact JWS.
pub(crate) fn sign_compact(
    signer: &dyn JwsSigner,
    kid: &str,
    typ: &str,
    claims: &impl Serialize,
) -> Result<String, Error> {
    let payload = serde_json::to_vec(claims).map_err(|_| Error::Malformed("claims"))?;
    let mut text = protected_header(signer.algorithm(), kid, typ);
    text.push('.');
    text.push_str(&base64url(&payload));
    let signature = signer.sign_input(text.as_bytes())?;
    text.push('.');
    text.push_str(&base64url(&signature));
    Ok(text)
}

impl core::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SigningKey")
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

/// Reads a protected header: algorithm and `kid`.
fn read_header(
    text: &str,
    typ: &str,
    algorithms: &[Algorithm],
) -> Result<(Algorithm, String), Error> {
    let header: Header =
        json::read(&from_base64url(text)?).map_err(|_| Error::Malformed("compact JWS"))?;
    let algorithm = algorithms
        .iter()
        .copied()
        .find(|known| known.name() == header.alg)
        .ok_or(Error::Unsupported("JWS algorithm"))?;
    if header.typ != typ {
        return Err(Error::Unsupported("JWS type"));
    }
    if REFUSED_HEADER_MEMBERS
        .iter()
        .any(|name| header.others.contains_key(*name))
    {
        return Err(Error::Unsupported("JWS header member"));
    }
    Ok((algorithm, header.kid))
}

/// A parsed compact JWS whose signature has **not** been checked.
///
/// The payload comes out only through [`UnverifiedJws::verify`] or through
/// [`UnverifiedJws::dangerous_unverified_claims`], which exists to find out whose key to use.
#[derive(Debug, Clone)]
pub struct UnverifiedJws {
    algorithm: Algorithm,
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
        Self::parse_as(text, typ, &[Algorithm::Es256], MAX_JWS_LENGTH)
    }

    /// Like [`UnverifiedJws::parse`], for statements that ES256 or EdDSA keys sign.
    ///
    /// # Errors
    /// As [`UnverifiedJws::parse`].
    pub fn parse_statement(text: &str, typ: &str) -> Result<Self, Error> {
        let both = [Algorithm::Es256, Algorithm::EdDsa];
        Self::parse_as(text, typ, &both, MAX_JWS_LENGTH)
    }

    /// `limit`: longest text that is looked at, in bytes.
    pub(crate) fn parse_as(
        text: &str,
        typ: &str,
        algorithms: &[Algorithm],
        limit: usize,
    ) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("compact JWS");
        if text.len() > limit {
            return Err(WHAT);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(WHAT)?;
        let (header, payload) = signing_input.split_once('.').ok_or(WHAT)?;
        let (algorithm, kid) = read_header(header, typ, algorithms)?;
        let signature = from_base64url(signature)?;
        if signature.len() != 64 {
            return Err(WHAT);
        }
        Ok(Self {
            algorithm,
            kid,
            payload: from_base64url(payload)?,
            signing_input: signing_input.to_owned(),
            signature,
        })
    }

    /// The algorithm that the header names.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
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
        if self.algorithm != Algorithm::Es256 {
            return Err(Error::Signature);
        }
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        self.dangerous_unverified_claims()
    }

    /// Like [`UnverifiedJws::verify`], with a key of either algorithm; the header must name the
    /// key's.
    ///
    /// # Errors
    /// As [`UnverifiedJws::verify`].
    pub fn verify_statement<T: DeserializeOwned>(&self, key: &StatementKey) -> Result<T, Error> {
        key.check(
            self.algorithm,
            self.signing_input.as_bytes(),
            &self.signature,
        )?;
        self.dangerous_unverified_claims()
    }

    /// Reads the claims **without** checking the signature: only to choose the key to check with.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the payload is not the expected claims.
    pub fn dangerous_unverified_claims<T: DeserializeOwned>(&self) -> Result<T, Error> {
        json::read(&self.payload).map_err(|_| Error::Malformed("claims"))
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
}
