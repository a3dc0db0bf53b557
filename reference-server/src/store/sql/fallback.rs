//! A fallback's ids: one row per intent, and that row's place is its place in the issue
//! log, so an id cannot be issued without being logged (decision D4).

use async_trait::async_trait;
use chitty_client::error::Code;
use sqlx::Row;

use super::{
    Connection, Fallback,
    counters::{take_counter, take_quota},
    lock,
};
use crate::store::{
    Answer, FallbackStore, LogRow, Mint, NewFallback, StoreResult, number, retry::transact,
};

/// Answers an intent: what it got before, or a new id inside the grant's limits.
async fn issue(
    tx: &mut Connection,
    request: &NewFallback<'_>,
    mint: &dyn Mint,
) -> StoreResult<Answer> {
    // Places in the log are taken in the order of commits, or an upload could pass over one.
    lock(tx, "issue log").await?;
    let known = sqlx::query(
        "SELECT fingerprint, identifier, receipt FROM issued WHERE tenant = $1 AND idk = $2",
    )
    .bind(request.tenant)
    .bind(request.idk)
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(row) = known {
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
    let minted = mint.mint(counter.ok_or(Code::GrantExhausted)?)?;
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
        transact!(self.0, tx => issue(tx, request, mint))
    }

    async fn grant(&self) -> StoreResult<Option<String>> {
        let row = sqlx::query("SELECT value FROM state WHERE name = 'grant'")
            .fetch_optional(&self.0.reader)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    async fn put_grant(&self, grant: &str) -> StoreResult<()> {
        self.put_state("grant", grant).await
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
        rows.iter()
            .map(|row| {
                Ok(LogRow {
                    seq: row.try_get(0)?,
                    tenant: row.try_get(1)?,
                    receipt: row.try_get(2)?,
                })
            })
            .collect()
    }

    async fn uploaded(&self, seq: i64) -> StoreResult<()> {
        self.put_state("uploaded", &seq.to_string()).await
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

impl Fallback {
    async fn put_state(&self, name: &str, value: &str) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO state (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&self.0.writer)
        .await?;
        Ok(())
    }
}
