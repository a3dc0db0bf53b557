//! A broker's credentials: handed out by one transaction over the anchor's standing, its lineage and its
//! count; and what an operator enrolled for people.

use chitty_client::error::Code;
use spooky_core::{
    anchor::AnchorCommitment,
    credential::{IssuanceRefusal, Lineage},
    secret::constant_time_eq,
};
use sqlx::Row;
use zeroize::Zeroizing;

use super::{
    Broker, Connection,
    broker::{lock_anchor, standing, stands},
};
use crate::{
    error::Refusal,
    store::{
        CredentialOrder, EnrolmentRow, IssueCredential, NewEnrolment, StoreResult, retry::transact,
    },
};

const DAY_MS: i64 = 86_400_000;

/// How often a credential is made anew because another request drew the lineage first. A lineage never
/// changes, so once is enough.
const ROUNDS: usize = 2;

/// What was seen of an anchor, in no transaction.
struct Seen {
    revoked: Option<bool>,
    lineage: Option<Lineage>,
    used: u64,
}

/// Signing takes milliseconds, so it is done while no transaction waits for it: what was seen before
/// counts only if the transaction at the end finds the same.
pub(super) async fn issue(
    store: &Broker,
    order: &CredentialOrder,
    issuer: &dyn IssueCredential,
) -> StoreResult<Vec<u8>> {
    for _ in 0..ROUNDS {
        let seen = look(store, order).await?;
        if seen.revoked == Some(false) && seen.used >= order.daily {
            return Err(exceeded(order));
        }
        let (credential, lineage) = issuer.issue(seen.revoked, seen.lineage).await?;
        let credential = Zeroizing::new(credential);
        if transact!(store.0, tx => hand_out(tx, order, &lineage))? {
            return Ok(credential.to_vec());
        }
    }
    Err(Code::StoreUnavailable.into())
}

async fn look(store: &Broker, order: &CredentialOrder) -> StoreResult<Seen> {
    let row = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM graveyard WHERE anchor = $1),
         EXISTS (SELECT 1 FROM anchors WHERE anchor = $1),
         (SELECT lineage FROM lineages WHERE anchor = $1),
         (SELECT used FROM issue_counts WHERE anchor = $1 AND day = $2)",
    )
    .bind(order.anchor.as_bytes().as_slice())
    .bind(day(order))
    .fetch_one(&store.0.reader)
    .await?;
    let lineage = row.try_get::<Option<Vec<u8>>, _>(2)?.map(Zeroizing::new);
    let damaged = |_| Refusal::new(Code::StoreUnavailable);
    Ok(Seen {
        revoked: stands(&row)?,
        lineage: lineage
            .map(|bytes| Lineage::from_bytes(&bytes).map_err(damaged))
            .transpose()?,
        used: row
            .try_get::<Option<i64>, _>(3)?
            .unwrap_or(0)
            .unsigned_abs(),
    })
}

/// Lets a credential go that was issued with `lineage`; `false` when the anchor has another one.
async fn hand_out(
    tx: &mut Connection,
    order: &CredentialOrder,
    lineage: &Lineage,
) -> StoreResult<bool> {
    let anchor = order.anchor.as_bytes().as_slice();
    // From here to the end nobody revokes it.
    lock_anchor(tx, &order.anchor).await?;
    let refused = |code, reason: IssuanceRefusal| Refusal::new(code).reason(reason.code());
    match standing(tx, &order.anchor).await? {
        Some(false) => {}
        Some(true) => return Err(refused(Code::AnchorRevoked, IssuanceRefusal::AnchorRevoked)),
        None => return Err(refused(Code::AnchorUnknown, IssuanceRefusal::AnchorUnknown)),
    }
    let row = sqlx::query("SELECT lineage FROM lineages WHERE anchor = $1")
        .bind(anchor)
        .fetch_optional(&mut *tx)
        .await?;
    let signed_with = lineage.expose_secret();
    match row {
        Some(row) => {
            let stored = Zeroizing::new(row.try_get::<Vec<u8>, _>(0)?);
            if !constant_time_eq(&stored, signed_with.as_slice()) {
                return Ok(false);
            }
        }
        None => {
            sqlx::query("INSERT INTO lineages (anchor, lineage) VALUES ($1, $2)")
                .bind(anchor)
                .bind(signed_with.as_slice())
                .execute(&mut *tx)
                .await?;
        }
    }
    take_count(tx, order).await?;
    Ok(true)
}

fn day(order: &CredentialOrder) -> i64 {
    order.now.div_euclid(DAY_MS)
}

/// Until the day is over.
fn exceeded(order: &CredentialOrder) -> Refusal {
    let left = ((day(order) + 1) * DAY_MS - order.now).unsigned_abs();
    Refusal::new(Code::QuotaExceeded).after(left.div_ceil(1000))
}

/// Counts one credential of an anchor against its day.
async fn take_count(tx: &mut Connection, order: &CredentialOrder) -> StoreResult<()> {
    let day = day(order);
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
        return Err(exceeded(order));
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
