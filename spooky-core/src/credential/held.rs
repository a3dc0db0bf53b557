//! A credential in the wallet: taken only when nothing in it could be used to follow its holder
//! (`decisions.md` D12a).

use zeroize::Zeroizing;

use super::{
    Attributes, Day, HolderSecrets, IssuedCredential, IssuerId, IssuerKeys, Schema, header,
    message::messages,
};
use crate::{bbs, clock::TOLERANCE, reason::reasons, secret::constant_time_eq};

reasons! {
    /// Why a wallet does not take a credential.
    pub enum TakeRefusal {
        /// It is of another issuer than the one that was asked.
        OtherIssuer = "take_other_issuer",
        /// It has another schema than the one that was asked for.
        OtherSchema = "take_other_schema",
        /// Its last day is not the one that everybody's credentials of this day have.
        OtherLastDay = "take_other_last_day",
        /// The issuer publishes no key for its last day.
        NoPublishedKey = "take_no_published_key",
        /// The key is of another suite than the secrets.
        OtherSuite = "take_other_suite",
        /// The attributes are not those of the schema.
        Attributes = "take_attributes",
        /// A derived attribute does not follow from the others.
        Derived = "take_derived",
        /// The signature does not verify under the published key: another key, header or secret.
        Signature = "take_signature",
    }
}

/// A credential that its wallet checked, ready to be presented. All of it is secret.
pub struct HeldCredential {
    pub(super) issuer: IssuerId,
    pub(super) schema: Schema,
    pub(super) not_after: Day,
    pub(super) attributes: Attributes,
    pub(super) credential: bbs::Credential,
}

impl HeldCredential {
    /// Takes a credential that was issued just now (`now` in seconds since 1970; clocks may differ
    /// by 300 seconds). `keys` is the issuer's published set, fetched as anybody fetches it; `schema`
    /// is what was asked for.
    ///
    /// # Errors
    /// [`TakeRefusal`]: `Signature` also for a key of the wallet's own, a header of its own, and for
    /// a schema that was swapped.
    pub fn take(
        issued: &IssuedCredential,
        schema: &Schema,
        keys: &IssuerKeys,
        secrets: &HolderSecrets,
        now: u64,
    ) -> Result<Self, TakeRefusal> {
        let last_day = |time: u64| {
            Day::of_unix_time(time)
                .and_then(|today| today.plus_days(schema.life_days()))
                .map_err(|_| TakeRefusal::OtherLastDay)
        };
        let issued_on = [
            last_day(now.saturating_sub(TOLERANCE))?,
            last_day(now.saturating_add(TOLERANCE))?,
        ];
        if issued.0.schema == schema.digest() && !issued_on.contains(&issued.0.not_after) {
            return Err(TakeRefusal::OtherLastDay);
        }
        Self::reopen(issued, schema, keys, secrets)
    }

    /// Takes a credential out of the wallet's own sealed store: everything is checked again but the
    /// day of issue.
    ///
    /// # Errors
    /// [`TakeRefusal`].
    pub fn reopen(
        issued: &IssuedCredential,
        schema: &Schema,
        keys: &IssuerKeys,
        secrets: &HolderSecrets,
    ) -> Result<Self, TakeRefusal> {
        use TakeRefusal as Refusal;
        let parts = &issued.0;
        if parts.issuer != secrets.issuer || keys.issuer() != &secrets.issuer {
            return Err(Refusal::OtherIssuer);
        }
        if parts.schema != schema.digest() {
            return Err(Refusal::OtherSchema);
        }
        let key = keys
            .for_last_day(parts.not_after)
            .ok_or(Refusal::NoPublishedKey)?;
        if key.suite() != secrets.suite {
            return Err(Refusal::OtherSuite);
        }
        let wrong = |_| Refusal::Attributes;
        schema.check_attributes(&parts.attributes).map_err(wrong)?;
        let mut derived = parts.attributes.clone();
        let issued_on = parts.not_after.minus_days(schema.life_days());
        let issued_on = issued_on.map_err(|_| Refusal::OtherLastDay)?;
        schema.derive(&mut derived, issued_on).map_err(wrong)?;
        if derived != parts.attributes {
            return Err(Refusal::Derived);
        }
        let header = header(&parts.schema, parts.not_after).map_err(|_| Refusal::OtherLastDay)?;
        let messages = messages(schema, &parts.attributes).map_err(wrong)?;
        let none: &[&[u8]] = &[];
        let credential = bbs::Credential::with_nym(
            key,
            &parts.signature,
            &header,
            &messages,
            none,
            &secrets.blind,
            &secrets.prover_nym,
            &parts.entropy,
        )
        .map_err(|_| Refusal::Signature)?;
        Ok(Self {
            issuer: parts.issuer.clone(),
            schema: schema.clone(),
            not_after: parts.not_after,
            attributes: parts.attributes.clone(),
            credential,
        })
    }

    /// Spends 66 KiB, and about what four presentations save by it: worth it from the fifth on.
    pub fn prepare(&mut self) {
        self.credential.prepare();
    }

    /// Whether a credential that was renewed shows the same tags as this one. An issuer that drew
    /// another signer_nym_entropy would make its holder a stranger at every site: warn, and keep the
    /// old credential while it lasts.
    pub fn has_tags_of(&self, renewed: &Self) -> bool {
        let secret = |one: &Self| {
            let last = one.credential.messages.last().copied();
            Zeroizing::new(last.unwrap_or_default().to_bytes())
        };
        let same_issuer = self.issuer == renewed.issuer;
        constant_time_eq(secret(self).as_slice(), secret(renewed).as_slice()) && same_issuer
    }

    /// Who issued it.
    pub fn issuer(&self) -> &IssuerId {
        &self.issuer
    }

    /// Its schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The last day on which it proves anything: renew before.
    pub fn not_after(&self) -> Day {
        self.not_after
    }

    /// The attributes, for their owner to look at.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }
}

impl core::fmt::Debug for HeldCredential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HeldCredential")
    }
}
