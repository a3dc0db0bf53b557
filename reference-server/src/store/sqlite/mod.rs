//! The stores on SQLite: WAL, `synchronous=FULL`, one writing connection, each write transaction
//! begun `IMMEDIATE` so that two processes on one file wait for each other instead of failing late.
//!
//! Owns opening and migrating a file. Refuses a file that another role or a newer version wrote:
//! the migrations' checksums differ then.

mod access;
mod admin;
mod debts;
mod fallback;
mod main;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use chitty_client::error::Code;
use sqlx::{
    Row, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Quota, Slot, StoreResult};
use crate::error::{Error, Refusal};

const ACCESS: &str = include_str!("../migrations/1_access.sql");
const MAIN: &str = include_str!("../migrations/2_main.sql");
const FALLBACK: &str = include_str!("../migrations/2_fallback.sql");
const DAY_MS: i64 = 86_400_000;

/// Where a role keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In a file, made when it is missing.
    File(PathBuf),
    /// In memory: gone when the server stops.
    Memory,
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Path> for Database {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

/// Main's store.
#[derive(Clone)]
pub struct SqliteMain(Pools);

impl SqliteMain {
    /// Opens or makes the database.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened or belongs to something else.
    pub async fn open(database: &Database) -> Result<Self, Error> {
        Pools::open(database, MAIN).await.map(Self)
    }
}

/// A fallback's store.
#[derive(Clone)]
pub struct SqliteFallback(Pools);

impl SqliteFallback {
    /// Opens or makes the database.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened or belongs to something else.
    pub async fn open(database: &Database) -> Result<Self, Error> {
        Pools::open(database, FALLBACK).await.map(Self)
    }
}

#[derive(Clone)]
struct Pools {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl Pools {
    async fn open(database: &Database, role: &'static str) -> Result<Self, Error> {
        if let Database::File(path) = database {
            make_private(path)?;
        }
        let options = match database {
            Database::File(path) => SqliteConnectOptions::new().filename(path),
            Database::Memory => SqliteConnectOptions::new().in_memory(true),
        }
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5));
        let writer = pool(1).connect_with(options.clone()).await?;
        let migrations = [(1, "access", ACCESS), (2, "role", role)].map(|(version, name, sql)| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        });
        Migrator::with_migrations(migrations.into())
            .run(&writer)
            .await
            .map_err(|error| Error::Database(error.to_string()))?;
        let reader = match database {
            Database::File(_) => pool(4).connect_with(options).await?,
            // Another connection to memory would be another, empty database.
            Database::Memory => writer.clone(),
        };
        Ok(Self { writer, reader })
    }

    async fn begin(&self) -> StoreResult<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Makes the file before SQLite does, for its owner alone: it holds metadata and the secret of the
/// nonces. SQLite gives the files beside it the same rights.
fn make_private(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(None)
        .max_lifetime(None)
}

/// Counts one id of `tenant` against its quota.
async fn take_quota(
    tx: &mut SqliteConnection,
    tenant: &str,
    quota: Quota,
    now: i64,
) -> StoreResult<()> {
    let day = now.div_euclid(DAY_MS);
    let used: i64 = sqlx::query(
        "INSERT INTO quotas (tenant, day, used) VALUES (?, ?, 1)
         ON CONFLICT (tenant, day) DO UPDATE SET used = used + 1 RETURNING used",
    )
    .bind(tenant)
    .bind(day)
    .fetch_one(tx)
    .await?
    .try_get(0)?;
    if quota.daily.is_some_and(|limit| used.unsigned_abs() > limit) {
        let seconds = ((day + 1) * DAY_MS - now).unsigned_abs().div_ceil(1000);
        return Err(Refusal::new(Code::QuotaExceeded).after(seconds));
    }
    Ok(())
}

/// The next value of a slot's counter.
async fn take_counter(tx: &mut SqliteConnection, slot: &Slot) -> StoreResult<u64> {
    let next: i64 = sqlx::query(
        "INSERT INTO slots (slot, next) VALUES (?, 1)
         ON CONFLICT (slot) DO UPDATE SET next = next + 1 RETURNING next",
    )
    .bind(&slot.name)
    .fetch_one(tx)
    .await?
    .try_get(0)?;
    let counter = next.unsigned_abs() - 1;
    if counter >= slot.capacity {
        return Err(Code::SequenceExhausted.into());
    }
    Ok(counter)
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
