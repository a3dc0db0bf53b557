//! A credential on its way from the issuer to the wallet, and in the wallet's store
//! (`spec/credentials.md`, section 7). It is a secret of its holder.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{
    AttributeName, Attributes, Day, IssuerId, SchemaDigest, Value,
    codec::{from_json, open_cbor, read_attributes, unique_attributes, write_attributes},
};
use crate::{
    Error,
    bbs::{NymSecret, Signature},
    cbor::Writer,
    encoding::{base64url, bytes_32, from_base64url},
};

const WHAT: &str = "issued credential";

/// An issued credential: readable, and believed by nobody before [`super::HeldCredential::take`].
pub struct IssuedCredential(pub(super) Parts);

pub(super) struct Parts {
    pub(super) issuer: IssuerId,
    pub(super) schema: SchemaDigest,
    pub(super) not_after: Day,
    pub(super) attributes: Attributes,
    pub(super) signature: Signature,
    pub(super) entropy: NymSecret,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u8,
    issuer: IssuerId,
    schema: String,
    not_after: String,
    #[serde(deserialize_with = "unique_attributes")]
    attributes: Attributes,
    signature: String,
    signer_nym_entropy: String,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.signature.zeroize();
        self.signer_nym_entropy.zeroize();
    }
}

impl IssuedCredential {
    /// Deterministic CBOR: `{0: 1, 1: issuer, 2: schema, 3: not_after, 4: attributes, 5: signature,
    /// 6: signer_nym_entropy}`. Wiped on drop.
    pub fn to_cbor(&self) -> Zeroizing<Vec<u8>> {
        let parts = &self.0;
        // Room for all at once: a vector that grows leaves copies behind.
        let entry = |(name, value): (&AttributeName, &Value)| {
            name.as_str().len() + value.octets().len() + 32
        };
        let length: usize = parts.attributes.iter().map(entry).sum();
        let mut writer = Writer::with_capacity(length + parts.issuer.as_str().len() + 256);
        writer.map(7).unsigned(0).unsigned(1);
        writer.unsigned(1).text(parts.issuer.as_str());
        writer.unsigned(2).bytes(&parts.schema.0);
        writer.unsigned(3).integer(parts.not_after.number().into());
        writer.unsigned(4);
        write_attributes(&mut writer, &parts.attributes);
        writer.unsigned(5).bytes(&parts.signature.to_bytes());
        let entropy = parts.entropy.expose_secret();
        writer.unsigned(6).bytes(entropy.as_slice());
        Zeroizing::new(writer.finish())
    }

    /// Reads at most 64 KiB of deterministic CBOR.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Unsupported`] for another version.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        let (mut reader, members) = open_cbor(bytes, WHAT)?;
        if members != 7 {
            return Err(Error::Malformed(WHAT));
        }
        reader.key(1)?;
        let issuer = IssuerId::parse(reader.text()?)?;
        reader.key(2)?;
        let schema = SchemaDigest(reader.array_of()?);
        reader.key(3)?;
        let not_after = Day::from_number(reader.integer()?)?;
        reader.key(4)?;
        let attributes = read_attributes(&mut reader)?;
        reader.key(5)?;
        let signature = Signature::from_bytes(reader.bytes()?)?;
        reader.key(6)?;
        let entropy = NymSecret::from_bytes(reader.bytes()?)?;
        reader.end()?;
        Ok(Self(Parts {
            issuer,
            schema,
            not_after,
            attributes,
            signature,
            entropy,
        }))
    }

    /// JSON with the same content. Wiped on drop.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let parts = &self.0;
        let wire = Wire {
            v: 1,
            issuer: parts.issuer.clone(),
            schema: parts.schema.to_text(),
            not_after: parts.not_after.to_string(),
            attributes: parts.attributes.clone(),
            signature: base64url(&parts.signature.to_bytes()),
            signer_nym_entropy: base64url(parts.entropy.expose_secret().as_slice()),
        };
        let text = serde_json::to_vec(&wire).map_err(|_| Error::Malformed(WHAT))?;
        Ok(Zeroizing::new(text))
    }

    /// Reads at most 64 KiB of JSON; unknown and repeated members are refused.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Unsupported`] for another version.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let mut wire: Wire = from_json(text, WHAT)?;
        if wire.v != 1 {
            return Err(Error::Unsupported("version"));
        }
        let signature = Zeroizing::new(from_base64url(&wire.signature)?);
        let entropy = Zeroizing::new(from_base64url(&wire.signer_nym_entropy)?);
        Ok(Self(Parts {
            issuer: wire.issuer.clone(),
            schema: SchemaDigest(bytes_32(&wire.schema)?),
            not_after: Day::parse(&wire.not_after)?,
            attributes: core::mem::take(&mut wire.attributes),
            signature: Signature::from_bytes(&signature)?,
            entropy: NymSecret::from_bytes(&entropy)?,
        }))
    }

    /// Who says that they issued it.
    pub fn issuer(&self) -> &IssuerId {
        &self.0.issuer
    }

    /// The schema's digest.
    pub fn schema(&self) -> SchemaDigest {
        self.0.schema
    }

    /// The last day.
    pub fn not_after(&self) -> Day {
        self.0.not_after
    }

    /// The attributes, for the holder to look at.
    pub fn attributes(&self) -> &Attributes {
        &self.0.attributes
    }
}

impl core::fmt::Debug for IssuedCredential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("IssuedCredential")
    }
}
