//! What the formats of credentials share: maps of attributes, and JSON objects in which no name
//! occurs twice.

use serde::{Deserializer, de, de::DeserializeOwned};

use super::{AttributeName, Attributes, MAX_LENGTH, Value};
use crate::{
    Error,
    cbor::{Reader, Writer},
    encoding::json,
};

/// Most attributes of a schema.
pub(super) const MAX_ATTRIBUTES: usize = 64;

/// Shorter names first, then by bytes: the order of RFC 8949 §4.2.1.
pub(super) fn write_attributes(writer: &mut Writer, attributes: &Attributes) {
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_by_key(|(name, _)| (name.as_str().len(), name.as_str()));
    writer.map(sorted.len());
    for (name, value) in sorted {
        writer.text(name.as_str());
        value.write(writer);
    }
}

pub(super) fn read_attributes(reader: &mut Reader<'_>) -> Result<Attributes, Error> {
    let members = reader.map(MAX_ATTRIBUTES)?;
    let mut attributes = Attributes::new();
    let mut last = (0, "");
    for _ in 0..members {
        let text = reader.text()?;
        let name = AttributeName::parse(text)?;
        if (text.len(), text) <= last {
            return Err(Error::Malformed("order of attributes"));
        }
        last = (text.len(), text);
        attributes.insert(name, Value::read(reader)?);
    }
    Ok(attributes)
}

/// A JSON object of attributes; a repeated name is refused, where serde would take the last.
pub(super) fn unique_attributes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Attributes, D::Error> {
    struct Visitor;
    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Attributes;

        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("attributes by name")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
            let mut attributes = Attributes::new();
            while let Some((name, value)) = map.next_entry::<AttributeName, Value>()? {
                if attributes.insert(name, value).is_some() || attributes.len() > MAX_ATTRIBUTES {
                    return Err(de::Error::custom("a name twice, or too many"));
                }
            }
            Ok(attributes)
        }
    }
    deserializer.deserialize_map(Visitor)
}

/// JSON of at most 64 KiB, checked in its text: it is signed, hashed or stored.
pub(super) fn from_json<T: DeserializeOwned>(text: &[u8], what: &'static str) -> Result<T, Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error::Malformed(what));
    }
    json::read(text).map_err(|_| Error::Malformed(what))
}

/// A CBOR map of at most 64 KiB whose member 0 is the version 1; answers its number of members.
pub(super) fn open_cbor<'a>(
    bytes: &'a [u8],
    what: &'static str,
) -> Result<(Reader<'a>, usize), Error> {
    if bytes.len() > MAX_LENGTH {
        return Err(Error::Malformed(what));
    }
    let mut reader = Reader::new(bytes);
    let members = reader.map(16)?;
    reader.key(0)?;
    if reader.unsigned()? != 1 {
        return Err(Error::Unsupported("version"));
    }
    Ok((reader, members))
}
