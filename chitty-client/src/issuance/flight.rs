//! One caller at a time per thing, within a process: the second finds the first one's answer in the
//! store. Across processes the services themselves see to it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::{
    error::{Code, Error},
    reconcile::store::EntryKey,
    service::lock,
};

/// Things that are being asked for right now.
pub(crate) type Flights = Mutex<HashMap<EntryKey, Weak<Turn<()>>>>;

/// Waits for this caller's turn, at most `limit`.
pub(crate) async fn turn(
    flights: &Flights,
    key: EntryKey,
    limit: Duration,
) -> Result<OwnedMutexGuard<()>, Error> {
    let turn = {
        let mut flights = lock(flights);
        flights.retain(|_, turn| turn.strong_count() > 0);
        let known = flights.get(&key).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let turn = Arc::new(Turn::new(()));
            flights.insert(key, Arc::downgrade(&turn));
            turn
        })
    };
    tokio::time::timeout(limit, turn.lock_owned())
        .await
        .map_err(|_| Code::DeadlineExceeded.into())
}
