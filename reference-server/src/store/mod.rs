//! What the services remember, as transactions of the domain: each method is all or nothing.
//!
//! Owns the traits that a database implements ([`Access`], [`MainStore`], [`FallbackStore`],
//! [`BrokerStore`]) and their plain data. Ids and receipts are made by the caller through [`Mint`], inside the
//! transaction that uses up the counter. Refuses to decide rights (decisions D4, D6).

mod api_key;
mod broker;
mod database;
mod epoch;
mod model;
mod order;
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
pub use self::epoch::{Epoch, EpochState};
pub use self::model::*;
pub use self::order::*;
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
    /// The grant over these cycles of each of these months.
    ///
    /// # Errors
    /// The code that the fallback gets; the transaction is undone.
    fn sign(&self, months: &[String], cycles: &[String]) -> Result<String, Code>;
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

/// What tenants share, in the roles that make ids.
#[async_trait]
pub trait Shares: Send + Sync {
    /// Sets how many percent of what others left of a slot the tenant may have; `None` takes the
    /// setting back.
    async fn set_share(&self, tenant: &str, percent: Option<u8>) -> StoreResult<()>;
    /// Every share that was set.
    async fn shares(&self) -> StoreResult<Vec<(String, u8)>>;
    /// The slots whose names fit a pattern of `LIKE`, with what was taken of each. Closed ones are left
    /// out.
    async fn slots_like(&self, pattern: &str) -> StoreResult<Vec<(String, u64)>>;
}

/// Which life of the database it is (decision D27).
#[async_trait]
pub trait Epochs: Send + Sync {
    /// The epoch that this handle was opened in. What it allocates is refused once the database is in
    /// another one.
    fn known_epoch(&self) -> Epoch;
    /// What the database says now.
    async fn epoch(&self) -> StoreResult<EpochState>;
    /// Writes down why the database is believed to be an older copy; the first reason stays until a
    /// restore is said. Until then nothing is allocated.
    async fn mark_behind(&self, why: &str) -> StoreResult<()>;
}

/// What main remembers.
#[async_trait]
pub trait MainStore: Access + Shares + Epochs {
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
    /// Gives cycles of `months` to the key and stores the grant that `sign` makes over them. After a
    /// restore that was said it gives what the fallback shows and nothing else, for as long as the
    /// order says; a pair with two keys suspends both.
    async fn grant(&self, order: &GrantOrder<'_>, sign: &dyn SignGrant) -> StoreResult<String>;
    /// Stores issue-log entries whose proofs the caller has checked.
    async fn log(&self, entries: &[(DebtProof<'_>, &dyn Mint)]) -> StoreResult<Logged>;
    /// Whether main's books have a grant of this name.
    async fn knows_grant(&self, jti: &str) -> StoreResult<bool>;
    /// How many cycles of a month were given out.
    async fn cycles_taken(&self, ym: &str) -> StoreResult<u64>;
    /// How far a key's issue log was acknowledged.
    async fn upload(&self, thumbprint: &str) -> StoreResult<Option<Upload>>;
    /// Acknowledges a key's issue log through a place; never back. Another log than the one that is
    /// known changes nothing.
    async fn acknowledge(&self, thumbprint: &str, log: &str, through: i64) -> StoreResult<Upload>;
    /// Suspends a fallback and raises an alarm about it.
    async fn accuse(&self, name: &str, code: Code, about: &str, now: i64) -> StoreResult<()>;
    /// After the database was restored: begins the next epoch, in which logs come again from their
    /// first rows, and closes slots and months. This handle goes on in the new epoch, every other one is
    /// refused.
    async fn restored(&self, order: &RestoreOrder<'_>) -> StoreResult<Epoch>;
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
pub trait FallbackStore: Access + Shares + Epochs {
    /// Answers an intent: the stored answer, or a new id inside the grant's limits.
    async fn issue(&self, request: &NewFallback<'_>, mint: &dyn Mint) -> StoreResult<Answer>;
    /// The grant in use.
    async fn grant(&self) -> StoreResult<Option<String>>;
    /// Replaces the grant in use, and keeps it to be shown. `ends` in seconds since 1970; what ended
    /// long before is forgotten.
    async fn put_grant(&self, grant: &str, jti: &str, ends: i64) -> StoreResult<()>;
    /// Grants that were held, newest first.
    async fn held_grants(&self, limit: usize) -> StoreResult<Vec<String>>;
    /// How many ids were issued under a grant.
    async fn grant_used(&self, jti: &str) -> StoreResult<u64>;
    /// Issue-log entries that were not uploaded yet, oldest first.
    async fn log_page(&self, limit: usize) -> StoreResult<Vec<LogRow>>;
    /// What was issued after place `seq`, uploaded or not, at most `limit` rows.
    async fn log_after(&self, seq: i64, limit: usize) -> StoreResult<Vec<LogRow>>;
    /// The place of the newest entry; 0 when there is none.
    async fn log_end(&self) -> StoreResult<i64>;
    /// Main's epoch, and its newest acknowledgement.
    async fn main_state(&self) -> StoreResult<(Option<String>, Option<String>)>;
    /// When main is in another epoch than the last time: the log is to be uploaded from its first
    /// entry. Answers whether it is.
    async fn start_again(&self, main_epoch: &str) -> StoreResult<bool>;
    /// Remembers what main answered to entries: they count as uploaded but for the refused ones, which
    /// are kept to be sent again. Nothing, when main's epoch changed meanwhile.
    async fn uploaded(&self, done: &Uploaded<'_>) -> StoreResult<()>;
    /// Refused entries whose time has come, oldest first.
    async fn refused_page(&self, now: i64, limit: usize) -> StoreResult<Vec<LogRow>>;
    /// How many entries main refuses.
    async fn refused_count(&self) -> StoreResult<u64>;
    /// After the database was restored: begins the next epoch, drops the grant and issues nothing more.
    async fn restored(&self, now: i64) -> StoreResult<Epoch>;
    /// How many ids were issued.
    async fn issued(&self) -> StoreResult<u64>;
    /// Closes the database.
    async fn close(&self);
}

/// A number as databases keep it.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
