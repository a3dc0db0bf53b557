//! A fallback's ids: one row per intent, and that row's place is its place in the issue
//! log, so an id cannot be issued without being logged (decision D4).

use async_trait::async_trait;
use chitty_client::error::Code;
use sqlx::Row;

use super::{
    Connection, Fallback,
    counters::{take_counter, take_quota},
    epochs, lock, log,
    shares::{self, Why, take_share},
};
use crate::store::{
    Answer, Epoch, FallbackStore, LogRow, Mint, NewFallback, StoreResult, Uploaded, epoch::Known,
    number, retry::transact,
};

/// Answers an intent: what it got before, or a new id inside the grant's limits.
async fn issue(
    tx: &mut Connection,
    known: &Known,
    request: &NewFallback<'_>,
    mint: &dyn Mint,
) -> StoreResult<Answer> {
    // Places in the log are taken in the order of commits, or an upload could pass over one.
    lock(tx, "issue log").await?;
    let before = sqlx::query(
        "SELECT fingerprint, identifier, receipt FROM issued WHERE tenant = $1 AND idk = $2",
    )
    .bind(request.tenant)
    .bind(request.idk)
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(row) = before {
        if row.try_get::<Vec<u8>, _>(0)? != request.fingerprint {
            return Err(Code::IdempotencyKeyReused.into());
        }
        return Ok(Answer {
            identifier: row.try_get(1)?,
            receipt: row.try_get(2)?,
            repeated: true,
            settled: Vec::new(),
        });
    }
    let state = epochs::same(&mut *tx, known).await?;
    state.may_allocate(Code::FallbackRolledBack)?;
    take_quota(&mut *tx, request.tenant, request.quota, request.now).await?;
    let used: i64 = sqlx::query(
        "INSERT INTO grant_counts (grant_jti, used) VALUES ($1, 1)
         ON CONFLICT (grant_jti) DO UPDATE SET used = grant_counts.used + 1 RETURNING used",
    )
    .bind(request.grant_jti)
    .fetch_one(&mut *tx)
    .await?
    .try_get(0)?;
    if used.unsigned_abs() > request.max {
        return Err(Code::GrantExhausted.into());
    }
    let share = (Why::Request, request.now);
    let grant = shares::of_grant(request.grant_jti, request.max);
    let before = used.unsigned_abs() - 1;
    take_share(&mut *tx, request.tenant, &grant, before, share).await?;
    let mut counter = None;
    let mut before = 0;
    for slot in request.slots {
        match take_counter(&mut *tx, slot).await {
            Ok(found) => {
                counter = Some(before + found);
                break;
            }
            Err(refusal) if refusal.code() == Code::SequenceExhausted => {
                before += slot.capacity;
            }
            Err(refusal) => return Err(refusal),
        }
    }
    let counter = counter.ok_or(Code::GrantExhausted)?;
    take_share(&mut *tx, request.tenant, request.shared, counter, share).await?;
    let minted = mint.mint(counter)?;
    sqlx::query(
        "INSERT INTO issued (tenant, idk, fingerprint, identifier, receipt, grant_jti, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(request.tenant)
    .bind(request.idk)
    .bind(request.fingerprint.as_slice())
    .bind(&minted.identifier)
    .bind(&minted.receipt)
    .bind(request.grant_jti)
    .bind(request.now)
    .execute(&mut *tx)
    .await?;
    Ok(Answer {
        identifier: minted.identifier,
        receipt: minted.receipt,
        repeated: false,
        settled: Vec::new(),
    })
}

#[async_trait]
impl FallbackStore for Fallback {
    async fn issue(&self, request: &NewFallback<'_>, mint: &dyn Mint) -> StoreResult<Answer> {
        transact!(self.0, tx => issue(tx, &self.1, request, mint))
    }

    async fn grant(&self) -> StoreResult<Option<String>> {
        let row = sqlx::query("SELECT value FROM state WHERE name = 'grant'")
            .fetch_optional(&self.0.reader)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    async fn put_grant(&self, grant: &str, jti: &str, ends: i64) -> StoreResult<()> {
        transact!(self.0, tx => log::put_grant(tx, &self.1, (grant, jti, ends)))
    }

    async fn held_grants(&self, limit: usize) -> StoreResult<Vec<String>> {
        log::held_grants(self, limit).await
    }

    async fn grant_used(&self, jti: &str) -> StoreResult<u64> {
        log::grant_used(self, jti).await
    }

    async fn log_page(&self, limit: usize) -> StoreResult<Vec<LogRow>> {
        let row = sqlx::query(
            "SELECT COALESCE((SELECT CAST(value AS BIGINT) FROM state WHERE name = 'uploaded'), 0)",
        )
        .fetch_one(&self.0.reader)
        .await?;
        self.log_after(row.try_get(0)?, limit).await
    }

    async fn log_after(&self, seq: i64, limit: usize) -> StoreResult<Vec<LogRow>> {
        let rows = sqlx::query(
            "SELECT seq, tenant, receipt FROM issued WHERE seq > $1 ORDER BY seq LIMIT $2",
        )
        .bind(seq)
        .bind(number(limit as u64))
        .fetch_all(&self.0.reader)
        .await?;
        rows.iter().map(log::read).collect()
    }

    async fn log_end(&self) -> StoreResult<i64> {
        let row = sqlx::query("SELECT COALESCE(max(seq), 0) FROM issued")
            .fetch_one(&self.0.reader)
            .await?;
        Ok(row.try_get(0)?)
    }

    async fn main_state(&self) -> StoreResult<(Option<String>, Option<String>)> {
        log::main_state(self).await
    }

    async fn start_again(&self, main_epoch: &str) -> StoreResult<bool> {
        transact!(self.0, tx => log::start_again(tx, main_epoch))
    }

    async fn uploaded(&self, done: &Uploaded<'_>) -> StoreResult<()> {
        transact!(self.0, tx => log::uploaded(tx, done))
    }

    async fn refused_page(&self, now: i64, limit: usize) -> StoreResult<Vec<LogRow>> {
        log::refused_page(self, now, limit).await
    }

    async fn refused_count(&self) -> StoreResult<u64> {
        log::refused_count(self).await
    }

    async fn restored(&self, now: i64) -> StoreResult<Epoch> {
        let next = transact!(self.0, tx => log::restored(tx, now))?;
        self.1.set(next.clone());
        Ok(next)
    }

    async fn issued(&self) -> StoreResult<u64> {
        let count: i64 = sqlx::query("SELECT count(*) FROM issued")
            .fetch_one(&self.0.reader)
            .await?
            .try_get(0)?;
        Ok(count.unsigned_abs())
    }

    async fn close(&self) {
        self.0.close().await;
    }
}
