//! Status snapshots: a broker's signed list of what is revoked (`spec/anchors.md`, section 6;
//! `decisions.md` D14). Values are whole and sorted, so that a look-up is a binary search in the
//! bytes as they came. How snapshots follow one another is judged in `monitor`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{AnchorCommitment, STATUS_TYPE, STATUS_USE, StatusReason};
use crate::{
    Error,
    encoding::{base64url, bytes_32, from_base64url},
    jose::{Algorithm, JwsSigner, StatementKeys, UnverifiedJws, sign_compact, unix_time},
    verdict::Verdict,
};

/// Longest snapshot that is looked at, in bytes: room for more than a million values.
const MAX_LENGTH: usize = 64 << 20;

/// Sorted 32-byte values, each once; in JSON the base64url of all of them in a row.
#[derive(Clone, PartialEq, Eq, Default)]
struct Values(Vec<u8>);

impl Values {
    fn sorted(mut values: Vec<[u8; 32]>) -> Self {
        values.sort_unstable();
        values.dedup();
        Self(values.into_flattened())
    }

    fn as_slice(&self) -> &[[u8; 32]] {
        self.0.as_chunks().0
    }

    fn contains(&self, value: &[u8; 32]) -> bool {
        self.as_slice().binary_search(value).is_ok()
    }

    /// Whether every value is in `other`, in one walk through both.
    fn is_part_of(&self, other: &Self) -> bool {
        let mut others = other.as_slice().iter();
        self.as_slice()
            .iter()
            .all(|value| others.by_ref().find(|other| *other >= value) == Some(value))
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url(&self.0))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Values;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("base64url of sorted 32-byte values")
            }

            // Straight from the text that was read, without a copy of it.
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Values, E> {
                let values = Values(from_base64url(text).map_err(E::custom)?);
                let whole = values.0.len().is_multiple_of(32);
                if whole && values.as_slice().is_sorted_by(|a, b| a < b) {
                    Ok(values)
                } else {
                    Err(E::custom("not sorted 32-byte values"))
                }
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    seq: u64,
    as_of: u64,
    prev: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reset: Option<u64>,
    anchors: Values,
    leases: Values,
}

/// What a snapshot says besides its lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotHead {
    /// The broker.
    pub issuer: String,
    /// Counts from 1, one more for every snapshot.
    pub seq: u64,
    /// The time up to which every revocation is in it, in seconds since 1970.
    pub as_of: u64,
    /// [`StatusSnapshot::digest`] of the snapshot before; none for the first.
    pub prev: Option<[u8; 32]>,
    /// The number of the last snapshot whose time was set back, because the one before it was dated by
    /// a clock that ran ahead; it and all later ones name it. None while that never happened.
    pub reset: Option<u64>,
}

impl SnapshotHead {
    /// Whether number, predecessor and set-back number fit each other.
    fn is_sound(&self) -> bool {
        let first = self.seq == 1;
        let back = self
            .reset
            .is_none_or(|reset| (2..=self.seq).contains(&reset));
        self.seq > 0 && first == self.prev.is_none() && back
    }
}

/// Signs a snapshot with the key that the broker published as `kid` for [`STATUS_USE`]. The lists
/// may come in any order; they are sorted here.
///
/// # Errors
/// [`Error::Malformed`] for a first snapshot with a predecessor, a later one without, a set-back number
/// below 2 or above its own, a time beyond the year 9999, or lists that make it longer than 64 MiB; what the signer says.
pub fn sign_snapshot(
    signer: &dyn JwsSigner,
    kid: &str,
    head: &SnapshotHead,
    anchors: impl IntoIterator<Item = AnchorCommitment>,
    leases: impl IntoIterator<Item = [u8; 32]>,
) -> Result<String, Error> {
    const WHAT: Error = Error::Malformed("status snapshot");
    if !head.is_sound() {
        return Err(WHAT);
    }
    let anchors = anchors.into_iter().map(|anchor| *anchor.as_bytes());
    let claims = Claims {
        iss: head.issuer.clone(),
        seq: head.seq,
        as_of: unix_time(head.as_of)?,
        prev: head.prev.map(|digest| base64url(&digest)),
        reset: head.reset,
        anchors: Values::sorted(anchors.collect()),
        leases: Values::sorted(leases.into_iter().collect()),
    };
    let text = sign_compact(signer, kid, STATUS_TYPE, &claims)?;
    if text.len() > MAX_LENGTH {
        return Err(WHAT);
    }
    Ok(text)
}

