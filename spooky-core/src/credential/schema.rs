//! Schemas: which attributes a credential has, in which order, of which types, and how long it lives
//! (`spec/credentials.md`, section 2). A schema is public and the same for everybody; its digest is
//! in the header of every credential.

use serde::{Deserialize, Serialize};

use super::{
    AttributeName, AttributeType, Attributes, Day, Value,
    codec::{MAX_ATTRIBUTES, from_json},
};
use crate::{
    Error,
    encoding::{base64url, canonical_json, sha256},
};

const LABEL: &str = "spookyid/schema/v1";

/// SHA-256 of a schema's canonical JSON, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SchemaDigest(pub [u8; 32]);

impl SchemaDigest {
    /// base64url, 43 characters.
    pub fn to_text(&self) -> String {
        base64url(&self.0)
    }
}

impl core::fmt::Debug for SchemaDigest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// An attribute that the issuer computes from another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Derivation {
    /// A boolean: whether somebody born on the date `from` has reached `years` on the day of issue.
    AgeOver {
        /// The attribute that holds the date of birth.
        from: AttributeName,
        /// 1 to 150.
        years: u8,
    },
}

/// One attribute of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeSchema {
    /// Its name.
    pub name: AttributeName,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// How it is computed, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derivation>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    typ: String,
    id: String,
    life_days: u16,
    linkable: bool,
    attributes: Vec<AttributeSchema>,
}

/// A checked schema.
///
/// ```
/// use spooky_core::credential::Schema;
/// let schema = Schema::from_json(br#"{"typ":"spookyid/schema/v1",
///     "id":"https://issuer.example/schemas/person","life_days":7,"linkable":false,"attributes":[
///     {"name":"family_name","type":"text"},{"name":"birth_date","type":"date"},
///     {"name":"age_over_21","type":"boolean",
///      "derived":{"rule":"age_over","from":"birth_date","years":21}}]}"#)?;
/// assert_eq!(schema.attributes().len(), 3);
/// # Ok::<(), spooky_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Schema {
    wire: Wire,
    digest: SchemaDigest,
}

impl Schema {
    /// Makes a schema. `id` names it for people and logs (1 to 255 bytes); credentials live
    /// `life_days` (1 to 398) after the day of issue; `linkable` allows one attribute of the type
    /// `status_index`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for limits that are not kept, names that occur twice, a derived
    /// attribute that does not fit its source, or a status index without `linkable`.
    pub fn new(
        id: &str,
        life_days: u16,
        linkable: bool,
        attributes: Vec<AttributeSchema>,
    ) -> Result<Self, Error> {
        Self::check(Wire {
            typ: LABEL.to_owned(),
            id: id.to_owned(),
            life_days,
            linkable,
            attributes,
        })
    }

    /// Reads JSON of at most 64 KiB; unknown members are refused.
    ///
    /// # Errors
    /// As [`Schema::new`], and [`Error::Unsupported`] for another `typ`.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let wire: Wire = from_json(text, "schema")?;
        if wire.typ != LABEL {
            return Err(Error::Unsupported("schema type"));
        }
        Self::check(wire)
    }

    fn check(wire: Wire) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("schema");
        let sizes = (1..=MAX_ATTRIBUTES).contains(&wire.attributes.len())
            && (1..=255).contains(&wire.id.len())
            && (1..=398).contains(&wire.life_days);
        let mut names: Vec<_> = wire.attributes.iter().map(|one| &one.name).collect();
        names.sort();
        let unique = names.is_sorted_by(|a, b| a < b);
        let of_type = |kind| {
            let fits = move |one: &&AttributeSchema| one.kind == kind;
            wire.attributes.iter().filter(fits)
        };
        let indexes = of_type(AttributeType::StatusIndex).count();
        let derived = wire.attributes.iter().all(|one| match &one.derived {
            None => true,
            Some(Derivation::AgeOver { from, years }) => {
                one.kind == AttributeType::Boolean
                    && (1..=150).contains(years)
                    && of_type(AttributeType::Date).any(|source| source.name == *from)
            }
        });
        if !sizes || !unique || !derived || indexes > usize::from(wire.linkable) {
            return Err(WHAT);
        }
        let value = serde_json::to_value(&wire).map_err(|_| WHAT)?;
        let digest = SchemaDigest(sha256(&canonical_json(&value)?));
        Ok(Self { wire, digest })
    }

    /// Canonical JSON (RFC 8785): what the digest covers.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let value = serde_json::to_value(&self.wire).map_err(|_| Error::Malformed("schema"))?;
        canonical_json(&value)
    }

    /// SHA-256 of [`Schema::to_json`].
    pub fn digest(&self) -> SchemaDigest {
        self.digest
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.wire.id
    }

    /// Days from the day of issue to the last day of a credential.
    pub fn life_days(&self) -> u16 {
        self.wire.life_days
    }

    /// Whether credentials may hold a status index, and can then be followed.
    pub fn linkable(&self) -> bool {
        self.wire.linkable
    }

    /// The attributes, in the order of the signed messages.
    pub fn attributes(&self) -> &[AttributeSchema] {
        &self.wire.attributes
    }

    /// The place and the type of an attribute.
    pub fn find(&self, name: &AttributeName) -> Option<(usize, &AttributeSchema)> {
        let mut all = self.attributes().iter().enumerate();
        all.find(|(_, one)| one.name == *name)
    }

    /// The attribute that holds a status index, when there is one.
    pub fn status_index(&self) -> Option<&AttributeSchema> {
        let index = |one: &&AttributeSchema| one.kind == AttributeType::StatusIndex;
        self.attributes().iter().find(index)
    }

    /// Computes the derived attributes for a credential issued on `day`. What `attributes` says
    /// about them already is overwritten.
    ///
    /// # Errors
    /// [`Error::Malformed`] when a source is missing or no date.
    pub fn derive(&self, attributes: &mut Attributes, day: Day) -> Result<(), Error> {
        for one in self.attributes() {
            if let Some(Derivation::AgeOver { from, years }) = &one.derived {
                let Some(Value::Date(born)) = attributes.get(from) else {
                    return Err(Error::Malformed("source of a derived attribute"));
                };
                let value = Value::Boolean(born.reaches_age(*years, day));
                attributes.insert(one.name.clone(), value);
            }
        }
        Ok(())
    }

    /// Whether these are exactly the attributes of the schema, each of its type and within limits.
    ///
    /// # Errors
    /// [`Error::Malformed`] for missing, unknown and mistyped ones, [`Error::Unsupported`] for
    /// values beyond their limits.
    pub fn check_attributes(&self, attributes: &Attributes) -> Result<(), Error> {
        const WHAT: Error = Error::Malformed("attributes");
        if attributes.len() != self.attributes().len() {
            return Err(WHAT);
        }
        for one in self.attributes() {
            let value = attributes.get(&one.name).ok_or(WHAT)?;
            if value.kind() != one.kind {
                return Err(WHAT);
            }
            value.check()?;
        }
        Ok(())
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Schema {}

impl core::fmt::Debug for Schema {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Schema")
            .field("id", &self.id())
            .field("digest", &self.digest)
            .finish()
    }
}
