//! Deterministic CBOR (RFC 8949 §4.2.1), as little of it as the formats here need: integers, byte
//! and text strings, arrays, maps with small unsigned keys or text keys, booleans.
//!
//! The reader works on a slice, copies nothing it was not asked for and never allocates by a length
//! that it read. Anything that the writer would not have written is refused: longer heads, indefinite
//! lengths, tags, floats, unordered or repeated keys, trailing bytes.

use crate::Error;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;

/// Writes items one after the other; counts are the caller's promise.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let major = major << 5;
        let bytes = value.to_be_bytes();
        let (info, length) = match value {
            0..24 => (bytes[7], 0),
            24..=0xff => (24, 1),
            0x100..=0xffff => (25, 2),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 8),
        };
        self.0.push(major | info);
        self.0.extend_from_slice(&bytes[8 - length..]);
        self
    }

    pub(crate) fn unsigned(&mut self, value: u64) -> &mut Self {
        self.head(UNSIGNED, value)
    }

    pub(crate) fn integer(&mut self, value: i64) -> &mut Self {
        match u64::try_from(value) {
            Ok(value) => self.head(UNSIGNED, value),
            // −1 − n for n ≥ 0 is the complement.
            Err(_) => self.head(NEGATIVE, (!value).cast_unsigned()),
        }
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.head(BYTES, value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.head(TEXT, value.len() as u64);
        self.0.extend_from_slice(value.as_bytes());
        self
    }

    pub(crate) fn boolean(&mut self, value: bool) -> &mut Self {
        self.head(SIMPLE, if value { 21 } else { 20 })
    }

    pub(crate) fn array(&mut self, items: usize) -> &mut Self {
        self.head(ARRAY, items as u64)
    }

    pub(crate) fn map(&mut self, members: usize) -> &mut Self {
        self.head(MAP, members as u64)
    }

    pub(crate) fn finish(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.0)
    }
}

/// Reads what [`Writer`] writes.
pub(crate) struct Reader<'a>(&'a [u8]);

const WHAT: Error = Error::Malformed("CBOR");

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WHAT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn head(&mut self) -> Result<(u8, u64), Error> {
        let [first] = self.take(1)? else {
            return Err(WHAT);
        };
        let (major, info) = (first >> 5, first & 31);
        let (length, least) = match info {
            0..24 => return Ok((major, u64::from(info))),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => return Err(WHAT),
        };
        let value = self
            .take(length)?
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte));
        // A longer head than needed; simple values have one form alone.
        if value < least || major == SIMPLE {
            return Err(WHAT);
        }
        Ok((major, value))
    }

    fn expect(&mut self, wanted: u8) -> Result<u64, Error> {
        match self.head()? {
            (major, value) if major == wanted => Ok(value),
            _ => Err(WHAT),
        }
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, Error> {
        self.expect(UNSIGNED)
    }

    pub(crate) fn integer(&mut self) -> Result<i64, Error> {
        match self.head()? {
            (UNSIGNED, value) => i64::try_from(value).map_err(|_| WHAT),
            (NEGATIVE, value) => i64::try_from(value).map(|value| !value).map_err(|_| WHAT),
            _ => Err(WHAT),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let length = self.expect(BYTES)?;
        self.take(usize::try_from(length).map_err(|_| WHAT)?)
    }

    /// A byte string of exactly `N` bytes.
    pub(crate) fn array_of<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.bytes()?.try_into().map_err(|_| WHAT)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Error> {
        let length = self.expect(TEXT)?;
        let bytes = self.take(usize::try_from(length).map_err(|_| WHAT)?)?;
        core::str::from_utf8(bytes).map_err(|_| WHAT)
    }

    pub(crate) fn boolean(&mut self) -> Result<bool, Error> {
        match self.head()? {
            (SIMPLE, 20) => Ok(false),
            (SIMPLE, 21) => Ok(true),
            _ => Err(WHAT),
        }
    }

    pub(crate) fn array(&mut self, items: usize) -> Result<(), Error> {
        if self.expect(ARRAY)? == items as u64 {
            Ok(())
        } else {
            Err(WHAT)
        }
    }

    /// The number of members, at most `most`.
    pub(crate) fn map(&mut self, most: usize) -> Result<usize, Error> {
        let members = usize::try_from(self.expect(MAP)?).map_err(|_| WHAT)?;
        if members > most {
            return Err(WHAT);
        }
        Ok(members)
    }

    /// The key of the next member of a map with fixed keys.
    pub(crate) fn key(&mut self, wanted: u64) -> Result<(), Error> {
        if self.unsigned()? == wanted {
            Ok(())
        } else {
            Err(WHAT)
        }
    }

    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(WHAT) }
    }
}

