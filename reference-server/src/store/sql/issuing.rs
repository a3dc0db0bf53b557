//! A broker's credentials: the anchor's standing, its lineage and its count, in one transaction; and
//! what an operator enrolled for people.

use chitty_client::error::Code;
use spooky_core::{anchor::AnchorCommitment, credential::Lineage};
use sqlx::Row;

use super::{
    Broker, Connection,
    broker::{lock_anchor, standing},
};
use crate::{
    error::Refusal,
    store::{CredentialOrder, EnrolmentRow, IssueCredential, NewEnrolment, StoreResult},
};

const DAY_MS: i64 = 86_400_000;

pub(super) async fn issue(
    tx: &mut Connection,
    order: &CredentialOrder,
    issuer: &dyn IssueCredential,
) -> StoreResult<Vec<u8>> {
    let anchor = order.anchor.as_bytes().as_slice();
    // From here to the end nobody revokes it.
    lock_anchor(tx, &order.anchor).await?;
    let revoked = standing(tx, &order.anchor).await?;
    let row = sqlx::query("SELECT lineage FROM lineages WHERE anchor = $1")
        .bind(anchor)
        .fetch_optional(&mut *tx)
        .await?;
    let lineage = match row {
        Some(row) => {
            let bytes = zeroize::Zeroizing::new(row.try_get::<Vec<u8>, _>(0)?);
            let damaged = |_| Refusal::new(Code::StoreUnavailable);
            Some(Lineage::from_bytes(&bytes).map_err(damaged)?)
        }
        None => None,
    };
    if revoked == Some(false) {
        take_count(tx, order).await?;
    }
    let (credential, new) = issuer.issue(revoked, lineage)?;
    if let Some(new) = new {
        sqlx::query("INSERT INTO lineages (anchor, lineage) VALUES ($1, $2)")
            .bind(anchor)
            .bind(new.expose_secret().as_slice())
            .execute(tx)
            .await?;
    }
    Ok(credential)
}

/// Counts one credential of an anchor against its day.
async fn take_count(tx: &mut Connection, order: &CredentialOrder) -> StoreResult<()> {
    let day = order.now.div_euclid(DAY_MS);
    sqlx::query("DELETE FROM issue_counts WHERE anchor = $1 AND day < $2")
        .bind(order.anchor.as_bytes().as_slice())
        .bind(day)
        .execute(&mut *tx)
        .await?;
    let used: i64 = sqlx::query(
        "INSERT INTO issue_counts (anchor, day, used) VALUES ($1, $2, 1)
         ON CONFLICT (anchor, day) DO UPDATE SET used = issue_counts.used + 1 RETURNING used",
    )
    .bind(order.anchor.as_bytes().as_slice())
    .bind(day)
    .fetch_one(tx)
    .await?
    .try_get(0)?;
    if used.unsigned_abs() > order.daily {
        let seconds = ((day + 1) * DAY_MS - order.now).unsigned_abs();
        return Err(Refusal::new(Code::QuotaExceeded).after(seconds.div_ceil(1000)));
    }
    Ok(())
}

pub(super) async fn enrol(store: &Broker, new: &NewEnrolment<'_>) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO enrolments (name, code, schema_digest, attributes, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(new.name)
    .bind(new.code.as_slice())
    .bind(new.schema.as_slice())
    .bind(new.attributes)
    .bind(new.now)
    .execute(&store.0.writer)
    .await
    .map_err(|error| match error.as_database_error() {
        Some(inner) if inner.is_unique_violation() => {
            Refusal::new(Code::BodyInvalid).detail("an enrolment of this name exists")
        }
        _ => error.into(),
    })?;
    Ok(())
}

pub(super) async fn claim(
    tx: &mut Connection,
    code: [u8; 32],
    schema: [u8; 32],
    anchor: &AnchorCommitment,
) -> StoreResult<bool> {
    lock_anchor(tx, anchor).await?;
    match standing(tx, anchor).await? {
        Some(false) => {}
        Some(true) => return Err(Code::AnchorRevoked.into()),
        None => return Err(Code::AnchorUnknown.into()),
    }
    let open = sqlx::query(
        "SELECT name FROM enrolments
         WHERE code = $1 AND schema_digest = $2 AND (anchor IS NULL OR anchor = $3)",
    )
    .bind(code.as_slice())
    .bind(schema.as_slice())
    .bind(anchor.as_bytes().as_slice())
    .fetch_optional(&mut *tx)
    .await?;
    if open.is_none() {
        return Ok(false);
    }
    // A newer enrolment takes the older one's place.
    sqlx::query("DELETE FROM enrolments WHERE anchor = $1 AND schema_digest = $2 AND code <> $3")
        .bind(anchor.as_bytes().as_slice())
        .bind(schema.as_slice())
        .bind(code.as_slice())
        .execute(&mut *tx)
        .await?;
    // Two anchors may have seen it open; the row decides.
    let done = sqlx::query(
        "UPDATE enrolments SET anchor = $1 WHERE code = $2 AND (anchor IS NULL OR anchor = $1)",
    )
    .bind(anchor.as_bytes().as_slice())
    .bind(code.as_slice())
    .execute(tx)
    .await?;
    match done.rows_affected() {
        1 => Ok(true),
        // Undoes the deletion.
        _ => Err(Code::EnrolmentCodeInvalid.into()),
    }
}

pub(super) async fn enrolled(
    store: &Broker,
    anchor: &AnchorCommitment,
    schema: [u8; 32],
) -> StoreResult<Option<String>> {
    let row =
        sqlx::query("SELECT attributes FROM enrolments WHERE anchor = $1 AND schema_digest = $2")
            .bind(anchor.as_bytes().as_slice())
            .bind(schema.as_slice())
            .fetch_optional(&store.0.reader)
            .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn enrolments(store: &Broker) -> StoreResult<Vec<EnrolmentRow>> {
    let rows = sqlx::query("SELECT name, anchor IS NOT NULL FROM enrolments ORDER BY name")
        .fetch_all(&store.0.reader)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(EnrolmentRow {
                name: row.try_get(0)?,
                claimed: row.try_get(1)?,
            })
        })
        .collect()
}
