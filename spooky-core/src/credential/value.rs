//! Attributes: names, types and values, and their forms in CBOR and JSON. Values are personal data:
//! none of them is ever printed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Day;
use crate::{
    Error,
    cbor::{Reader, Writer},
    encoding::{base64url, from_base64url},
};

/// Longest text or byte string of one attribute, in bytes.
const MAX_VALUE: usize = 4096;

/// Largest integer that JSON carries exactly: 2^53 − 1.
const MAX_INTEGER: i64 = (1 << 53) - 1;

/// The name of an attribute: `[a-z][a-z0-9_]*`, at most 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AttributeName(String);

impl AttributeName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let good = text.len() <= 64
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(known);
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Malformed("attribute name"))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for AttributeName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// What an attribute may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// UTF-8, at most 4096 bytes, compared byte by byte: nothing is normalised.
    Text,
    /// −(2^53 − 1) to 2^53 − 1.
    Integer,
    /// True or false.
    Boolean,
    /// A UTC day.
    Date,
    /// At most 4096 bytes.
    Bytes,
    /// A place in a status list: linkable, and only in schemas that say so.
    StatusIndex,
}

impl AttributeType {
    /// The name in JSON and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Bytes => "bytes",
            Self::StatusIndex => "status_index",
        }
    }

    fn code(self) -> u64 {
        match self {
            Self::Text => 0,
            Self::Integer => 1,
            Self::Boolean => 2,
            Self::Date => 3,
            Self::Bytes => 4,
            Self::StatusIndex => 5,
        }
    }
}

/// A place in a status list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StatusIndex {
    /// Which list: the first 16 bytes of the SHA-256 of its URL.
    pub list: [u8; 16],
    /// The place in it.
    pub index: u64,
}

impl StatusIndex {
    /// The list's 16 bytes and the index, big-endian: 24 bytes.
    pub fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..16].copy_from_slice(&self.list);
        bytes[16..].copy_from_slice(&self.index.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; 24]) -> Self {
        let (mut list, mut index) = ([0; 16], [0; 8]);
        list.copy_from_slice(&bytes[..16]);
        index.copy_from_slice(&bytes[16..]);
        Self {
            list,
            index: u64::from_be_bytes(index),
        }
    }
}

/// The value of an attribute.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// See [`AttributeType::Text`].
    Text(String),
    /// See [`AttributeType::Integer`].
    Integer(i64),
    /// See [`AttributeType::Boolean`].
    Boolean(bool),
    /// See [`AttributeType::Date`].
    Date(Day),
    /// See [`AttributeType::Bytes`].
    Bytes(Vec<u8>),
    /// See [`AttributeType::StatusIndex`].
    StatusIndex(StatusIndex),
}

/// Attributes by name.
pub type Attributes = BTreeMap<AttributeName, Value>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "type")]
    kind: AttributeType,
    value: serde_json::Value,
}

impl Value {
    /// The type.
    pub fn kind(&self) -> AttributeType {
        match self {
            Self::Text(_) => AttributeType::Text,
            Self::Integer(_) => AttributeType::Integer,
            Self::Boolean(_) => AttributeType::Boolean,
            Self::Date(_) => AttributeType::Date,
            Self::Bytes(_) => AttributeType::Bytes,
            Self::StatusIndex(_) => AttributeType::StatusIndex,
        }
    }

    /// Whether it lies within the limits of its type.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when it does not.
    pub fn check(&self) -> Result<(), Error> {
        let good = match self {
            Self::Text(text) => text.len() <= MAX_VALUE,
            Self::Bytes(bytes) => bytes.len() <= MAX_VALUE,
            Self::Integer(number) => (-MAX_INTEGER..=MAX_INTEGER).contains(number),
            Self::Boolean(_) | Self::Date(_) | Self::StatusIndex(_) => true,
        };
        if good {
            Ok(())
        } else {
            Err(Error::Unsupported("attribute value"))
        }
    }

    /// The octets of the value in a message (`spec/credentials.md`, section 3).
    pub(super) fn octets(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Integer(number) => number.to_be_bytes().to_vec(),
            Self::Boolean(yes) => vec![u8::from(*yes)],
            Self::Date(day) => day.number().to_be_bytes().to_vec(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::StatusIndex(index) => index.to_bytes().to_vec(),
        }
    }

    /// [type, value].
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(2).unsigned(self.kind().code());
        match self {
            Self::Text(text) => writer.text(text),
            Self::Integer(number) => writer.integer(*number),
            Self::Boolean(yes) => writer.boolean(*yes),
            Self::Date(day) => writer.integer(i64::from(day.number())),
            Self::Bytes(bytes) => writer.bytes(bytes),
            Self::StatusIndex(index) => writer.bytes(&index.to_bytes()),
        };
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.array(2)?;
        let value = match reader.unsigned()? {
            0 => Self::Text(reader.text()?.to_owned()),
            1 => Self::Integer(reader.integer()?),
            2 => Self::Boolean(reader.boolean()?),
            3 => Self::Date(Day::from_number(reader.integer()?)?),
            4 => Self::Bytes(reader.bytes()?.to_vec()),
            5 => Self::StatusIndex(StatusIndex::from_bytes(reader.array_of()?)),
            _ => return Err(Error::Unsupported("attribute type")),
        };
        value.check()?;
        Ok(value)
    }
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = match self {
            Self::Text(text) => text.clone().into(),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(yes) => (*yes).into(),
            Self::Date(day) => day.to_string().into(),
            Self::Bytes(bytes) => base64url(bytes).into(),
            Self::StatusIndex(index) => base64url(&index.to_bytes()).into(),
        };
        let kind = self.kind();
        Wire { kind, value }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value as Json;
        const WHAT: Error = Error::Malformed("attribute value");
        let read = |wire: Wire| -> Result<Self, Error> {
            let value = match (wire.kind, wire.value) {
                (AttributeType::Text, Json::String(text)) => Self::Text(text),
                // `as_i64` refuses numbers that were written with a fraction or an exponent.
                (AttributeType::Integer, Json::Number(number)) => {
                    Self::Integer(number.as_i64().ok_or(WHAT)?)
                }
                (AttributeType::Boolean, Json::Bool(yes)) => Self::Boolean(yes),
                (AttributeType::Date, Json::String(text)) => Self::Date(Day::parse(&text)?),
                (AttributeType::Bytes, Json::String(text)) => Self::Bytes(from_base64url(&text)?),
                (AttributeType::StatusIndex, Json::String(text)) => {
                    let bytes = from_base64url(&text)?.try_into().map_err(|_| WHAT)?;
                    Self::StatusIndex(StatusIndex::from_bytes(bytes))
                }
                _ => return Err(WHAT),
            };
            value.check()?;
            Ok(value)
        };
        read(Wire::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Prints the type alone.
impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.kind().name())
    }
}
