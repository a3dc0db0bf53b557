//! JWS JSON serialisation with several signatures over one payload (RFC 7515 §7.2.1): a statement
//! that more than one key must stand behind. Which keys, and in which order, the caller says.

use serde::{Deserialize, Serialize};

use super::{Algorithm, JwsSigner, StatementKey, protected_header, read_header};
use crate::{
    Error,
    encoding::{base64url, from_base64url, json},
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    payload: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSignature {
    protected: String,
    signature: String,
}

/// A statement on its way to be signed by several keys, one after the other.
pub(crate) struct Unsigned {
    wire: Wire,
    typ: &'static str,
}

impl Unsigned {
    pub(crate) fn new(typ: &'static str, claims: &impl Serialize) -> Result<Self, Error> {
        let payload = serde_json::to_vec(claims).map_err(|_| Error::Malformed("claims"))?;
        let wire = Wire {
            payload: base64url(&payload),
            signatures: Vec::with_capacity(3),
        };
        Ok(Self { wire, typ })
    }

    /// What the key called `kid` has to sign.
    pub(crate) fn input(&self, algorithm: Algorithm, kid: &str) -> String {
        let header = protected_header(algorithm, kid, self.typ);
        format!("{header}.{}", self.wire.payload)
    }

    pub(crate) fn sign(&mut self, kid: &str, signer: &dyn JwsSigner) -> Result<(), Error> {
        let algorithm = signer.algorithm();
        let signature = signer.sign_input(self.input(algorithm, kid).as_bytes())?;
        self.add(algorithm, kid, &signature);
        Ok(())
    }

    /// Adds a signature over [`Unsigned::input`] that was made elsewhere and checked.
    pub(crate) fn add(&mut self, algorithm: Algorithm, kid: &str, signature: &[u8; 64]) {
        self.wire.signatures.push(WireSignature {
            protected: protected_header(algorithm, kid, self.typ),
            signature: base64url(signature),
        });
    }

    pub(crate) fn finish(self) -> Result<String, Error> {
        serde_json::to_string(&self.wire).map_err(|_| Error::Malformed("JWS"))
    }
}

/// A parsed statement whose signatures have **not** been checked.
pub(crate) struct GeneralJws {
    payload: String,
    signatures: Vec<Part>,
}

struct Part {
    algorithm: Algorithm,
    kid: String,
    protected: String,
    signature: Vec<u8>,
}

impl GeneralJws {
    /// At most `most` signatures; a header as in a compact JWS of either algorithm.
    pub(crate) fn parse(text: &str, typ: &str, most: usize) -> Result<Self, Error> {
        const WHAT: Error = Error::Malformed("JWS");
        if text.len() > super::MAX_JWS_LENGTH {
            return Err(WHAT);
        }
        let wire: Wire = json::read(text.as_bytes()).map_err(|_| WHAT)?;
        if wire.signatures.is_empty() || wire.signatures.len() > most {
            return Err(WHAT);
        }
        let read = |part: WireSignature| -> Result<Part, Error> {
            let both = [Algorithm::Es256, Algorithm::EdDsa];
            let (algorithm, kid) = read_header(&part.protected, typ, &both)?;
            let signature = from_base64url(&part.signature)?;
            if signature.len() != 64 {
                return Err(WHAT);
            }
            Ok(Part {
                algorithm,
                kid,
                protected: part.protected,
                signature,
            })
        };
        let signatures = wire.signatures.into_iter().map(read);
        Ok(Self {
            payload: wire.payload,
            signatures: signatures.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, Error> {
        from_base64url(&self.payload)
    }

    /// The names of the signing keys, in order.
    pub(crate) fn kids(&self) -> Vec<&str> {
        self.signatures.iter().map(|part| &*part.kid).collect()
    }

    /// Checks the signature of the key called `kid`.
    pub(crate) fn check(&self, kid: &str, key: &StatementKey) -> Result<(), Error> {
        let part = self
            .signatures
            .iter()
            .find(|part| part.kid == kid)
            .ok_or(Error::Signature)?;
        let input = format!("{}.{}", part.protected, self.payload);
        key.check(part.algorithm, input.as_bytes(), &part.signature)
    }
}
