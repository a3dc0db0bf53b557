//! Debts: settling, logging, and what happens when one fallback id turns up twice
//! (decision D4).
//!
//! Works inside the caller's transaction on receipts that have been checked. Refuses to settle one
//! debt for two holders, and more receipts than a grant allows.

use chitty_client::{error::Code, issuance::receipt::CheckedReceipt};
use sqlx::Row;

use super::{
    Connection,
    admin::accuse,
    counters::{take_counter, take_quota},
    epochs, lock,
    main::{Stored, insert_intent, step},
    shares::{Why, take_share},
};
use crate::{
    error::Refusal,
    store::{
        Answer, DebtProof, LogOutcome, Logged, Mint, Minted, Settled, StoreResult, epoch::Known,
        number,
    },
};

/// Settles a debt, or repeats the answer that it got.
pub(super) async fn settle(
    tx: &mut Connection,
    known: &Known,
    debt: &DebtProof<'_>,
    mint: &dyn Mint,
) -> StoreResult<Settled> {
    let (id, claims) = (debt.receipt.id(), debt.receipt.claims());
    lock_fallback(tx, debt).await?;
    let settled = sqlx::query(
        "SELECT tenant, idk, identifier, receipt FROM debts WHERE fallback_id = $1 AND jti = $2",
    )
    .bind(id.as_str())
    .bind(&claims.jti)
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(row) = settled {
        if row.try_get::<&str, _>(0)? != debt.tenant {
            return Err(Code::DebtForeign.into());
        }
        if row.try_get::<&str, _>(1)? != claims.idk {
            return Err(Code::DebtKeyConflict.into());
        }
        return Ok(Settled {
            answer: Answer {
                identifier: row.try_get(2)?,
                receipt: row.try_get(3)?,
                repeated: true,
                settled: Vec::new(),
            },
            duplicate: false,
        });
    }
    let state = epochs::same(&mut *tx, known).await?;
    count_use(tx, debt).await?;
    let duplicate = look_for_duplicate(tx, debt).await?;
    let identifier_and_receipt = match Stored::find(tx, debt.tenant, &claims.idk).await? {
        Some(stored) => {
            if !stored.is_same(debt.proven.map(|proven| proven.fingerprint), &claims.rqd) {
                return Err(Code::IdempotencyKeyReused.into());
            }
            let receipt = mint.receipt_for(&stored.identifier)?;
            (stored.identifier, receipt)
        }
        None => {
            state.may_allocate(Code::RestoreUnannounced)?;
            new_permanent(tx, debt, mint).await?
        }
    };
    let paid = (debt.tenant, debt.receipt, debt.now);
    let mut answer = pay(tx, paid, identifier_and_receipt).await?;
    // Another fallback may have answered the same intent.
    let who = (debt.tenant, claims.idk.as_str());
    answer.settled = settle_logged(tx, who, &answer.identifier, mint, debt.now).await?;
    Ok(Settled { answer, duplicate })
}

/// Settles what fallbacks have logged for an intent that main answers: its client may be gone, or
/// never ask for the fallback id again. Makes no id. Answers when they were issued, in milliseconds.
pub(super) async fn settle_logged(
    tx: &mut Connection,
    (tenant, idk): (&str, &str),
    identifier: &str,
    mint: &dyn Mint,
    now: i64,
) -> StoreResult<Vec<i64>> {
    lock_intent(tx, tenant, idk).await?;
    let logged = sqlx::query(
        "SELECT l.receipt FROM issue_log l WHERE l.tenant = $1 AND l.idk = $2 AND NOT EXISTS
           (SELECT 1 FROM debts d WHERE d.fallback_id = l.fallback_id AND d.jti = l.jti)",
    )
    .bind(tenant)
    .bind(idk)
    .fetch_all(&mut *tx)
    .await?;
    let mut settled = Vec::new();
    for row in logged {
        if let Some((old, receipt)) = mint.replace(row.try_get(0)?, identifier)? {
            pay(tx, (tenant, &old, now), (identifier.to_owned(), receipt)).await?;
            settled.push(old.claims().iat.saturating_mul(1000));
        }
    }
    Ok(settled)
}

