//! What the broker signs about anchors: statements and snapshots (`spec/anchors.md`, sections 4 and
//! 6). A snapshot is signed when somebody asks and the newest one is too old. Refuses to publish what
//! its own published keys do not verify.

use std::sync::Arc;

use axum::{Json, extract::State};
use chitty_client::{clock::Clock, error::Code, wire::broker::SnapshotResponse};
use spooky_core::{
    anchor::{AnchorCommitment, Registered, SnapshotHead, UnverifiedSnapshot, sign_snapshot},
    credential::IssuerId,
    verdict::Verdict,
};

use super::BrokerService;
use crate::{
    error::Refusal,
    keys::{Keys, Purpose},
    store::{SignStatus, SnapshotRow, StoreResult},
};

pub(super) async fn newest(
    State(service): State<Arc<BrokerService>>,
) -> Result<Json<SnapshotResponse>, Refusal> {
    let oldest = service.seconds()?.saturating_sub(service.snapshot_every);
    let row = service.store.snapshot(oldest, &service.signer()).await?;
    Ok(Json(SnapshotResponse {
        snapshot: row.document,
    }))
}

impl BrokerService {
    /// Signs with the keys of this moment.
    pub(super) fn signer(&self) -> Signer {
        Signer {
            keys: self.keys.current(),
            issuer: self.issuer.clone(),
            clock: self.clock.clone(),
        }
    }
}

pub(super) struct Signer {
    keys: Arc<Keys>,
    issuer: IssuerId,
    clock: Arc<dyn Clock>,
}

impl SignStatus for Signer {
    fn registered(&self, anchor: &AnchorCommitment, since: u64) -> StoreResult<String> {
        let key = self.keys.active(Purpose::Registered, seconds(since)?)?;
        Registered::sign(&key.key, &key.kid, self.issuer.as_str(), anchor, since)
            .map_err(|_| Code::Internal.into())
    }

    fn snapshot(
        &self,
        before: Option<&SnapshotRow>,
        revoked: Vec<AnchorCommitment>,
    ) -> StoreResult<SnapshotRow> {
        // The time inside the transaction: a revocation that comes later is dated later.
        let now = u64::try_from(self.clock.now_ms().div_euclid(1000));
        let now = now.map_err(|_| Code::ServiceFailed)?;
        let head = SnapshotHead {
            issuer: self.issuer.as_str().to_owned(),
            seq: before.map_or(1, |row| row.seq + 1),
            as_of: before.map_or(now, |row| row.as_of.max(now)),
            prev: before.map(|row| row.digest),
        };
        let key = self.keys.active(Purpose::Status, seconds(head.as_of)?)?;
        let document = sign_snapshot(&key.key, &key.kid, &head, revoked, [])
            .map_err(|_| Code::ServiceFailed)?;
        let published = self.keys.statements(self.issuer.as_str())?;
        let unverified = UnverifiedSnapshot::parse(&document).map_err(|_| Code::Internal)?;
        match unverified.verify(&published) {
            Verdict::Valid(snapshot) => Ok(SnapshotRow {
                seq: head.seq,
                as_of: head.as_of,
                digest: snapshot.digest(),
                document,
            }),
            Verdict::Invalid(_) | Verdict::Indeterminate(_) => Err(Code::ServiceFailed.into()),
        }
    }
}

fn seconds(time: u64) -> Result<i64, Code> {
    i64::try_from(time).map_err(|_| Code::ServiceFailed)
}
