//! A presentation as it travels (`spec/credentials.md`, section 7): CBOR, or JSON with the same
//! content. Nothing in it is believed before [`super::Verifier`] has looked.

use serde::{Deserialize, Serialize};

use super::{
    Attributes, Day, IssuerId, Nonce, SchemaDigest,
    codec::{
        MAX_ATTRIBUTES, from_json, open_cbor, read_attributes, unique_attributes, write_attributes,
    },
};
use crate::{
    Error,
    bbs::{Proof, Pseudonym},
    cbor::Writer,
    encoding::{base64url, bytes_32, from_base64url},
    pseudonym::Host,
};

const WHAT: &str = "presentation";
/// The longest proof about any schema: it hides every attribute, the prover's blinding factor and the
/// pseudonym secret.
const MAX_PROOF: usize = Proof::MIN_BYTES + 32 * (MAX_ATTRIBUTES + 2);

/// A presentation. `host` and `nonce` are claims that explain a refusal; the proof is checked
/// against the verifier's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Presentation {
    pub(super) issuer: IssuerId,
    pub(super) schema: SchemaDigest,
    pub(super) not_after: Day,
    pub(super) host: Host,
    pub(super) nonce: Nonce,
    pub(super) attributes: Attributes,
    pub(super) pseudonym: Pseudonym,
    pub(super) proof: Proof,
    /// Of a presentation without tag.
    pub(super) salt: Option<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u8,
    issuer: IssuerId,
    schema: String,
    not_after: String,
    host: String,
    nonce: String,
    #[serde(deserialize_with = "unique_attributes")]
    attributes: Attributes,
    pseudonym: String,
    proof: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
}

/// Hosts travel in their canonical form alone.
fn canonical_host(text: &str) -> Result<Host, Error> {
    let host = Host::parse(text)?;
    if host.as_str() == text {
        Ok(host)
    } else {
        Err(Error::Malformed("host"))
    }
}

/// Its length is looked at before anything in it is decoded.
fn proof(bytes: &[u8]) -> Result<Proof, Error> {
    if bytes.len() > MAX_PROOF {
        return Err(Error::Malformed("proof"));
    }
    Proof::from_bytes(bytes)
}

impl Presentation {
    /// Deterministic CBOR: `{0: 1, 1: issuer, 2: schema, 3: not_after, 4: host, 5: nonce,
    /// 6: attributes, 7: pseudonym, 8: proof}`, and `9: salt` without tag.
    pub fn to_cbor(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        let members = 9 + usize::from(self.salt.is_some());
        writer.map(members).unsigned(0).unsigned(1);
        writer.unsigned(1).text(self.issuer.as_str());
        writer.unsigned(2).bytes(&self.schema.0);
        writer.unsigned(3).integer(self.not_after.number().into());
        writer.unsigned(4).text(self.host.as_str());
        writer.unsigned(5).bytes(self.nonce.as_bytes());
        writer.unsigned(6);
        write_attributes(&mut writer, &self.attributes);
        writer.unsigned(7).bytes(&self.pseudonym.to_bytes());
        writer.unsigned(8).bytes(&self.proof.to_bytes());
        if let Some(salt) = &self.salt {
            writer.unsigned(9).bytes(salt);
        }
        writer.finish()
    }

    /// Reads at most 64 KiB of deterministic CBOR.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Unsupported`] for another version.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, members) = open_cbor(bytes, WHAT)?;
        let with_salt = match members {
            9 => false,
            10 => true,
            _ => return Err(Error::Malformed(WHAT)),
        };
        reader.key(1)?;
        let issuer = IssuerId::parse(reader.text()?)?;
        reader.key(2)?;
        let schema = SchemaDigest(reader.array_of()?);
        reader.key(3)?;
        let not_after = Day::from_number(reader.integer()?)?;
        reader.key(4)?;
        let host = canonical_host(reader.text()?)?;
        reader.key(5)?;
        let nonce = Nonce(reader.array_of()?);
        reader.key(6)?;
        let attributes = read_attributes(&mut reader)?;
        reader.key(7)?;
        let pseudonym = Pseudonym::from_bytes(reader.bytes()?)?;
        reader.key(8)?;
        let proof = proof(reader.bytes()?)?;
        let salt = if with_salt {
            reader.key(9)?;
            Some(reader.array_of()?)
        } else {
            None
        };
        reader.end()?;
        Ok(Self {
            issuer,
            schema,
            not_after,
            host,
            nonce,
            attributes,
            pseudonym,
            proof,
            salt,
        })
    }

    /// JSON with the same content.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let wire = Wire {
            v: 1,
            issuer: self.issuer.clone(),
            schema: self.schema.to_text(),
            not_after: self.not_after.to_string(),
            host: self.host.as_str().to_owned(),
            nonce: self.nonce.to_text(),
            attributes: self.attributes.clone(),
            pseudonym: base64url(&self.pseudonym.to_bytes()),
            proof: base64url(&self.proof.to_bytes()),
            salt: self.salt.as_ref().map(|salt| base64url(salt)),
        };
        serde_json::to_vec(&wire).map_err(|_| Error::Malformed(WHAT))
    }

    /// Reads at most 64 KiB of JSON; unknown and repeated members are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Unsupported`] for another version.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let wire: Wire = from_json(text, WHAT)?;
        if wire.v != 1 {
            return Err(Error::Unsupported("version"));
        }
        Ok(Self {
            issuer: wire.issuer,
            schema: SchemaDigest(bytes_32(&wire.schema)?),
            not_after: Day::parse(&wire.not_after)?,
            host: canonical_host(&wire.host)?,
            nonce: Nonce::parse(&wire.nonce)?,
            attributes: wire.attributes,
            pseudonym: Pseudonym::from_bytes(&from_base64url(&wire.pseudonym)?)?,
            proof: proof(&from_base64url(&wire.proof)?)?,
            salt: wire.salt.as_deref().map(bytes_32).transpose()?,
        })
    }

    /// The nonce that it claims to answer: to find the verifier's own record of it, and burn that.
    pub fn claimed_nonce(&self) -> Nonce {
        self.nonce
    }
}

impl core::fmt::Debug for Presentation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Presentation")
    }
}
