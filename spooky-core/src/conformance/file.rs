//! Reading official files: JSON fields, hexadecimal text, and the general mending rules for known
//! defects. Every mending is printed.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bbs::Suite;
use crate::bls::Scalar;

/// One official file.
pub(crate) struct File {
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A JSON value and the place it came from.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) value: &'a Value,
    pub(crate) place: &'a str,
}

impl File {
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(folder.join(name)).map_err(|e| e.to_string())?;
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            text,
        })
    }

    pub(crate) fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.text).map_err(|e| e.to_string())
    }

    /// The suite that a folder of the path names.
    pub(crate) fn suite(&self) -> Result<Suite, String> {
        self.name
            .split('/')
            .find_map(|segment| match segment {
                "bls12-381-sha-256" => Some(Suite::Bls12381Sha256),
                "bls12-381-shake-256" => Some(Suite::Bls12381Shake256),
                _ => None,
            })
            .ok_or_else(|| "no suite in the path".to_owned())
    }

    /// The nearest file `name` in this file's folder or above.
    pub(crate) fn neighbour(&self, name: &str) -> Option<Value> {
        let path = self.folder.join(&self.name);
        path.ancestors()
            .skip(1)
            .take_while(|place| place.starts_with(&self.folder))
            .find_map(|place| std::fs::read_to_string(place.join(name)).ok())
            .and_then(|text| serde_json::from_str(&text).ok())
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn new(value: &'a Value, place: &'a str) -> Self {
        Self { value, place }
    }

    /// The member at a dotted path, if it is there and not null.
    pub(crate) fn find(&self, path: &str) -> Option<Fields<'a>> {
        let mut value = self.value;
        for name in path.split('.') {
            value = value.get(name)?;
        }
        (!value.is_null()).then_some(Self { value, ..*self })
    }

    pub(crate) fn at(&self, path: &str) -> Result<Fields<'a>, String> {
        self.find(path).ok_or_else(|| format!("no member {path}"))
    }

    pub(crate) fn string(&self) -> Result<&'a str, String> {
        self.value.as_str().ok_or_else(|| "not a text".to_owned())
    }

    pub(crate) fn number(&self) -> Result<usize, String> {
        let number = match self.value {
            Value::String(text) => usize::from_str_radix(text.trim_start_matches("0x"), 16).ok(),
            other => other.as_u64().and_then(|n| usize::try_from(n).ok()),
        };
        number.ok_or_else(|| "not a number".to_owned())
    }

    pub(crate) fn flag(&self) -> Result<bool, String> {
        self.value
            .as_bool()
            .ok_or_else(|| "not a boolean".to_owned())
    }

    pub(crate) fn items(&self) -> Result<Vec<Fields<'a>>, String> {
        let items = self.value.as_array().ok_or("not a list")?;
        Ok(items.iter().map(|value| Self { value, ..*self }).collect())
    }

    /// Hexadecimal text. A trailing character that is no hexadecimal digit is stripped.
    pub(crate) fn hex(&self) -> Result<Vec<u8>, String> {
        let mut text = self.string()?.trim_start_matches("0x");
        if text.len() % 2 == 1 && text.ends_with(|last: char| !last.is_ascii_hexdigit()) {
            println!(
                "mended {}: a trailing character that is no hexadecimal digit",
                self.place
            );
            text = &text[..text.len() - 1];
        }
        from_hex(text)
    }

    /// A scalar of 64 hexadecimal digits; with 63 a leading zero is put back.
    pub(crate) fn scalar_bytes(&self) -> Result<[u8; 32], String> {
        let text = self.string()?;
        let bytes = if text.len() == 63 && text.bytes().all(|c| c.is_ascii_hexdigit()) {
            println!("mended {}: a scalar of 63 digits", self.place);
            from_hex(&format!("0{text}"))?
        } else {
            self.hex()?
        };
        bytes.try_into().map_err(|_| "not 32 octets".to_owned())
    }

    pub(crate) fn scalar(&self) -> Result<Scalar, String> {
        Scalar::from_bytes(&self.scalar_bytes()?).map_err(|e| e.to_string())
    }

    pub(crate) fn scalars(&self) -> Result<Vec<Scalar>, String> {
        self.items()?.iter().map(Self::scalar).collect()
    }

    pub(crate) fn hexes(&self) -> Result<Vec<Vec<u8>>, String> {
        self.items()?.iter().map(Self::hex).collect()
    }

    /// A list of texts that may be absent.
    pub(crate) fn hexes_or_none(&self, path: &str) -> Result<Vec<Vec<u8>>, String> {
        self.find(path)
            .map_or_else(|| Ok(Vec::new()), |list| list.hexes())
    }

    /// `{"index": "hex"}`, by ascending index; may be absent.
    pub(crate) fn indexed(&self, path: &str) -> Result<Vec<(usize, Vec<u8>)>, String> {
        let Some(list) = self.find(path) else {
            return Ok(Vec::new());
        };
        let members = list.value.as_object().ok_or("not an object")?;
        let mut found = Vec::new();
        for (index, value) in members {
            let index: usize = index.parse().map_err(|_| "not an index")?;
            found.push((index, Self { value, ..*self }.hex()?));
        }
        found.sort();
        Ok(found)
    }
}

pub(crate) fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    if text.len() % 2 == 1 || !text.is_ascii() {
        return Err("odd hexadecimal text".to_owned());
    }
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|e| e.to_string()))
        .collect()
}

/// An error that says what differs.
pub(crate) fn same(what: &str, got: &[u8], expected: &[u8]) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what} differs"))
    }
}