#[cfg(test)]
mod tests {
    use ciborium::Value;
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        write(&mut writer);
        writer.finish()
    }

    fn by_ciborium(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_another_implementation_writes(number: i64, small in -300_i64..300,
            bytes: Vec<u8>, text: String, yes: bool)
        {
            for number in [number, small, number >> 30, number >> 47] {
                let own = written(|w| { w.integer(number); });
                prop_assert_eq!(&own, &by_ciborium(&Value::from(number)));
                prop_assert_eq!(Reader::new(&own).integer().unwrap(), number);
            }
            let own = written(|w| { w.map(2).unsigned(1).bytes(&bytes).unsigned(2).array(2).text(&text).boolean(yes); });
            let other = Value::Map(vec![
                (1.into(), Value::Bytes(bytes.clone())),
                (2.into(), Value::Array(vec![text.as_str().into(), yes.into()])),
            ]);
            prop_assert_eq!(&own, &by_ciborium(&other));
            let mut reader = Reader::new(&own);
            prop_assert_eq!(reader.map(2).unwrap(), 2);
            reader.key(1).unwrap();
            prop_assert_eq!(reader.bytes().unwrap(), bytes);
            reader.key(2).unwrap();
            reader.array(2).unwrap();
            prop_assert_eq!(reader.text().unwrap(), text);
            prop_assert_eq!(reader.boolean().unwrap(), yes);
            reader.end().unwrap();
        }

        #[test]
        fn an_accepted_item_is_written_back_as_it_came(bytes: Vec<u8>) {
            if let Ok(number) = Reader::new(&bytes).integer() {
                let again = written(|w| { w.integer(number); });
                prop_assert!(bytes.starts_with(&again));
            }
            if let Ok(text) = Reader::new(&bytes).text() {
                let again = written(|w| { w.text(text); });
                prop_assert!(bytes.starts_with(&again));
            }
        }
    }

    #[test]
    fn other_forms_of_the_same_are_refused() {
        for bytes in [
            &[0x18, 23][..],                 // a head of two bytes for 23
            &[0x19, 0, 255],                 // of three for 255
            &[0x1a, 0, 0, 255, 255],         // of five for 65 535
            &[0x1b, 0, 0, 0, 0, 0, 0, 0, 1], // of nine for 1
            &[0x1c],
            &[0x1f],
            &[0x18],
            &[],
        ] {
            assert!(Reader::new(bytes).unsigned().is_err(), "{bytes:?}");
        }
        assert!(
            Reader::new(&[0x5f, 0x41, 1, 0xff]).bytes().is_err(),
            "indefinite length"
        );
        assert!(
            Reader::new(&[0x5b, 255, 255, 255, 255, 255, 255, 255, 255])
                .bytes()
                .is_err()
        );
        assert!(
            Reader::new(&[0x62, 0xff, 0xfe]).text().is_err(),
            "not UTF-8"
        );
        for boolean in [&[0xf6][..], &[0xf8, 21], &[0xf9, 0x3c, 0], &[1]] {
            assert!(Reader::new(boolean).boolean().is_err());
        }
        assert!(
            Reader::new(&[0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0])
                .integer()
                .is_err(),
            "below i64"
        );
    }
}
