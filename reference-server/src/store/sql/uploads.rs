//! How far main acknowledged each fallback's issue log in this epoch (decision D27). Numbers never go
//! back but by a restore.

use sqlx::Row;

use super::{Connection, DbRow, Main, epochs};
use crate::store::{StoreResult, Upload, epoch::Known};

pub(super) async fn upload(store: &Main, thumbprint: &str) -> StoreResult<Option<Upload>> {
    sqlx::query("SELECT log, acknowledged FROM uploads WHERE thumbprint = $1")
        .bind(thumbprint)
        .fetch_optional(&store.0.reader)
        .await?
        .map(|row| read(&row))
        .transpose()
}

fn read(row: &DbRow) -> StoreResult<Upload> {
    Ok(Upload {
        log: row.try_get(0)?,
        acknowledged: row.try_get(1)?,
    })
}

pub(super) async fn acknowledge(
    tx: &mut Connection,
    known: &Known,
    (thumbprint, log, through): (&str, &str, i64),
) -> StoreResult<Upload> {
    epochs::same(&mut *tx, known).await?;
    sqlx::query(
        "INSERT INTO uploads (thumbprint, log, acknowledged) VALUES ($1, $2, $3)
         ON CONFLICT (thumbprint) DO UPDATE SET acknowledged = excluded.acknowledged
         WHERE uploads.log = excluded.log AND uploads.acknowledged < excluded.acknowledged",
    )
    .bind(thumbprint)
    .bind(log)
    .bind(through)
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query("SELECT log, acknowledged FROM uploads WHERE thumbprint = $1")
        .bind(thumbprint)
        .fetch_one(tx)
        .await?;
    read(&row)
}
