//! Puts every database that a test asks for on one PostgreSQL: memory is a new database, a file the
//! same database each time. Without PostgreSQL the tests run where they asked, and say so.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{LazyLock, Mutex},
};

use reference_server::Database;

use crate::postgres::Postgres;

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(|| Postgres::start(false));
static FILES: LazyLock<Mutex<HashMap<PathBuf, String>>> = LazyLock::new(Mutex::default);

/// Whether files are not where tests ask for them.
pub(crate) const ELSEWHERE: bool = true;

pub(crate) fn place(asked: Database) -> Database {
    let Some(server) = &*SERVER else {
        return asked;
    };
    Database::Postgres(match asked {
        Database::Memory => server.database(),
        Database::File(path) => {
            let mut files = FILES.lock().unwrap();
            files
                .entry(path)
                .or_insert_with(|| server.database())
                .clone()
        }
        Database::Postgres(url) => url,
    })
}
