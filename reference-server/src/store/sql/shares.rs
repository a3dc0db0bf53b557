//! Shares: no tenant takes so much of a slot, or of a grant, that nothing is left to the others.
//!
//! A tenant may have its percentage of what the others left, 50 unless an operator set another one. So the
//! first to come may have half, the next one half of the rest, and some is always left. Small slots, such
//! as the maximum of a small grant, are not divided. Refuses nothing that was answered before.

use async_trait::async_trait;
use chitty_client::error::Code;
use sqlx::Row;
use time::{Duration, OffsetDateTime, Time};

use super::{Connection, Fallback, Main, Pools, counters::CLOSED};
use crate::{
    error::Refusal,
    store::{Shares, Slot, StoreResult, number},
};

/// How many percent of what others left a tenant may have, unless set.
const DEFAULT_PERCENT: i64 = 50;
/// Slots with fewer ids are not divided.
const UNDIVIDED: u64 = 100;
/// Clients wait no longer than this, in seconds; a larger share may be set, or cycles be added, before the
/// month ends.
const LONGEST_WAIT: i64 = 3600;

/// What an id is taken for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// A new request.
    Request,
    /// The permanent id of a fallback id, which its holder was promised: half of what its share leaves is
    /// open to it too.
    Debt,
}

/// Counts one id of `tenant` in `shared`, of which `before` were taken by anybody.
pub(super) async fn take_share(
    tx: &mut Connection,
    tenant: &str,
    shared: &Slot,
    before: u64,
    (why, now): (Why, i64),
) -> StoreResult<()> {
    let row = sqlx::query(
        "INSERT INTO slot_shares (tenant, slot, used) VALUES ($1, $2, 1)
         ON CONFLICT (tenant, slot) DO UPDATE SET used = slot_shares.used + 1
         RETURNING used, (SELECT percent FROM tenant_shares WHERE tenant = $1)",
    )
    .bind(tenant)
    .bind(&shared.name)
    .fetch_one(tx)
    .await?;
    let used = row.try_get::<i64, _>(0)?.unsigned_abs();
    let percent = row
        .try_get::<Option<i64>, _>(1)?
        .unwrap_or(DEFAULT_PERCENT)
        .clamp(0, 100)
        .unsigned_abs();
    if shared.capacity < UNDIVIDED || used <= allowed(shared.capacity, before, used, percent, why) {
        return Ok(());
    }
    Err(Refusal::new(Code::SlotShareUsed).after(wait(now)))
}

/// How many ids a tenant may have that has `used` with the one it asks for.
fn allowed(capacity: u64, before: u64, used: u64, percent: u64, why: Why) -> u64 {
    let others = before.saturating_sub(used.saturating_sub(1));
    let left = capacity.saturating_sub(others);
    let percent = match why {
        Why::Request => percent,
        Why::Debt => (100 + percent) / 2,
    };
    left.saturating_mul(percent).div_ceil(100)
}

/// Seconds until the month is over, or the longest wait.
fn wait(now: i64) -> u64 {
    let at = OffsetDateTime::from_unix_timestamp(now.div_euclid(1000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let last = at.month().length(at.year());
    let end = at
        .replace_day(last)
        .unwrap_or(at)
        .replace_time(Time::MIDNIGHT)
        + Duration::DAY;
    (end - at)
        .whole_seconds()
        .clamp(1, LONGEST_WAIT)
        .unsigned_abs()
}

impl Pools {
    async fn set_share(&self, tenant: &str, percent: Option<u8>) -> StoreResult<()> {
        let query = match percent {
            Some(percent) => sqlx::query(
                "INSERT INTO tenant_shares (tenant, percent) VALUES ($1, $2)
                 ON CONFLICT (tenant) DO UPDATE SET percent = excluded.percent",
            )
            .bind(tenant)
            .bind(i64::from(percent)),
            None => sqlx::query("DELETE FROM tenant_shares WHERE tenant = $1").bind(tenant),
        };
        query.execute(&self.writer).await?;
        Ok(())
    }

    async fn shares(&self) -> StoreResult<Vec<(String, u8)>> {
        let rows = sqlx::query("SELECT tenant, percent FROM tenant_shares ORDER BY tenant")
            .fetch_all(&self.reader)
            .await?;
        let read = |row: &super::DbRow| {
            let percent: i64 = row.try_get(1)?;
            Ok((row.try_get(0)?, u8::try_from(percent).unwrap_or(100)))
        };
        rows.iter().map(read).collect()
    }

    async fn slots_like(&self, pattern: &str) -> StoreResult<Vec<(String, u64)>> {
        let rows = sqlx::query("SELECT slot, next FROM slots WHERE slot LIKE $1 AND next < $2")
            .bind(pattern)
            .bind(CLOSED)
            .fetch_all(&self.reader)
            .await?;
        let read =
            |row: &super::DbRow| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs()));
        rows.iter().map(read).collect()
    }
}

macro_rules! shares_through_pools {
    ($store:ty) => {
        #[async_trait]
        impl Shares for $store {
            async fn set_share(&self, tenant: &str, percent: Option<u8>) -> StoreResult<()> {
                self.0.set_share(tenant, percent).await
            }

            async fn shares(&self) -> StoreResult<Vec<(String, u8)>> {
                self.0.shares().await
            }

            async fn slots_like(&self, pattern: &str) -> StoreResult<Vec<(String, u64)>> {
                self.0.slots_like(pattern).await
            }
        }
    };
}

shares_through_pools!(Main);
shares_through_pools!(Fallback);

/// A grant's maximum, as something that tenants share.
pub(super) fn of_grant(jti: &str, max: u64) -> Slot {
    Slot {
        name: format!("grant {jti}"),
        capacity: number(max).unsigned_abs(),
        family: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_always_left_and_nobody_is_shut_out_while_it_is() {
        let (mut taken, mut had) = (0, Vec::new());
        for _ in 0..8 {
            let mut used = 0;
            while taken < 10_000 && used < allowed(10_000, taken, used + 1, 50, Why::Request) {
                used += 1;
                taken += 1;
            }
            had.push(used);
        }
        assert_eq!(had[..3], [5000, 2500, 1250]);
        assert!(had.iter().all(|one| *one > 0) && taken < 10_000);
        assert_eq!(
            allowed(10_000, 9_999, 1, 50, Why::Request),
            1,
            "the last one"
        );
        assert_eq!(allowed(10_000, 5_000, 5_001, 50, Why::Debt), 7_500);
        assert_eq!(allowed(10_000, 9_000, 9_001, 100, Why::Request), 10_000);
    }

    #[test]
    fn the_wait_ends_with_the_month_or_after_an_hour() {
        assert_eq!(wait(1_794_312_000_000), 3600);
        assert_eq!(wait(1_798_761_599_000), 1, "a second before the year ends");
        assert_eq!(wait(1_798_761_600_000), 3600);
    }
}
