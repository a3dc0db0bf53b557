//! The site's side: a verdict about a presentation, from the site's own host, nonce and policy
//! (`spec/credentials.md`, section 8). One after the other, or many at once.

mod batch;

use super::{
    Attributes, Day, IssuerId, IssuerKeys, Nonce, Policy, PolicyRefusal, Presentation, Schema,
    header, message, presentation_header,
};
use crate::{
    bbs::{PublicKey, Shown, Statement},
    clock::{TOLERANCE, is_ahead},
    pseudonym::{Host, Tag, one_time_context, site_context},
    reason::reasons,
    secret::constant_time_eq,
    verdict::Verdict,
};

reasons! {
    /// Why a presentation is refused, or what is missing to judge it.
    pub enum PresentationReason {
        /// It was made for another site: passed on, or stolen.
        OtherHost = "presentation_other_host",
        /// Its nonce was never given out by this verifier, was used before, or is over.
        NonceUnknown = "presentation_nonce_unknown",
        /// It answers another nonce: the question of another session.
        OtherNonce = "presentation_other_nonce",
        /// Its issuer is not one that the policy trusts.
        OtherIssuer = "presentation_other_issuer",
        /// Its credential has another schema.
        OtherSchema = "presentation_other_schema",
        /// Its credential is past its last day.
        Expired = "presentation_expired",
        /// Its credential lives longer than the policy allows.
        LifeTooLong = "presentation_life_too_long",
        /// It shows more than the policy asked for.
        OverDisclosed = "presentation_over_disclosed",
        /// It does not show an attribute that the policy asked for.
        AttributeMissing = "presentation_attribute_missing",
        /// It shows a value of another type than the schema's.
        AttributeType = "presentation_attribute_type",
        /// It shows a value that the policy does not accept.
        ValueNotAccepted = "presentation_value_not_accepted",
        /// It shows no tag, and the policy wants one.
        TagMissing = "presentation_tag_missing",
        /// It shows a tag that nobody asked for.
        TagUnwanted = "presentation_tag_unwanted",
        /// The issuer revoked the key of its credential: its holder has to obtain it anew.
        KeyRevoked = "presentation_key_revoked",
        /// The issuer publishes no key for the credential's last day, as far as known here.
        UnknownKey = "presentation_unknown_key",
        /// What is known of the issuer's keys is older than the site allows, or there is nothing.
        KeysStale = "presentation_keys_stale",
        /// The issuer's keys were fetched at a time that lies ahead of this clock.
        KeysAheadOfClock = "presentation_keys_ahead_of_clock",
        /// The proof is longer or shorter than one that hides the rest of the schema's attributes.
        ProofLength = "presentation_proof_length",
        /// The proof does not verify: another signer, header, attribute, tag or occasion.
        Proof = "presentation_proof",
        /// The check itself failed: no random bytes.
        Failed = "presentation_failed",
        /// The response code is unknown, used, over, or was given to the answer of another session.
        ResponseCode = "presentation_response_code",
    }
}

/// Most revoked keys that a proof is tried with: each costs as much as the proof's own check.
const MOST_REVOKED: usize = 4;

/// A nonce that its verifier has taken out of its store, so that it is never accepted again. It is
/// used up by one verification.
pub struct BurnedNonce(Nonce);

impl BurnedNonce {
    /// To be called after, and only after, the nonce was found among those that this verifier gave
    /// out, and was durably removed. If that fails, refuse.
    pub fn after_burning(nonce: Nonce) -> Self {
        Self(nonce)
    }
}

/// An issuer's keys, and when they were fetched.
#[derive(Debug, Clone)]
pub struct TrustedIssuer {
    /// The published keys.
    pub keys: IssuerKeys,
    /// When the request for them was sent to the issuer, in seconds since 1970.
    pub fetched_at: u64,
}

/// What a valid presentation says.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    /// Who vouches for it.
    pub issuer: IssuerId,
    /// The last day of the credential.
    pub not_after: Day,
    /// Exactly what the policy asked for. A status index among it is for the caller to look up.
    pub attributes: Attributes,
    /// The person's tag at this site, if the policy wants one: look it up in the site's
    /// [`crate::pseudonym::BanSet`].
    pub tag: Option<Tag>,
}

impl core::fmt::Debug for Presented {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Presented")
    }
}

/// The answer about one presentation.
pub type PresentationVerdict = Verdict<Presented, PresentationReason>;

