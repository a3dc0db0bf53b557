//! Databases for the cases, and a maker of ids that are numbers.

use std::sync::{Arc, LazyLock};

use chitty_client::error::Code;
use reference_server::store::{
    BrokerStore, FallbackStore, MainStore, Mint, Minted, NewIntent, PostgresBroker,
    PostgresFallback, PostgresMain, Quota, Slot, SqliteBroker, SqliteFallback, SqliteMain,
};
use sqlx::{ConnectOptions, Connection, PgConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use crate::postgres_server::Postgres;

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(|| Postgres::start(false));
pub(crate) const NOW: i64 = 1_794_312_000_000;

/// One database, opened as often as a case wants.
pub(crate) enum Place {
    Sqlite(TempDir),
    Postgres(String),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) fn postgres() -> Option<Self> {
        Some(Self::Postgres(SERVER.as_ref()?.database()))
    }

    pub(crate) async fn main(&self) -> Arc<dyn MainStore> {
        match self {
            Self::Sqlite(folder) => {
                let file = folder.path().join("main.sqlite");
                Arc::new(SqliteMain::open(Some(&file)).await.unwrap())
            }
            Self::Postgres(url) => Arc::new(PostgresMain::open(url).await.unwrap()),
        }
    }

    pub(crate) async fn fallback(&self) -> Arc<dyn FallbackStore> {
        match self {
            Self::Sqlite(folder) => {
                let file = folder.path().join("fallback.sqlite");
                Arc::new(SqliteFallback::open(Some(&file)).await.unwrap())
            }
            Self::Postgres(url) => Arc::new(PostgresFallback::open(url).await.unwrap()),
        }
    }

    pub(crate) async fn broker(&self) -> Arc<dyn BrokerStore> {
        match self {
            Self::Sqlite(folder) => {
                let file = folder.path().join("broker.sqlite");
                Arc::new(SqliteBroker::open(Some(&file)).await.unwrap())
            }
            Self::Postgres(url) => Arc::new(PostgresBroker::open(url).await.unwrap()),
        }
    }

    /// Runs a statement with one number on a broker's database, past its store; answers the number
    /// that it gives, or 0.
    pub(crate) async fn sql(&self, text: &'static str, value: i64) -> Result<i64, sqlx::Error> {
        let row = match self {
            Self::Sqlite(folder) => {
                let file = folder.path().join("broker.sqlite");
                let options = SqliteConnectOptions::new().filename(file);
                let mut connection = options.connect().await?;
                let query = sqlx::query_scalar(text).bind(value);
                query.fetch_optional(&mut connection).await?
            }
            Self::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                let query = sqlx::query_scalar(text).bind(value);
                query.fetch_optional(&mut connection).await?
            }
        };
        Ok(row.unwrap_or_default())
    }
}

/// Makes the counter the id.
pub(crate) struct Numbers(pub(crate) &'static str);

impl Mint for Numbers {
    fn mint(&self, counter: u64) -> Result<Minted, Code> {
        Ok(Minted {
            identifier: format!("{}{counter}", self.0),
            receipt: format!("receipt {counter}"),
        })
    }

    fn receipt_for(&self, identifier: &str) -> Result<String, Code> {
        Ok(format!("receipt for {identifier}"))
    }
}

/// Makes nothing.
pub(crate) struct Broken;

impl Mint for Broken {
    fn mint(&self, _: u64) -> Result<Minted, Code> {
        Err(Code::Internal)
    }

    fn receipt_for(&self, _: &str) -> Result<String, Code> {
        Err(Code::Internal)
    }
}

pub(crate) fn slot(capacity: u64) -> Slot {
    Slot {
        name: "slot".to_owned(),
        capacity,
        family: "family-8Z".to_owned(),
    }
}

pub(crate) fn intent<'a>(idk: &'a str, slot: &'a Slot) -> NewIntent<'a> {
    NewIntent {
        tenant: "alpha",
        idk,
        fingerprint: [1; 32],
        rqd: "rqd",
        metadata: "{}",
        slot,
        quota: Quota { daily: None },
        now: NOW,
    }
}

/// Runs everything at once, each on one of the handles in turn.
pub(crate) async fn crowd<S: ?Sized, F, T>(
    size: usize,
    handles: &[Arc<S>],
    work: impl Fn(usize, Arc<S>) -> F,
) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..size)
        .map(|n| tokio::spawn(work(n, handles[n % handles.len()].clone())))
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}
