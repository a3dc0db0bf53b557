//! The state as the store holds it: versioned JSON, secret as a whole (`spec/wallet.md`, section 1).
//! Refuses members that it does not know, and quotes nothing of what it could not read.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use spooky_core::{
    anchor::SnapshotMark,
    credential::{IssuedCredential, IssuerId, IssuerKeys, Schema},
    encoding::{base64url, bytes_32, from_base64url},
    jose::StatementKeys,
    keys::{AnchorKey, PseudonymSecret, Seed},
};
use zeroize::Zeroizing;

use super::state::{Kept, State};
use crate::{
    broker::Published,
    error::{Code, Error},
};

/// The version that this code writes.
const VERSION: u32 = 1;

/// The bytes for the store.
///
/// # Errors
/// `Internal`.
pub(super) fn write(state: &State) -> Result<Zeroizing<Vec<u8>>, Error> {
    let wire = Wire::of(state)?;
    // Room for all at once: a vector that grows leaves copies behind.
    let mut length = Length(0);
    serde_json::to_writer(&mut length, &wire).map_err(internal)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *bytes, &wire).map_err(internal)?;
    Ok(bytes)
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// `StoreNewer`, `StoreDamaged`.
pub(super) fn read(bytes: &[u8]) -> Result<State, Error> {
    let version: Version = serde_json::from_slice(bytes).map_err(damaged)?;
    if version.v > VERSION {
        return Err(Code::StoreNewer.into());
    }
    let wire: Wire = serde_json::from_slice(bytes).map_err(damaged)?;
    wire.read()
}

fn internal(_: impl std::error::Error) -> Error {
    // The source would quote what it stumbled over.
    Code::Internal.into()
}

fn damaged(_: impl std::error::Error) -> Error {
    Code::StoreDamaged.into()
}

struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// Secret bytes, base64url in JSON; wiped on the way.
struct Hidden(Zeroizing<Vec<u8>>);