/// Stores log entries.
pub(super) async fn log_all(
    tx: &mut Connection,
    known: &Known,
    entries: &[(DebtProof<'_>, &dyn Mint)],
) -> StoreResult<Logged> {
    epochs::same(&mut *tx, known).await?;
    let mut logged = Logged::default();
    for (debt, mint) in entries {
        let outcome = log(tx, debt, *mint, &mut logged.settled).await?;
        logged.known += usize::from(!matches!(outcome, LogOutcome::Refused(_)));
        logged.outcomes.push(outcome);
    }
    Ok(logged)
}

/// Stores a log entry. When the intent already has a permanent id, the debt is settled at once.
async fn log(
    tx: &mut Connection,
    debt: &DebtProof<'_>,
    mint: &dyn Mint,
    settled_now: &mut Vec<i64>,
) -> StoreResult<LogOutcome> {
    let (id, claims) = (debt.receipt.id(), debt.receipt.claims());
    lock_fallback(tx, debt).await?;
    let known = sqlx::query("SELECT 1 FROM issue_log WHERE fallback_id = $1 AND jti = $2")
        .bind(id.as_str())
        .bind(&claims.jti)
        .fetch_optional(&mut *tx)
        .await?;
    if known.is_some() {
        return Ok(LogOutcome::Known);
    }
    match count_use(tx, debt).await {
        Ok(()) => {}
        Err(refusal) if refusal.code() == Code::GrantExhausted => {
            return Ok(LogOutcome::Refused(refusal.code()));
        }
        Err(refusal) => return Err(refusal),
    }
    look_for_duplicate(tx, debt).await?;
    sqlx::query(
        "INSERT INTO issue_log (fallback_id, jti, fallback, tenant, idk, receipt, issued_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.as_str())
    .bind(&claims.jti)
    .bind(&claims.iss)
    .bind(debt.tenant)
    .bind(&claims.idk)
    .bind(debt.receipt.as_str())
    .bind(claims.iat.saturating_mul(1000))
    .execute(&mut *tx)
    .await?;
    lock_intent(tx, debt.tenant, &claims.idk).await?;
    let settled = sqlx::query("SELECT 1 FROM debts WHERE fallback_id = $1 AND jti = $2")
        .bind(id.as_str())
        .bind(&claims.jti)
        .fetch_optional(&mut *tx)
        .await?;
    if settled.is_none() {
        note_issue(tx, debt.tenant, debt.receipt).await?;
        let stored = Stored::find(tx, debt.tenant, &claims.idk).await?;
        if let Some(stored) = stored.filter(|stored| stored.is_same(None, &claims.rqd)) {
            let receipt = mint.receipt_for(&stored.identifier)?;
            let paid = (debt.tenant, debt.receipt, debt.now);
            pay(tx, paid, (stored.identifier, receipt)).await?;
            settled_now.push(claims.iat.saturating_mul(1000));
        }
    }
    Ok(LogOutcome::New)
}

/// Lets one transaction at a time handle a fallback's debts: the grant's maximum and a second
/// receipt of one id cannot be seen otherwise. An id's cycle belongs to one key, and so to one name.
async fn lock_fallback(tx: &mut Connection, debt: &DebtProof<'_>) -> StoreResult<()> {
    let grant = debt.receipt.grant().ok_or(Code::GrantMissing)?.claims();
    lock(tx, &format!("debts of {}", grant.sub)).await
}

/// Lets an intent's answer and a log entry about it see each other: each is written before its
/// writer takes this lock and looks for the other one.
async fn lock_intent(tx: &mut Connection, tenant: &str, idk: &str) -> StoreResult<()> {
    lock(tx, &format!("intent {idk} of {tenant}")).await
}

/// Counts a receipt against its grant's maximum, once.
async fn count_use(tx: &mut Connection, debt: &DebtProof<'_>) -> StoreResult<()> {
    let grant = debt.receipt.grant().ok_or(Code::GrantMissing)?.claims();
    let receipt_jti = &debt.receipt.claims().jti;
    let known = sqlx::query("SELECT 1 FROM grant_uses WHERE grant_jti = $1 AND receipt_jti = $2")
        .bind(&grant.jti)
        .bind(receipt_jti)
        .fetch_optional(&mut *tx)
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let counted = sqlx::query(
        "INSERT INTO grant_counts (grant_jti, used) SELECT $1, 1 WHERE $2 > 0
         ON CONFLICT (grant_jti) DO UPDATE SET used = grant_counts.used + 1
         WHERE grant_counts.used < $2",
    )
    .bind(&grant.jti)
    .bind(number(grant.max))
    .execute(&mut *tx)
    .await?;
    if counted.rows_affected() == 0 {
        return Err(Refusal::new(Code::GrantExhausted)
            .detail("the fallback issued more receipts than its grant allows"));
    }
    sqlx::query("INSERT INTO grant_uses (grant_jti, receipt_jti) VALUES ($1, $2)")
        .bind(&grant.jti)
        .bind(receipt_jti)
        .execute(tx)
        .await?;
    Ok(())
}

/// Looks for another receipt of the same fallback id; if there is one, the fallback is suspended
/// and an alarm raised.
async fn look_for_duplicate(tx: &mut Connection, debt: &DebtProof<'_>) -> StoreResult<bool> {
    let (id, claims) = (debt.receipt.id(), debt.receipt.claims());
    let other = sqlx::query(
        "SELECT 1 FROM debts WHERE fallback_id = $1 AND jti <> $2
         UNION ALL SELECT 1 FROM issue_log WHERE fallback_id = $1 AND jti <> $2 LIMIT 1",
    )
    .bind(id.as_str())
    .bind(&claims.jti)
    .fetch_optional(&mut *tx)
    .await?;
    if other.is_none() {
        return Ok(false);
    }
    let about = (id.as_str(), debt.now);
    accuse(tx, &claims.iss, Code::DuplicateFallbackId, about).await?;
    Ok(true)
}

async fn new_permanent(
    tx: &mut Connection,
    debt: &DebtProof<'_>,
    mint: &dyn Mint,
) -> StoreResult<(String, String)> {
    let claims = debt.receipt.claims();
    take_quota(tx, debt.tenant, debt.quota, debt.now).await?;
    let counter = take_counter(tx, debt.slot).await?;
    let why = (Why::Debt, debt.now);
    take_share(tx, debt.tenant, debt.slot, counter, why).await?;
    let minted: Minted = mint.mint(counter)?;
    insert_intent(
        tx,
        (debt.tenant, &claims.idk, &claims.rqd),
        (
            debt.proven.map(|proven| proven.fingerprint),
            debt.proven.map(|proven| proven.metadata),
        ),
        &minted,
        debt.now,
    )
    .await?;
    let actor = (debt.tenant, debt.tenant, "reconciliation");
    step(tx, &minted.identifier, "issued", actor, None, debt.now).await?;
    Ok((minted.identifier, minted.receipt))
}

/// Writes the debt's row and the events on both sides.
async fn pay(
    tx: &mut Connection,
    (tenant, old, now): (&str, &CheckedReceipt, i64),
    (identifier, receipt): (String, String),
) -> StoreResult<Answer> {
    let (id, claims) = (old.id(), old.claims());
    let logged = sqlx::query("SELECT 1 FROM issue_log WHERE fallback_id = $1 AND jti = $2")
        .bind(id.as_str())
        .bind(&claims.jti)
        .fetch_optional(&mut *tx)
        .await?;
    if logged.is_none() {
        note_issue(tx, tenant, old).await?;
    }
    sqlx::query(
        "INSERT INTO debts (fallback_id, jti, tenant, idk, identifier, receipt, issued_at, settled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.as_str())
    .bind(&claims.jti)
    .bind(tenant)
    .bind(&claims.idk)
    .bind(&identifier)
    .bind(&receipt)
    .bind(claims.iat.saturating_mul(1000))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let actor = (tenant, tenant, "reconciliation");
    step(tx, &identifier, "reconciled", actor, Some(id.as_str()), now).await?;
    step(tx, id.as_str(), "superseded", actor, Some(&identifier), now).await?;
    Ok(Answer {
        identifier,
        receipt,
        repeated: false,
        settled: Vec::new(),
    })
}

/// A fallback id's first event: the fallback issued it.
async fn note_issue(tx: &mut Connection, tenant: &str, old: &CheckedReceipt) -> StoreResult<()> {
    let (id, claims) = (old.id(), old.claims());
    let actor = (tenant, claims.iss.as_str(), "outage of main");
    let at = claims.iat.saturating_mul(1000);
    step(tx, id.as_str(), "issued", actor, None, at).await
}
