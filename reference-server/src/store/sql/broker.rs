//! A broker's anchors and nonces. One anchor's rows are held apart by a lock of its name.

use async_trait::async_trait;
use chitty_client::error::Code;
use spooky_core::anchor::AnchorCommitment;
use sqlx::Row;

use super::{
    Broker, Connection, DbRow, epochs, issuing, lock,
    nonces::{self, Nonce},
    snapshots,
};
use crate::{
    error::Refusal,
    store::{
        AnchorRow, BrokerStore, CredentialOrder, Dated, EnrolmentRow, IssueCredential, NewAnchor,
        NewEnrolment, Relearned, SignStatus, SnapshotRow, StoreResult, epoch::Known, number,
        retry::transact,
    },
};

pub(super) const GRAVEYARD: &str = "graveyard";

/// Lets one transaction at a time at an anchor.
pub(super) async fn lock_anchor(tx: &mut Connection, anchor: &AnchorCommitment) -> StoreResult<()> {
    lock(tx, &format!("anchor {}", anchor.to_text())).await
}

/// 32 bytes of a row; anything else is a damaged database.
pub(super) fn bytes_32(row: &DbRow, column: usize) -> StoreResult<[u8; 32]> {
    row.try_get::<Vec<u8>, _>(column)?
        .try_into()
        .map_err(|_| Refusal::new(Code::StoreUnavailable))
}

async fn burn(
    tx: &mut Connection,
    known: &Known,
    (nonce, expires, now): ([u8; 32], i64, i64),
) -> StoreResult<bool> {
    epochs::same(&mut *tx, known).await?;
    nonces::burn(tx, Nonce::Bytes(&nonce), expires, now).await
}

/// Whether an anchor is revoked; `None` when it is unknown. One that is buried is never unknown, although
/// after a restore nobody may have registered it.
pub(super) async fn standing(
    tx: &mut Connection,
    anchor: &AnchorCommitment,
) -> StoreResult<Option<bool>> {
    let row = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM graveyard WHERE anchor = $1),
         EXISTS (SELECT 1 FROM anchors WHERE anchor = $1)",
    )
    .bind(anchor.as_bytes().as_slice())
    .fetch_one(tx)
    .await?;
    stands(&row)
}

/// What the first two columns say: in the graveyard, and among the registered.
pub(super) fn stands(row: &DbRow) -> StoreResult<Option<bool>> {
    let (buried, registered): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    Ok((buried || registered).then_some(buried))
}

