//! JSON that is signed, hashed or stored, checked in its text (RFC 7493; decision D40).
//!
//! Owns the one strict reader. A parser rounds a number to the nearest double and keeps one of two
//! members of the same name, so that two texts which mean different things become one value with one
//! digest. Here the text is looked at before any parser is: refused are numbers whose magnitude exceeds
//! 2^53 − 1, however they are written, halves of surrogate pairs, and members that repeat after
//! unescaping, at every level; and the names under which `serde_json` passes JSON inside a text. Everything else that RFC 8259 allows passes, to a depth of 127.
//!
//! Fractions are rounded as RFC 8785 says, since they measure and do not name; `-0` is 0 and a number
//! too small for a double is 0. Nothing of the text stands in an error but a place.

mod scanner;

use core::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::MAX_SAFE_INTEGER;
use crate::Error;

/// What is wrong with a JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonFault {
    /// Not JSON.
    Syntax,
    /// Nested in more than 127 levels.
    TooDeep,
    /// A number whose magnitude exceeds 2^53 − 1.
    NumberBeyond,
    /// A member that the object has already, perhaps written with other escapes.
    MemberRepeated,
    /// An escape of half of a surrogate pair.
    LoneSurrogate,
    /// A member's name that `serde_json` keeps for itself: it would read the text inside as JSON that
    /// nobody checked.
    NameReserved,
    /// A member is missing or of another type.
    Shape,
}

/// Why a JSON text is refused, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    fault: JsonFault,
    line: usize,
    column: usize,
}

impl JsonError {
    fn new(fault: JsonFault, text: &[u8], at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.iter().rposition(|byte| *byte == b'\n');
        Self {
            fault,
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: at - line_start.map_or(0, |newline| newline + 1) + 1,
        }
    }

    /// What is wrong.
    pub fn fault(&self) -> JsonFault {
        self.fault
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            JsonFault::Syntax => "not JSON",
            JsonFault::TooDeep => "nested too deep",
            JsonFault::NumberBeyond => "a number beyond 2^53 - 1",
            JsonFault::MemberRepeated => "a member that occurs twice",
            JsonFault::LoneSurrogate => "half of a surrogate pair",
            JsonFault::NameReserved => "a name that JSON libraries keep for themselves",
            JsonFault::Shape => return f.write_str("a member is missing or of another type"),
        };
        let Self { line, column, .. } = self;
        write!(f, "{what} at line {line}, column {column}")
    }
}

impl core::error::Error for JsonError {}

impl From<JsonError> for Error {
    fn from(error: JsonError) -> Self {
        match error.fault {
            JsonFault::NumberBeyond => Self::Unsupported("number beyond 2^53 - 1"),
            JsonFault::MemberRepeated => Self::Malformed("JSON with a member that occurs twice"),
            JsonFault::LoneSurrogate => Self::Malformed("JSON with half of a surrogate pair"),
            _ => Self::Malformed("JSON text"),
        }
    }
}

/// Reads a JSON text that is signed, hashed or stored.
///
/// ```
/// use spooky_core::encoding::json::{JsonFault, read};
/// let refused = |text: &str| read::<serde_json::Value>(text.as_bytes()).map_err(|e| e.fault());
/// assert_eq!(refused(r#"{"account":18446744073709551617}"#), Err(JsonFault::NumberBeyond));
/// assert_eq!(refused(r#"{"a":1,"\u0061":2}"#), Err(JsonFault::MemberRepeated));
/// assert!(refused(r#"{"account":"18446744073709551617"}"#).is_ok());
/// ```
///
/// # Errors
/// [`JsonError`].
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    check(text)?;
    parse(text)
}

/// Like [`read`], but numbers of any size pass: for what others publish, where a member that is not
/// ours must not spoil the rest, and for what was stored before numbers were checked.
///
/// # Errors
/// [`JsonError`], never [`JsonFault::NumberBeyond`].
pub fn read_names<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    scan(text)?;
    parse(text)
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    serde_json::from_slice(text).map_err(|error| {
        let fault = match error.classify() {
            serde_json::error::Category::Data => JsonFault::Shape,
            _ => JsonFault::Syntax,
        };
        JsonError {
            fault,
            line: error.line(),
            column: error.column(),
        }
    })
}

/// Checks a text without reading it.
///
/// # Errors
/// [`JsonError`].
pub fn check(text: &[u8]) -> Result<(), JsonError> {
    match scan(text)? {
        Some(beyond) => Err(beyond),
        None => Ok(()),
    }
}

/// Checks everything but the size of numbers, and tells the first that is beyond 2^53 − 1.
///
/// # Errors
/// [`JsonError`], never [`JsonFault::NumberBeyond`].
pub fn scan(text: &[u8]) -> Result<Option<JsonError>, JsonError> {
    let refuse = |(fault, at)| JsonError::new(fault, text, at);
    if let Err(error) = core::str::from_utf8(text) {
        return Err(refuse((JsonFault::Syntax, error.valid_up_to())));
    }
    let beyond = scanner::beyond(text).map_err(refuse)?;
    Ok(beyond.map(|at| refuse((JsonFault::NumberBeyond, at))))
}

/// Whether this name is one that `serde_json` keeps for itself. With its feature `raw_value`, which any crate
/// of a program may turn on, a parser takes the text of such a member for the value itself.
pub(crate) fn is_reserved(name: &[u8]) -> bool {
    name.starts_with(b"$serde_json::private::")
}

/// Whether every number of a value that is parsed already is within 2^53 − 1, and no name is reserved. What was rounded while
/// it was parsed cannot be seen any more: whoever has the text asks [`check`].
pub fn numbers_fit(value: &Value) -> bool {
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number <= MAX_SAFE_INTEGER,
            (None, Some(number)) => number.unsigned_abs() <= MAX_SAFE_INTEGER,
            #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is exact")]
            (None, None) => number
                .as_f64()
                .is_some_and(|number| number.abs() <= MAX_SAFE_INTEGER as f64),
        },
        Value::Array(items) => items.iter().all(numbers_fit),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| !is_reserved(name.as_bytes()) && numbers_fit(value)),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
