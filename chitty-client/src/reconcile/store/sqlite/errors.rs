//! What went wrong in SQLite or the file system, as one of the 15xx codes.
//!
//! Owns [`Failure`], small and copied, so that one failed commit can answer every operation of its
//! group. Refuses to carry SQLite's texts, SQL or paths: a code and SQLite's number say enough, and
//! nothing else can leak.

use std::io;

use rusqlite::{ErrorCode, ffi};

use crate::error::{Code, Error};

/// A failed operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    number: Option<i32>,
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self { code, number: None }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match error {
            E::SqliteFailure(inner, _) => Self {
                code: code_of(inner),
                number: Some(inner.extended_code),
            },
            // A column that holds another type than was written, or a row that must be there.
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::QueryReturnedNoRows
            | E::Utf8Error(..) => Code::StoreDamaged.into(),
            _ => Code::StoreFailed.into(),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Code::StoreReadOnly
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::StoreFull,
            io::ErrorKind::IsADirectory => Code::PathIsFolder,
            io::ErrorKind::NotADirectory => Code::FolderMissing,
            // An empty path, one with a zero byte, or a name that is too long.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => {
                Code::ConfigurationInvalid
            }
            _ => Code::StoreFailed,
        };
        code.into()
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = Error::new(failure.code);
        if failure.code == Code::ConfigurationInvalid {
            return error.detail("the path of the store");
        }
        match failure.number {
            Some(number) => error.detail(format!("SQLite result {number}")),
            None => error,
        }
    }
}

fn code_of(error: ffi::Error) -> Code {
    match (error.code, error.extended_code) {
        (_, ffi::SQLITE_IOERR_SHMSIZE) => Code::StoreFull,
        (_, ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS) => Code::StoreDamaged,
        // The file was moved or deleted under us.
        (_, ffi::SQLITE_READONLY_DBMOVED) => Code::StoreFailed,
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Code::StoreBusy,
        (ErrorCode::ReadOnly | ErrorCode::PermissionDenied, _) => Code::StoreReadOnly,
        (ErrorCode::DiskFull, _) => Code::StoreFull,
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => Code::StoreDamaged,
        _ => Code::StoreFailed,
    }
}