/// A snapshot as it came.
pub struct UnverifiedSnapshot(UnverifiedJws);

impl UnverifiedSnapshot {
    /// Parses at most 64 MiB of compact JWS.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`] for another type or algorithm.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let both = [Algorithm::Es256, Algorithm::EdDsa];
        UnverifiedJws::parse_as(text, STATUS_TYPE, &both, MAX_LENGTH).map(Self)
    }

    /// Checks signature and form. Whether it may follow what was accepted before is for
    /// [`super::StatusMonitor::offer`].
    pub fn verify(&self, keys: &StatementKeys) -> Verdict<StatusSnapshot, StatusReason> {
        let Some(key) = keys.find(&self.0, STATUS_USE) else {
            return Verdict::Indeterminate(StatusReason::UnknownKey);
        };
        let claims: Claims = match self.0.verify_statement(&key.key) {
            Ok(claims) => claims,
            Err(Error::Signature) => return Verdict::Invalid(StatusReason::Signature),
            Err(_) => return Verdict::Invalid(StatusReason::Malformed),
        };
        let prev = match claims.prev.as_deref().map(bytes_32).transpose() {
            Ok(prev) => prev,
            Err(_) => return Verdict::Invalid(StatusReason::Malformed),
        };
        let head = SnapshotHead {
            issuer: claims.iss,
            seq: claims.seq,
            as_of: claims.as_of,
            prev,
            reset: claims.reset,
        };
        if !head.is_sound() {
            return Verdict::Invalid(StatusReason::Malformed);
        }
        if !key.counts_at(head.as_of) {
            return Verdict::Invalid(StatusReason::KeyNotValid);
        }
        if head.issuer != keys.issuer() {
            return Verdict::Invalid(StatusReason::OtherIssuer);
        }
        Verdict::Valid(StatusSnapshot {
            head,
            digest: self.0.digest("spookyid/status/v1"),
            anchors: claims.anchors,
            leases: claims.leases,
        })
    }
}

/// A verified snapshot.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusSnapshot {
    head: SnapshotHead,
    digest: [u8; 32],
    anchors: Values,
    leases: Values,
}

impl StatusSnapshot {
    /// Everything but the lists.
    pub fn head(&self) -> &SnapshotHead {
        &self.head
    }

    /// SHA-256("spookyid/status/v1" ‖0‖ signing input), 32 bytes.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether the anchor is revoked. A binary search.
    pub fn revokes_anchor(&self, commitment: &AnchorCommitment) -> bool {
        self.anchors.contains(commitment.as_bytes())
    }

    /// Whether the lease is revoked, by its id. A binary search.
    pub fn revokes_lease(&self, lease: &[u8; 32]) -> bool {
        self.leases.contains(lease)
    }

    /// The revoked anchors, ascending: for a broker that has to learn again what it published.
    pub fn anchors(&self) -> impl Iterator<Item = AnchorCommitment> + '_ {
        let values = self.anchors.as_slice().iter();
        values.map(|value| AnchorCommitment::from_bytes(*value))
    }

    /// How many anchors and leases it lists.
    pub fn counts(&self) -> (usize, usize) {
        (self.anchors.as_slice().len(), self.leases.as_slice().len())
    }

    pub(super) fn keeps_anchors_of(&self, earlier: &Self) -> bool {
        earlier.anchors.is_part_of(&self.anchors)
    }
}

impl core::fmt::Debug for StatusSnapshot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StatusSnapshot")
            .field("seq", &self.head.seq)
            .field("as_of", &self.head.as_of)
            .finish_non_exhaustive()
    }
}
