//! Nonces that were used, of main and of a broker.
//!
//! A row is kept until its nonce has ended for every clock within the tolerance, twice over: the one that
//! deletes may be ahead while the one that accepts is behind. And a nonce stays used whatever a clock does:
//! for the hour in which it ended, the last end that was deleted is kept, and nothing up to there is
//! taken again. So a clock that jumps can make this forget nothing, and what it leaves behind concerns the
//! hour that it showed and no other (decision D29).

use spooky_core::clock::TOLERANCE_SECONDS;
use sqlx::{Row, query, query_scalar};

use super::{Connection, DbRow, try_lock};
use crate::store::StoreResult;

const NONCES: &str = "nonces";
/// How long a used nonce is kept beyond its end, in seconds: two clocks, apart in opposite directions, and
/// the life of a nonce.
const KEEP: i64 = 2 * TOLERANCE_SECONDS + 300;
const HOUR: i64 = 3600;
/// The type of the column: text at main, bytes at a broker. Both are bound by the caller.
pub(super) enum Nonce<'a> {
    Text(&'a str),
    Bytes(&'a [u8; 32]),
}

/// Uses up a nonce that ends at `expires`; `false` when it was used before. Seconds since 1970.
pub(super) async fn burn(
    tx: &mut Connection,
    nonce: Nonce<'_>,
    expires: i64,
    now: i64,
) -> StoreResult<bool> {
    // One at a time: others would only wait for the rows that it deletes.
    if try_lock(tx, NONCES).await? {
        forget(tx, now.saturating_sub(KEEP)).await?;
    }
    let (hour, end) = (hour(expires), expires.to_be_bytes());
    let gone: Option<Vec<u8>> = query_scalar("SELECT value FROM settings WHERE name = $1")
        .bind(&hour)
        .fetch_optional(&mut *tx)
        .await?;
    if gone.is_some_and(|last| last.as_slice() >= end.as_slice()) {
        return Ok(false);
    }
    let text = "INSERT INTO burnt_nonces (nonce, expires) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let insert = match nonce {
        Nonce::Text(nonce) => query(text).bind(nonce),
        Nonce::Bytes(nonce) => query(text).bind(nonce.as_slice()),
    };
    let done = insert.bind(expires).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes what ended before `before`, and keeps of each hour the last end that was deleted.
async fn forget(tx: &mut Connection, before: i64) -> StoreResult<()> {
    // Grouped by the database: whole numbers are divided towards zero, and ends lie after 1970.
    let rows: Vec<DbRow> =
        query("SELECT MAX(expires) FROM burnt_nonces WHERE expires < $1 GROUP BY expires / 3600")
            .bind(before)
            .fetch_all(&mut *tx)
            .await?;
    for row in &rows {
        let last: i64 = row.try_get(0)?;
        query(
            "INSERT INTO settings (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value
             WHERE settings.value < excluded.value",
        )
        .bind(hour(last))
        .bind(last.to_be_bytes().as_slice())
        .execute(&mut *tx)
        .await?;
    }
    if !rows.is_empty() {
        query("DELETE FROM burnt_nonces WHERE expires < $1")
            .bind(before)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// The name under which an hour's last deleted end is kept.
fn hour(expires: i64) -> String {
    format!("nonces {}", expires / HOUR)
}
