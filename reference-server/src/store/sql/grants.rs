//! Grants: which months and cycles a key gets.
//!
//! A month's cycle is written to one key's name and never changes hands (decision D4). After a restore
//! that was said, only what a fallback shows in grants that main signed for it is certain to be its own
//! (decision D27): for the time of the window nothing else is given, and in the months of the restore
//! what is new comes from the other end. Two keys with one pair are both suspended.

use chitty_client::error::Code;
use sqlx::Row;

use super::{Connection, Main, admin::accuse, epochs, lock};
use crate::{
    error::Refusal,
    store::{GrantOrder, SignGrant, StoreResult, epoch::Known, retry::transact},
};

const CYCLES: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Cycles of a month that are kept for keys that have none: more for a key that has some are given only
/// while more than these are free. After a restore, new ones are the highest of them.
const RESERVED: usize = 9;
/// Clients and fallbacks ask again after this, in seconds, or when the window is over.
const LONGEST_WAIT: i64 = 3600;

pub(super) async fn grant(
    store: &Main,
    order: &GrantOrder<'_>,
    sign: &dyn SignGrant,
) -> StoreResult<String> {
    // A conflict is written down although the grant is refused.
    transact!(store.0, tx => grant_in(tx, &store.1, order, sign))?
}

pub(super) async fn knows(store: &Main, jti: &str) -> StoreResult<bool> {
    let row = sqlx::query("SELECT 1 FROM grants WHERE jti = $1")
        .bind(jti)
        .fetch_optional(&store.0.reader)
        .await?;
    Ok(row.is_some())
}

pub(super) async fn taken(store: &Main, ym: &str) -> StoreResult<u64> {
    let count: i64 = sqlx::query("SELECT count(*) FROM cycles WHERE ym = $1")
        .bind(ym)
        .fetch_one(&store.0.reader)
        .await?
        .try_get(0)?;
    Ok(count.unsigned_abs())
}

