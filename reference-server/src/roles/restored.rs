//! After main's database was restored from a backup: closing what it may have issued since.
//!
//! The restored counters stand where they stood at the backup, and would give the ids of the time
//! since out again. Months only go forward, so this month's ids are the ones in danger: all of them are
//! closed, and main goes on with a prefix that was not used this month. Refuses to guess how many
//! ids were issued.

use crate::{config::Minting, error::Error, id::mint::families, store::MainStore};

/// How far the clocks of main's replicas may be apart from this one, in milliseconds.
const CLOCKS: i64 = spooky_core::clock::TOLERANCE_SECONDS * 1000;

/// Closes this month's ids of `prefix`, and the Canonical ones. Answers what is closed.
///
/// # Errors
/// [`Error::Configuration`] for a malformed prefix, [`Error::Refused`] when the database is away.
pub(crate) async fn close_month(
    store: &dyn MainStore,
    prefix: &str,
    now: i64,
) -> Result<Vec<String>, Error> {
    Minting {
        prefix: prefix.to_owned(),
        ..Minting::default()
    }
    .check()?;
    let mut closed: Vec<String> = [now - CLOCKS, now + CLOCKS]
        .iter()
        .flat_map(|at| families(prefix, *at))
        .collect();
    closed.sort();
    closed.dedup();
    store.close_slots(&closed).await?;
    Ok(closed)
}
