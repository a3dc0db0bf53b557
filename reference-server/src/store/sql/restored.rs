//! What a restore that is said does to the tables of main (decision D27). `deploy/restore.md` says it for
//! every table.

use sqlx::Row;

use super::{Connection, counters::close_slots, epochs};
use crate::store::{Epoch, RestoreOrder, StoreResult};

/// Of a month with more cycles given out than this, none is certain to be free after a restore: those
/// that main gave since the backup are the lowest of the others, and of the highest nine one has to be
/// theirs.
const CERTAIN: i64 = 18;

pub(super) async fn restored(tx: &mut Connection, order: &RestoreOrder<'_>) -> StoreResult<Epoch> {
    let next = epochs::renew(&mut *tx, order.now).await?;
    let mut families = order.families.to_vec();
    families.extend(counted(&mut *tx, order.families).await?);
    close_slots(&mut *tx, &families).await?;
    for month in order.months {
        let taken: i64 = sqlx::query("SELECT count(*) FROM cycles WHERE ym = $1")
            .bind(month)
            .fetch_one(&mut *tx)
            .await?
            .try_get(0)?;
        // What was given out since the first of two restores is among the highest too.
        sqlx::query(
            "INSERT INTO closed_months (ym, strict) VALUES ($1, $2)
             ON CONFLICT (ym) DO UPDATE SET strict = 1",
        )
        .bind(month)
        .bind(i64::from(taken > CERTAIN))
        .execute(&mut *tx)
        .await?;
    }
    // Logs come again from their first rows. Which log a key writes stays known.
    sqlx::query("UPDATE uploads SET acknowledged = 0")
        .execute(&mut *tx)
        .await?;
    // A nonce names its epoch, so those of before are void whether they were used or not.
    sqlx::query("DELETE FROM burnt_nonces").execute(tx).await?;
    Ok(next)
}

/// The families of the same months in which the books have counted, whatever prefix was said: main may have
/// used it since the backup as well.
async fn counted(tx: &mut Connection, families: &[String]) -> StoreResult<Vec<String>> {
    let mut found = Vec::new();
    for month in families
        .iter()
        .filter_map(|family| family.split('-').nth(1))
    {
        let rows = sqlx::query("SELECT slot FROM slots WHERE slot LIKE $1")
            .bind(format!("%-{month}"))
            .fetch_all(&mut *tx)
            .await?;
        for row in &rows {
            let slot: String = row.try_get(0)?;
            let prefix = slot.split('-').next().unwrap_or_default();
            found.push(format!("{prefix}-{month}"));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}
