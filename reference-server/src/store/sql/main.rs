//! Main's intents: generate, look-up and lifecycle. One row per (tenant, idk), shared
//! with reconciliation (decision D6); nothing is stored for a request that fails.

use async_trait::async_trait;
use chitty_client::error::Code;
use sqlx::Row;

use super::{
    Connection, Main, admin,
    counters::{close_slots, take_counter, take_quota},
    debts, epochs, grants, restored,
    shares::{Why, take_share},
    uploads,
};
use crate::store::{
    Alarm, Answer, DebtProof, DebtRow, Enrolled, Enrolment, Epoch, FallbackRow, GrantOrder,
    IntentRow, Known, Logged, MainStore, Mint, Minted, NewIntent, Outstanding, RestoreOrder,
    Settled, SignGrant, Step, StoreResult, Upload, epoch, retry::transact,
};

/// An intent row, as far as sameness needs it.
pub(super) struct Stored {
    fingerprint: Option<Vec<u8>>,
    rqd: String,
    pub(super) identifier: String,
    pub(super) receipt: String,
}

impl Stored {
    pub(super) async fn find(
        tx: &mut Connection,
        tenant: &str,
        idk: &str,
    ) -> StoreResult<Option<Self>> {
        let row = sqlx::query(
            "SELECT fingerprint, rqd, identifier, receipt FROM intents WHERE tenant = $1 AND idk = $2",
        )
        .bind(tenant)
        .bind(idk)
        .fetch_optional(tx)
        .await?;
        row.map(|row| {
            Ok(Self {
                fingerprint: row.try_get(0)?,
                rqd: row.try_get(1)?,
                identifier: row.try_get(2)?,
                receipt: row.try_get(3)?,
            })
        })
        .transpose()
    }

    /// Whether this row answers the same intent. Where only one side knows the intent itself, the
    /// salted digests must agree.
    pub(super) fn is_same(&self, fingerprint: Option<[u8; 32]>, rqd: &str) -> bool {
        match (&self.fingerprint, fingerprint) {
            (Some(stored), Some(asked)) => stored == asked.as_slice(),
            _ => self.rqd == rqd,
        }
    }
}

