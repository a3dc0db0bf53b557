//! Chain 1: a person's anchor, as a broker registers it and as others judge it (`spec/anchors.md`;
//! `decisions.md` D13 to D15).
//!
//! An anchor is an Ed25519 key A on a device. A broker knows it by its commitment alone. It is
//! registered by a statement of all keys of the person, revoked by a certificate of A or R for good,
//! and judged by the broker's signed statement that it is registered together with a signed
//! snapshot of what is revoked. Storage, nonces and rate limits are the broker's own business.

mod graveyard;
mod monitor;
mod registered;
mod registration;
mod revocation;
mod snapshot;
#[cfg(test)]
mod tests;

pub use graveyard::Graveyard;
pub use monitor::{Accepted, SnapshotMark, StatusMonitor, check_anchor};
pub use registered::{Registered, UnverifiedRegistered};
pub use registration::{
    Registration, RegistrationDraft, RegistrationError, RegistrationRefusal,
    UnverifiedRegistration, challenge, register,
};
pub use revocation::{
    Revocation, RevocationReason, RevocationRefusal, UnverifiedRevocation, revoke_by_anchor,
    revoke_by_recovery,
};
pub use snapshot::{SnapshotHead, StatusSnapshot, UnverifiedSnapshot, sign_snapshot};

use crate::{
    encoding::{base64url, labelled_sha256},
    jose::Ed25519VerifyingKey,
    reason::reasons,
};

/// `typ` of a registration.
pub const REGISTRATION_TYPE: &str = "spookyid-registration+jwt";
/// `typ` of the broker's statement that an anchor is registered.
pub const REGISTERED_TYPE: &str = "spookyid-registered+jwt";
/// `typ` of a revocation certificate.
pub const REVOCATION_TYPE: &str = "spookyid-revocation+jwt";
/// `typ` of a status snapshot.
pub const STATUS_TYPE: &str = "spookyid-status+jwt";
/// `use` of the broker keys that sign [`Registered`].
pub const REGISTERED_USE: &str = crate::jose::uses::REGISTERED;
/// `use` of the broker keys that sign [`StatusSnapshot`].
pub const STATUS_USE: &str = crate::jose::uses::STATUS;

/// SHA-256("spookyid/anchor-commitment/v1" ‖0‖ A), 32 bytes: what the world knows of an anchor.
/// It is stable, so it goes to the broker and to verifiers of leases, and never to a site.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnchorCommitment([u8; 32]);

impl AnchorCommitment {
    /// The commitment of an anchor key.
    pub fn of(anchor: &Ed25519VerifyingKey) -> Self {
        let bytes = anchor.to_bytes();
        Self(labelled_sha256("spookyid/anchor-commitment/v1", &[&bytes]))
    }

    /// A commitment that was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// base64url, 43 characters.
    pub fn to_text(&self) -> String {
        base64url(&self.0)
    }
}

/// Prints nothing of it: logs must not tie a person together.
impl core::fmt::Debug for AnchorCommitment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AnchorCommitment")
    }
}

reasons! {
    /// Why an anchor's status is refused or cannot be told.
    pub enum StatusReason {
        /// The statement cannot be read.
        Malformed = "status_malformed",
        /// No published key of the right use has this name: a newer key set may know it.
        UnknownKey = "status_unknown_key",
        /// What is known of the keys is older than the caller allows.
        KeysStale = "status_keys_stale",
        /// The key is revoked, or signed outside its life.
        KeyNotValid = "status_key_not_valid",
        /// The signature does not verify.
        Signature = "status_signature",
        /// Another issuer's statement.
        OtherIssuer = "status_other_issuer",
        /// A statement about another anchor.
        OtherAnchor = "status_other_anchor",
        /// The statement's time lies ahead of this clock by more than 300 seconds.
        AheadOfClock = "status_ahead_of_clock",
        /// A lower sequence number than the one that was accepted before.
        OlderSequence = "status_older_sequence",
        /// An earlier time than the one that was accepted before.
        OlderTime = "status_older_time",
        /// The issuer signed two different histories.
        Equivocation = "status_equivocation",
        /// An anchor that was revoked is not any more.
        AnchorsShrank = "status_anchors_shrank",
        /// There is no snapshot.
        SnapshotMissing = "status_snapshot_missing",
        /// The snapshot is older than the policy allows.
        SnapshotStale = "status_snapshot_stale",
        /// The anchor or the lease is revoked.
        Revoked = "status_revoked",
    }
}
