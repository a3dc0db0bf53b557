//! What the services remember, as transactions of the domain: each method is all or nothing.
//!
//! Owns the traits that a database implements ([`Access`], [`MainStore`], [`FallbackStore`],
//! [`BrokerStore`]) and their plain data. Ids and receipts are made by the caller through [`Mint`], inside the
//! transaction that uses up the counter. Refuses to decide rights (decisions D4, D6).

mod api_key;
mod broker;
mod database;
mod model;
// `sql/` is written once and compiled for each database: generic functions over sqlx's traits would
// repeat a page of bounds each.
#[allow(clippy::duplicate_mod)]
mod postgres;
mod retry;
#[allow(clippy::duplicate_mod)]
mod sqlite;
mod writing;

use async_trait::async_trait;
use chitty_client::{error::Code, issuance::receipt::CheckedReceipt};

pub use self::api_key::{ApiKey, ApiKeySpec};
pub use self::broker::*;
pub use self::database::Database;
pub(crate) use self::database::{open_broker, open_fallback, open_main};
pub use self::model::*;
pub use self::postgres::{PostgresBroker, PostgresFallback, PostgresMain};
pub use self::sqlite::{SqliteBroker, SqliteFallback, SqliteMain};
use crate::error::Refusal;

/// What every method answers.
pub type StoreResult<T> = Result<T, Refusal>;

/// A fallback receipt and the receipt of the permanent id that replaces it.
pub type Replacement = (CheckedReceipt, String);

/// Makes ids and receipts for a store, inside its transaction.
pub trait Mint: Send + Sync {
    /// The id and receipt of a slot's `counter`-th issue.
    ///
    /// # Errors
    /// The code that the caller gets; the transaction is undone.
    fn mint(&self, counter: u64) -> Result<Minted, Code>;

    /// A receipt for an id that the intent already has.
    ///
    /// # Errors
    /// The code that the caller gets; the transaction is undone.
    fn receipt_for(&self, identifier: &str) -> Result<String, Code>;

    /// A fallback receipt from an issue log, checked, and a receipt for `identifier` that replaces
    /// it. `None` when it does not verify (any more) or answers another request or tenant: then its
    /// debt stays as it is. Only main replaces ids.
    ///
    /// # Errors
    /// The code that the caller gets; the transaction is undone.
    fn replace(&self, _logged: &str, _identifier: &str) -> Result<Option<Replacement>, Code> {
        Ok(None)
    }
}

/// Signs a grant for a store, inside its transaction.
pub trait SignGrant: Send + Sync {
    /// The grant over these cycles.
    ///
    /// # Errors
    /// The code that the fallback gets; the transaction is undone.
    fn sign(&self, cycles: &[String]) -> Result<String, Code>;
}

/// API keys, the same in every role.
#[async_trait]
pub trait Access: Send + Sync {
    /// Stores a key under the hash of its secret.
    async fn add_api_key(&self, hash: [u8; 32], spec: &ApiKeySpec, now: i64) -> StoreResult<()>;
    /// The key with this hash, unless it was revoked.
    async fn api_key(&self, hash: [u8; 32]) -> StoreResult<Option<ApiKey>>;
    /// Every key, revoked ones included.
    async fn api_keys(&self) -> StoreResult<Vec<ApiKey>>;
    /// Revokes the key of that name; `false` when there is none in force.
    async fn revoke_api_key(&self, name: &str, now: i64) -> StoreResult<bool>;
    /// Whether the database takes writes, found out by a real one, at most once a second.
    async fn ping(&self) -> StoreResult<()>;
    /// Sets the next value of a slot's counter, for tests of exhaustion.
    async fn set_counter(&self, slot: &str, next: u64) -> StoreResult<()>;
}

