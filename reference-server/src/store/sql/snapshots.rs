//! A broker's snapshots: revocations and snapshots are held apart by a lock of the graveyard, so that a
//! snapshot has every revocation up to its time. And what is learned again after a restore.

use spooky_core::anchor::AnchorCommitment;
use sqlx::Row;

use super::{
    Broker, Connection, DbRow,
    broker::{GRAVEYARD, bytes_32},
    epochs, lock,
};
use crate::store::{Dated, Epoch, Relearned, SignStatus, SnapshotRow, StoreResult, number};

fn snapshot_row(row: &DbRow) -> StoreResult<SnapshotRow> {
    Ok(SnapshotRow {
        seq: row.try_get::<i64, _>(0)?.unsigned_abs(),
        as_of: row.try_get::<i64, _>(1)?.unsigned_abs(),
        digest: bytes_32(row, 2)?,
        document: row.try_get::<Option<String>, _>(3)?.unwrap_or_default(),
        reset: row.try_get::<Option<i64>, _>(4)?.map(i64::unsigned_abs),
    })
}

const NEWEST: &str =
    "SELECT seq, as_of, digest, document, reset FROM snapshots ORDER BY seq DESC LIMIT 1";

/// The digest of the newest snapshot, unless it is not `dated` so.
pub(super) async fn newest(store: &Broker, dated: &Dated) -> StoreResult<Option<[u8; 32]>> {
    let text = "SELECT digest, as_of >= $1 AND as_of <= $2 AND document IS NOT NULL FROM snapshots
         ORDER BY seq DESC LIMIT 1";
    let row = sqlx::query(text)
        .bind(number(*dated.start()))
        .bind(number(*dated.end()))
        .fetch_optional(&store.0.reader)
        .await?;
    match row {
        Some(row) if row.try_get(1)? => bytes_32(&row, 0).map(Some),
        _ => Ok(None),
    }
}

pub(super) async fn publish(
    tx: &mut Connection,
    dated: &Dated,
    signer: &dyn SignStatus,
) -> StoreResult<SnapshotRow> {
    lock(tx, GRAVEYARD).await?;
    let row = sqlx::query(NEWEST).fetch_optional(&mut *tx).await?;
    let before = row.as_ref().map(snapshot_row).transpose()?;
    let before = match before {
        Some(newest)
            if dated.contains(&newest.as_of)
                && !newest.document.is_empty()
                && signer.publishes(&newest.document) =>
        {
            return Ok(newest);
        }
        before => before,
    };
    let rows = sqlx::query("SELECT anchor FROM graveyard")
        .fetch_all(&mut *tx)
        .await?;
    let revoked = rows
        .iter()
        .map(|row| bytes_32(row, 0).map(AnchorCommitment::from_bytes))
        .collect::<StoreResult<Vec<_>>>()?;
    let next = signer.snapshot(before.as_ref(), revoked).await?;
    sqlx::query("UPDATE snapshots SET document = NULL WHERE document IS NOT NULL")
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO snapshots (seq, as_of, digest, document, reset) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(number(next.seq))
    .bind(number(next.as_of))
    .bind(next.digest.as_slice())
    .bind(&next.document)
    .bind(next.reset.map(number))
    .execute(tx)
    .await?;
    Ok(next)
}

/// Buries, leaves a gap in the chain, and voids every nonce.
pub(super) async fn relearn(
    tx: &mut Connection,
    known: &Relearned<'_>,
) -> StoreResult<(usize, Epoch)> {
    lock(tx, GRAVEYARD).await?;
    let mut buried = 0;
    for anchor in known.revoked {
        let done = sqlx::query(
            "INSERT INTO graveyard (anchor, revoked_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(anchor.as_bytes().as_slice())
        .bind(number(known.as_of))
        .execute(&mut *tx)
        .await?;
        buried += usize::from(done.rows_affected() == 1);
    }
    let row = sqlx::query(NEWEST).fetch_optional(&mut *tx).await?;
    let newest = row.as_ref().map(snapshot_row).transpose()?;
    let after = newest
        .as_ref()
        .map_or(0, |row| row.seq + 1)
        .max(known.after);
    let as_of = newest.as_ref().map_or(0, |row| row.as_of).max(known.as_of);
    let reset = newest.as_ref().and_then(|row| row.reset).max(known.reset);
    // No snapshot, which nobody can be answered, but the place of those that may have been given out.
    sqlx::query("INSERT INTO snapshots (seq, as_of, digest, reset) VALUES ($1, $2, $3, $4)")
        .bind(number(after))
        .bind(number(as_of))
        .bind(newest.map_or([0; 32], |row| row.digest).as_slice())
        .bind(reset.map(number))
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM burnt_nonces")
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ('nonce', $1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(known.nonce_secret.as_slice())
    .execute(&mut *tx)
    .await?;
    let next = epochs::renew(tx, known.now).await?;
    Ok((buried, next))
}
