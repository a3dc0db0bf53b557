//! What a verifier remembers of a broker's snapshots, and what it says about an anchor: pure
//! functions of what was accepted, what is offered, and the time (`decisions.md` D14, D29).

use super::{AnchorCommitment, Registered, StatusReason, StatusSnapshot};
use crate::{clock::is_ahead, verdict::Verdict};

/// The newest snapshot that was ever accepted, by name: to be stored durably, so that a restart
/// cannot be used to roll back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotMark {
    /// Its sequence number.
    pub seq: u64,
    /// Its time, in seconds since 1970.
    pub as_of: u64,
    /// Its digest.
    pub digest: [u8; 32],
}

/// What accepting a snapshot changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is newer: store the mark.
    Newer,
    /// It is the one that was known.
    Same,
}

/// A verifier's memory of one broker's snapshots.
#[derive(Debug, Clone)]
pub struct StatusMonitor {
    issuer: String,
    mark: Option<SnapshotMark>,
    current: Option<StatusSnapshot>,
}

impl StatusMonitor {
    /// A verifier that has seen nothing of the broker `issuer` yet.
    pub fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            mark: None,
            current: None,
        }
    }

    /// A verifier that starts again with the mark that it stored. Until it is offered a snapshot
    /// (the one it kept, first of all: only that allows to see anchors disappear) its answers are
    /// indeterminate.
    pub fn resume(issuer: &str, mark: SnapshotMark) -> Self {
        Self {
            mark: Some(mark),
            ..Self::new(issuer)
        }
    }

    /// What to store.
    pub fn mark(&self) -> Option<SnapshotMark> {
        self.mark
    }

    /// The snapshot that counts.
    pub fn current(&self) -> Option<&StatusSnapshot> {
        self.current.as_ref()
    }

    /// Takes a snapshot when it may follow what was accepted; otherwise nothing changes. An earlier
    /// time may follow once per set-back of the broker's clock, which the snapshot names
    /// ([`super::SnapshotHead::reset`]). One that was accepted before is known again whatever this
    /// clock says: only [`StatusMonitor::anchor`] and [`StatusMonitor::lease`] judge its age then.
    /// `Equivocation` and `AnchorsShrank` mean that the broker's key signed a lie: raise an alarm.
    pub fn offer(&mut self, snapshot: StatusSnapshot, now: u64) -> Verdict<Accepted, StatusReason> {
        let head = snapshot.head();
        if head.issuer != self.issuer {
            return Verdict::Invalid(StatusReason::OtherIssuer);
        }
        let offered = SnapshotMark {
            seq: head.seq,
            as_of: head.as_of,
            digest: snapshot.digest(),
        };
        let known = self.mark == Some(offered);
        if is_ahead(head.as_of, now) && !known {
            return Verdict::Indeterminate(StatusReason::AheadOfClock);
        }
        if let Some(mark) = self.mark {
            if offered.seq < mark.seq {
                return Verdict::Invalid(StatusReason::OlderSequence);
            }
            if offered.seq == mark.seq && offered.digest != mark.digest {
                return Verdict::Invalid(StatusReason::Equivocation);
            }
            let set_back = head
                .reset
                .is_some_and(|reset| mark.seq < reset && reset <= offered.seq);
            if offered.as_of < mark.as_of && !set_back {
                return Verdict::Invalid(StatusReason::OlderTime);
            }
            let next = mark.seq.checked_add(1) == Some(offered.seq);
            if next && head.prev != Some(mark.digest) {
                return Verdict::Invalid(StatusReason::Equivocation);
            }
        }
        if let Some(current) = &self.current
            && !snapshot.keeps_anchors_of(current)
        {
            return Verdict::Invalid(StatusReason::AnchorsShrank);
        }
        self.mark = Some(offered);
        self.current = Some(snapshot);
        Verdict::Valid(if known {
            Accepted::Same
        } else {
            Accepted::Newer
        })
    }

    /// Whether the anchor is not revoked, by a snapshot of at most `max_age` seconds. `Valid` holds
    /// the snapshot's time.
    pub fn anchor(
        &self,
        commitment: &AnchorCommitment,
        now: u64,
        max_age: u64,
    ) -> Verdict<u64, StatusReason> {
        self.judge(now, max_age, |snapshot| snapshot.revokes_anchor(commitment))
    }

    /// Like [`StatusMonitor::anchor`] for a lease, by its id.
    pub fn lease(&self, lease: &[u8; 32], now: u64, max_age: u64) -> Verdict<u64, StatusReason> {
        self.judge(now, max_age, |snapshot| snapshot.revokes_lease(lease))
    }

    fn judge(
        &self,
        now: u64,
        max_age: u64,
        revoked: impl FnOnce(&StatusSnapshot) -> bool,
    ) -> Verdict<u64, StatusReason> {
        let Some(snapshot) = &self.current else {
            return Verdict::Indeterminate(StatusReason::SnapshotMissing);
        };
        let as_of = snapshot.head().as_of;
        // Revoked is for good, so an old snapshot is enough to say so.
        if revoked(snapshot) {
            return Verdict::Invalid(StatusReason::Revoked);
        }
        if is_ahead(as_of, now) {
            return Verdict::Indeterminate(StatusReason::AheadOfClock);
        }
        if now.saturating_sub(as_of) > max_age {
            return Verdict::Indeterminate(StatusReason::SnapshotStale);
        }
        Verdict::Valid(as_of)
    }
}

/// The whole answer about an anchor: registered by this broker, and not revoked.
pub fn check_anchor(
    registered: &Registered,
    monitor: &StatusMonitor,
    now: u64,
    max_age: u64,
) -> Verdict<u64, StatusReason> {
    if registered.issuer() != monitor.issuer {
        return Verdict::Invalid(StatusReason::OtherIssuer);
    }
    monitor.anchor(&registered.commitment(), now, max_age)
}