/// Inserts the row that ties an intent to its id.
pub(super) async fn insert_intent(
    tx: &mut Connection,
    (tenant, idk, rqd): (&str, &str, &str),
    (fingerprint, metadata): (Option<[u8; 32]>, Option<&str>),
    minted: &Minted,
    now: i64,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO intents (tenant, idk, fingerprint, rqd, identifier, receipt, metadata, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(idk)
    .bind(fingerprint.map(|bytes| bytes.to_vec()))
    .bind(rqd)
    .bind(&minted.identifier)
    .bind(&minted.receipt)
    .bind(metadata)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Appends to an id's life.
pub(super) async fn step(
    tx: &mut Connection,
    id: &str,
    event: &str,
    (tenant, by, why): (&str, &str, &str),
    other: Option<&str>,
    at: i64,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO lifecycle (id, event, at, tenant, by, why, other) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(event)
    .bind(at)
    .bind(tenant)
    .bind(by)
    .bind(why)
    .bind(other)
    .execute(tx)
    .await?;
    Ok(())
}

/// Answers an intent: what it got before, or a new id.
async fn generate(
    tx: &mut Connection,
    known: &epoch::Known,
    request: &NewIntent<'_>,
    mint: &dyn Mint,
) -> StoreResult<Answer> {
    if let Some(stored) = Stored::find(tx, request.tenant, request.idk).await? {
        if !stored.is_same(Some(request.fingerprint), request.rqd) {
            return Err(Code::IdempotencyKeyReused.into());
        }
        let who = (request.tenant, request.idk);
        let settled = debts::settle_logged(tx, who, &stored.identifier, mint, request.now).await?;
        return Ok(Answer {
            identifier: stored.identifier,
            receipt: stored.receipt,
            repeated: true,
            settled,
        });
    }
    let state = epochs::same(tx, known).await?;
    state.may_allocate(Code::RestoreUnannounced)?;
    take_quota(tx, request.tenant, request.quota, request.now).await?;
    let counter = take_counter(tx, request.slot).await?;
    let why = (Why::Request, request.now);
    take_share(tx, request.tenant, request.slot, counter, why).await?;
    let minted = mint.mint(counter)?;
    insert_intent(
        tx,
        (request.tenant, request.idk, request.rqd),
        (Some(request.fingerprint), Some(request.metadata)),
        &minted,
        request.now,
    )
    .await?;
    let actor = (request.tenant, request.tenant, "requested");
    step(tx, &minted.identifier, "issued", actor, None, request.now).await?;
    let who = (request.tenant, request.idk);
    let settled = debts::settle_logged(tx, who, &minted.identifier, mint, request.now).await?;
    Ok(Answer {
        identifier: minted.identifier,
        receipt: minted.receipt,
        repeated: false,
        settled,
    })
}

#[async_trait]
impl MainStore for Main {
    async fn generate(&self, request: &NewIntent<'_>, mint: &dyn Mint) -> StoreResult<Answer> {
        transact!(self.0, tx => generate(tx, &self.1, request, mint))
    }

    async fn settle(&self, debt: &DebtProof<'_>, mint: &dyn Mint) -> StoreResult<Settled> {
        transact!(self.0, tx => debts::settle(tx, &self.1, debt, mint))
    }

    async fn refused(&self, id: &str, tenant: &str, code: Code, now: i64) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        let known = sqlx::query(
            "SELECT 1 FROM lifecycle
             WHERE id = $1 AND event = 'refused' AND tenant = $2 AND why = $3",
        )
        .bind(id)
        .bind(tenant)
        .bind(code.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        if known.is_none() {
            let actor = (tenant, tenant, code.as_str());
            step(&mut tx, id, "refused", actor, None, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn look_up(&self, id: &str) -> StoreResult<Vec<Known>> {
        let rows = sqlx::query(
            "SELECT tenant, 'standard' AS class, NULL AS permanent, receipt, NULL AS pending,
                    metadata, created_at FROM intents WHERE identifier = $1
             UNION ALL
             SELECT d.tenant, 'fallback', d.identifier, d.receipt, NULL, i.metadata, d.issued_at
               FROM debts d LEFT JOIN intents i ON i.tenant = d.tenant AND i.idk = d.idk
              WHERE d.fallback_id = $1
             UNION ALL
             SELECT l.tenant, 'fallback', NULL, NULL, l.receipt, NULL, l.issued_at
               FROM issue_log l WHERE l.fallback_id = $1 AND NOT EXISTS
                 (SELECT 1 FROM debts d WHERE d.fallback_id = l.fallback_id AND d.jti = l.jti)",
        )
        .bind(id)
        .fetch_all(&self.0.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Known {
                    tenant: row.try_get(0)?,
                    class: match row.try_get::<&str, _>(1)? {
                        "standard" => "standard",
                        _ => "fallback",
                    },
                    permanent: row.try_get(2)?,
                    receipt: row.try_get(3)?,
                    pending_receipt: row.try_get(4)?,
                    metadata: row.try_get(5)?,
                    issued_at: row.try_get(6)?,
                })
            })
            .collect()
    }

    async fn lifecycle(&self, id: &str, tenant: Option<&str>) -> StoreResult<Vec<Step>> {
        let rows = sqlx::query(
            "SELECT event, at, by, why, other FROM lifecycle
             WHERE id = $1 AND ($2 IS NULL OR tenant = $2) ORDER BY seq",
        )
        .bind(id)
        .bind(tenant)
        .fetch_all(&self.0.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Step {
                    event: row.try_get(0)?,
                    at: row.try_get(1)?,
                    by: row.try_get(2)?,
                    why: row.try_get(3)?,
                    other: row.try_get(4)?,
                })
            })
            .collect()
    }

    async fn nonce_secret(&self, fresh: [u8; 32]) -> StoreResult<[u8; 32]> {
        admin::nonce_secret(self, fresh).await
    }

    async fn burn_nonce(&self, nonce: &str, expires: i64, now: i64) -> StoreResult<bool> {
        admin::burn_nonce(self, nonce, expires, now).await
    }

    async fn enroll(&self, fallback: &Enrolment, now: i64) -> StoreResult<()> {
        admin::enroll(self, fallback, now).await
    }

    async fn enrolled(&self, thumbprint: &str) -> StoreResult<Option<Enrolled>> {
        admin::enrolled(self, thumbprint).await
    }

    async fn fallbacks(&self) -> StoreResult<Vec<FallbackRow>> {
        admin::fallbacks(self).await
    }

    async fn suspend(&self, name: &str) -> StoreResult<bool> {
        admin::set_suspended(self, name, true).await
    }

    async fn resume(&self, name: &str) -> StoreResult<bool> {
        admin::set_suspended(self, name, false).await
    }

    async fn grant(&self, order: &GrantOrder<'_>, sign: &dyn SignGrant) -> StoreResult<String> {
        grants::grant(self, order, sign).await
    }

    async fn log(&self, entries: &[(DebtProof<'_>, &dyn Mint)]) -> StoreResult<Logged> {
        transact!(self.0, tx => debts::log_all(tx, &self.1, entries))
    }

    async fn knows_grant(&self, jti: &str) -> StoreResult<bool> {
        grants::knows(self, jti).await
    }

    async fn cycles_taken(&self, ym: &str) -> StoreResult<u64> {
        grants::taken(self, ym).await
    }

    async fn upload(&self, thumbprint: &str) -> StoreResult<Option<Upload>> {
        uploads::upload(self, thumbprint).await
    }

    async fn acknowledge(&self, thumbprint: &str, log: &str, through: i64) -> StoreResult<Upload> {
        transact!(self.0, tx => uploads::acknowledge(tx, &self.1, (thumbprint, log, through)))
    }

    async fn accuse(&self, name: &str, code: Code, about: &str, now: i64) -> StoreResult<()> {
        transact!(self.0, tx => admin::accuse(tx, name, code, (about, now)))
    }

    async fn restored(&self, order: &RestoreOrder<'_>) -> StoreResult<Epoch> {
        let next = transact!(self.0, tx => restored::restored(tx, order))?;
        self.1.set(next.clone());
        Ok(next)
    }

    async fn close_slots(&self, families: &[String]) -> StoreResult<()> {
        transact!(self.0, tx => close_slots(tx, families))
    }

    async fn outstanding(&self) -> StoreResult<Outstanding> {
        admin::outstanding(self, None).await
    }

    async fn alarms(&self) -> StoreResult<Vec<Alarm>> {
        admin::alarms(self).await
    }

    async fn intents(&self) -> StoreResult<Vec<IntentRow>> {
        admin::intents(self).await
    }

    async fn debts(&self) -> StoreResult<Vec<DebtRow>> {
        admin::debts(self).await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}
