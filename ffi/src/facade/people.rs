//! Records of wallets and sites, and how they are read from the client's own types.

use chitty_client::error::{Code, Error};
use chitty_client::wallet as core;
use chitty_client::wire::broker;
use spooky_core::{credential, verdict::Verdict};

use super::{ChittyError, VerdictState};

/// A credential that a wallet holds.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct CredentialInfo {
    /// Who issued it.
    pub issuer: String,
    /// The digest of its schema, base64url.
    pub schema: String,
    /// Its last day, `YYYY-MM-DD`.
    pub not_after: String,
    /// What it says: one JSON object `{name: {type, value}}`.
    pub attributes_json: String,
}

prints!(CredentialInfo, |_it, f| f.write_str("CredentialInfo(…)"));

impl CredentialInfo {
    pub(crate) fn of(it: core::CredentialInfo) -> Result<Self, Error> {
        Ok(Self {
            issuer: it.issuer.as_str().to_owned(),
            schema: it.schema.to_text(),
            not_after: it.not_after.to_string(),
            attributes_json: json(&it.attributes)?,
        })
    }
}

/// What the person agreed to show. Nothing is shown that is not in it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct Consent {
    /// The names of the attributes.
    pub attributes: Vec<String>,
    /// Whether the site may recognise the person again.
    #[cfg_attr(feature = "uniffi", uniffi(default = false))]
    pub tag: bool,
}

prints!(Consent, |_it, f| f.write_str("Consent(…)"));

impl Consent {
    pub(crate) fn read(self) -> Result<credential::Consent, ChittyError> {
        let names = self.attributes.iter();
        let names = names.map(|name| credential::AttributeName::parse(name));
        Ok(credential::Consent {
            attributes: names.collect::<Result<_, _>>().map_err(|_| {
                Error::new(Code::ArgumentInvalid).detail("a name in the consent is no attribute's")
            })?,
            tag: self.tag,
        })
    }
}

/// Where an anchor stands. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[non_exhaustive]
#[repr(u8)]
pub enum AnchorStanding {
    /// Nobody registered it.
    Unknown = 1,
    /// Registered and not revoked.
    Active = 2,
    /// Revoked, for good.
    Revoked = 3,
}

impl TryFrom<broker::AnchorStanding> for AnchorStanding {
    type Error = Error;

    fn try_from(standing: broker::AnchorStanding) -> Result<Self, Error> {
        match standing {
            broker::AnchorStanding::Unknown => Ok(Self::Unknown),
            broker::AnchorStanding::Active => Ok(Self::Active),
            broker::AnchorStanding::Revoked => Ok(Self::Revoked),
            _ => Err(Code::AnswerMalformed.into()),
        }
    }
}

/// What a site says about a presentation.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct PresentationVerdict {
    /// Only `true` passes.
    pub valid: bool,
    /// Which of the three answers.
    pub state: VerdictState,
    /// Why it did not pass: a stable name, such as `presentation_other_host`.
    pub reason: Option<String>,
    /// Who vouches for it, when it passed.
    pub issuer: Option<String>,
    /// The last day of the credential, `YYYY-MM-DD`, when it passed.
    pub not_after: Option<String>,
    /// Exactly what the policy asks for, when it passed: one JSON object `{name: {type, value}}`.
    pub attributes_json: Option<String>,
    /// The person's tag at this site, 48 bytes, when it passed and the policy wants one. The same person
    /// has another tag at every other site.
    pub tag: Option<Vec<u8>>,
}

prints!(PresentationVerdict, |it, f| write!(
    f,
    "PresentationVerdict({:?})",
    it.state
));

impl PresentationVerdict {
    pub(crate) fn of(verdict: credential::PresentationVerdict) -> Result<Self, Error> {
        let refused = |state, reason: credential::PresentationReason| Self {
            valid: false,
            state,
            reason: Some(reason.code().to_owned()),
            issuer: None,
            not_after: None,
            attributes_json: None,
            tag: None,
        };
        Ok(match verdict {
            Verdict::Invalid(reason) => refused(VerdictState::Invalid, reason),
            Verdict::Indeterminate(reason) => refused(VerdictState::Indeterminate, reason),
            Verdict::Valid(shown) => Self {
                valid: true,
                state: VerdictState::Valid,
                reason: None,
                issuer: Some(shown.issuer.as_str().to_owned()),
                not_after: Some(shown.not_after.to_string()),
                attributes_json: Some(json(&shown.attributes)?),
                tag: shown.tag.map(|tag| tag.to_bytes().to_vec()),
            },
        })
    }
}

fn json(attributes: &credential::Attributes) -> Result<String, Error> {
    serde_json::to_string(attributes).map_err(|_| Code::Internal.into())
}
