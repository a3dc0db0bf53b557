//! Opening the file: look first, touch later.
//!
//! Owns the order of checks. The raw header and a read-only connection judge the file; only one that
//! is ours, whole and not newer is opened for writing. Every descriptor of the file belongs to the
//! registry: closing one here would drop the locks of a store that is open (`registry.rs`). Creation happens in one transaction in which
//! the first process writes the store key, so two processes creating one file agree on it. Refuses
//! to clear, repair or replace anything.

#[cfg(unix)]
use std::fs::File;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use spooky_core::{entropy::OsEntropy, secret::Secret32};
use zeroize::Zeroizing;

use super::errors::Failure;
use super::registry::{self, Token};
use super::rows::{self, Seal};
use super::schema::{self, Header};
use crate::error::Code;

/// How long another process may hold the file.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// How often a file is looked for that others make and remove.
const ATTEMPTS: usize = 100;

/// Whether a missing or empty file becomes a new store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    Create,
    Refuse,
}

/// The two connections of an open store. The token is dropped last.
pub(super) struct Opened {
    pub(super) writer: Connection,
    pub(super) reader: Connection,
    pub(super) key: Secret32,
    pub(super) token: Token,
}

/// Finds the file, or makes an empty one.
pub(super) fn enter(path: &Path, absent: Absent) -> Result<Token, Failure> {
    for _ in 0..ATTEMPTS {
        if let Some(token) = registry::look(path)? {
            return Ok(token);
        }
        // A log without its file held debts.
        if absent == Absent::Refuse || has(path, "-wal") {
            return Err(Code::StoreDamaged.into());
        }
        if let Some(token) = make_file(path)? {
            return Ok(token);
        }
    }
    // Made and removed again and again.
    Err(Code::StoreFailed.into())
}

/// Checks the file and opens it.
pub(super) fn open(
    token: Token,
    path: &Path,
    absent: Absent,
    migrations: &[&str],
) -> Result<Opened, Failure> {
    // Only a connection that may write can roll back what a dead process left behind; such a file is
    // checked afterwards.
    let mut unchecked = false;
    match judged(&token, path)? {
        Header::Empty if absent == Absent::Refuse => return Err(Code::StoreDamaged.into()),
        Header::Empty | Header::Blank => {}
        Header::Store(version) if version > schema::newest(migrations) => {
            return Err(Code::StoreNewer.into());
        }
        Header::Store(_) => match inspect(path, migrations) {
            Err(failure) if failure.code == Code::StoreReadOnly && has(path, "-journal") => {
                unchecked = true;
            }
            other => other?,
        },
        Header::Foreign => return Err(Code::StoreForeign.into()),
        Header::Damaged => return Err(Code::StoreDamaged.into()),
    }
    let (writer, reader, key) =
        connect_both(path, migrations).map_err(|failure| folder_may_be_read_only(path, failure))?;
    if unchecked {
        check(&reader, migrations)?;
    }
    if !token.is_at(path) {
        // Another file took its place while we looked.
        return Err(Code::StoreFailed.into());
    }
    Ok(Opened {
        writer,
        reader,
        key,
        token,
    })
}

/// The header, read again while another process is writing it for the first time.
fn judged(token: &Token, path: &Path) -> Result<Header, Failure> {
    let patience = Instant::now() + Duration::from_millis(500);
    loop {
        // The log first: a store whose log has content cannot be empty afterwards.
        let logged = has(path, "-wal");
        let header = schema::header(token)?;
        let journal = has(path, "-journal");
        let verdict = match header {
            Header::Empty if logged => Header::Damaged,
            Header::Blank if !journal => Header::Foreign,
            other => other,
        };
        match verdict {
            Header::Foreign | Header::Damaged if journal && Instant::now() < patience => {
                std::thread::sleep(Duration::from_millis(20));
            }
            verdict => return Ok(verdict),
        }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn has(path: &Path, suffix: &str) -> bool {
    fs::metadata(beside(path, suffix)).is_ok_and(|data| data.len() > 0)
}

/// Makes an empty file that only its owner may read, and writes the folder down. `None` when somebody
/// else made it first.
fn make_file(path: &Path) -> Result<Option<Token>, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Read as well: this descriptor is the one that the header is looked at through.
    let token = match options.read(true).open(path) {
        Ok(file) => registry::keep(file, path)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        // The file was to be made: what is not found is its folder.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Code::FolderMissing.into());
        }
        Err(error) => return Err(error.into()),
    };
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        // Some file systems refuse to sync a folder, and then there is nothing more to do.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(Some(token))
}

