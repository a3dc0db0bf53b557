//! Policies: what a site asks for (`spec/credentials.md`, section 5). The digest of a policy is in
//! every presentation made for it, so that an answer to one question is none to another.

use serde::{Deserialize, Serialize};

use super::{
    AttributeName, IssuerId, Schema, SchemaDigest, Value,
    codec::{MAX_ATTRIBUTES, from_json},
};
use crate::{
    Error,
    encoding::{bytes_32, canonical_json, labelled_sha256},
    reason::reasons,
};

const LABEL: &str = "spookyid/policy/v1";

/// An attribute that has to be shown, and the value that it has to have, if that matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The attribute.
    pub name: AttributeName,
    /// Its only acceptable value; any value does without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
}

/// What a site wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyTerms {
    /// The issuers that it trusts, 1 to 16.
    pub issuers: Vec<IssuerId>,
    /// The attributes that have to be shown; nothing else may be.
    pub attributes: Vec<Requirement>,
    /// Whether the person shows their tag for this site.
    pub tag: bool,
    /// How many days a credential's last day may lie ahead, at most: bounds how long ago the issuer
    /// looked whether the anchor was active. At least the schema's life.
    pub max_days: u16,
}

reasons! {
    /// Why a policy is none.
    pub enum PolicyRefusal {
        /// No issuer, too many, or one twice.
        Issuers = "policy_issuers",
        /// It is about another schema.
        OtherSchema = "policy_other_schema",
        /// An attribute that the schema does not have.
        UnknownAttribute = "policy_unknown_attribute",
        /// An attribute occurs twice.
        RepeatedAttribute = "policy_repeated_attribute",
        /// A value of another type than the attribute, or beyond its limits.
        ValueType = "policy_value_type",
        /// A tag together with a status index: the index would link what the tag keeps apart.
        TagWithStatusIndex = "policy_tag_with_status_index",
        /// The schema has a status index, and the policy does not ask for it: revoked holders would
        /// leave it out.
        StatusIndexMissing = "policy_status_index_missing",
        /// Fresh credentials of the schema would be refused.
        Days = "policy_days",
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    typ: String,
    issuers: Vec<IssuerId>,
    schema: String,
    attributes: Vec<Requirement>,
    tag: bool,
    max_days: u16,
}

/// A policy. One that came from outside is only read: whoever uses it checks it against its schema
/// ([`Policy::check`]), which the wallet and the verifier of this crate do.
///
/// ```
/// # use spooky_core::credential::*;
/// # let schema = Schema::from_json(br#"{"typ":"spookyid/schema/v1","id":"s","life_days":7,
/// #   "linkable":false,"attributes":[{"name":"age_over_21","type":"boolean"}]}"#)?;
/// let policy = Policy::build(&schema, PolicyTerms {
///     issuers: vec![IssuerId::parse("https://issuer.example")?],
///     attributes: vec![Requirement {
///         name: AttributeName::parse("age_over_21")?,
///         equals: Some(Value::Boolean(true)),
///     }],
///     tag: true,
///     max_days: 7,
/// })?;
/// assert_eq!(Policy::from_json(&policy.to_json()?)?, policy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Policy {
    wire: Wire,
    #[serde(skip)]
    schema: SchemaDigest,
    #[serde(skip)]
    digest: [u8; 32],
}

impl Policy {
    /// Builds a policy about credentials of `schema`. Issuers and attributes are brought into order,
    /// so that equal questions have equal digests.
    ///
    /// # Errors
    /// [`PolicyRefusal`].
    pub fn build(schema: &Schema, mut terms: PolicyTerms) -> Result<Self, PolicyRefusal> {
        terms.issuers.sort();
        terms.attributes.sort_by(|a, b| a.name.cmp(&b.name));
        let wire = Wire {
            typ: LABEL.to_owned(),
            issuers: terms.issuers,
            schema: schema.digest().to_text(),
            attributes: terms.attributes,
            tag: terms.tag,
            max_days: terms.max_days,
        };
        let policy = Self::read(wire).map_err(|_| PolicyRefusal::ValueType)?;
        policy.check(schema)?;
        Ok(policy)
    }

    /// Reads JSON of at most 64 KiB; unknown members are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`] for another `typ`.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        Self::read(from_json(text, "policy")?)
    }

    fn read(wire: Wire) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("policy");
        if wire.typ != LABEL {
            return Err(Error::Unsupported("policy type"));
        }
        if wire.attributes.len() > MAX_ATTRIBUTES {
            return Err(WHAT);
        }
        let value = serde_json::to_value(&wire).map_err(|_| WHAT)?;
        Ok(Self {
            schema: SchemaDigest(bytes_32(&wire.schema)?),
            digest: labelled_sha256(LABEL, &[&canonical_json(&value)?]),
            wire,
        })
    }

    /// The policy as canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let value = serde_json::to_value(&self.wire).map_err(|_| Error::Malformed("policy"))?;
        canonical_json(&value)
    }

    /// Whether it is a sound question about credentials of `schema`.
    ///
    /// # Errors
    /// [`PolicyRefusal`].
    pub fn check(&self, schema: &Schema) -> Result<(), PolicyRefusal> {
        use PolicyRefusal as Refusal;
        let wire = &self.wire;
        let sorted = wire.issuers.is_sorted_by(|a, b| a < b);
        if !(1..=16).contains(&wire.issuers.len()) || !sorted {
            return Err(Refusal::Issuers);
        }
        if self.schema != schema.digest() {
            return Err(Refusal::OtherSchema);
        }
        if !wire.attributes.is_sorted_by(|a, b| a.name < b.name) {
            return Err(Refusal::RepeatedAttribute);
        }
        for one in &wire.attributes {
            let (_, known) = schema.find(&one.name).ok_or(Refusal::UnknownAttribute)?;
            let fits = |value: &Value| value.kind() == known.kind && value.check().is_ok();
            if !one.equals.as_ref().is_none_or(fits) {
                return Err(Refusal::ValueType);
            }
        }
        if let Some(index) = schema.status_index() {
            if wire.tag {
                return Err(Refusal::TagWithStatusIndex);
            }
            if !self.asks_for(&index.name) {
                return Err(Refusal::StatusIndexMissing);
            }
        }
        if wire.max_days < schema.life_days() {
            return Err(Refusal::Days);
        }
        Ok(())
    }

    /// SHA-256("spookyid/policy/v1" ‖0‖ JCS(policy)), 32 bytes.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The digest of the schema that it is about.
    pub fn schema(&self) -> SchemaDigest {
        self.schema
    }

    /// The issuers that it trusts.
    pub fn issuers(&self) -> &[IssuerId] {
        &self.wire.issuers
    }

    /// The attributes that it wants shown.
    pub fn attributes(&self) -> &[Requirement] {
        &self.wire.attributes
    }

    /// Whether it wants the tag.
    pub fn tag(&self) -> bool {
        self.wire.tag
    }

    /// How many days a credential's last day may lie ahead.
    pub fn max_days(&self) -> u16 {
        self.wire.max_days
    }

    pub(super) fn asks_for(&self, name: &AttributeName) -> bool {
        self.wire.attributes.iter().any(|one| one.name == *name)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Wire::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl core::fmt::Debug for Policy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Policy")
            .field("schema", &self.schema)
            .field("tag", &self.wire.tag)
            .finish_non_exhaustive()
    }
}
