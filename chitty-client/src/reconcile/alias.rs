//! From an old id to the one that counts. Aliases are rows of the store and kept for ever.

use super::{
    record::Record,
    store::{Entry, State},
};
use crate::{
    client::{check_replacement, read},
    error::{Code, Error},
    id::{ChittyId, Class},
    issuance::{Issued, answer},
    shared::Shared,
    wire::id::PermanentResponse,
};

pub(crate) async fn resolve(shared: &Shared, old: &ChittyId) -> Result<Issued, Error> {
    let rows = shared.store.find(old).await?;
    let mut settled: Vec<&Entry> = rows
        .iter()
        .filter(|row| row.permanent_id.is_some())
        .collect();
    settled.sort_by_key(|row| row.permanent_id);
    settled.dedup_by_key(|row| row.permanent_id);
    match settled.as_slice() {
        [row] if settled_all(&rows) => return answer::stored(shared, row).await,
        [] => {}
        _ => return Err(Code::IdAmbiguous.into()),
    }
    if let Some(row) = rows.first() {
        return Err(match row.state {
            State::Wedged => wedged(row)?,
            State::Abandoned => Error::new(Code::DebtWedged).detail("the app gave it up"),
            _ => Code::DebtOpen.into(),
        });
    }
    ask_main(shared, old).await
}

/// Two holders of one fallback id in one store, of which one still waits, are ambiguous as well.
fn settled_all(rows: &[Entry]) -> bool {
    rows.iter().all(|row| row.permanent_id.is_some())
}

fn wedged(row: &Entry) -> Result<Error, Error> {
    let reason = Record::read(row)?.last_code;
    let causes = reason.as_deref().and_then(Code::from_text).map(Error::from);
    Ok(Error::new(Code::DebtWedged).because_of(causes.into_iter().collect()))
}

async fn ask_main(shared: &Shared, old: &ChittyId) -> Result<Issued, Error> {
    if old.class() == Class::Error {
        return Err(Code::IdUnknown.into());
    }
    let answer: PermanentResponse = read(shared, &format!("/api/chittyid/resolve/{old}"))
        .await
        .map_err(|error| match (error.code(), error.service_code()) {
            // Main's own word: a gateway that answers in its place knows of no id.
            (Code::NotFound | Code::Forbidden, Some(_)) => Code::IdUnknown.into(),
            _ => error,
        })?;
    check_replacement(shared, old, &answer.identifier, &answer.receipt).await
}
