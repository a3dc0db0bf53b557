//! Enrolment, nonces, alarms and inspection.

use chitty_client::error::Code;
use sqlx::Row;

use super::{
    Connection, DbRow, Main, epochs,
    nonces::{self, Nonce},
};
use crate::{
    error::Refusal,
    store::{
        Alarm, DebtRow, Enrolled, Enrolment, FallbackRow, IntentRow, Outstanding, StoreResult,
        epoch::Known, number, retry::transact,
    },
};

pub(super) async fn nonce_secret(store: &Main, fresh: [u8; 32]) -> StoreResult<[u8; 32]> {
    let mut tx = store.0.begin().await?;
    sqlx::query("INSERT INTO settings (name, value) VALUES ('nonce', $1) ON CONFLICT DO NOTHING")
        .bind(fresh.as_slice())
        .execute(&mut *tx)
        .await?;
    let secret: Vec<u8> = sqlx::query("SELECT value FROM settings WHERE name = 'nonce'")
        .fetch_one(&mut *tx)
        .await?
        .try_get(0)?;
    tx.commit().await?;
    secret
        .try_into()
        .map_err(|_| Refusal::new(Code::StoreUnavailable))
}

pub(super) async fn burn_nonce(
    store: &Main,
    nonce: &str,
    expires: i64,
    now: i64,
) -> StoreResult<bool> {
    transact!(store.0, tx => burn_in(tx, &store.1, (nonce, expires, now)))
}

async fn burn_in(
    tx: &mut Connection,
    known: &Known,
    (nonce, expires, now): (&str, i64, i64),
) -> StoreResult<bool> {
    epochs::same(&mut *tx, known).await?;
    nonces::burn(tx, Nonce::Text(nonce), expires, now).await
}

pub(super) async fn enroll(store: &Main, one: &Enrolment, now: i64) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO fallbacks (name, thumbprint, namespaces, max, cycles, enrolled_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&one.name)
    .bind(&one.thumbprint)
    .bind(one.namespaces.join(","))
    .bind(number(one.max))
    .bind(i64::from(one.cycles))
    .bind(now)
    .execute(&store.0.writer)
    .await
    .map_err(|error| match error.as_database_error() {
        Some(inner) if inner.is_unique_violation() => Refusal::new(Code::BodyInvalid)
            .detail("a fallback of this name or with this key is enrolled already"),
        _ => error.into(),
    })?;
    Ok(())
}

pub(super) async fn enrolled(store: &Main, thumbprint: &str) -> StoreResult<Option<Enrolled>> {
    sqlx::query("SELECT * FROM fallbacks WHERE thumbprint = $1")
        .bind(thumbprint)
        .fetch_optional(&store.0.reader)
        .await?
        .map(|row| read_enrolled(&row))
        .transpose()
}

fn read_enrolled(row: &DbRow) -> StoreResult<Enrolled> {
    Ok(Enrolled {
        enrolment: Enrolment {
            name: row.try_get("name")?,
            thumbprint: row.try_get("thumbprint")?,
            namespaces: row
                .try_get::<&str, _>("namespaces")?
                .split(',')
                .map(str::to_owned)
                .collect(),
            max: row.try_get::<i64, _>("max")?.unsigned_abs(),
            cycles: u32::try_from(row.try_get::<i64, _>("cycles")?).unwrap_or(u32::MAX),
        },
        suspended: row.try_get::<i64, _>("suspended")? != 0,
    })
}

pub(super) async fn fallbacks(store: &Main) -> StoreResult<Vec<FallbackRow>> {
    let rows = sqlx::query("SELECT * FROM fallbacks ORDER BY name")
        .fetch_all(&store.0.reader)
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        let Enrolled {
            enrolment,
            suspended,
        } = read_enrolled(row)?;
        found.push(FallbackRow {
            outstanding: outstanding(store, Some(&enrolment.name)).await?,
            suspended,
            enrolment,
        });
    }
    Ok(found)
}

pub(super) async fn set_suspended(store: &Main, name: &str, suspended: bool) -> StoreResult<bool> {
    let done = sqlx::query("UPDATE fallbacks SET suspended = $2 WHERE name = $1")
        .bind(name)
        .bind(i64::from(suspended))
        .execute(&store.0.writer)
        .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn outstanding(store: &Main, fallback: Option<&str>) -> StoreResult<Outstanding> {
    let row = sqlx::query(
        "SELECT count(*), min(l.issued_at) FROM issue_log l
         WHERE ($1 IS NULL OR l.fallback = $1) AND NOT EXISTS
           (SELECT 1 FROM debts d WHERE d.fallback_id = l.fallback_id AND d.jti = l.jti)",
    )
    .bind(fallback)
    .fetch_one(&store.0.reader)
    .await?;
    Ok(Outstanding {
        count: row.try_get::<i64, _>(0)?.unsigned_abs(),
        oldest: row.try_get(1)?,
    })
}

/// Suspends a fallback and raises an alarm about it.
pub(super) async fn accuse(
    tx: &mut Connection,
    name: &str,
    code: Code,
    (about, now): (&str, i64),
) -> StoreResult<()> {
    sqlx::query("UPDATE fallbacks SET suspended = 1 WHERE name = $1")
        .bind(name)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO alarms (code, fallback, fallback_id, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(code.as_str())
    .bind(name)
    .bind(about)
    .bind(now)
    .execute(tx)
    .await?;
    tracing::error!(
        code = code.as_str(),
        fallback = name,
        "an alarm was raised and the fallback is suspended"
    );
    Ok(())
}

pub(super) async fn alarms(store: &Main) -> StoreResult<Vec<Alarm>> {
    let rows = sqlx::query("SELECT code, fallback, fallback_id, at FROM alarms ORDER BY seq")
        .fetch_all(&store.0.reader)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Alarm {
                code: row.try_get(0)?,
                fallback: row.try_get(1)?,
                fallback_id: row.try_get(2)?,
                at: row.try_get(3)?,
            })
        })
        .collect()
}

pub(super) async fn intents(store: &Main) -> StoreResult<Vec<IntentRow>> {
    let read = |row: &DbRow| {
        Ok(IntentRow {
            tenant: row.try_get(0)?,
            idk: row.try_get(1)?,
            identifier: row.try_get(2)?,
            receipt: row.try_get(3)?,
        })
    };
    sqlx::query(
        "SELECT tenant, idk, identifier, receipt FROM intents ORDER BY created_at, identifier",
    )
    .fetch_all(&store.0.reader)
    .await?
    .iter()
    .map(read)
    .collect()
}

pub(super) async fn debts(store: &Main) -> StoreResult<Vec<DebtRow>> {
    let read = |row: &DbRow| {
        Ok(DebtRow {
            fallback_id: row.try_get(0)?,
            jti: row.try_get(1)?,
            tenant: row.try_get(2)?,
            identifier: row.try_get(3)?,
            receipt: row.try_get(4)?,
        })
    };
    sqlx::query(
        "SELECT fallback_id, jti, tenant, identifier, receipt FROM debts ORDER BY settled_at, fallback_id, jti",
    )
    .fetch_all(&store.0.reader)
    .await?
    .iter()
    .map(read)
    .collect()
}
