//! Published keys and schemas as they are remembered, and when a newer answer may take their place.
//!
//! Versions only rise, one version has one content, and an issuer's periods never change but that they
//! may be revoked: an issuer that could give one person other keys could follow them (`decisions.md`
//! D12a, D26). Of keys for statements none goes back in its life, and none is ever unrevoked.
//!
//! How old a set is counts from when the request for it was sent. A time of fetching that lies ahead of
//! the clock says nothing about its age, so such a set counts as stale.

use spooky_core::{
    clock::is_ahead,
    credential::{Day, IssuerKeys, Schema, SchemaDigest},
    jose::StatementKeys,
};

use super::{Metadata, answered};
use crate::error::{Code, Error};

/// What a broker published, and when the request for it was sent, in seconds since 1970.
#[derive(Clone, Default)]
pub(crate) struct Published {
    pub(crate) statement_keys: Option<(StatementKeys, u64)>,
    pub(crate) issuer_keys: Option<(IssuerKeys, u64)>,
    pub(crate) schemas: Vec<Schema>,
}

/// The times of a fetch, in seconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct Fetch {
    /// When the request was sent.
    pub(crate) sent: u64,
    /// What time it is when the answer is taken.
    pub(crate) now: u64,
}

impl Fetch {
    /// Whether what was fetched at `held` came later: another process or task was faster.
    fn is_older_than(self, held: u64) -> bool {
        self.sent < held && held <= self.now
    }

    /// The later of this fetch and the one at `held`, unless that one's time cannot be right.
    fn or(self, held: u64) -> u64 {
        match self.is_older_than(held) {
            true => held,
            false => self.sent,
        }
    }
}

/// Whether a set that was fetched at `fetched_at` is no older than `max_age` seconds.
pub(crate) fn is_fresh(fetched_at: u64, now: u64, max_age: u64) -> bool {
    !is_ahead(fetched_at, now) && now.saturating_sub(fetched_at) <= max_age
}

impl Published {
    /// The schema of this digest.
    pub(crate) fn schema(&self, digest: &SchemaDigest) -> Option<&Schema> {
        self.schemas.iter().find(|one| one.digest() == *digest)
    }

    /// Takes newer keys for statements over. An answer that was overtaken by a later one changes nothing.
    ///
    /// # Errors
    /// `KeySetRolledBack`, `StatementKeysChanged`.
    pub(crate) fn take_statement_keys(
        &mut self,
        new: StatementKeys,
        fetch: Fetch,
    ) -> Result<(), Error> {
        let mut at = fetch.sent;
        if let Some((held, fetched_at)) = &self.statement_keys {
            let same = new.issuer() == held.issuer();
            if same && new.version() < held.version() && fetch.is_older_than(*fetched_at) {
                return Ok(());
            }
            if !new.may_replace(held) {
                return Err(answered(Code::KeySetRolledBack));
            }
            if !new.keeps_keys_of(held) {
                return Err(answered(Code::StatementKeysChanged));
            }
            at = fetch.or(*fetched_at);
        }
        self.statement_keys = Some((new, at));
        Ok(())
    }

    /// Takes newer metadata over. Schemas that are offered no more stay: credentials of them live on.
    /// Keys that were overtaken by later ones change nothing.
    ///
    /// # Errors
    /// `KeySetRolledBack`, `IssuerKeysChanged`.
    pub(crate) fn take_metadata(&mut self, new: Metadata, fetch: Fetch) -> Result<(), Error> {
        self.take_issuer_keys(new.keys, fetch)?;
        for schema in new.schemas {
            if self.schema(&schema.digest()).is_none() {
                self.schemas.push(schema);
            }
        }
        Ok(())
    }

    fn take_issuer_keys(&mut self, new: IssuerKeys, fetch: Fetch) -> Result<(), Error> {
        let mut at = fetch.sent;
        if let Some((held, fetched_at)) = &self.issuer_keys {
            let same = new.issuer() == held.issuer();
            if same && new.version() < held.version() && fetch.is_older_than(*fetched_at) {
                return Ok(());
            }
            if !new.may_replace(held) {
                return Err(answered(Code::KeySetRolledBack));
            }
            let today = Day::of_unix_time(fetch.now).map_err(|_| Code::Internal)?;
            if !new.keeps_periods_of(held, today) {
                return Err(answered(Code::IssuerKeysChanged));
            }
            at = fetch.or(*fetched_at);
        }
        self.issuer_keys = Some((new, at));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use spooky_core::credential::IssuerId;

    use super::*;

    fn set(version: u64) -> Metadata {
        let issuer = IssuerId::parse("https://broker.example").unwrap();
        Metadata {
            keys: IssuerKeys::new(issuer, version, vec![]).unwrap(),
            schemas: vec![],
        }
    }

    fn statements(version: u64) -> StatementKeys {
        StatementKeys::new("https://broker.example", version, vec![]).unwrap()
    }

    /// Version and time of what is held of both kinds after these answers, given as version, sent, now.
    fn after(answers: &[(u64, u64, u64)]) -> Vec<(u64, u64)> {
        let mut published = Published::default();
        for (version, sent, now) in answers {
            let fetch = Fetch {
                sent: *sent,
                now: *now,
            };
            let issuer = published.take_metadata(set(*version), fetch);
            let other = published.take_statement_keys(statements(*version), fetch);
            assert_eq!(issuer.is_ok(), other.is_ok());
            if let Err(error) = issuer {
                assert_eq!(error.code(), Code::KeySetRolledBack);
                return vec![];
            }
        }
        let (keys, at) = published.issuer_keys.unwrap();
        let (others, other_at) = published.statement_keys.unwrap();
        vec![(keys.version(), at), (others.version(), other_at)]
    }

    #[test]
    fn a_set_is_as_old_as_its_request_and_a_late_answer_changes_nothing() {
        assert_eq!(after(&[(2, 100, 109)]), [(2, 100); 2]);
        assert_eq!(after(&[(2, 100, 109), (3, 200, 201)]), [(3, 200); 2]);
        assert_eq!(
            after(&[(3, 105, 106), (2, 100, 109)]),
            [(3, 105); 2],
            "sent before, written after"
        );
        assert_eq!(after(&[(3, 105, 106), (3, 100, 109)]), [(3, 105); 2]);
        assert!(
            after(&[(3, 105, 106), (2, 107, 109)]).is_empty(),
            "the control"
        );
        // A time of a clock that was ahead excuses nothing and does not stay.
        assert!(after(&[(3, 900, 901), (2, 100, 109)]).is_empty());
        assert_eq!(after(&[(3, 900, 901), (3, 100, 109)]), [(3, 100); 2]);
    }

    #[test]
    fn a_set_of_the_future_is_stale() {
        assert!(is_fresh(1_000, 1_000, 60) && is_fresh(1_000, 1_060, 60));
        assert!(!is_fresh(1_000, 1_061, 60));
        assert!(is_fresh(1_300, 1_000, 60) && !is_fresh(1_301, 1_000, 60));
        assert!(!is_fresh(u64::MAX, 1_000, u64::MAX));
    }
}