/// What main remembers.
#[async_trait]
pub trait MainStore: Access {
    /// Answers an intent: the stored answer, or a new id, counted against the quota.
    async fn generate(&self, request: &NewIntent<'_>, mint: &dyn Mint) -> StoreResult<Answer>;
    /// Settles a debt whose proof the caller has checked.
    async fn settle(&self, debt: &DebtProof<'_>, mint: &dyn Mint) -> StoreResult<Settled>;
    /// Records that a fallback id was not reconciled, and why.
    async fn refused(&self, id: &str, tenant: &str, code: Code, now: i64) -> StoreResult<()>;
    /// Everything known about an id, one row per holder.
    async fn look_up(&self, id: &str) -> StoreResult<Vec<Known>>;
    /// The life of an id, oldest first; only one tenant's part when `tenant` is given.
    async fn lifecycle(&self, id: &str, tenant: Option<&str>) -> StoreResult<Vec<Step>>;
    /// The secret that nonces are made with, created on first use from `fresh`.
    async fn nonce_secret(&self, fresh: [u8; 32]) -> StoreResult<[u8; 32]>;
    /// Uses up a nonce; `false` when it was used before.
    async fn burn_nonce(&self, nonce: &str, expires: i64, now: i64) -> StoreResult<bool>;
    /// Enrols a fallback's key.
    async fn enroll(&self, fallback: &Enrolment, now: i64) -> StoreResult<()>;
    /// The fallback whose key has this thumbprint. Strangers cause this look-up, so it is cheap.
    async fn enrolled(&self, thumbprint: &str) -> StoreResult<Option<Enrolled>>;
    /// Every enrolled fallback with its unreconciled ids.
    async fn fallbacks(&self) -> StoreResult<Vec<FallbackRow>>;
    /// Suspends a fallback: it gets no further grant. `false` when there is none of this name.
    async fn suspend(&self, name: &str) -> StoreResult<bool>;
    /// Lifts a suspension; `false` when there is no such fallback.
    async fn resume(&self, name: &str) -> StoreResult<bool>;
    /// Gives cycles of `months` to the key and stores the grant that `sign` makes over them.
    async fn grant(&self, order: &GrantOrder<'_>, sign: &dyn SignGrant) -> StoreResult<String>;
    /// Stores issue-log entries whose proofs the caller has checked.
    async fn log(&self, entries: &[(DebtProof<'_>, &dyn Mint)]) -> StoreResult<Logged>;
    /// Closes every slot of these families for ever.
    async fn close_slots(&self, families: &[String]) -> StoreResult<()>;
    /// How many fallback ids wait for reconciliation.
    async fn outstanding(&self) -> StoreResult<Outstanding>;
    /// Every alarm, oldest first.
    async fn alarms(&self) -> StoreResult<Vec<Alarm>>;
    /// Every intent, for inspection.
    async fn intents(&self) -> StoreResult<Vec<IntentRow>>;
    /// Every settled debt, for inspection.
    async fn debts(&self) -> StoreResult<Vec<DebtRow>>;
    /// Closes the database.
    async fn close(&self);
}

/// What a fallback remembers.
#[async_trait]
pub trait FallbackStore: Access {
    /// Answers an intent: the stored answer, or a new id inside the grant's limits.
    async fn issue(&self, request: &NewFallback<'_>, mint: &dyn Mint) -> StoreResult<Answer>;
    /// The grant in use.
    async fn grant(&self) -> StoreResult<Option<String>>;
    /// Replaces the grant in use.
    async fn put_grant(&self, grant: &str) -> StoreResult<()>;
    /// Issue-log entries that were not uploaded yet, oldest first.
    async fn log_page(&self, limit: usize) -> StoreResult<Vec<LogRow>>;
    /// What was issued after place `seq`, uploaded or not, at most `limit` rows.
    async fn log_after(&self, seq: i64, limit: usize) -> StoreResult<Vec<LogRow>>;
    /// Remembers that the log was uploaded through `seq`.
    async fn uploaded(&self, seq: i64) -> StoreResult<()>;
    /// How many ids were issued.
    async fn issued(&self) -> StoreResult<u64>;
    /// Closes the database.
    async fn close(&self);
}

/// A number as databases keep it.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
