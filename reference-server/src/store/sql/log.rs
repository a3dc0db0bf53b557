//! A fallback's talk with main, as far as it is remembered: the grants that it held, which of main's
//! epochs it knows, how far its issue log was uploaded, and what main refused of it (decision D27).
//!
//! An entry that main refused never counts as uploaded: it is kept apart, with its code, and sent again
//! later and later.

use chitty_client::error::Code;
use sqlx::Row;

use super::{Connection, DbRow, Fallback, epochs, lock};
use crate::store::{Epoch, LogRow, StoreResult, Uploaded, epoch::Known, number};

/// How long after its end a grant is kept to be shown, in seconds: its months are over by then.
const KEPT: i64 = 40 * 86_400;
/// The first pause before a refused entry is sent again, in milliseconds. It doubles.
const FIRST_PAUSE: i64 = 60_000;
/// After so many times, about ten days, it is left to the operator: a new epoch of main sends it again.
const MOST_TRIES: i64 = 45;
/// The longest pause, in milliseconds.
const LONGEST_PAUSE: i64 = 6 * 3_600_000;

pub(super) fn read(row: &DbRow) -> StoreResult<LogRow> {
    Ok(LogRow {
        seq: row.try_get(0)?,
        tenant: row.try_get(1)?,
        receipt: row.try_get(2)?,
    })
}

async fn put(tx: &mut Connection, name: &str, value: &str) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO state (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(tx)
    .await?;
    Ok(())
}

async fn get(tx: &mut Connection, name: &str) -> StoreResult<Option<String>> {
    let row = sqlx::query("SELECT value FROM state WHERE name = $1")
        .bind(name)
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn put_grant(
    tx: &mut Connection,
    known: &Known,
    (grant, jti, ends): (&str, &str, i64),
) -> StoreResult<()> {
    epochs::same(&mut *tx, known).await?;
    put(&mut *tx, "grant", grant).await?;
    sqlx::query(
        "INSERT INTO held_grants (jti, grant_text, ends) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(jti)
    .bind(grant)
    .bind(ends)
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM held_grants WHERE ends < $1")
        .bind(ends.saturating_sub(KEPT))
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn held_grants(store: &Fallback, limit: usize) -> StoreResult<Vec<String>> {
    let rows = sqlx::query("SELECT grant_text FROM held_grants ORDER BY ends DESC, jti LIMIT $1")
        .bind(number(limit as u64))
        .fetch_all(&store.0.reader)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(super) async fn grant_used(store: &Fallback, jti: &str) -> StoreResult<u64> {
    let row = sqlx::query("SELECT used FROM grant_counts WHERE grant_jti = $1")
        .bind(jti)
        .fetch_optional(&store.0.reader)
        .await?;
    let used: Option<i64> = row.map(|row| row.try_get(0)).transpose()?;
    Ok(used.unwrap_or_default().unsigned_abs())
}

pub(super) async fn main_state(store: &Fallback) -> StoreResult<(Option<String>, Option<String>)> {
    let row = sqlx::query(
        "SELECT (SELECT value FROM state WHERE name = 'main_epoch'),
                (SELECT value FROM state WHERE name = 'acknowledgement')",
    )
    .fetch_one(&store.0.reader)
    .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

pub(super) async fn start_again(tx: &mut Connection, main_epoch: &str) -> StoreResult<bool> {
    lock(&mut *tx, "upload").await?;
    if get(&mut *tx, "main_epoch").await?.as_deref() == Some(main_epoch) {
        return Ok(false);
    }
    put(&mut *tx, "main_epoch", main_epoch).await?;
    // The newest acknowledgement stays until main gives another one: it shows a main that went back
    // without a word what it has forgotten.
    put(&mut *tx, "uploaded", "0").await?;
    sqlx::query("DELETE FROM refused_entries")
        .execute(tx)
        .await?;
    Ok(true)
}

pub(super) async fn uploaded(tx: &mut Connection, done: &Uploaded<'_>) -> StoreResult<()> {
    lock(&mut *tx, "upload").await?;
    if done.main_epoch.is_some() && get(&mut *tx, "main_epoch").await?.as_deref() != done.main_epoch
    {
        return Ok(());
    }
    for seq in done.sent {
        match done.refused.iter().find(|(place, _)| place == seq) {
            Some((_, code)) => refuse(&mut *tx, *seq, *code, done.now).await?,
            None => {
                sqlx::query("DELETE FROM refused_entries WHERE seq = $1")
                    .bind(seq)
                    .execute(&mut *tx)
                    .await?;
            }
        }
    }
    if let Some(through) = done.through {
        put(&mut *tx, "uploaded", &through.to_string()).await?;
    }
    if let Some(text) = done.acknowledgement {
        put(&mut *tx, "acknowledgement", text).await?;
    }
    Ok(())
}

async fn refuse(tx: &mut Connection, seq: i64, code: Option<Code>, now: i64) -> StoreResult<()> {
    let tries: i64 = sqlx::query(
        "INSERT INTO refused_entries (seq, code, tries, next_at) VALUES ($1, $2, 1, 0)
         ON CONFLICT (seq) DO UPDATE SET code = excluded.code, tries = refused_entries.tries + 1
         RETURNING tries",
    )
    .bind(seq)
    .bind(code.map_or("", Code::as_str))
    .fetch_one(&mut *tx)
    .await?
    .try_get(0)?;
    let doubled = FIRST_PAUSE.saturating_mul(1 << (tries.clamp(1, 20) - 1));
    sqlx::query("UPDATE refused_entries SET next_at = $2 WHERE seq = $1")
        .bind(seq)
        .bind(now.saturating_add(doubled.min(LONGEST_PAUSE)))
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn refused_page(
    store: &Fallback,
    now: i64,
    limit: usize,
) -> StoreResult<Vec<LogRow>> {
    // A time that lies further ahead than any pause was written by a clock that was wrong.
    let rows = sqlx::query(
        "SELECT i.seq, i.tenant, i.receipt FROM refused_entries r JOIN issued i ON i.seq = r.seq
         WHERE (r.next_at <= $1 OR r.next_at > $2) AND r.tries < $3 ORDER BY i.seq LIMIT $4",
    )
    .bind(now)
    .bind(now.saturating_add(LONGEST_PAUSE))
    .bind(MOST_TRIES)
    .bind(number(limit as u64))
    .fetch_all(&store.0.reader)
    .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn refused_count(store: &Fallback) -> StoreResult<u64> {
    let count: i64 = sqlx::query("SELECT count(*) FROM refused_entries")
        .fetch_one(&store.0.reader)
        .await?
        .try_get(0)?;
    Ok(count.unsigned_abs())
}

/// The copy's log is uploaded once more under another name, and nothing is issued: which ids were issued
/// since the copy nobody here knows.
pub(super) async fn restored(tx: &mut Connection, now: i64) -> StoreResult<Epoch> {
    let next = epochs::renew(&mut *tx, now).await?;
    epochs::mark_behind(&mut *tx, "the operator said that it is an older copy").await?;
    sqlx::query("DELETE FROM state WHERE name IN ('grant', 'acknowledgement', 'main_epoch')")
        .execute(&mut *tx)
        .await?;
    put(&mut *tx, "uploaded", "0").await?;
    Ok(next)
}
