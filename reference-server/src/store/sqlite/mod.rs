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

use std::{path::Path, sync::Mutex, time::Duration};

use sqlx::{
    Connection as _, Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};

use super::{StoreResult, database::migrator, epoch::Known, writing::Writing};
use crate::{error::Error, files::real_path};

const ACCESS: &str = include_str!("../migrations/1_access.sql");
const MAIN: &[&str] = &[
    include_str!("../migrations/2_main.sql"),
    include_str!("../migrations/3_main.sql"),
    include_str!("../migrations/4_main.sql"),
    include_str!("../migrations/5_main.sql"),
];
const FALLBACK: &[&str] = &[
    include_str!("../migrations/2_fallback.sql"),
    include_str!("../migrations/3_fallback.sql"),
];
const BROKER: &[&str] = &[
    include_str!("../migrations/2_broker.sql"),
    include_str!("../migrations/3_broker.sql"),
    include_str!("../migrations/4_broker.sql"),
];

/// How the epoch is read inside a transaction.
const EPOCH: &str = "SELECT counter, random, restored_at, behind FROM epochs WHERE one = 1";

type Main = SqliteMain;
type Fallback = SqliteFallback;
type Broker = SqliteBroker;
type Connection = SqliteConnection;
type DbRow = SqliteRow;

/// Main's store.
#[derive(Clone)]
pub struct SqliteMain(Pools, Known);

impl SqliteMain {
    /// Opens or makes the database, in memory when there is no file.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened or belongs to something else.
    pub async fn open(file: Option<&Path>) -> Result<Self, Error> {
        let pools = Pools::open(file, MAIN).await?;
        let known = epochs::open(&pools).await?;
        Ok(Self(pools, known))
    }
}

/// A fallback's store.
#[derive(Clone)]
pub struct SqliteFallback(Pools, Known);

impl SqliteFallback {
    /// Opens or makes the database, in memory when there is no file.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened or belongs to something else.
    pub async fn open(file: Option<&Path>) -> Result<Self, Error> {
        let pools = Pools::open(file, FALLBACK).await?;
        let known = epochs::open(&pools).await?;
        Ok(Self(pools, known))
    }
}

/// A broker's store.
#[derive(Clone)]
pub struct SqliteBroker(Pools, Known);

impl SqliteBroker {
    /// Opens or makes the database, in memory when there is no file.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be opened or belongs to something else.
    pub async fn open(file: Option<&Path>) -> Result<Self, Error> {
        let pools = Pools::open(file, BROKER).await?;
        let known = epochs::open(&pools).await?;
        Ok(Self(pools, known))
    }
}

#[derive(Clone)]
struct Pools {
    writer: SqlitePool,
    reader: SqlitePool,
    writing: Writing,
}

impl Pools {
    async fn open(file: Option<&Path>, role: &[&'static str]) -> Result<Self, Error> {
        if let Some(path) = file {
            refuse_address(path)?;
        }
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
        let writer = match file {
            Some(_) => sound(pool(1)),
            // A new connection to memory would be a new, empty database.
            None => pool(1),
        };
        let writer = writer.connect_with(options.clone()).await;
        let writer = writer.map_err(|error| {
            let file = file.map_or("in memory".into(), Path::to_string_lossy);
            Error::Database(format!("{file}: {error}"))
        })?;
        migrator(ACCESS, role)
            .run(&writer)
            .await
            .map_err(|error| Error::Database(error.to_string()))?;
        let reader = match file {
            Some(_) => pool(4).connect_with(options).await?,
            // Another connection to memory would be another, empty database.
            None => writer.clone(),
        };
        let writing = Writing::default();
        Ok(Self {
            writer,
            reader,
            writing,
        })
    }

    async fn begin(&self) -> StoreResult<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Refuses what was meant to be an address, and never shows it: it may hold a password.
fn refuse_address(path: &Path) -> Result<(), Error> {
    let text = path.as_os_str().as_encoded_bytes();
    match text.windows(3).any(|part| part == b"://") {
        true => Err(Error::Database(
            "this address is neither a file nor postgres://…".to_owned(),
        )),
        false => Ok(()),
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
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let file = path.display();
            Err(Error::Database(format!(
                "{file}: its folder does not exist; make it first"
            )))
        }
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::Database(format!("{}: {error}", path.display())))
        }
        _ if path.is_dir() => Err(Error::Database(format!(
            "{} is a folder; name a file in it",
            path.display()
        ))),
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

/// Lets no connection back into the pool that is still inside a transaction. After a full disk or a failed
/// write SQLite has ended the transaction itself, the rollback finds none and fails, and the connection
/// would count as inside one for ever: no `BEGIN` would be sent over it again.
fn sound(pool: SqlitePoolOptions) -> SqlitePoolOptions {
    pool.after_release(|connection, _| {
        Box::pin(async move {
            if connection.is_in_transaction() {
                // A rollback may be on its way still, when a request was given up half-way.
                connection.ping().await?;
            }
            let sound = !connection.is_in_transaction();
            if !sound {
                tracing::warn!("a connection whose transaction could not be undone is replaced");
            }
            Ok(sound)
        })
    })
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
    use sqlx::{AssertSqlSafe, Row};

    use super::*;
    use crate::{error::Refusal, store::retry::transact};

    /// A full disk, as far as SQLite can tell: no page more than `most`.
    async fn pages(pools: &Pools, most: &str) {
        let text = AssertSqlSafe(format!("PRAGMA max_page_count = {most}"));
        sqlx::query(text).execute(&pools.writer).await.unwrap();
    }

    /// Writes as a request does, in a transaction that cannot be ended when the disk is full.
    async fn write(pools: &Pools) -> StoreResult<()> {
        transact!(pools, tx => async {
            let done = sqlx::query("INSERT INTO slots (slot, next) VALUES (hex(randomblob(100000)), 1)")
                .execute(&mut *tx)
                .await;
            Ok::<_, Refusal>(done.map(drop)?)
        })
    }

    #[tokio::test]
    async fn a_connection_whose_rollback_failed_is_not_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("main.sqlite");
        let pools = Pools::open(Some(&file), MAIN).await.unwrap();
        write(&pools).await.unwrap();
        pages(&pools, "1").await;
        assert!(write(&pools).await.is_err(), "the disk is full");
        // A new connection has no such limit: the disk has room again.
        write(&pools).await.unwrap();
        pools.writing.check(pools.write_something()).await.unwrap();

        // The control: without the look at what comes back, it stays broken when there is room.
        let unlooked = Pools {
            writer: pool(1)
                .connect_with(SqliteConnectOptions::new().filename(&file))
                .await
                .unwrap(),
            writing: Writing::default(),
            ..pools.clone()
        };
        write(&unlooked).await.unwrap();
        pages(&unlooked, "1").await;
        assert!(write(&unlooked).await.is_err());
        pages(&unlooked, "1000000").await;
        for _ in 0..3 {
            assert!(write(&unlooked).await.is_err(), "it healed by itself");
        }
        let told = unlooked.writing.check(unlooked.write_something()).await;
        assert!(told.is_err(), "and `/health` says so");
    }

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
