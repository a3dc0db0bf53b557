//! What a broker remembers: commitments, public device keys, what it signed, and per lineage the
//! issuer's own secret. Never a name, an address or a secret of a person; the attributes that an
//! operator enrols are in one table of their own (`SECURITY.md`).
//!
//! Owns the trait and its plain data. None of it has `Debug`, so that it cannot slip into logs.

use std::ops::RangeInclusive;

use async_trait::async_trait;
use spooky_core::{anchor::AnchorCommitment, credential::Lineage};

use super::{Access, Epochs, StoreResult};

/// A verified registration on its way into the store.
pub struct NewAnchor {
    /// The anchor's commitment.
    pub anchor: AnchorCommitment,
    /// The recovery key's commitment.
    pub recovery: [u8; 32],
    /// The public device key, SEC 1.
    pub device: Option<Vec<u8>>,
    /// Seconds since 1970.
    pub now: u64,
}

/// A known anchor: registered, revoked or both. One that is revoked only was registered before a restore.
pub struct AnchorRow {
    /// The recovery key's commitment, of a registered one.
    pub recovery: Option<[u8; 32]>,
    /// The broker's statement, signed when it was registered or confirmed.
    pub statement: Option<String>,
    /// Whether it is in the graveyard.
    pub revoked: bool,
}

/// A published snapshot.
pub struct SnapshotRow {
    /// Its place in the chain.
    pub seq: u64,
    /// Seconds since 1970.
    pub as_of: u64,
    /// Its digest.
    pub digest: [u8; 32],
    /// The signed text.
    pub document: String,
    /// The number of the last snapshot whose time was set back.
    pub reset: Option<u64>,
}

/// When a snapshot that may still be handed out was made, in seconds since 1970: not too long ago, and not
/// ahead of now by more than clocks may differ.
pub type Dated = RangeInclusive<u64>;

/// Signs for a store, inside its transaction. Errors undo the transaction.
#[async_trait]
pub trait SignStatus: Send + Sync {
    /// The statement that an anchor is registered since `since` (seconds) at the latest.
    ///
    /// # Errors
    /// What the caller gets.
    fn registered(&self, anchor: &AnchorCommitment, since: u64) -> StoreResult<String>;

    /// Whether others take this statement about the anchor at `now`: not, when its key was revoked, or a
    /// clock that was ahead dated it.
    fn confirms(&self, anchor: &AnchorCommitment, statement: &str, now: u64) -> bool;

    /// Whether others take this snapshot: not, when its key was revoked.
    fn publishes(&self, snapshot: &str) -> bool;

    /// The snapshot that follows `before`, with every revoked anchor.
    ///
    /// # Errors
    /// What the caller gets.
    async fn snapshot(
        &self,
        before: Option<&SnapshotRow>,
        revoked: Vec<AnchorCommitment>,
    ) -> StoreResult<SnapshotRow>;
}

/// Issues for a store, between its look at the anchor and the transaction that decides whether the
/// credential is handed out.
#[async_trait]
pub trait IssueCredential: Send + Sync {
    /// The credential, and the lineage that it was issued with: `lineage`, or a new one when there is none
    /// yet. `revoked` is `None` when the anchor is unknown.
    ///
    /// # Errors
    /// What the caller gets; nothing is stored.
    async fn issue(
        &self,
        revoked: Option<bool>,
        lineage: Option<Lineage>,
    ) -> StoreResult<(Vec<u8>, Lineage)>;
}

/// What a credential is asked for.
pub struct CredentialOrder {
    /// Whose anchor asks, checked by its signature.
    pub anchor: AnchorCommitment,
    /// Most credentials of this anchor in one UTC day.
    pub daily: u64,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// Attributes that an operator enrols for whoever brings the code.
pub struct NewEnrolment<'a> {
    /// The operator's own name for it; unique.
    pub name: &'a str,
    /// SHA-256 of the one-time code.
    pub code: [u8; 32],
    /// The schema's digest.
    pub schema: [u8; 32],
    /// The attributes as JSON.
    pub attributes: &'a str,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// An enrolment as an operator sees it in a list: without attributes, code and anchor.
pub struct EnrolmentRow {
    /// The operator's own name for it.
    pub name: String,
    /// Whether an anchor holds it.
    pub claimed: bool,
}

/// What a broker has to know again after its database was restored.
pub struct Relearned<'a> {
    /// Anchors that it published as revoked.
    pub revoked: &'a [AnchorCommitment],
    /// The next snapshot's number is above this one.
    pub after: u64,
    /// What nonces are made with from now on.
    pub nonce_secret: [u8; 32],
    /// The time of the newest snapshot that lists one of them, in seconds since 1970.
    pub as_of: u64,
    /// When the restore is said, in milliseconds since 1970.
    pub now: i64,
    /// The set-back number that one of them names.
    pub reset: Option<u64>,
}