async fn grant_in(
    tx: &mut Connection,
    known: &Known,
    order: &GrantOrder<'_>,
    sign: &dyn SignGrant,
) -> StoreResult<Result<String, Refusal>> {
    lock(tx, "cycles").await?;
    let state = epochs::same(&mut *tx, known).await?;
    state.may_allocate(Code::RestoreUnannounced)?;
    let suspended: i64 = sqlx::query("SELECT suspended FROM fallbacks WHERE name = $1")
        .bind(order.fallback)
        .fetch_one(&mut *tx)
        .await?
        .try_get(0)?;
    if suspended != 0 {
        return Err(Code::FallbackSuspended.into());
    }
    if take_shown(&mut *tx, order).await? {
        return Ok(Err(Code::PairConflict.into()));
    }
    let until = state
        .restored_at
        .map(|at| at.saturating_add(order.window))
        .filter(|until| order.now < *until);
    let (months, cycles) = match until {
        Some(until) => shown(order, until)?,
        None => choose(&mut *tx, order).await?,
    };
    for month in &months {
        for cycle in &cycles {
            write(&mut *tx, (month, cycle), order.thumbprint).await?;
        }
    }
    let text = sign.sign(&months, &cycles)?;
    sqlx::query(
        "INSERT INTO grants (jti, fallback, grant_text, issued_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(order.jti)
    .bind(order.fallback)
    .bind(&text)
    .bind(order.now)
    .execute(tx)
    .await?;
    Ok(Ok(text))
}

/// Writes down the pairs that the fallback shows. Answers whether one of them is another key's; then
/// both are suspended: each may have issued what the other did.
async fn take_shown(tx: &mut Connection, order: &GrantOrder<'_>) -> StoreResult<bool> {
    let mut conflict = false;
    for (month, cycle) in order.shown {
        write(&mut *tx, (month, cycle), order.thumbprint).await?;
        let holder = holder(&mut *tx, (month, cycle)).await?.unwrap_or_default();
        if holder == order.thumbprint {
            continue;
        }
        conflict = true;
        let pair = format!("{month} {cycle}");
        accuse(
            &mut *tx,
            order.fallback,
            Code::PairConflict,
            (&format!("{pair} of {}", order.fallback), order.now),
        )
        .await?;
        let other = sqlx::query("SELECT name FROM fallbacks WHERE thumbprint = $1")
            .bind(holder)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = other {
            let name: String = row.try_get(0)?;
            let about = format!("{pair} of {name}");
            accuse(&mut *tx, &name, Code::PairConflict, (&about, order.now)).await?;
        }
    }
    Ok(conflict)
}

async fn write(
    tx: &mut Connection,
    (month, cycle): (&str, &str),
    thumbprint: &str,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO cycles (ym, cycle, thumbprint) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(month)
    .bind(cycle)
    .bind(thumbprint)
    .execute(tx)
    .await?;
    Ok(())
}

async fn holder(tx: &mut Connection, (month, cycle): (&str, &str)) -> StoreResult<Option<String>> {
    let row = sqlx::query("SELECT thumbprint FROM cycles WHERE ym = $1 AND cycle = $2")
        .bind(month)
        .bind(cycle)
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// What was shown for the present month, and those of the other months in which all of it was shown.
fn shown(order: &GrantOrder<'_>, until: i64) -> StoreResult<(Vec<String>, Vec<String>)> {
    let of = |month: &String| -> Vec<String> {
        let mut cycles: Vec<String> = order
            .shown
            .iter()
            .filter(|(ym, _)| ym == month)
            .map(|(_, cycle)| cycle.clone())
            .collect();
        cycles.sort();
        cycles.dedup();
        cycles
    };
    let cycles = order.months.first().map(of).unwrap_or_default();
    if cycles.is_empty() {
        let seconds = (until - order.now).div_euclid(1000).clamp(1, LONGEST_WAIT);
        return Err(Refusal::new(Code::PairNotShown).after(seconds.unsigned_abs()));
    }
    let months = order
        .months
        .iter()
        .filter(|month| {
            let shown = of(month);
            cycles.iter().all(|cycle| shown.contains(cycle))
        })
        .cloned()
        .collect();
    Ok((months, cycles))
}

/// Cycles for all months, or else for the present one alone.
async fn choose(
    tx: &mut Connection,
    order: &GrantOrder<'_>,
) -> StoreResult<(Vec<String>, Vec<String>)> {
    let first = order.months.get(..1).unwrap_or_default();
    let wanted = wanted(&mut *tx, order).await?;
    for months in [order.months, first] {
        let cycles = candidates(&mut *tx, months, order.thumbprint, wanted).await?;
        if !cycles.is_empty() {
            return Ok((months.to_vec(), cycles));
        }
    }
    Err(Refusal::new(Code::GrantExhausted).detail("every cycle of the month is taken"))
}

/// How many cycles a key gets: those it has, at least those of its enrolment, and one more when the
/// fullest of its slots has less than a quarter left by main's own books.
async fn wanted(tx: &mut Connection, order: &GrantOrder<'_>) -> StoreResult<usize> {
    let Some(month) = order.months.first() else {
        return Ok(0);
    };
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM cycles WHERE ym = $1 AND thumbprint = $2),
                (SELECT count(*) FROM cycles WHERE ym = $1),
                (SELECT COALESCE(max(one.n), 0) FROM
                  (SELECT count(*) AS n FROM issue_log
                    WHERE fallback = $3 AND substr(fallback_id, 17, 2) = $1
                    GROUP BY substr(fallback_id, 1, 8), substr(fallback_id, 15, 1)) AS one)",
    )
    .bind(month)
    .bind(order.thumbprint)
    .bind(order.fallback)
    .fetch_one(tx)
    .await?;
    let count =
        |place: usize| -> StoreResult<u64> { Ok(row.try_get::<i64, _>(place)?.unsigned_abs()) };
    let (own, taken, fullest) = (count(0)?, count(1)?, count(2)?);
    let free = CYCLES
        .len()
        .saturating_sub(usize::try_from(taken).unwrap_or(usize::MAX));
    let has = u64::from(order.cycles).max(own);
    let low = own > 0 && fullest.saturating_mul(4) >= own.saturating_mul(order.per_cycle) * 3;
    let more = u64::from(low && own >= u64::from(order.cycles) && free > RESERVED);
    Ok(usize::try_from(has + more).unwrap_or(CYCLES.len()))
}

/// Cycles that in every month are free or this key's own; those it has had come first. A grant
/// names months and cycles apart and thus permits every pair, so a pair of another key's would be
/// two holders of one id.
async fn candidates(
    tx: &mut Connection,
    months: &[String],
    thumbprint: &str,
    wanted: usize,
) -> StoreResult<Vec<String>> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut closed = Vec::new();
    for month in months {
        let row = sqlx::query("SELECT strict FROM closed_months WHERE ym = $1")
            .bind(month)
            .fetch_optional(&mut *tx)
            .await?;
        let strict: Option<i64> = row.map(|row| row.try_get(0)).transpose()?;
        closed.push(strict.map(|strict| strict != 0));
    }
    let doubtful = closed.iter().any(Option::is_some);
    for (place, cycle) in CYCLES.chars().map(String::from).enumerate() {
        let (mut own, mut possible) = (0, true);
        for (month, closed) in months.iter().zip(&closed) {
            let reserved = place >= CYCLES.len() - RESERVED;
            match holder(&mut *tx, (month, &cycle)).await? {
                Some(holder) if holder == thumbprint => own += 1,
                Some(_) => possible = false,
                // Main may have given it to another key and not know it any more.
                None => possible &= closed.is_none_or(|strict| reserved && !strict),
            }
        }
        if possible {
            found.push((own, cycle));
        }
    }
    if doubtful {
        found.reverse();
    }
    // Stable: among equals the lower cycle comes first, or after a restore the higher one.
    found.sort_by_key(|(own, _)| std::cmp::Reverse(*own));
    found.truncate(wanted);
    Ok(found.into_iter().map(|(_, cycle)| cycle).collect())
}
