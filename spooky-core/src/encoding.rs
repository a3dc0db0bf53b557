//! Bytes and text: base64url without padding (RFC 4648 §5), canonical JSON (RFC 8785), and hashes
//! that carry a label, so that no digest of one kind can be taken for another.

pub mod json;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::Error;

/// Largest integer that survives RFC 8785's IEEE 754 numbers exactly: 2^53 − 1.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// base64url without padding.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url without padding; padding, white space and non-canonical last characters are refused.
///
/// # Errors
/// [`Error::Malformed`].
pub fn from_base64url(text: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Error::Malformed("base64url text"))
}

/// Decodes exactly 32 bytes of base64url.
///
/// # Errors
/// [`Error::Malformed`] for other text or another length.
pub fn bytes_32(text: &str) -> Result<[u8; 32], Error> {
    if text.len() != 43 {
        return Err(Error::Malformed("32-byte base64url value"));
    }
    from_base64url(text)?
        .try_into()
        .map_err(|_| Error::Malformed("32-byte base64url value"))
}

/// SHA-256(label ‖ 0x00 ‖ parts…). The caller makes sure that the parts have fixed lengths or
/// delimit themselves.
///
/// ```
/// use spooky_core::encoding::{base64url, labelled_sha256};
/// let digest = labelled_sha256("chitty/idk/v1", &[&[0; 32]]);
/// assert_eq!(base64url(&digest), "QJfAZ0HTHSY3XmkeGQXw4RAaUqQgakDMn1XWhLwf2KA");
/// ```
pub fn labelled_sha256(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(label.as_bytes());
    hash.update([0]);
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Plain SHA-256, for formats that a published standard defines.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Canonical JSON (RFC 8785) of `value`.
///
/// Fractions and exponents are taken as they were rounded: [`json::read`] refuses a text whose numbers
/// are too large, and this form must stay what it was for texts that were hashed before that.
///
/// # Errors
/// [`Error::Unsupported`] for an integer beyond ±(2^53 − 1): RFC 8785 would round it, and two
/// different values would share one canonical form.
pub fn canonical_json(value: &serde_json::Value) -> Result<Vec<u8>, Error> {
    check_integers(value)?;
    serde_json_canonicalizer::to_vec(value).map_err(|_| Error::Malformed("JSON value"))
}

fn check_integers(value: &serde_json::Value) -> Result<(), Error> {
    match value {
        serde_json::Value::Number(number) => {
            let too_large = number.as_u64().is_some_and(|n| n > MAX_SAFE_INTEGER)
                || number
                    .as_i64()
                    .is_some_and(|n| n.unsigned_abs() > MAX_SAFE_INTEGER);
            if too_large {
                return Err(Error::Unsupported("integer beyond 2^53 - 1"));
            }
            Ok(())
        }
        serde_json::Value::Array(items) => items.iter().try_for_each(check_integers),
        serde_json::Value::Object(members) => members.values().try_for_each(check_integers),
        _ => Ok(()),
    }
}
