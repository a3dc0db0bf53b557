//! After a broker's database was restored from a backup: what it published since is learned again, and
//! nothing that it signs from now on contradicts what it has signed.
//!
//! Two things must not go back. The graveyard: the newest snapshots that anybody still has say who was
//! revoked, under the broker's own signature, and their lists are buried again. The chain of snapshots: the next
//! one gets a number above every one that can have been given out, so that it is never a second snapshot of
//! one number; verifiers allow gaps, and refuse a list that lost an anchor that they have seen. Nonces that were
//! burnt since the backup are void, since all are: their secret is made anew, and the database begins another
//! epoch, so that a replica which ran on burns none of its own. Refuses snapshots that the
//! broker's own keys do not verify.

use spooky_core::{
    anchor::{AnchorCommitment, UnverifiedSnapshot},
    entropy::{OsEntropy, random_32},
    jose::StatementKeys,
    verdict::Verdict,
};

use crate::{
    config::wrong,
    error::Error,
    store::{BrokerStore, Relearned},
};

/// What was learned again.
pub(crate) struct Restored {
    /// How many anchors are revoked that the restored database did not know to be.
    pub(crate) buried: usize,
    /// The number above which the next snapshot is.
    pub(crate) after: u64,
}

/// Buries what `snapshots` list, as they were answered or as bare texts, leaves a gap in the chain and makes a
/// new secret for nonces. `now` is in seconds.
///
/// # Errors
/// [`Error::Configuration`] for a snapshot that is not this broker's, [`Error::Refused`] when the database
/// is away.
pub(crate) async fn relearn(
    store: &dyn BrokerStore,
    keys: &StatementKeys,
    snapshots: &[String],
    now: u64,
) -> Result<Restored, Error> {
    let mut revoked: Vec<AnchorCommitment> = Vec::new();
    // At most one snapshot is signed a second, so none has a higher number than the seconds since 1970.
    let (mut after, mut as_of, mut reset) = (now, 0, None);
    for text in snapshots {
        let text = text.trim();
        let bare = serde_json::from_str::<chitty_client::wire::broker::SnapshotResponse>(text)
            .map_or_else(|_| text.to_owned(), |answer| answer.snapshot);
        let verdict = UnverifiedSnapshot::parse(&bare).map(|one| one.verify(keys));
        let Ok(Verdict::Valid(snapshot)) = verdict else {
            return wrong(
                "a snapshot is not one that this issuer signed with the keys in this folder; \
                 give the newest folder of keys, and the issuer name that the broker serves with",
            );
        };
        after = after.max(snapshot.head().seq);
        as_of = as_of.max(snapshot.head().as_of);
        reset = reset.max(snapshot.head().reset);
        revoked.extend(snapshot.anchors());
    }
    let fresh = random_32(&OsEntropy).map_err(|error| Error::Keys(error.to_string()))?;
    let known = Relearned {
        revoked: &revoked,
        after,
        nonce_secret: fresh,
        as_of,
        now: i64::try_from(now).unwrap_or(i64::MAX).saturating_mul(1000),
        reset,
    };
    let buried = store.relearn(&known).await?;
    Ok(Restored { buried, after })
}