/// A site that asks one question.
pub struct Verifier<'a> {
    host: &'a Host,
    policy: &'a Policy,
    schema: &'a Schema,
    issuers: &'a [TrustedIssuer],
    keys_max_age: u64,
}

/// Why a presentation does not pass; `open` when something is stale or missing.
#[derive(Clone, Copy)]
struct Refused {
    reason: PresentationReason,
    open: bool,
}

impl From<Refused> for PresentationVerdict {
    fn from(refused: Refused) -> Self {
        if refused.open {
            Verdict::Indeterminate(refused.reason)
        } else {
            Verdict::Invalid(refused.reason)
        }
    }
}

fn invalid(reason: PresentationReason) -> Refused {
    let open = false;
    Refused { reason, open }
}

fn open(reason: PresentationReason) -> Refused {
    let open = true;
    Refused { reason, open }
}

/// What the proof has to prove, and under which key.
struct Checked<'a> {
    key: &'a PublicKey,
    header: [u8; 36],
    presentation_header: [u8; 32],
    context: Vec<u8>,
    shown: Vec<(usize, Vec<u8>)>,
    presented: Presented,
}

impl<'a> Verifier<'a> {
    /// A site called `host`. `issuers` are the key sets at hand; those older than `keys_max_age`
    /// seconds do not count.
    ///
    /// # Errors
    /// [`PolicyRefusal`] when the policy is unsound or about another schema.
    pub fn new(
        host: &'a Host,
        policy: &'a Policy,
        schema: &'a Schema,
        issuers: &'a [TrustedIssuer],
        keys_max_age: u64,
    ) -> Result<Self, PolicyRefusal> {
        policy.check(schema)?;
        Ok(Self {
            host,
            policy,
            schema,
            issuers,
            keys_max_age,
        })
    }

    /// Judges one presentation for a nonce that was burnt for it. `now` is in seconds since 1970.
    pub fn verify(
        &self,
        presentation: &Presentation,
        nonce: BurnedNonce,
        now: u64,
    ) -> PresentationVerdict {
        let checked = match self.check(presentation, &nonce.0, now) {
            Ok(checked) => checked,
            Err(refused) => return refused.into(),
        };
        let shown = borrowed(&checked.shown);
        let statement = self.statement(&checked, presentation, &shown);
        match checked.key.verify_proof(&presentation.proof, &statement) {
            Ok(()) => Verdict::Valid(checked.presented),
            Err(_) => Verdict::Invalid(self.not_proven(presentation, &statement)),
        }
    }

    /// Why a proof does not verify under the key of its day: one under a key that was revoked is told
    /// apart from one under none, since its holder can obtain a credential anew.
    fn not_proven(
        &self,
        presentation: &Presentation,
        statement: &Statement<'_>,
    ) -> PresentationReason {
        let issuer = self.issuer(presentation);
        let revoked = issuer.map(|issuer| issuer.keys.revoked_for(presentation.not_after));
        let mut revoked = revoked.into_iter().flatten().take(MOST_REVOKED);
        match revoked.any(|key| key.verify_proof(&presentation.proof, statement).is_ok()) {
            true => PresentationReason::KeyRevoked,
            false => PresentationReason::Proof,
        }
    }

