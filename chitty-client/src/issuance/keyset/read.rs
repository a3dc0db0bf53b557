//! Reads a published set as RFC 7517 asks: what is not understood is ignored, key by key.
//!
//! A key is main's when its `use`, `kty` and `crv` say so; such a key must be whole. Refuses a key of
//! main's kind that is not, and a member of `keys` that is no object: section 5.1 makes that an array
//! of keys, so the text is then no key set, and nothing in it can be relied on.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use spooky_core::jose::{Jwk, VerifyingKey};

use super::{KeySet, KeyState, KeyUse, PublishedKey};

impl<'de> Deserialize<'de> for KeySet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        let mut keys: Vec<PublishedKey> = Vec::new();
        for key in text.keys.into_iter().filter_map(|member| member.0) {
            // Two keys of one name would leave it to their order which state counts.
            let repeated = keys
                .iter()
                .any(|other| other.kid == key.kid && other.key_use == key.key_use);
            if repeated {
                return Err(D::Error::custom("a key is named twice in its use"));
            }
            keys.push(key);
        }
        Ok(Self {
            issuer: text.issuer,
            version: text.version,
            keys,
        })
    }
}

/// The members of a set that are understood.
#[derive(Deserialize)]
struct Text {
    issuer: String,
    version: u64,
    keys: Vec<Member>,
}

/// One key of the array; none when it is not main's.
struct Member(Option<PublishedKey>);

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadKey).map(Self)
    }
}

struct ReadKey;

impl<'de> Visitor<'de> for ReadKey {
    type Value = Option<PublishedKey>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Web Key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Found::default();
        while let Some(name) = map.next_key::<String>()? {
            match NAMES.iter().position(|known| *known == name) {
                Some(index) => found.0[index].push(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let Some(key_use) = found.of_main() else {
            return Ok(None);
        };
        found
            .key(key_use)
            .map(Some)
            .ok_or_else(|| A::Error::custom("a key of main's is malformed"))
    }
}

const NAMES: [&str; 9] = ["kty", "crv", "use", "kid", "x", "y", "nbf", "exp", "state"];

/// What each member of [`NAMES`] holds, as often as it occurs.
#[derive(Default)]
struct Found([Vec<Scalar>; 9]);

impl Found {
    fn all(&self, name: &str) -> &[Scalar] {
        let index = NAMES.iter().position(|known| *known == name);
        index.map_or(&[], |index| &self.0[index])
    }

    fn says(&self, name: &str, wanted: &str) -> bool {
        let mut all = self.all(name).iter();
        all.any(|value| matches!(value, Scalar::Text(text) if text == wanted))
    }

    /// The use, when this is a key of main's kind in any reading of members that repeat.
    fn of_main(&self) -> Option<KeyUse> {
        let uses = [
            (KeyUse::Receipt, "chitty-receipt"),
            (KeyUse::Grant, "chitty-grant"),
        ];
        let (key_use, _) = uses.into_iter().find(|(_, name)| self.says("use", name))?;
        (self.says("kty", "EC") && self.says("crv", "P-256")).then_some(key_use)
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.all(name) {
            [Scalar::Text(text)] => Some(text.clone()),
            _ => None,
        }
    }

    fn seconds(&self, name: &str) -> Option<i64> {
        match self.all(name) {
            [Scalar::Integer(seconds)] => Some(*seconds),
            _ => None,
        }
    }

    /// The whole key; none when a member is missing, repeated or of another kind.
    fn key(&self, key_use: KeyUse) -> Option<PublishedKey> {
        self.text("use")?;
        let key = PublishedKey {
            jwk: Jwk {
                kty: self.text("kty")?,
                crv: self.text("crv")?,
                x: self.text("x")?,
                y: self.text("y")?,
            },
            kid: self.text("kid")?,
            key_use,
            nbf: self.seconds("nbf")?,
            exp: self.seconds("exp")?,
            state: match self.text("state")?.as_str() {
                "next" => KeyState::Next,
                "active" => KeyState::Active,
                "retired" => KeyState::Retired,
                _ => KeyState::Revoked,
            },
        };
        VerifyingKey::from_jwk(&key.jwk).is_ok().then_some(key)
    }
}

/// A value, as far as a key of main's may hold it.
enum Scalar {
    Text(String),
    Integer(i64),
    Other,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadScalar)
    }
}

struct ReadScalar;

impl<'de> Visitor<'de> for ReadScalar {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}
