//! The stores on SQLite: WAL, `synchronous=FULL`, one writing connection, each write transaction
//! begun `IMMEDIATE` so that two processes on one file wait for each other instead of failing late.
//!
//! Owns opening and migrating a file. Refuses a file that another role or a newer version wrote:
//! the migrations' checksums differ then.

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
#[path = "../sql/fallback.rs"]
mod fallback;
#[path = "../sql/issuing.rs"]
mod issuing;
#[path = "../sql/main.rs"]
mod main;
#[path = "../sql/snapshots.rs"]
mod snapshots;

use std::{path::Path, sync::Mutex, time::Duration};

use sqlx::{
    Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};

use super::{StoreResult, database::migrator};
use crate::{error::Error, files::real_path};

const ACCESS: &str = include_str!("../migrations/1_access.sql");
const MAIN: &[&str] = &[
    include_str!("../migrations/2_main.sql"),
    include_str!("../migrations/3_main.sql"),
    include_str!("../migrations/4_main.sql"),
];
const FALLBACK: &[&str] = &[include_str!("../migrations/2_fallback.sql")];
const BROKER: &[&str] = &[include_str!("../migrations/2_broker.sql")];

type Main = SqliteMain;
type Fallback = SqliteFallback;
type Broker = SqliteBroker;
type Connection = SqliteConnection;
type DbRow = SqliteRow;

/// Main's store.
#[derive(Clone)]
pub struct SqliteMain(Pools);

impl SqliteMain {
    /// Opens or makes the database, in memory when there is no file.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened or belongs to something else.
    pub async fn open(file: Option<&Path>) -> Result<Self, Error> {
        Pools::open(file, MAIN).await.map(Self)
    }
}

/// A fallback's store.
#[derive(Clone)]
pub struct SqliteFallback(Pools);

impl SqliteFallback {
    /// Opens or makes the database, in memory when there is no file.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened or belongs to something else.
    pub async fn open(file: Option<&Path>) -> Result<Self, Error> {
        Pools::open(file, FALLBACK).await.map(Self)
    }
}

/// A broker's store.
#[derive(Clone)]
pub struct SqliteBroker(Pools);

impl SqliteBroker {
    /// Opens or makes the database, in memory when there is no file.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened or belongs to something else.
    pub async fn open(file: Option<&Path>) -> Result<Self, Error> {
        Pools::open(file, BROKER).await.map(Self)
    }
}

#[derive(Clone)]
struct Pools {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl Pools {
    async fn open(file: Option<&Path>, role: &[&'static str]) -> Result<Self, Error> {
        let real = file.map(real_path).transpose()?;
        let file = real.as_deref();
        if let Some(path) = file {
            make_private(path)?;
        }
        let options = match file {
            Some(path) => SqliteConnectOptions::new().filename(path),
            None => SqliteConnectOptions::new().in_memory(true),
        }
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5));
        let writer = pool(1).connect_with(options.clone()).await?;
        migrator(ACCESS, role)
            .run(&writer)
            .await
            .map_err(|error| Error::Database(error.to_string()))?;
        let reader = match file {
            Some(_) => pool(4).connect_with(options).await?,
            // Another connection to memory would be another, empty database.
            None => writer.clone(),
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
///
/// One that exists is not opened, and no other connection of this process can be on one that is just made:
/// closing a descriptor drops all of the process's locks on a file, SQLite's too.
fn make_private(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::OpenOptionsExt;
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
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

/// Nothing to do: a write transaction is the only one.
#[allow(clippy::unused_async)]
async fn lock(_: &mut Connection, _: &str) -> StoreResult<()> {
    Ok(())
}

/// Always: a write transaction is the only one.
#[allow(clippy::unused_async)]
async fn try_lock(_: &mut Connection, _: &str) -> StoreResult<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;

    /// Through a link the real file is made, for its owner alone, and the log is beside it.
    #[tokio::test]
    async fn a_database_behind_a_link_to_nothing_is_private_too() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (link, real) = (folder.path().join("link"), folder.path().join("real"));
        symlink("real", &link).unwrap();
        let store = SqliteFallback::open(Some(&link)).await.unwrap();
        for name in ["real", "real-wal"] {
            let mode = std::fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        store.0.close().await;
        // Control: SQLite alone makes such a file with the rights of the process.
        std::fs::remove_file(&real).unwrap();
        make_private(&link).unwrap();
        let options = SqliteConnectOptions::new()
            .filename(&link)
            .create_if_missing(true);
        pool(1).connect_with(options).await.unwrap().close().await;
        let mode = std::fs::metadata(&real).unwrap().permissions().mode();
        assert_ne!(mode & 0o077, 0);
    }

    #[tokio::test]
    async fn what_an_older_version_counted_still_counts() {
        let options = SqliteConnectOptions::new().in_memory(true);
        let database = pool(1).connect_with(options).await.unwrap();
        let older = &MAIN[..2];
        migrator(ACCESS, older).run(&database).await.unwrap();
        sqlx::query("INSERT INTO grant_uses VALUES ('g', '1'), ('g', '2'), ('h', '3')")
            .execute(&database)
            .await
            .unwrap();
        migrator(ACCESS, MAIN).run(&database).await.unwrap();
        let counted = sqlx::query("SELECT used FROM grant_counts ORDER BY grant_jti")
            .fetch_all(&database)
            .await
            .unwrap();
        let counted: Vec<i64> = counted.iter().map(|row| row.get(0)).collect();
        assert_eq!(counted, [2, 1]);
    }
}