    fn issuer(&self, presentation: &Presentation) -> Option<&'a TrustedIssuer> {
        let mut issuers = self.issuers.iter();
        issuers.find(|issuer| *issuer.keys.issuer() == presentation.issuer)
    }

    fn statement<'b>(
        &self,
        checked: &'b Checked<'_>,
        presentation: &'b Presentation,
        shown: &'b [Shown<'b>],
    ) -> Statement<'b> {
        let signer = self.schema.attributes().len();
        Statement::core(&checked.header, &checked.presentation_header, shown).pseudonym(
            signer,
            &[],
            &checked.context,
            &presentation.pseudonym,
        )
    }

    /// Everything but the proof.
    fn check(
        &self,
        presentation: &Presentation,
        nonce: &Nonce,
        now: u64,
    ) -> Result<Checked<'a>, Refused> {
        use PresentationReason as Reason;
        if presentation.host != *self.host {
            return Err(invalid(Reason::OtherHost));
        }
        if !constant_time_eq(presentation.nonce.as_bytes(), nonce.as_bytes()) {
            return Err(invalid(Reason::OtherNonce));
        }
        if !self.policy.issuers().contains(&presentation.issuer) {
            return Err(invalid(Reason::OtherIssuer));
        }
        if presentation.schema != self.schema.digest() {
            return Err(invalid(Reason::OtherSchema));
        }
        self.check_days(presentation.not_after, now)?;
        let shown = self.check_attributes(presentation)?;
        match (self.policy.tag(), presentation.salt) {
            (true, Some(_)) => return Err(invalid(Reason::TagMissing)),
            (false, None) => return Err(invalid(Reason::TagUnwanted)),
            _ => {}
        }
        // Before any work that grows with the proof: what else it claims to hide costs nothing here.
        let hidden = hidden_messages(self.schema).checked_sub(shown.len());
        if hidden != Some(presentation.proof.hidden()) {
            return Err(invalid(Reason::ProofLength));
        }
        let key = self.key(presentation, now)?;
        let failed = |_| invalid(Reason::Expired);
        let header = header(&presentation.schema, presentation.not_after).map_err(failed)?;
        let context = match &presentation.salt {
            Some(salt) => one_time_context(salt),
            None => site_context(self.host),
        };
        let tag = || Tag::new(self.host.clone(), presentation.pseudonym);
        Ok(Checked {
            key,
            header,
            presentation_header: presentation_header(self.host, nonce, &self.policy.digest()),
            context,
            shown,
            presented: Presented {
                issuer: presentation.issuer.clone(),
                not_after: presentation.not_after,
                attributes: presentation.attributes.clone(),
                tag: self.policy.tag().then(tag),
            },
        })
    }

    fn check_days(&self, not_after: Day, now: u64) -> Result<(), Refused> {
        use PresentationReason as Reason;
        let day = |time| Day::of_unix_time(time).map_err(|_| invalid(Reason::Expired));
        if not_after < day(now.saturating_sub(TOLERANCE))? {
            return Err(invalid(Reason::Expired));
        }
        let latest = day(now.saturating_add(TOLERANCE))?.plus_days(self.policy.max_days());
        if latest.is_ok_and(|latest| not_after > latest) {
            return Err(invalid(Reason::LifeTooLong));
        }
        Ok(())
    }

    /// The shown messages with their indexes, ascending.
    fn check_attributes(
        &self,
        presentation: &Presentation,
    ) -> Result<Vec<(usize, Vec<u8>)>, Refused> {
        use PresentationReason as Reason;
        let asked = |name| self.policy.asks_for(name);
        if !presentation.attributes.keys().all(asked) {
            return Err(invalid(Reason::OverDisclosed));
        }
        let mut shown = Vec::with_capacity(presentation.attributes.len());
        for one in self.policy.attributes() {
            let value = presentation.attributes.get(&one.name);
            let value = value.ok_or(invalid(Reason::AttributeMissing))?;
            let known = self.schema.find(&one.name);
            let (index, known) = known.ok_or(invalid(Reason::AttributeType))?;
            if value.kind() != known.kind {
                return Err(invalid(Reason::AttributeType));
            }
            if !one.equals.as_ref().is_none_or(|wanted| wanted == value) {
                return Err(invalid(Reason::ValueNotAccepted));
            }
            shown.push((index, message(&one.name, value)));
        }
        shown.sort_unstable_by_key(|(index, _)| *index);
        Ok(shown)
    }

    fn key(&self, presentation: &Presentation, now: u64) -> Result<&'a PublicKey, Refused> {
        use PresentationReason as Reason;
        let issuer = self.issuer(presentation).ok_or(open(Reason::KeysStale))?;
        if is_ahead(issuer.fetched_at, now) {
            return Err(open(Reason::KeysAheadOfClock));
        }
        if now.saturating_sub(issuer.fetched_at) > self.keys_max_age {
            return Err(open(Reason::KeysStale));
        }
        let keys = &issuer.keys;
        keys.for_last_day(presentation.not_after).ok_or_else(|| {
            match keys.revoked_for(presentation.not_after).next() {
                Some(_) => invalid(Reason::KeyRevoked),
                None => open(Reason::UnknownKey),
            }
        })
    }
}

/// Messages that a proof about a credential of `schema` hides when it shows none: the attributes, the
/// prover's blinding factor and the pseudonym secret.
fn hidden_messages(schema: &Schema) -> usize {
    schema.attributes().len() + 2
}

fn borrowed(shown: &[(usize, Vec<u8>)]) -> Vec<Shown<'_>> {
    shown
        .iter()
        .map(|(index, text)| (*index, text.as_slice()))
        .collect()
}
