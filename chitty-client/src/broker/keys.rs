//! Published keys and schemas as they are remembered, and when a newer answer may take their place.
//!
//! Versions only rise, one version has one content, and an issuer's periods never change: an issuer
//! that could give one person other keys could follow them (`decisions.md` D12a).

use spooky_core::{
    credential::{Day, IssuerKeys, Schema, SchemaDigest},
    jose::StatementKeys,
};

use super::{Metadata, answered};
use crate::error::{Code, Error};

/// What a broker published, and when it was fetched, in seconds since 1970.
#[derive(Clone, Default)]
pub(crate) struct Published {
    pub(crate) statement_keys: Option<(StatementKeys, u64)>,
    pub(crate) issuer_keys: Option<(IssuerKeys, u64)>,
    pub(crate) schemas: Vec<Schema>,
}

impl Published {
    /// The schema of this digest.
    pub(crate) fn schema(&self, digest: &SchemaDigest) -> Option<&Schema> {
        self.schemas.iter().find(|one| one.digest() == *digest)
    }

    /// Takes newer keys for statements over.
    ///
    /// # Errors
    /// `KeySetRolledBack`.
    pub(crate) fn take_statement_keys(
        &mut self,
        new: StatementKeys,
        now: u64,
    ) -> Result<(), Error> {
        if let Some((held, _)) = &self.statement_keys
            && !new.may_replace(held)
        {
            return Err(answered(Code::KeySetRolledBack));
        }
        self.statement_keys = Some((new, now));
        Ok(())
    }

    /// Takes newer metadata over. Schemas that are offered no more stay: credentials of them live on.
    ///
    /// # Errors
    /// `KeySetRolledBack`, `IssuerKeysChanged`.
    pub(crate) fn take_metadata(&mut self, new: Metadata, now: u64) -> Result<(), Error> {
        if let Some((held, _)) = &self.issuer_keys {
            if !new.keys.may_replace(held) {
                return Err(answered(Code::KeySetRolledBack));
            }
            let today = Day::of_unix_time(now).map_err(|_| Code::Internal)?;
            if !new.keys.keeps_periods_of(held, today) {
                return Err(answered(Code::IssuerKeysChanged));
            }
        }
        self.issuer_keys = Some((new.keys, now));
        for schema in new.schemas {
            if self.schema(&schema.digest()).is_none() {
                self.schemas.push(schema);
            }
        }
        Ok(())
    }
}