async fn register(
    tx: &mut Connection,
    new: &NewAnchor,
    signer: &dyn SignStatus,
) -> StoreResult<String> {
    lock_anchor(tx, &new.anchor).await?;
    if standing(tx, &new.anchor).await? == Some(true) {
        return Err(Code::AnchorRevoked.into());
    }
    let known = sqlx::query("SELECT recovery, device, statement FROM anchors WHERE anchor = $1")
        .bind(new.anchor.as_bytes().as_slice())
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(row) = known {
        let same = bytes_32(&row, 0)? == new.recovery
            && row.try_get::<Option<Vec<u8>>, _>(1)? == new.device;
        return match same {
            true => confirmed(tx, &new.anchor, row.try_get(2)?, new.now, signer).await,
            false => Err(Code::AnchorConflict.into()),
        };
    }
    let statement = signer.registered(&new.anchor, new.now)?;
    sqlx::query(
        "INSERT INTO anchors (anchor, recovery, device, statement, registered_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(new.anchor.as_bytes().as_slice())
    .bind(new.recovery.as_slice())
    .bind(&new.device)
    .bind(&statement)
    .bind(number(new.now))
    .execute(tx)
    .await?;
    Ok(statement)
}

/// The stored statement, or one that is signed now when others would not take that one.
async fn confirmed(
    tx: &mut Connection,
    anchor: &AnchorCommitment,
    stored: String,
    now: u64,
    signer: &dyn SignStatus,
) -> StoreResult<String> {
    if signer.confirms(anchor, &stored, now) {
        return Ok(stored);
    }
    let statement = signer.registered(anchor, now)?;
    sqlx::query("UPDATE anchors SET statement = $2 WHERE anchor = $1")
        .bind(anchor.as_bytes().as_slice())
        .bind(&statement)
        .execute(tx)
        .await?;
    Ok(statement)
}

async fn statement(
    tx: &mut Connection,
    anchor: &AnchorCommitment,
    now: u64,
    signer: &dyn SignStatus,
) -> StoreResult<Option<String>> {
    lock_anchor(tx, anchor).await?;
    if standing(tx, anchor).await? != Some(false) {
        return Ok(None);
    }
    let row = sqlx::query("SELECT statement FROM anchors WHERE anchor = $1")
        .bind(anchor.as_bytes().as_slice())
        .fetch_one(&mut *tx)
        .await?;
    let statement = confirmed(tx, anchor, row.try_get(0)?, now, signer).await?;
    Ok(Some(statement))
}

async fn revoke(tx: &mut Connection, anchor: &AnchorCommitment, now: u64) -> StoreResult<bool> {
    lock_anchor(tx, anchor).await?;
    lock(tx, GRAVEYARD).await?;
    if standing(tx, anchor).await?.is_none() {
        return Err(Code::AnchorUnknown.into());
    }
    // What a snapshot of this very second did not list counts from the next one on.
    let done = sqlx::query(
        "INSERT INTO graveyard (anchor, revoked_at) SELECT $1, CASE WHEN $2 > last THEN $2
         ELSE last + 1 END FROM (SELECT COALESCE((SELECT as_of FROM snapshots ORDER BY seq DESC
         LIMIT 1), 0) AS last) AS newest
         WHERE NOT EXISTS (SELECT 1 FROM graveyard WHERE anchor = $1)",
    )
    .bind(anchor.as_bytes().as_slice())
    .bind(number(now))
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[async_trait]
impl BrokerStore for Broker {
    async fn nonce_secret(&self, fresh: [u8; 32]) -> StoreResult<[u8; 32]> {
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ('nonce', $1) ON CONFLICT DO NOTHING",
        )
        .bind(fresh.as_slice())
        .execute(&mut *tx)
        .await?;
        let row = sqlx::query("SELECT value FROM settings WHERE name = 'nonce'")
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        bytes_32(&row, 0)
    }

    async fn burn_nonce(&self, nonce: [u8; 32], expires: i64, now: i64) -> StoreResult<bool> {
        transact!(self.0, tx => burn(tx, &self.1, (nonce, expires, now)))
    }

    async fn register(&self, new: &NewAnchor, signer: &dyn SignStatus) -> StoreResult<String> {
        transact!(self.0, tx => register(tx, new, signer))
    }

    async fn statement(
        &self,
        anchor: &AnchorCommitment,
        now: u64,
        signer: &dyn SignStatus,
    ) -> StoreResult<Option<String>> {
        transact!(self.0, tx => statement(tx, anchor, now, signer))
    }

    async fn anchor(&self, anchor: &AnchorCommitment) -> StoreResult<Option<AnchorRow>> {
        let row = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM graveyard WHERE anchor = $1),
             EXISTS (SELECT 1 FROM anchors WHERE anchor = $1),
             (SELECT recovery FROM anchors WHERE anchor = $1),
             (SELECT statement FROM anchors WHERE anchor = $1)",
        )
        .bind(anchor.as_bytes().as_slice())
        .fetch_one(&self.0.reader)
        .await?;
        let Some(revoked) = stands(&row)? else {
            return Ok(None);
        };
        let statement: Option<String> = row.try_get(3)?;
        let recovery = statement.is_some().then(|| bytes_32(&row, 2));
        Ok(Some(AnchorRow {
            recovery: recovery.transpose()?,
            statement,
            revoked,
        }))
    }

    async fn revoke(&self, anchor: &AnchorCommitment, now: u64) -> StoreResult<bool> {
        transact!(self.0, tx => revoke(tx, anchor, now))
    }

    async fn newest_snapshot(&self, dated: &Dated) -> StoreResult<Option<[u8; 32]>> {
        snapshots::newest(self, dated).await
    }

    async fn snapshot(&self, dated: &Dated, signer: &dyn SignStatus) -> StoreResult<SnapshotRow> {
        transact!(self.0, tx => snapshots::publish(tx, dated, signer))
    }

    async fn relearn(&self, known: &Relearned<'_>) -> StoreResult<usize> {
        let (buried, next) = transact!(self.0, tx => snapshots::relearn(tx, known))?;
        self.1.set(next);
        Ok(buried)
    }

    async fn issue(
        &self,
        order: &CredentialOrder,
        issuer: &dyn IssueCredential,
    ) -> StoreResult<Vec<u8>> {
        issuing::issue(self, order, issuer).await
    }

    async fn enrol(&self, new: &NewEnrolment<'_>) -> StoreResult<()> {
        issuing::enrol(self, new).await
    }

    async fn claim(
        &self,
        code: [u8; 32],
        schema: [u8; 32],
        anchor: &AnchorCommitment,
    ) -> StoreResult<bool> {
        transact!(self.0, tx => issuing::claim(tx, code, schema, anchor))
    }

    async fn enrolled(
        &self,
        anchor: &AnchorCommitment,
        schema: [u8; 32],
    ) -> StoreResult<Option<String>> {
        issuing::enrolled(self, anchor, schema).await
    }

    async fn enrolments(&self) -> StoreResult<Vec<EnrolmentRow>> {
        issuing::enrolments(self).await
    }

    async fn remove_enrolment(&self, name: &str) -> StoreResult<bool> {
        let done = sqlx::query("DELETE FROM enrolments WHERE name = $1")
            .bind(name)
            .execute(&self.0.writer)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn close(&self) {
        self.0.close().await;
    }
}
