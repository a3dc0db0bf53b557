//! Presenting: what the wallet shows, to whom, and when it refuses (`spec/credentials.md`,
//! section 5).

use std::collections::BTreeSet;

use super::{
    AttributeName, Attributes, Day, HeldCredential, PolicyRefusal, Presentation,
    PresentationRequest, presentation_header,
};
use crate::{
    Error,
    bbs::Disclosure,
    entropy::{Entropy, random_32},
    pseudonym::{AuthenticatedRp, one_time_context, site_context},
};

/// What the person agreed to show. Nothing is shown that is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consent {
    /// Attributes.
    pub attributes: BTreeSet<AttributeName>,
    /// The tag for this site.
    pub tag: bool,
}

/// Why a wallet does not present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PresentRefusal {
    /// The policy trusts other issuers.
    #[error("the policy does not trust this credential's issuer")]
    OtherIssuer,
    /// The policy is unsound, or about another schema.
    #[error("the policy is refused: {0}")]
    Policy(#[from] PolicyRefusal),
    /// The credential is past its last day: renew it.
    #[error("the credential has expired")]
    Expired,
    /// The policy wants an attribute that the person did not agree to show.
    #[error("the person did not agree to show what is asked for")]
    AttributeNotConsented,
    /// The policy wants a tag that the person did not agree to show.
    #[error("the person did not agree to be recognised")]
    TagNotConsented,
    /// An attribute has another value than the policy accepts; so nothing is shown.
    #[error("the credential does not fulfil the policy")]
    NotFulfilled,
    /// Something else failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl PresentRefusal {
    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherIssuer => "present_other_issuer",
            Self::Policy(refusal) => refusal.code(),
            Self::Expired => "present_expired",
            Self::AttributeNotConsented => "present_attribute_not_consented",
            Self::TagNotConsented => "present_tag_not_consented",
            Self::NotFulfilled => "present_not_fulfilled",
            Self::Failed(_) => "present_failed",
        }
    }
}

impl HeldCredential {
    /// Answers the request of `rp`: shows exactly the attributes of its policy, and the tag for its
    /// host if the policy wants it. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`PresentRefusal`].
    pub fn present(
        &self,
        rp: &AuthenticatedRp,
        request: &PresentationRequest,
        consent: &Consent,
        now: u64,
        source: &dyn Entropy,
    ) -> Result<Presentation, PresentRefusal> {
        use PresentRefusal as Refusal;
        let policy = &request.policy;
        policy.check(&self.schema)?;
        if !policy.issuers().contains(&self.issuer) {
            return Err(Refusal::OtherIssuer);
        }
        if Day::of_unix_time(now)? > self.not_after {
            return Err(Refusal::Expired);
        }
        if policy.tag() && !consent.tag {
            return Err(Refusal::TagNotConsented);
        }
        let mut shown = Attributes::new();
        let mut indexes = Vec::new();
        for one in policy.attributes() {
            if !consent.attributes.contains(&one.name) {
                return Err(Refusal::AttributeNotConsented);
            }
            let (Some((index, _)), Some(value)) =
                (self.schema.find(&one.name), self.attributes.get(&one.name))
            else {
                return Err(Refusal::Policy(PolicyRefusal::UnknownAttribute));
            };
            if !one.equals.as_ref().is_none_or(|wanted| wanted == value) {
                return Err(Refusal::NotFulfilled);
            }
            shown.insert(one.name.clone(), value.clone());
            indexes.push(index);
        }
        indexes.sort_unstable();
        let (context, salt) = if policy.tag() {
            (site_context(rp.host()), None)
        } else {
            // The wallet's own salt: with the site's nonce, a site that repeats it would link.
            let salt = random_32(source)?;
            (one_time_context(&salt), Some(salt))
        };
        let header = presentation_header(rp.host(), &request.nonce, &policy.digest());
        let disclosure = Disclosure {
            messages: &indexes,
            committed: &[],
        };
        let (proof, pseudonym) = self
            .credential
            .prove_with_pseudonym(disclosure, &context, &header, source)?;
        Ok(Presentation {
            issuer: self.issuer.clone(),
            schema: self.schema.digest(),
            not_after: self.not_after,
            host: rp.host().clone(),
            nonce: request.nonce,
            attributes: shown,
            pseudonym,
            proof,
            salt,
        })
    }
}
