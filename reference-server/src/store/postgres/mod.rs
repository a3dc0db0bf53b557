//! The stores on PostgreSQL: any number of replicas on one database behave as one.
//!
//! Transactions are READ COMMITTED; what must not happen twice at once is held apart by rows
//! (counters, quotas, the unique row of an intent) or by named locks that end with the transaction.
//! A repeat that races its first request loses against the unique row, is run again, and finds the
//! answer. Owns connections and their time-outs. Refuses nothing that SQLite accepts.

// One text for both databases; what differs are the names that each gets from its parent.
#[path = "../sql/access.rs"]
mod access;
#[path = "../sql/admin.rs"]
mod admin;
#[path = "../sql/broker.rs"]
mod broker;
#[path = "../sql/counters.rs"]
mod counters;
#[path = "../sql/debts.rs"]
mod debts;
#[path = "../sql/epochs.rs"]
mod epochs;
#[path = "../sql/fallback.rs"]
mod fallback;
#[path = "../sql/grants.rs"]
mod grants;
#[path = "../sql/issuing.rs"]
mod issuing;
#[path = "../sql/log.rs"]
mod log;
#[path = "../sql/main.rs"]
mod main;
#[path = "../sql/nonces.rs"]
mod nonces;
#[path = "../sql/restored.rs"]
mod restored;
#[path = "../sql/shares.rs"]
mod shares;
#[path = "../sql/snapshots.rs"]
mod snapshots;
#[path = "../sql/uploads.rs"]
mod uploads;

use std::{str::FromStr, time::Duration};

use sqlx::{
    PgConnection, PgPool, Postgres, Row, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};

use super::{StoreResult, database::migrator, epoch::Known, writing::Writing};
use crate::error::Error;

const ACCESS: &str = include_str!("../migrations/postgres/1_access.sql");
const MAIN: &[&str] = &[
    include_str!("../migrations/postgres/2_main.sql"),
    include_str!("../migrations/3_main.sql"),
    include_str!("../migrations/4_main.sql"),
    include_str!("../migrations/5_main.sql"),
];
const FALLBACK: &[&str] = &[
    include_str!("../migrations/postgres/2_fallback.sql"),
    include_str!("../migrations/3_fallback.sql"),
];
const BROKER: &[&str] = &[
    include_str!("../migrations/postgres/2_broker.sql"),
    include_str!("../migrations/3_broker.sql"),
    include_str!("../migrations/postgres/4_broker.sql"),
];
const CONNECTIONS: u32 = 16;
/// How long a request waits for a connection, also while the database is away.
const WAIT: Duration = Duration::from_secs(2);

/// How the epoch is read inside a transaction: whoever renews it waits for those that read it.
const EPOCH: &str =
    "SELECT counter, random, restored_at, behind FROM epochs WHERE one = 1 FOR SHARE";

type Main = PostgresMain;
type Fallback = PostgresFallback;
type Broker = PostgresBroker;
type Connection = PgConnection;
type DbRow = PgRow;

/// Main's store.
#[derive(Clone)]
pub struct PostgresMain(Pools, Known);

impl PostgresMain {
    /// Opens the database and makes its tables.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be reached or belongs to something else.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let pools = Pools::open(url, MAIN).await?;
        let known = epochs::open(&pools).await?;
        Ok(Self(pools, known))
    }
}

/// A fallback's store.
#[derive(Clone)]
pub struct PostgresFallback(Pools, Known);

impl PostgresFallback {
    /// Opens the database and makes its tables.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be reached or belongs to something else.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let pools = Pools::open(url, FALLBACK).await?;
        let known = epochs::open(&pools).await?;
        Ok(Self(pools, known))
    }
}

/// A broker's store.
#[derive(Clone)]
pub struct PostgresBroker(Pools, Known);

impl PostgresBroker {
    /// Opens the database and makes its tables.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be reached or belongs to something else.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let pools = Pools::open(url, BROKER).await?;
        let known = epochs::open(&pools).await?;
        Ok(Self(pools, known))
    }
}

#[derive(Clone)]
struct Pools {
    writer: PgPool,
    /// The same connections: a reader of PostgreSQL waits for nobody.
    reader: PgPool,
    writing: Writing,
}

impl Pools {
    async fn open(url: &str, role: &[&'static str]) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url)?.application_name("reference-server");
        // Under the migrator's lock, so that replicas which start together migrate once, and without
        // the limits below, since they wait for each other.
        let first = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        migrator(ACCESS, role)
            .run(&first)
            .await
            .map_err(|error| Error::Database(error.to_string()))?;
        first.close().await;
        let limits = [
            ("statement_timeout", "5s"),
            ("lock_timeout", "4s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ];
        let writer = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(WAIT)
            .connect_with(options.options(limits))
            .await?;
        let reader = writer.clone();
        let writing = Writing::default();
        Ok(Self {
            writer,
            reader,
            writing,
        })
    }

    async fn begin(&self) -> StoreResult<Transaction<'static, Postgres>> {
        Ok(self.writer.begin().await?)
    }

    async fn close(&self) {
        self.writer.close().await;
    }
}

/// Lets one transaction at a time past this name, until it ends.
async fn lock(tx: &mut Connection, name: &str) -> StoreResult<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(name)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes this name until the transaction ends, unless another one has it.
async fn try_lock(tx: &mut Connection, name: &str) -> StoreResult<bool> {
    let row = sqlx::query("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(name)
        .fetch_one(tx)
        .await?;
    Ok(row.try_get(0)?)
}