impl Hidden {
    fn of(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(base64url(&self.0)))
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Hidden;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("base64url")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hidden, E> {
                let bytes = from_base64url(text).map_err(E::custom)?;
                Ok(Hidden(Zeroizing::new(bytes)))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u32,
    issuer: IssuerId,
    anchor: Hidden,
    pseudonym_secret: Hidden,
    seed: Option<Hidden>,
    seed_kept: bool,
    device: Option<String>,
    statement: Option<String>,
    revoked: bool,
    statement_keys: Option<Fetched>,
    issuer_keys: Option<Fetched>,
    schemas: Vec<String>,
    credentials: Vec<WireKept>,
    snapshot: Option<WireSnapshot>,
}

/// A public document and when it was fetched.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fetched {
    document: String,
    at: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKept {
    credential: Hidden,
    schema: String,
    keys: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSnapshot {
    seq: u64,
    as_of: u64,
    digest: String,
    document: String,
}

fn text(json: Result<Vec<u8>, spooky_core::Error>) -> Result<String, Error> {
    let bytes = json.map_err(internal)?;
    String::from_utf8(bytes).map_err(internal)
}

impl Wire {
    fn of(state: &State) -> Result<Self, Error> {
        let published = &state.published;
        let fetched = |json, at| -> Result<Fetched, Error> {
            let document = text(json)?;
            Ok(Fetched { document, at })
        };
        let kept = |kept: &Kept| -> Result<WireKept, Error> {
            Ok(WireKept {
                credential: Hidden(kept.issued.to_cbor()),
                schema: text(kept.schema.to_json())?,
                keys: text(kept.keys.to_json())?,
            })
        };
        let statement_keys = published.statement_keys.as_ref();
        let issuer_keys = published.issuer_keys.as_ref();
        Ok(Self {
            v: VERSION,
            issuer: state.issuer.clone(),
            anchor: Hidden::of(state.anchor.expose_secret().as_slice()),
            pseudonym_secret: Hidden::of(state.secret.expose_secret()),
            seed: state
                .seed
                .as_ref()
                .map(|seed| Hidden::of(seed.expose_secret())),
            seed_kept: state.seed_kept,
            device: state.device.as_deref().map(base64url),
            statement: state.statement.clone(),
            revoked: state.revoked,
            statement_keys: statement_keys
                .map(|(keys, at)| fetched(keys.to_json(), *at))
                .transpose()?,
            issuer_keys: issuer_keys
                .map(|(keys, at)| fetched(keys.to_json(), *at))
                .transpose()?,
            schemas: published
                .schemas
                .iter()
                .map(|schema| text(schema.to_json()))
                .collect::<Result<_, _>>()?,
            credentials: state
                .credentials
                .iter()
                .map(kept)
                .collect::<Result<_, _>>()?,
            snapshot: state
                .snapshot
                .as_ref()
                .map(|(mark, document)| WireSnapshot {
                    seq: mark.seq,
                    as_of: mark.as_of,
                    digest: base64url(&mark.digest),
                    document: document.clone(),
                }),
        })
    }

    fn read(self) -> Result<State, Error> {
        let statement_keys = self.statement_keys.map(|fetched| {
            let keys = StatementKeys::from_json(fetched.document.as_bytes());
            keys.map(|keys| (keys, fetched.at)).map_err(damaged)
        });
        let issuer_keys = self.issuer_keys.map(|fetched| {
            let keys = IssuerKeys::from_json(fetched.document.as_bytes());
            keys.map(|keys| (keys, fetched.at)).map_err(damaged)
        });
        let schema = |text: &String| Schema::from_json(text.as_bytes()).map_err(damaged);
        let kept = |kept: &WireKept| -> Result<Kept, Error> {
            Ok(Kept {
                issued: IssuedCredential::from_cbor(&kept.credential.0).map_err(damaged)?,
                schema: schema(&kept.schema)?,
                keys: IssuerKeys::from_json(kept.keys.as_bytes()).map_err(damaged)?,
            })
        };
        let seed = self.seed.as_ref().map(|seed| Seed::from_bytes(&seed.0));
        let device = self.device.as_deref().map(from_base64url);
        let snapshot = |kept: WireSnapshot| -> Result<_, Error> {
            let mark = SnapshotMark {
                seq: kept.seq,
                as_of: kept.as_of,
                digest: bytes_32(&kept.digest).map_err(damaged)?,
            };
            Ok((mark, kept.document))
        };
        Ok(State {
            issuer: self.issuer,
            anchor: AnchorKey::from_bytes(&self.anchor.0).map_err(damaged)?,
            secret: PseudonymSecret::from_bytes(&self.pseudonym_secret.0).map_err(damaged)?,
            seed: seed.transpose().map_err(damaged)?,
            seed_kept: self.seed_kept,
            device: device.transpose().map_err(damaged)?,
            statement: self.statement,
            revoked: self.revoked,
            published: Published {
                statement_keys: statement_keys.transpose()?,
                issuer_keys: issuer_keys.transpose()?,
                schemas: self.schemas.iter().map(schema).collect::<Result<_, _>>()?,
            },
            credentials: self
                .credentials
                .iter()
                .map(kept)
                .collect::<Result<_, _>>()?,
            snapshot: self.snapshot.map(snapshot).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state that the first version wrote, of a registered wallet with one credential and a snapshot.
    const FIRST: &str = include_str!("testdata/state-1.json");

    #[test]
    fn what_version_1_wrote_is_read_and_written_again() {
        let state = read(FIRST.trim_end().as_bytes()).map_err(|error| error.to_string());
        let state = state.unwrap();
        assert!(state.seed.is_none() && state.seed_kept && state.statement.is_some());
        assert_eq!(
            (state.credentials.len(), state.published.schemas.len()),
            (1, 1)
        );
        assert!(state.snapshot.is_some() && state.device.is_some());
        let again = write(&state).unwrap();
        assert_eq!(std::str::from_utf8(&again).unwrap(), FIRST.trim_end());
        assert_eq!(again.len(), again.capacity(), "no copy was left behind");
    }

    #[test]
    fn what_is_no_state_is_damaged_and_a_later_version_is_newer() {
        let edit = |from: &str, to: &str| {
            assert!(FIRST.contains(from), "{from}");
            let text = FIRST.replacen(from, to, 1);
            read(text.as_bytes()).err().map(|error| error.code())
        };
        assert_eq!(edit("\"v\":1", "\"v\":2"), Some(Code::StoreNewer));
        for (from, to) in [
            ("\"v\":1", "\"v\":1,\"more\":1"),
            ("\"revoked\":false", "\"revoked\":0"),
            ("\"anchor\":\"", "\"anchor\":\"A"),
            ("\"seed\":null", "\"seed\":\"AA\""),
            ("\"revoked\":false,", ""),
        ] {
            assert_eq!(edit(from, to), Some(Code::StoreDamaged), "{from}");
        }
        assert_eq!(edit("\"v\":1", "\"v\":1"), None, "the control");
    }
}
