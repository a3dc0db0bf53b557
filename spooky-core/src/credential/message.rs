//! The octets that are signed and shown (`spec/credentials.md`, sections 3 and 5): messages of
//! attributes, the header of a credential, the header of a presentation.

use sha2::{Digest, Sha256};

use super::{AttributeName, Attributes, Day, Schema, SchemaDigest, Value};
use crate::{
    Error,
    encoding::{base64url, bytes_32},
    entropy::{Entropy, random_32},
    pseudonym::Host,
};

const ATTRIBUTE_LABEL: &str = "spookyid/attribute/v1";

/// lp(x): four bytes of length, big-endian, then x.
fn length_prefixed(out: &mut Vec<u8>, part: &[u8]) {
    // All lengths here are bounded far below 2^32.
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(part);
}

/// The message of an attribute: "spookyid/attribute/v1" ‖0‖ lp(type) ‖ lp(name) ‖ lp(value). No two
/// different attributes share one.
///
/// ```
/// use spooky_core::credential::{message, AttributeName, Value};
/// let name = AttributeName::parse("age")?;
/// let number = message(&name, &Value::Integer(1));
/// assert_ne!(number, message(&name, &Value::Text("1".into())));
/// assert_ne!(number, message(&name, &Value::Boolean(true)));
/// # Ok::<(), spooky_core::Error>(())
/// ```
pub fn message(name: &AttributeName, value: &Value) -> Vec<u8> {
    let mut out = ATTRIBUTE_LABEL.as_bytes().to_vec();
    out.push(0);
    length_prefixed(&mut out, value.kind().name().as_bytes());
    length_prefixed(&mut out, name.as_str().as_bytes());
    length_prefixed(&mut out, &value.octets());
    out
}

/// The messages of all attributes, in the order of the schema.
pub(super) fn messages(schema: &Schema, attributes: &Attributes) -> Result<Vec<Vec<u8>>, Error> {
    let one = |one: &super::AttributeSchema| {
        attributes
            .get(&one.name)
            .map(|value| message(&one.name, value))
            .ok_or(Error::Malformed("attributes"))
    };
    schema.attributes().iter().map(one).collect()
}

/// The header of a credential, 36 bytes: SHA-256(JCS(schema)) ‖ last day in four bytes, big-endian.
///
/// # Errors
/// [`Error::Malformed`] for a day before 1970.
pub fn header(schema: &SchemaDigest, not_after: Day) -> Result<[u8; 36], Error> {
    let day = u32::try_from(not_after.number()).map_err(|_| Error::Malformed("day"))?;
    let mut out = [0; 36];
    out[..32].copy_from_slice(&schema.0);
    out[32..].copy_from_slice(&day.to_be_bytes());
    Ok(out)
}

/// The header of a presentation, 32 bytes: SHA-256("spookyid/ph/v1" ‖ lp(host) ‖ lp(nonce) ‖
/// lp(policy digest)). It binds a proof to one site, one occasion and one question.
pub fn presentation_header(host: &Host, nonce: &Nonce, policy: &[u8; 32]) -> [u8; 32] {
    let mut octets = b"spookyid/ph/v1".to_vec();
    for part in [host.as_str().as_bytes(), &nonce.0, policy] {
        length_prefixed(&mut octets, part);
    }
    Sha256::digest(&octets).into()
}

/// A verifier's question number: 32 random bytes that are used once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce(pub(super) [u8; 32]);

impl Nonce {
    /// Makes a fresh one.
    ///
    /// # Errors
    /// [`Error::Entropy`] when the source fails.
    pub fn make(source: &dyn Entropy) -> Result<Self, Error> {
        random_32(source).map(Self)
    }

    /// One that was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// base64url, 43 characters.
    pub fn to_text(&self) -> String {
        base64url(&self.0)
    }

    /// Reads 43 characters of base64url.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        bytes_32(text).map(Self)
    }
}

impl core::fmt::Debug for Nonce {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Nonce")
    }
}
