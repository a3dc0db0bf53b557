//! The epoch's row: made once, looked at by every transaction that gives something out, renewed when a
//! restore is said (decision D27).

use async_trait::async_trait;
use chitty_client::error::Code;
use sqlx::Row;

use super::{Broker, Connection, DbRow, EPOCH, Fallback, Main, Pools};
use crate::{
    error::Refusal,
    store::{Epoch, EpochState, Epochs, StoreResult, epoch::Known, number, retry::transact},
};

/// The epoch that this handle lives in from now on; the first handle of all draws it.
pub(super) async fn open(pools: &Pools) -> StoreResult<Known> {
    let fresh = Epoch::fresh(0)?;
    let state = transact!(pools, tx => first(tx, &fresh))?;
    Ok(Known::new(state.epoch))
}

async fn first(tx: &mut Connection, fresh: &Epoch) -> StoreResult<EpochState> {
    sqlx::query(
        "INSERT INTO epochs (one, counter, random) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(number(fresh.counter))
    .bind(&fresh.random)
    .execute(&mut *tx)
    .await?;
    read(tx).await
}

/// What the database says, held until the transaction ends: a restore that is said meanwhile waits.
pub(super) async fn read(tx: &mut Connection) -> StoreResult<EpochState> {
    state(&sqlx::query(EPOCH).fetch_one(tx).await?)
}

/// What the database says.
pub(super) async fn look(pools: &Pools) -> StoreResult<EpochState> {
    let row = sqlx::query("SELECT counter, random, restored_at, behind FROM epochs WHERE one = 1")
        .fetch_one(&pools.reader)
        .await?;
    state(&row)
}

fn state(row: &DbRow) -> StoreResult<EpochState> {
    Ok(EpochState {
        epoch: Epoch {
            counter: row.try_get::<i64, _>(0)?.unsigned_abs(),
            random: row.try_get(1)?,
        },
        restored_at: row.try_get(2)?,
        behind: row.try_get(3)?,
    })
}

/// Refuses a handle that was opened before a restore was said: it may hold what is void.
pub(super) async fn same(tx: &mut Connection, known: &Known) -> StoreResult<EpochState> {
    let state = read(tx).await?;
    match state.epoch == known.get() {
        true => Ok(state),
        false => Err(Refusal::new(Code::EpochChanged).after(60)),
    }
}

/// Writes down why the database is believed to be an older copy, once.
pub(super) async fn mark_behind(tx: &mut Connection, why: &str) -> StoreResult<()> {
    sqlx::query("UPDATE epochs SET behind = $1 WHERE one = 1 AND behind IS NULL")
        .bind(why)
        .execute(tx)
        .await?;
    Ok(())
}

/// Begins the next epoch. Waits for transactions of this one.
pub(super) async fn renew(tx: &mut Connection, now: i64) -> StoreResult<Epoch> {
    // The row is locked by the update itself, so that of two who say it each gets a number.
    sqlx::query("UPDATE epochs SET counter = counter + 1 WHERE one = 1")
        .execute(&mut *tx)
        .await?;
    let next = Epoch::fresh(read(&mut *tx).await?.epoch.counter)?;
    sqlx::query("UPDATE epochs SET random = $1, restored_at = $2, behind = NULL WHERE one = 1")
        .bind(&next.random)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(next)
}

macro_rules! epochs_of {
    ($store:ty) => {
        #[async_trait]
        impl Epochs for $store {
            fn known_epoch(&self) -> Epoch {
                self.1.get()
            }

            async fn epoch(&self) -> StoreResult<EpochState> {
                look(&self.0).await
            }

            async fn mark_behind(&self, why: &str) -> StoreResult<()> {
                transact!(self.0, tx => mark_behind(tx, why))
            }
        }
    };
}

epochs_of!(Main);
epochs_of!(Fallback);
epochs_of!(Broker);
