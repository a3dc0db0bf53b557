//! Records of requests and their answers, and how they are read from the client's own types.

use chitty_client::error::{Code, Error};
use chitty_client::wallet as core;
use spooky_core::{
    credential::{self, VerifiedRequest},
    verdict::Verdict,
};

use super::{ChittyError, VerdictState};

/// How the session that asks gets to know what a wallet answered. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[non_exhaustive]
#[repr(u8)]
pub enum Flow {
    /// The session is on the wallet's own device, and brings a one-time response code back.
    SameDevice = 1,
    /// The session is on another device, whose picture the wallet scans. Whoever makes somebody scan it is let
    /// in as them.
    CrossDevice = 2,
}

impl From<Flow> for credential::Flow {
    fn from(flow: Flow) -> Self {
        match flow {
            Flow::SameDevice => Self::SameDevice,
            Flow::CrossDevice => Self::CrossDevice,
        }
    }
}

/// How a signed request reached the wallet. Numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[non_exhaustive]
#[repr(u8)]
pub enum Arrival {
    /// By a link, or any other call of this device's own browser or apps.
    Link = 1,
    /// By the camera, from the screen of another device.
    Scanned = 2,
}

impl From<Arrival> for credential::Arrival {
    fn from(arrival: Arrival) -> Self {
        match arrival {
            Arrival::Link => Self::Link,
            Arrival::Scanned => Self::Scanned,
        }
    }
}

/// A site's question for one session.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct SiteRequest {
    /// What the wallet gets: JSON or, signed, a compact JWS.
    pub text: String,
    /// What the session keeps on the server, where its visitor cannot change it, and passes when the answer is
    /// judged: 43 characters.
    pub nonce: String,
}

prints!(SiteRequest, |_it, f| f.write_str("SiteRequest(…)"));

/// A signed request that was checked, for the person to look at.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct SignedRequestInfo {
    /// The site that signed it, and that the answer goes to.
    pub host: String,
    /// What it wants to know.
    pub policy_json: String,
    /// How the session that asks gets to know of the answer.
    pub flow: Flow,
    /// What the person has to be told before they agree; nothing for `SameDevice`.
    pub warning: Option<String>,
}

prints!(SignedRequestInfo, |_it, f| f
    .write_str("SignedRequestInfo(…)"));

impl SignedRequestInfo {
    pub(crate) fn of(asked: &VerifiedRequest) -> Result<Self, Error> {
        let flow = match asked.flow() {
            credential::Flow::SameDevice => Flow::SameDevice,
            credential::Flow::CrossDevice => Flow::CrossDevice,
        };
        let policy = asked.request().policy.to_json();
        Ok(Self {
            host: asked.rp().host().as_str().to_owned(),
            policy_json: text(policy.map_err(|_| Code::Internal)?)?,
            flow,
            warning: asked.flow().warning().map(str::to_owned),
        })
    }
}

/// What a site said to the answer that the wallet posted to it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct SiteAnswer {
    /// The one-time response code, for `SameDevice`: it belongs to the browser that asked, on this device.
    pub response_code: Option<String>,
    /// Where the app sends that browser: the site's own address with the response code.
    pub return_uri: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

prints!(SiteAnswer, |_it, f| f.write_str("SiteAnswer(…)"));

impl SiteAnswer {
    pub(crate) fn of(it: core::SiteAnswer) -> Self {
        Self {
            response_code: it.response_code,
            return_uri: it.return_uri,
            body: it.body,
        }
    }
}

/// What a site thinks of what was posted to it, and what it answers the wallet.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[cfg_attr(feature = "uniffi", uniffi::export(Debug, Display))]
pub struct ResponseAnswer {
    /// Only `true` passes. It logs nobody in: whose session asked is not known yet.
    pub valid: bool,
    /// Which of the three answers.
    pub state: VerdictState,
    /// Why it did not pass.
    pub reason: Option<String>,
    /// When it passed: the body of the answer to the wallet, `application/json`. Not to be cached or logged.
    pub answer_json: Option<String>,
}

prints!(ResponseAnswer, |it, f| write!(
    f,
    "ResponseAnswer({:?})",
    it.state
));

impl ResponseAnswer {
    pub(crate) fn of(
        verdict: Verdict<core::ResponseAnswer, credential::PresentationReason>,
    ) -> Result<Self, Error> {
        let refused = |state, reason: credential::PresentationReason| Self {
            valid: false,
            state,
            reason: Some(reason.code().to_owned()),
            answer_json: None,
        };
        Ok(match verdict {
            Verdict::Invalid(reason) => refused(VerdictState::Invalid, reason),
            Verdict::Indeterminate(reason) => refused(VerdictState::Indeterminate, reason),
            Verdict::Valid(answer) => Self {
                valid: true,
                state: VerdictState::Valid,
                reason: None,
                answer_json: Some(answer.to_json()?),
            },
        })
    }
}

pub(super) fn text(json: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(json).map_err(|_| Code::Internal.into())
}

/// A nonce as an app keeps it.
pub(super) fn nonce(text: &str) -> Result<credential::Nonce, ChittyError> {
    credential::Nonce::parse(text).map_err(|_| {
        let error = Error::new(Code::ArgumentInvalid);
        error.detail("the nonce is not that of a request").into()
    })
}
