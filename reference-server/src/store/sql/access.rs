//! API keys, the same tables in every role. Holds hashes of secrets and never a secret.

use async_trait::async_trait;
use sqlx::Row;

use super::{Broker, DbRow, Fallback, Main, Pools};
use crate::{
    error::Refusal,
    store::{Access, ApiKey, ApiKeySpec, StoreResult, number, retry::transact},
};
use chitty_client::error::Code;

/// How many bytes `/health` finds room for.
const ROOM: usize = 2048;

impl Pools {
    async fn add_api_key(&self, hash: [u8; 32], spec: &ApiKeySpec, now: i64) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO api_keys (hash, name, tenant, scopes, namespaces, per_second, burst,
             daily_quota, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(hash.as_slice())
        .bind(&spec.name)
        .bind(&spec.tenant)
        .bind(spec.scopes.join(","))
        .bind(spec.namespaces.join(","))
        .bind(spec.per_second)
        .bind(i64::from(spec.burst))
        .bind(spec.daily_quota.map(number))
        .bind(now)
        .execute(&self.writer)
        .await
        .map_err(|error| match error.as_database_error() {
            Some(inner) if inner.is_unique_violation() => {
                Refusal::new(Code::BodyInvalid).detail("an API key of this name exists")
            }
            _ => error.into(),
        })?;
        Ok(())
    }

    async fn api_key(&self, hash: [u8; 32]) -> StoreResult<Option<ApiKey>> {
        sqlx::query("SELECT * FROM api_keys WHERE hash = $1 AND revoked_at IS NULL")
            .bind(hash.as_slice())
            .fetch_optional(&self.reader)
            .await?
            .map(|row| api_key(&row))
            .transpose()
    }

    async fn api_keys(&self) -> StoreResult<Vec<ApiKey>> {
        let rows = sqlx::query("SELECT * FROM api_keys ORDER BY created_at, name")
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(api_key).collect()
    }

    async fn revoke_api_key(&self, name: &str, now: i64) -> StoreResult<bool> {
        let done = sqlx::query(
            "UPDATE api_keys SET revoked_at = $1 WHERE name = $2 AND revoked_at IS NULL",
        )
        .bind(now)
        .bind(name)
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn ping(&self) -> StoreResult<()> {
        self.writing.check(self.write_something()).await
    }

    /// Writes as much as a new id needs, commits, and leaves nothing: into pages that are taken for it and
    /// given back, so that a full disk is seen before somebody's request meets it.
    pub(super) async fn write_something(&self) -> StoreResult<()> {
        sqlx::query("SELECT 1").fetch_one(&self.reader).await?;
        transact!(self, tx => async {
            sqlx::query("INSERT INTO slots (slot, next) VALUES ($1, 0)")
                .bind(format!("health {}", " ".repeat(ROOM)))
                .execute(&mut *tx)
                .await?;
            sqlx::query("DELETE FROM slots WHERE slot >= 'health' AND slot < 'healti'")
                .execute(&mut *tx)
                .await?;
            Ok::<_, Refusal>(())
        })
    }

    async fn set_counter(&self, slot: &str, next: u64) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO slots (slot, next) VALUES ($1, $2)
             ON CONFLICT (slot) DO UPDATE SET next = excluded.next",
        )
        .bind(slot)
        .bind(number(next))
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

fn api_key(row: &DbRow) -> StoreResult<ApiKey> {
    let list = |text: String| text.split(',').map(str::to_owned).collect();
    Ok(ApiKey {
        spec: ApiKeySpec {
            name: row.try_get("name")?,
            tenant: row.try_get("tenant")?,
            scopes: list(row.try_get("scopes")?),
            namespaces: list(row.try_get("namespaces")?),
            per_second: row.try_get("per_second")?,
            burst: u32::try_from(row.try_get::<i64, _>("burst")?).unwrap_or(u32::MAX),
            daily_quota: row
                .try_get::<Option<i64>, _>("daily_quota")?
                .map(i64::unsigned_abs),
        },
        revoked: row.try_get::<Option<i64>, _>("revoked_at")?.is_some(),
    })
}

macro_rules! access_through_pools {
    ($store:ty) => {
        #[async_trait]
        impl Access for $store {
            async fn add_api_key(
                &self,
                hash: [u8; 32],
                spec: &ApiKeySpec,
                now: i64,
            ) -> StoreResult<()> {
                self.0.add_api_key(hash, spec, now).await
            }

            async fn api_key(&self, hash: [u8; 32]) -> StoreResult<Option<ApiKey>> {
                self.0.api_key(hash).await
            }

            async fn api_keys(&self) -> StoreResult<Vec<ApiKey>> {
                self.0.api_keys().await
            }

            async fn revoke_api_key(&self, name: &str, now: i64) -> StoreResult<bool> {
                self.0.revoke_api_key(name, now).await
            }

            async fn ping(&self) -> StoreResult<()> {
                self.0.ping().await
            }

            async fn set_counter(&self, slot: &str, next: u64) -> StoreResult<()> {
                self.0.set_counter(slot, next).await
            }
        }
    };
}

access_through_pools!(Main);
access_through_pools!(Fallback);
access_through_pools!(Broker);
