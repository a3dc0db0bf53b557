//! Goes through a JSON text once, without recursion and without keeping values: the grammar of
//! RFC 8259, names per object, sizes of numbers from their digits.

use std::borrow::Cow;

use super::{JsonFault, is_reserved};

/// Deepest nesting that is read: `serde_json`'s own limit.
const MAX_DEPTH: usize = 127;
/// The digits of 2^53 − 1.
const LARGEST: &[u8; 16] = b"9007199254740991";

/// What is wrong, and at which byte.
pub(super) type Fault = (JsonFault, usize);

/// Checks everything but the size of numbers; where the first is that is too large. The text is
/// UTF-8.
pub(super) fn beyond(text: &[u8]) -> Result<Option<usize>, Fault> {
    let mut scanner = Scanner {
        text,
        at: 0,
        beyond: None,
        names: Vec::new(),
        open: Vec::new(),
    };
    scanner.document()?;
    Ok(scanner.beyond)
}

enum Open {
    Array,
    /// How many names there were before its own.
    Object(usize),
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// Where the first number beyond 2^53 − 1 is.
    beyond: Option<usize>,
    /// The names of all open objects, unescaped, and where each is.
    names: Vec<(Cow<'a, [u8]>, usize)>,
    open: Vec<Open>,
}

impl<'a> Scanner<'a> {
    fn document(&mut self) -> Result<(), Fault> {
        loop {
            // A value is due.
            if self.value()? {
                continue;
            }
            loop {
                self.space();
                let Some(top) = self.open.last() else {
                    return match self.at == self.text.len() {
                        true => Ok(()),
                        false => Err(self.syntax()),
                    };
                };
                match (self.peek(), top) {
                    (Some(b','), Open::Array) => {
                        self.at += 1;
                        break;
                    }
                    (Some(b','), Open::Object(_)) => {
                        self.at += 1;
                        self.name()?;
                        break;
                    }
                    (Some(b']'), Open::Array) | (Some(b'}'), Open::Object(_)) => self.close()?,
                    _ => return Err(self.syntax()),
                }
            }
        }
    }

    /// Passes a value, or the beginning of one that holds others; then another value is due.
    fn value(&mut self) -> Result<bool, Fault> {
        self.space();
        match self.peek() {
            Some(b'{') => {
                self.enter(Open::Object(self.names.len()))?;
                if self.peek() == Some(b'}') {
                    self.close()?;
                    return Ok(false);
                }
                self.name()?;
                return Ok(true);
            }
            Some(b'[') => {
                self.enter(Open::Array)?;
                if self.peek() == Some(b']') {
                    self.close()?;
                    return Ok(false);
                }
                return Ok(true);
            }
            Some(b'"') => {
                self.string()?;
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        }
        Ok(false)
    }

    fn enter(&mut self, open: Open) -> Result<(), Fault> {
        if self.open.len() == MAX_DEPTH {
            return Err((JsonFault::TooDeep, self.at));
        }
        self.at += 1;
        self.open.push(open);
        self.space();
        Ok(())
    }

    /// Leaves an array or an object; the object's names must differ.
    fn close(&mut self) -> Result<(), Fault> {
        self.at += 1;
        if let Some(Open::Object(first)) = self.open.pop() {
            let names = self.names.get_mut(first..).unwrap_or_default();
            names.sort_unstable();
            let twice = names.windows(2).find(|pair| pair[0].0 == pair[1].0);
            if let Some(pair) = twice {
                return Err((JsonFault::MemberRepeated, pair[1].1));
            }
            self.names.truncate(first);
        }
        Ok(())
    }

    /// A member's name and the colon.
    fn name(&mut self) -> Result<(), Fault> {
        self.space();
        let at = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.syntax());
        }
        let name = self.string()?;
        if is_reserved(&name) {
            return Err((JsonFault::NameReserved, at));
        }
        self.names.push((name, at));
        self.space();
        match self.peek() {
            Some(b':') => self.at += 1,
            _ => return Err(self.syntax()),
        }
        Ok(())
    }