/// SQLite only says that it cannot open; a folder that takes no file explains it.
fn folder_may_be_read_only(path: &Path, failure: Failure) -> Failure {
    if failure.code != Code::StoreFailed {
        return failure;
    }
    let probe = beside(path, "-probe");
    match OpenOptions::new().write(true).create_new(true).open(&probe) {
        Ok(_) => {
            let _ = fs::remove_file(&probe);
            failure
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => failure,
        Err(error) => error.into(),
    }
}

/// Judges the whole file through a connection that cannot change it.
pub(super) fn inspect(path: &Path, migrations: &[&str]) -> Result<(), Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| folder_may_be_read_only(path, error.into()))?;
    connection.busy_timeout(BUSY)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    let checked = check(&connection, migrations);
    checked.map_err(|failure| folder_may_be_read_only(path, failure))
}

fn check(connection: &Connection, migrations: &[&str]) -> Result<(), Failure> {
    // One snapshot for all checks.
    let snapshot = connection.unchecked_transaction()?;
    let version = schema::version(&snapshot)?;
    if version > schema::newest(migrations) {
        return Err(Code::StoreNewer.into());
    }
    schema::check_tables(&snapshot, migrations, version)?;
    // Unlike quick_check it also compares the indexes with the rows.
    let verdict: String = snapshot.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Code::StoreDamaged.into());
    }
    read_key(&snapshot)?;
    let tally = rows::counts(&snapshot, rows::TALLY)?;
    if tally != rows::counts(&snapshot, rows::COUNTED)? {
        return Err(Code::StoreDamaged.into());
    }
    Ok(())
}

fn connect_both(
    path: &Path,
    migrations: &[&str],
) -> Result<(Connection, Connection, Secret32), Failure> {
    let mut writer = connect(path)?;
    prepare(&mut writer, migrations)?;
    enter_wal(&writer)?;
    let key = read_key(&writer)?;
    let reader = connect(path)?;
    reader.pragma_update(None, "query_only", true)?;
    Ok((writer, reader, key))
}

fn connect(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    if connection.is_readonly("main")? {
        return Err(Code::StoreReadOnly.into());
    }
    for (name, value) in [
        ("synchronous", "FULL"),
        // On Apple systems a plain fsync does not reach the disk; elsewhere this does nothing.
        ("fullfsync", "ON"),
        ("cell_size_check", "ON"),
        ("temp_store", "MEMORY"),
    ] {
        connection.pragma_update(None, name, value)?;
    }
    // Answers with a row.
    connection.pragma_update_and_check(None, "journal_size_limit", 16_000_000, |_| Ok(()))?;
    Ok(connection)
}

/// Creates or migrates in one transaction; whoever comes second finds the work done.
fn prepare(connection: &mut Connection, migrations: &[&str]) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = schema::version(&transaction)?;
    if version > schema::newest(migrations) {
        return Err(Code::StoreNewer.into());
    }
    if version == schema::newest(migrations) {
        return Ok(());
    }
    schema::migrate(&transaction, migrations, version)?;
    if version == 0 {
        write_key(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Changing the journal mode does not wait for others by itself.
fn enter_wal(connection: &Connection) -> Result<(), Failure> {
    let patience = Instant::now() + BUSY;
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode.map_err(Failure::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            // A file system without shared memory: two processes could not work together there.
            Ok(_) => return Err(Code::StoreFailed.into()),
            Err(failure) if failure.code == Code::StoreBusy && Instant::now() < patience => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(failure) => return Err(failure),
        }
    }
}

const KEY_CHECK: &str = "chitty/store/key/v1";

fn write_key(connection: &Connection) -> Result<(), Failure> {
    let seal = Seal::new(Secret32::make(&OsEntropy).map_err(|_| Code::EntropyFailed)?);
    let check = seal.of(KEY_CHECK, &[]);
    let mut statement = connection.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")?;
    statement.execute(params!["store_key", seal.key().expose_secret()])?;
    statement.execute(params!["store_key_check", check])?;
    Ok(())
}

/// The store key; a changed one would give other idempotency keys, so it is checked.
fn read_key(connection: &Connection) -> Result<Secret32, Failure> {
    let mut statement = connection.prepare("SELECT value FROM meta WHERE name = ?1")?;
    let key = Zeroizing::new(statement.query_row(["store_key"], |row| row.get::<_, [u8; 32]>(0))?);
    let check: [u8; 16] = statement.query_row(["store_key_check"], |row| row.get(0))?;
    let seal = Seal::new(Secret32::new(*key));
    if seal.of(KEY_CHECK, &[]) != check {
        return Err(Code::StoreDamaged.into());
    }
    Ok(seal.key())
}