/// What a broker remembers.
#[async_trait]
pub trait BrokerStore: Access + Epochs {
    /// The secret that nonces are made with, created on first use from `fresh`.
    async fn nonce_secret(&self, fresh: [u8; 32]) -> StoreResult<[u8; 32]>;
    /// Uses up a nonce; `false` when it was used before. Refused once the database is in another epoch than
    /// the one that this handle was opened in. Times in seconds since 1970. Forgets the nonces that ended long
    /// ago, unless another transaction does so at the moment.
    async fn burn_nonce(&self, nonce: [u8; 32], expires: i64, now: i64) -> StoreResult<bool>;
    /// Registers an anchor and answers the statement: the stored one when it is registered already
    /// with the same keys, signed anew when others would not take it. A revoked anchor is refused, and
    /// so are other keys.
    async fn register(&self, new: &NewAnchor, signer: &dyn SignStatus) -> StoreResult<String>;
    /// The statement about an active anchor, signed anew at `now` when others would not take the stored
    /// one; `None` for another anchor.
    async fn statement(
        &self,
        anchor: &AnchorCommitment,
        now: u64,
        signer: &dyn SignStatus,
    ) -> StoreResult<Option<String>>;
    /// A known anchor.
    async fn anchor(&self, anchor: &AnchorCommitment) -> StoreResult<Option<AnchorRow>>;
    /// Buries a registered anchor, for good; `false` when it was buried before. `now` in seconds.
    async fn revoke(&self, anchor: &AnchorCommitment, now: u64) -> StoreResult<bool>;
    /// The digest of the newest snapshot, unless that is not `dated` so.
    async fn newest_snapshot(&self, dated: &Dated) -> StoreResult<Option<[u8; 32]>>;
    /// The newest snapshot; a new one is signed first when the newest is not `dated` so, others would not
    /// take it, or there is none.
    async fn snapshot(&self, dated: &Dated, signer: &dyn SignStatus) -> StoreResult<SnapshotRow>;
    /// After a restore: buries, leaves a gap in the chain of snapshots, and voids every nonce. Answers how
    /// many anchors were buried that were not before. No replica may run meanwhile: each keeps the secret
    /// of nonces in memory.
    async fn relearn(&self, known: &Relearned<'_>) -> StoreResult<usize>;
    /// Issues to an anchor and answers the credential, after one transaction found that the anchor is
    /// active and its lineage still the one that was issued with, stored a new lineage and counted the
    /// credential. Of first requests that cross, one draws the lineage and the others are issued again.
    async fn issue(
        &self,
        order: &CredentialOrder,
        issuer: &dyn IssueCredential,
    ) -> StoreResult<Vec<u8>>;
    /// Stores attributes for whoever brings the code.
    async fn enrol(&self, new: &NewEnrolment<'_>) -> StoreResult<()>;
    /// Ties an enrolment to an active anchor; `false` when the code is unknown, used by another
    /// anchor, or for another schema. The same anchor may repeat it.
    async fn claim(
        &self,
        code: [u8; 32],
        schema: [u8; 32],
        anchor: &AnchorCommitment,
    ) -> StoreResult<bool>;
    /// The attributes enrolled for an anchor under a schema, as JSON.
    async fn enrolled(
        &self,
        anchor: &AnchorCommitment,
        schema: [u8; 32],
    ) -> StoreResult<Option<String>>;
    /// Every enrolment, without its content.
    async fn enrolments(&self) -> StoreResult<Vec<EnrolmentRow>>;
    /// Removes an enrolment with its attributes; `false` when there is none of this name.
    async fn remove_enrolment(&self, name: &str) -> StoreResult<bool>;
    /// Closes the database.
    async fn close(&self);
}
