//! Which database a role uses: a file, memory, or a PostgreSQL by URL.
//!
//! Owns the choice and the migrations' form. Refuses to show a URL, which may hold a password.

use std::{
    convert::Infallible,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::{
    BrokerStore, FallbackStore, MainStore, PostgresBroker, PostgresFallback, PostgresMain,
    SqliteBroker, SqliteFallback, SqliteMain,
};
use crate::error::Error;

/// Where a role keeps its data.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// In a file, made when it is missing.
    File(PathBuf),
    /// In memory: gone when the server stops.
    Memory,
    /// In the PostgreSQL database at this URL, which exists and belongs to one role. Any number of
    /// replicas with the same keys may share it.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Memory => f.write_str("Memory"),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
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

/// `postgres://…` is a PostgreSQL, anything else a file.
impl FromStr for Database {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_url = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        Ok(match is_url {
            true => Self::Postgres(text.to_owned()),
            false => Self::File(PathBuf::from(text)),
        })
    }
}

/// Opens main's store.
pub(crate) async fn open_main(database: &Database) -> Result<Arc<dyn MainStore>, Error> {
    Ok(match database {
        Database::File(path) => Arc::new(SqliteMain::open(Some(path)).await?),
        Database::Memory => Arc::new(SqliteMain::open(None).await?),
        Database::Postgres(url) => Arc::new(PostgresMain::open(url).await?),
    })
}

/// Opens a fallback's store.
pub(crate) async fn open_fallback(database: &Database) -> Result<Arc<dyn FallbackStore>, Error> {
    Ok(match database {
        Database::File(path) => Arc::new(SqliteFallback::open(Some(path)).await?),
        Database::Memory => Arc::new(SqliteFallback::open(None).await?),
        Database::Postgres(url) => Arc::new(PostgresFallback::open(url).await?),
    })
}

/// Opens a broker's store.
pub(crate) async fn open_broker(database: &Database) -> Result<Arc<dyn BrokerStore>, Error> {
    Ok(match database {
        Database::File(path) => Arc::new(SqliteBroker::open(Some(path)).await?),
        Database::Memory => Arc::new(SqliteBroker::open(None).await?),
        Database::Postgres(url) => Arc::new(PostgresBroker::open(url).await?),
    })
}

/// A database's steps: what every role has, then the role's own. The checksums of the steps tell a
/// database of another role or version.
pub(super) fn migrator(access: &'static str, role: &[&'static str]) -> Migrator {
    let steps = std::iter::once(("access", access)).chain(role.iter().map(|sql| ("role", *sql)));
    let steps = (1..).zip(steps).map(|(version, (name, sql))| {
        let kind = MigrationType::Simple;
        Migration::new(version, name.into(), kind, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(steps.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_from_a_file_and_never_shown() {
        let url: Database = "postgres://u:secret@localhost/main".parse().unwrap();
        assert!(matches!(url, Database::Postgres(_)));
        assert!(!format!("{url:?}").contains("secret"));
        let file: Database = "data/main.sqlite".parse().unwrap();
        assert_eq!(file, Database::File("data/main.sqlite".into()));
    }
}
