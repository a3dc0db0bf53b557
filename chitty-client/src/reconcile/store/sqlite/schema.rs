//! The tables, by version, and how a file is recognised before SQLite may touch it.
//!
//! Owns the migrations (SQL strings, one per version, never edited once released), the file's marks
//! and the raw look at its header. Refuses to open anything: [`Header`] is read from bytes, so that a
//! foreign or newer file is left exactly as it is (`spec/queue.md`; decisions D7, D8).

use rusqlite::Connection;

use super::errors::Failure;
use super::registry::Token;
use crate::error::Code;

/// `ChiQ`, at offset 68 of the file.
pub(super) const APPLICATION_ID: i32 = 0x4368_6951;

/// Version n is made by the first n of them.
///
/// `seal` is a keyed digest of the row (see `rows.rs`). `tally` counts rows per state, kept by
/// triggers so that counting does not read the table.
pub(super) const MIGRATIONS: &[&str] = &["
CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL);
CREATE TABLE entries (
  key BLOB PRIMARY KEY NOT NULL,
  state INTEGER NOT NULL,
  fallback_id TEXT,
  permanent_id TEXT,
  due_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  body BLOB NOT NULL,
  seal BLOB NOT NULL
);
CREATE INDEX entries_due ON entries (state, due_ms, key);
CREATE INDEX entries_fallback ON entries (fallback_id) WHERE fallback_id IS NOT NULL;
CREATE INDEX entries_permanent ON entries (permanent_id) WHERE permanent_id IS NOT NULL;
CREATE TABLE tally (state INTEGER PRIMARY KEY, total INTEGER NOT NULL);
INSERT INTO tally VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0);
CREATE TRIGGER entries_inserted AFTER INSERT ON entries BEGIN
  UPDATE tally SET total = total + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER entries_deleted AFTER DELETE ON entries BEGIN
  UPDATE tally SET total = total - 1 WHERE state = OLD.state;
END;
CREATE TRIGGER entries_moved AFTER UPDATE OF state ON entries WHEN OLD.state <> NEW.state BEGIN
  UPDATE tally SET total = total - 1 WHERE state = OLD.state;
  UPDATE tally SET total = total + 1 WHERE state = NEW.state;
END;
CREATE TABLE notes (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL, seal BLOB NOT NULL);
CREATE TABLE lease (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  owner BLOB NOT NULL,
  until_ms INTEGER NOT NULL,
  seal BLOB NOT NULL
);
"];

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// No content, or an SQLite file without any table.
    Empty,
    /// Zeros where the header should be: a creation cut short, if its journal is still there.
    Blank,
    /// A store of this schema version.
    Store(i32),
    /// Something else.
    Foreign,
    /// Our mark or SQLite's, and then the file ends or contradicts itself.
    Damaged,
}

/// Reads the header without SQLite.
///
/// # Errors
/// `StoreFailed`.
pub(super) fn header(token: &Token) -> Result<Header, Failure> {
    let mut bytes = [0; 112];
    let length = token.read(&mut bytes)?;
    Ok(judge(&bytes[..length]))
}

fn judge(bytes: &[u8]) -> Header {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    if bytes.is_empty() {
        return Header::Empty;
    }
    if bytes.iter().all(|byte| *byte == 0) {
        return Header::Blank;
    }
    if !bytes.starts_with(MAGIC) {
        return Header::Foreign;
    }
    let (Some(user_version), Some(application_id)) = (number(bytes, 60), number(bytes, 68)) else {
        return Header::Damaged;
    };
    match (application_id, user_version) {
        (APPLICATION_ID, 1..) if bytes.len() >= 112 => Header::Store(user_version),
        (APPLICATION_ID, _) => Header::Damaged,
        // The root page of the schema is a leaf without cells: no tables.
        (0, 0) if bytes.get(100) == Some(&0x0D) && bytes.get(103..105) == Some(&[0, 0]) => {
            Header::Empty
        }
        _ => Header::Foreign,
    }
}

fn number(bytes: &[u8], at: usize) -> Option<i32> {
    let four = bytes.get(at..at + 4)?;
    Some(i32::from_be_bytes(four.try_into().ok()?))
}

pub(super) fn version(connection: &Connection) -> Result<i32, Failure> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// The number of the newest version in `migrations`.
pub(super) fn newest(migrations: &[&str]) -> i32 {
    i32::try_from(migrations.len()).unwrap_or(i32::MAX)
}

/// Brings the tables from version `from` to the newest, inside the caller's transaction.
pub(super) fn migrate(
    connection: &Connection,
    migrations: &[&str],
    from: i32,
) -> Result<(), Failure> {
    let done = usize::try_from(from).map_err(|_| Code::StoreDamaged)?;
    for sql in migrations.iter().skip(done) {
        connection.execute_batch(sql)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", newest(migrations))?;
    Ok(())
}

/// Checks that the tables are exactly those that version `version` makes.
pub(super) fn check_tables(
    connection: &Connection,
    migrations: &[&str],
    version: i32,
) -> Result<(), Failure> {
    let model = Connection::open_in_memory()?;
    let known = usize::try_from(version).map_err(|_| Code::StoreDamaged)?;
    for sql in migrations.iter().take(known) {
        model.execute_batch(sql)?;
    }
    if tables(connection)? == tables(&model)? {
        Ok(())
    } else {
        Err(Code::StoreDamaged.into())
    }
}

type Table = (String, String, String, Option<String>);

fn tables(connection: &Connection) -> Result<Vec<Table>, Failure> {
    let mut statement = connection
        .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
