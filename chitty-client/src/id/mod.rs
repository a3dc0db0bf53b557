//! ChittyIDs: parsed and checked, never made.
//!
//! Owns the value type [`ChittyId`] and its two grammars (`spec/ids.md`; decisions D1, D2). Refuses
//! to build an identifier: parsing text that somebody else issued is the only way to get one. A
//! parsed id says nothing about who issued it; that is what a receipt is for.

mod check;
mod error;
mod parse;
mod suggest;

use std::fmt;
use std::str::FromStr;

pub use self::error::{IdError, Segment};
pub use self::suggest::suggest;

/// Longest text of any profile, in bytes.
const MAX_LENGTH: usize = 25;

/// Which grammar an id follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Profile {
    /// `AA-D-XXX-SSSS-T-YM-C-X`: the secure fallback architecture; D is `C` or `E`.
    SecureFallback,
    /// `VV-G-LLL-SSSS-T-YYMM-C-XX`: the live service.
    Canonical,
}

impl Profile {
    /// The name that travels in requests: `secure-fallback` or `canonical`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecureFallback => "secure-fallback",
            Self::Canonical => "canonical",
        }
    }

    /// The profile of that wire name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::SecureFallback, Self::Canonical]
            .into_iter()
            .find(|profile| profile.as_str() == name)
    }
}

/// What the text of an id claims it is for. Only a receipt proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// A permanent id.
    Standard,
    /// An error-coded id of the fallback service, to be replaced.
    Fallback,
    /// An error id of the live service (`03-0-ERR-…`): the same text for everybody who met the
    /// same failure in the same month, hence never a key.
    Error,
}

impl Class {
    /// `standard`, `fallback` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Fallback => "fallback",
            Self::Error => "error",
        }
    }
}

/// What the check character says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// It fits the other segments.
    Ok,
    /// It does not. Issuers other than the reference server bind it to content, so this is a hint
    /// at a typo and not a refusal.
    Mismatch,
}

/// Something unusual about an id that does not make it invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lint {
    /// The month of a Canonical id is not 01 to 12.
    Month,
    /// A regular Canonical id carries the jurisdiction reserved for error ids.
    ReservedJurisdiction,
}

/// A well-formed ChittyID.
///
/// Twenty-six bytes, copied freely, compared and ordered by its text. The only way to get one is to
/// parse it:
///
/// ```
/// use chitty_client::id::{Check, ChittyId, Class};
///
/// let id: ChittyId = "AA-E-USR-5678-I-25-8-Y".parse()?;
/// assert_eq!(id.class(), Class::Fallback);
/// assert_eq!(id.namespace(), "USR");
/// assert_eq!(id.check(), Check::Mismatch); // an illustration, not an issued id
/// # Ok::<(), chitty_client::id::IdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChittyId {
    /// ASCII text, padded with zero bytes.
    text: [u8; MAX_LENGTH],
    profile: Profile,
}

impl ChittyId {
    /// The grammar that the id follows.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The id as text, exactly as it was parsed.
    pub fn as_str(&self) -> &str {
        let length = parse::layout(self.profile).length;
        // Parsing admits ASCII only, so this never falls back to the empty text.
        std::str::from_utf8(&self.text[..length]).unwrap_or_default()
    }

    /// What the text claims the id is for.
    pub fn class(&self) -> Class {
        match self.profile {
            Profile::SecureFallback if self.part(1) == "E" => Class::Fallback,
            Profile::Canonical if self.part(1) == "0" => Class::Error,
            _ => Class::Standard,
        }
    }

    /// What the check character says. A Canonical id with a wrong check is not parsed at all.
    pub fn check(&self) -> Check {
        let fits = match self.profile {
            Profile::SecureFallback => check::mod_37_36(self.as_str()),
            Profile::Canonical => check::mod_97(self.as_str()),
        };
        if fits { Check::Ok } else { Check::Mismatch }
    }

    /// What is unusual about the id.
    pub fn lints(&self) -> Vec<Lint> {
        let mut lints = Vec::new();
        if self.profile == Profile::Canonical && self.class() == Class::Standard {
            if !(1..=12).contains(&self.part(5)[2..].parse::<u8>().unwrap_or(0)) {
                lints.push(Lint::Month);
            }
            if self.part(2) == "ERR" {
                lints.push(Lint::ReservedJurisdiction);
            }
        }
        lints
    }

    /// The first segment as text: the issuer's prefix of a SecureFallback id (opaque).
    pub fn issuer_prefix(&self) -> Option<&str> {
        self.only(Profile::SecureFallback, 0)
    }

    /// The domain letter of a SecureFallback id: `C` standard, `E` fallback.
    pub fn domain(&self) -> Option<char> {
        self.only(Profile::SecureFallback, 1)?.chars().next()
    }

    /// The namespace of a SecureFallback id, the jurisdiction of a Canonical one: three letters.
    pub fn namespace(&self) -> &str {
        self.part(2)
    }

    /// The four digits of the sequence. They never grant a right, and they can be guessed.
    pub fn sequence(&self) -> &str {
        self.part(3)
    }

    /// The entity type, one letter.
    pub fn entity_type(&self) -> char {
        self.part(4).chars().next().unwrap_or_default()
    }

    /// The year and month segment as text: two characters (SecureFallback) or four digits.
    pub fn year_month(&self) -> &str {
        self.part(5)
    }

    /// The issue cycle of a SecureFallback id, one character (opaque for other issuers' ids).
    pub fn cycle(&self) -> Option<char> {
        self.only(Profile::SecureFallback, 6)?.chars().next()
    }

    /// The version of a Canonical id.
    pub fn version(&self) -> Option<&str> {
        self.only(Profile::Canonical, 0)
    }

    /// The region digit of a Canonical id, advisory only.
    pub fn region(&self) -> Option<char> {
        self.only(Profile::Canonical, 1)?.chars().next()
    }

    /// The trust digit of a Canonical id. It is not protected against edits: never authorise by it.
    pub fn trust_level(&self) -> Option<u8> {
        self.only(Profile::Canonical, 6)?.parse().ok()
    }

    /// The error code of a live error id, such as `0001`.
    pub fn error_code(&self) -> Option<&str> {
        (self.class() == Class::Error).then(|| self.part(3))
    }

    /// The check segment as text.
    pub fn check_text(&self) -> &str {
        self.part(7)
    }

    fn only(&self, profile: Profile, segment: usize) -> Option<&str> {
        (self.profile == profile).then(|| self.part(segment))
    }

    fn part(&self, segment: usize) -> &str {
        self.as_str().split('-').nth(segment).unwrap_or_default()
    }
}

impl FromStr for ChittyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        parse::parse(text)
    }
}

impl TryFrom<&str> for ChittyId {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        parse::parse(text)
    }
}

impl AsRef<str> for ChittyId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for ChittyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Prints the class and not the id: debug output ends up in logs.
impl fmt::Debug for ChittyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChittyId({})", self.class().as_str())
    }
}

impl PartialOrd for ChittyId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ChittyId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl serde::Serialize for ChittyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for ChittyId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = ChittyId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a ChittyID")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ChittyId, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}