    /// A string, unescaped.
    fn string(&mut self) -> Result<Cow<'a, [u8]>, Fault> {
        self.at += 1;
        let text = self.text;
        let mut unescaped: Option<Vec<u8>> = None;
        let mut plain = self.at;
        loop {
            let byte = self.peek().ok_or_else(|| self.syntax())?;
            match byte {
                b'"' => {
                    let rest = text.get(plain..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(match unescaped {
                        None => Cow::Borrowed(rest),
                        Some(mut bytes) => {
                            bytes.extend_from_slice(rest);
                            Cow::Owned(bytes)
                        }
                    });
                }
                b'\\' => {
                    let bytes = unescaped.get_or_insert_default();
                    bytes.extend_from_slice(text.get(plain..self.at).unwrap_or_default());
                    let character = self.escape()?;
                    let bytes = unescaped.get_or_insert_default();
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    plain = self.at;
                }
                0..0x20 => return Err(self.syntax()),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.at += 1;
        let byte = self.peek().ok_or_else(|| self.syntax())?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let lone = (JsonFault::LoneSurrogate, start);
                let first = self.hex()?;
                let point = match first {
                    0xD800..0xDC00 => {
                        if self.text.get(self.at..self.at + 2) != Some(b"\\u") {
                            return Err(lone);
                        }
                        self.at += 2;
                        let second = self.hex()?;
                        if !(0xDC00..0xE000).contains(&second) {
                            return Err(lone);
                        }
                        0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                    }
                    other => other,
                };
                char::from_u32(point).ok_or(lone)?
            }
            _ => {
                self.at -= 1;
                return Err(self.syntax());
            }
        })
    }

    /// Four hexadecimal digits.
    fn hex(&mut self) -> Result<u32, Fault> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            value = value * 16 + digit.ok_or_else(|| self.syntax())?;
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with(b"0") {
            return Err((JsonFault::Syntax, start));
        }
        let mut fraction: &[u8] = &[];
        if self.peek() == Some(b'.') {
            self.at += 1;
            fraction = self.digits()?;
        }
        let mut exponent = 0;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            let negative = self.peek() == Some(b'-');
            if matches!(self.peek(), Some(b'-' | b'+')) {
                self.at += 1;
            }
            // More than anything a text can make up for by its length.
            let limit = i64::MAX / 16;
            let digits = self.digits()?.iter();
            let size = digits.fold(0, |sum, digit| {
                limit.min(sum * 10 + i64::from(digit - b'0'))
            });
            exponent = if negative { -size } else { size };
        }
        if is_beyond(whole, fraction, exponent) {
            self.beyond.get_or_insert(start);
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        match self.text.get(start..self.at) {
            Some(digits) if !digits.is_empty() => Ok(digits),
            _ => Err(self.syntax()),
        }
    }

    fn word(&mut self) -> Result<(), Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let words: [&[u8]; 3] = [b"true", b"false", b"null"];
        let word = words.into_iter().find(|word| rest.starts_with(word));
        self.at += word.ok_or_else(|| self.syntax())?.len();
        Ok(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn syntax(&self) -> Fault {
        (JsonFault::Syntax, self.at)
    }
}

/// Whether whole.fraction × 10^exponent > 2^53 − 1, told from the digits.
fn is_beyond(whole: &[u8], fraction: &[u8], exponent: i64) -> bool {
    let mut digits = whole
        .iter()
        .chain(fraction)
        .copied()
        .skip_while(|d| *d == b'0');
    let significant = digits.clone().count();
    if significant == 0 {
        return false;
    }
    // The number is 0.d1d2d3… × 10^magnitude.
    let zeros = (whole.len() + fraction.len() - significant) as i64;
    let magnitude = whole.len() as i64 - zeros + exponent;
    if magnitude != 16 {
        return magnitude > 16;
    }
    for largest in LARGEST {
        let digit = digits.next().unwrap_or(b'0');
        if digit != *largest {
            return digit > *largest;
        }
    }
    digits.any(|digit| digit != b'0')
}
