//! After a database was restored from a backup: the next epoch, and closing what may have been given out
//! since the backup (decision D27).
//!
//! The restored counters stand where they stood at the backup, and would give the ids of the time
//! since out again. Months only go forward, so this month's ids are the ones in danger: all of them are
//! closed, and main goes on with a prefix that was not used this month. So are the months for which
//! cycles may have been granted. Refuses to guess how many ids were issued. It may be said twice, and while
//! a replica runs: that one is refused everything that it would allocate.

use crate::{
    config::Minting,
    error::Error,
    fallback::grants::GRANT_LIFE,
    id::mint::{families, year_month},
    store::{Epoch, MainStore, RestoreOrder},
};

/// How far the clocks of main's replicas may be apart from this one, in milliseconds.
const CLOCKS: i64 = spooky_core::clock::TOLERANCE_SECONDS * 1000;

/// Begins the next epoch; closes this month's ids of `prefix`, the Canonical ones, and the months of grants.
/// Answers the slots that are closed, and the epoch.
///
/// # Errors
/// [`Error::Configuration`] for a malformed prefix, [`Error::Refused`] when the database is away.
pub(crate) async fn close_month(
    store: &dyn MainStore,
    prefix: &str,
    now: i64,
) -> Result<(Vec<String>, Epoch), Error> {
    Minting {
        prefix: prefix.to_owned(),
        ..Minting::default()
    }
    .check()?;
    let closed = distinct(
        [now - CLOCKS, now + CLOCKS]
            .iter()
            .flat_map(|at| families(prefix, *at)),
    );
    let granted = [now - CLOCKS, now + CLOCKS, now + CLOCKS + GRANT_LIFE * 1000];
    let months = distinct(granted.iter().map(|at| year_month(*at)));
    let order = RestoreOrder {
        families: &closed,
        months: &months,
        now,
    };
    let epoch = store.restored(&order).await?;
    Ok((closed, epoch))
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}
