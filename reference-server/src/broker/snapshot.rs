//! What the broker signs about anchors: statements and snapshots (`spec/anchors.md`, sections 4 and
//! 6). A snapshot is signed when somebody asks and the newest one is too old. Refuses to publish what
//! its own published keys do not verify.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chitty_client::{clock::Clock, error::Code, wire::broker::SnapshotResponse};
use http::{HeaderValue, header::CONTENT_TYPE};
use spooky_core::{
    anchor::{
        AnchorCommitment, Registered, SnapshotHead, UnverifiedRegistered, UnverifiedSnapshot,
        sign_snapshot,
    },
    clock::{TOLERANCE, is_ahead},
    credential::IssuerId,
    encoding::from_base64url,
    verdict::Verdict,
};
use tokio::task::spawn_blocking;

use super::BrokerService;
use crate::{
    error::Refusal,
    keys::{Keys, Purpose},
    store::{Dated, SignStatus, SnapshotRow, StoreResult},
};

/// The newest snapshot as it was answered last, and whose turn it is to sign the next one.
#[derive(Default)]
pub(crate) struct Published {
    kept: std::sync::Mutex<Option<Kept>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// A snapshot's answer, which all who ask share: with many revoked anchors it is large.
struct Kept {
    digest: [u8; 32],
    kid: String,
    body: Bytes,
}

impl Published {
    /// The answer of the snapshot with this digest, if it is the kept one and its key was not revoked.
    fn get(&self, digest: &[u8; 32], keys: &Keys) -> Option<Bytes> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref().filter(|kept| kept.digest == *digest);
        let kept = kept.filter(|kept| keys.counts(&kept.kid));
        kept.map(|kept| kept.body.clone())
    }

    fn keep(&self, row: SnapshotRow) -> Result<Bytes, Refusal> {
        let kid = key_of(&row.document).unwrap_or_default();
        let answer = SnapshotResponse {
            snapshot: row.document,
        };
        let body = Bytes::from(serde_json::to_vec(&answer).map_err(|_| Code::Internal)?);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Kept {
            digest: row.digest,
            kid,
            body: body.clone(),
        });
        Ok(body)
    }
}

pub(super) async fn newest(State(service): State<Arc<BrokerService>>) -> Result<Response, Refusal> {
    let now = service.seconds()?;
    // One of a time to come was made by a clock that was ahead, and says nothing of the time until then.
    let dated = now.saturating_sub(service.snapshot_every)..=now.saturating_add(TOLERANCE);
    let body = match service.known_snapshot(&dated).await? {
        Some(body) => body,
        None => service.next_snapshot(dated).await?,
    };
    let form = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, form)], body).into_response())
}

impl BrokerService {
    /// The kept answer, if the database says that it is the newest snapshot and made at a good time.
    async fn known_snapshot(&self, dated: &Dated) -> Result<Option<Bytes>, Refusal> {
        let digest = self.store.newest_snapshot(dated).await?;
        let keys = self.keys.current();
        Ok(digest.and_then(|digest| self.published.get(&digest, &keys)))
    }

    /// Reads the newest snapshot, or signs the next one. One request does so and the others wait for it
    /// here, where they hold neither a transaction nor a connection. It goes on when its caller leaves.
    async fn next_snapshot(self: &Arc<Self>, dated: Dated) -> Result<Bytes, Refusal> {
        let turn = self.published.turn.clone().lock_owned().await;
        if let Some(body) = self.known_snapshot(&dated).await? {
            return Ok(body);
        }
        let service = self.clone();
        let task = tokio::spawn(async move {
            let row = service.store.snapshot(&dated, &service.signer()).await?;
            let body = service.published.keep(row);
            drop(turn);
            body
        });
        task.await.map_err(|_| Code::Internal)?
    }

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

#[async_trait]
impl SignStatus for Signer {
    fn registered(&self, anchor: &AnchorCommitment, since: u64) -> StoreResult<String> {
        let key = self.keys.active(Purpose::Registered, seconds(since)?)?;
        Registered::sign(&key.key, &key.kid, self.issuer.as_str(), anchor, since)
            .map_err(|_| Code::Internal.into())
    }

    fn confirms(&self, anchor: &AnchorCommitment, statement: &str, now: u64) -> bool {
        let keys = self.keys.statements(self.issuer.as_str());
        let statement = UnverifiedRegistered::parse(statement);
        let (Ok(keys), Ok(statement)) = (keys, statement) else {
            return false;
        };
        statement.verify(&keys, anchor, now).is_valid()
    }

    fn publishes(&self, snapshot: &str) -> bool {
        key_of(snapshot).is_some_and(|kid| self.keys.counts(&kid))
    }

    async fn snapshot(
        &self,
        before: Option<&SnapshotRow>,
        revoked: Vec<AnchorCommitment>,
    ) -> StoreResult<SnapshotRow> {
        // The time inside the transaction: a revocation that comes later is dated later.
        let now = u64::try_from(self.clock.now_ms().div_euclid(1000));
        let now = now.map_err(|_| Code::ServiceFailed)?;
        let head = head(self.issuer.as_str(), before, now);
        let keys = self.keys.clone();
        // A long list takes a while to be sorted, signed and checked.
        let done = spawn_blocking(move || sign(&keys, head, revoked)).await;
        done.map_err(|_| Code::Internal)?
    }
}

/// What follows `before`. Its time is not earlier, unless a clock that was ahead made that one: then it
/// steps back and says so, and so do all later ones.
fn head(issuer: &str, before: Option<&SnapshotRow>, now: u64) -> SnapshotHead {
    let seq = before.map_or(1, |row| row.seq + 1);
    let back = before.is_some_and(|row| is_ahead(row.as_of, now));
    if back {
        tracing::warn!(
            seq,
            "the last snapshot is of a time to come: this one is set back"
        );
    }
    SnapshotHead {
        issuer: issuer.to_owned(),
        seq,
        as_of: match before {
            Some(row) if !back => row.as_of.max(now),
            _ => now,
        },
        prev: before.map(|row| row.digest),
        reset: match back {
            true => Some(seq),
            false => before.and_then(|row| row.reset),
        },
    }
}

fn sign(
    keys: &Keys,
    head: SnapshotHead,
    revoked: Vec<AnchorCommitment>,
) -> StoreResult<SnapshotRow> {
    let key = keys.active(Purpose::Status, seconds(head.as_of)?)?;
    let document =
        sign_snapshot(&key.key, &key.kid, &head, revoked, []).map_err(|_| Code::ServiceFailed)?;
    let published = keys.statements(&head.issuer)?;
    let unverified = UnverifiedSnapshot::parse(&document).map_err(|_| Code::Internal)?;
    match unverified.verify(&published) {
        Verdict::Valid(snapshot) => Ok(SnapshotRow {
            seq: head.seq,
            as_of: head.as_of,
            digest: snapshot.digest(),
            document,
            reset: head.reset,
        }),
        Verdict::Invalid(_) | Verdict::Indeterminate(_) => Err(Code::ServiceFailed.into()),
    }
}

/// The name of the key that signed a document of our own, without reading what may be megabytes.
fn key_of(document: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Header {
        kid: String,
    }
    let (header, _) = document.split_once('.')?;
    let header: Header = serde_json::from_slice(&from_base64url(header).ok()?).ok()?;
    Some(header.kid)
}

fn seconds(time: u64) -> Result<i64, Code> {
    i64::try_from(time).map_err(|_| Code::ServiceFailed)
}
