//! Quotas and slot counters, taken inside the transaction that uses them. Each is one row, which
//! the transaction holds until it ends: what is undone is not counted.

use chitty_client::error::Code;
use sqlx::Row;

use super::Connection;
use crate::{
    error::Refusal,
    store::{Quota, Slot, StoreResult},
};

const DAY_MS: i64 = 86_400_000;
/// Far beyond every slot's end, and far from the largest number.
pub(super) const CLOSED: i64 = 1 << 60;

/// Counts one id of `tenant` against its quota.
pub(super) async fn take_quota(
    tx: &mut Connection,
    tenant: &str,
    quota: Quota,
    now: i64,
) -> StoreResult<()> {
    let day = now.div_euclid(DAY_MS);
    let used: i64 = sqlx::query(
        "INSERT INTO quotas (tenant, day, used) VALUES ($1, $2, 1)
         ON CONFLICT (tenant, day) DO UPDATE SET used = quotas.used + 1 RETURNING used",
    )
    .bind(tenant)
    .bind(day)
    .fetch_one(tx)
    .await?
    .try_get(0)?;
    if quota.daily.is_some_and(|limit| used.unsigned_abs() > limit) {
        let seconds = ((day + 1) * DAY_MS - now).unsigned_abs().div_ceil(1000);
        return Err(Refusal::new(Code::QuotaExceeded).after(seconds));
    }
    Ok(())
}

/// The next value of a slot's counter.
pub(super) async fn take_counter(tx: &mut Connection, slot: &Slot) -> StoreResult<u64> {
    let next: i64 = sqlx::query(
        "INSERT INTO slots (slot, next)
         VALUES ($1, 1 + COALESCE((SELECT next FROM slots WHERE slot = $2), 0))
         ON CONFLICT (slot) DO UPDATE SET next = slots.next + 1 RETURNING next",
    )
    .bind(&slot.name)
    .bind(&slot.family)
    .fetch_one(tx)
    .await?
    .try_get(0)?;
    let counter = next.unsigned_abs() - 1;
    if counter >= slot.capacity {
        return Err(Code::SequenceExhausted.into());
    }
    Ok(counter)
}

/// Closes every slot of these families, those that were never used included: each then counts as
/// exhausted.
pub(super) async fn close_slots(tx: &mut Connection, families: &[String]) -> StoreResult<()> {
    for family in families {
        sqlx::query(
            "INSERT INTO slots (slot, next) VALUES ($1, $2)
             ON CONFLICT (slot) DO UPDATE SET next = excluded.next",
        )
        .bind(family)
        .bind(CLOSED)
        .execute(&mut *tx)
        .await?;
        // A slot's name has its family's two parts at its ends.
        sqlx::query("UPDATE slots SET next = $2 WHERE slot LIKE $1")
            .bind(family.replace('-', "-%-"))
            .bind(CLOSED)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
