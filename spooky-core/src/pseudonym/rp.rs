//! Who a presentation is for, and how that is known (`decisions.md` D11).

use super::Host;
use crate::Error;

/// How a site was authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RpEvidence {
    /// The SDK posts the presentation to it over https.
    PostedTo,
    /// It signed the request with a key that it publishes under its host.
    SignedRequest,
    /// The platform verified the origin of the caller.
    PlatformOrigin,
}

/// A site whose host was authenticated: the only thing that a tag or a presentation can be made for.
///
/// There are three ways to one, and a field of the request is none of them: a malicious site that
/// asks in another site's name gets a presentation that only its own host can use.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticatedRp {
    host: Host,
    evidence: RpEvidence,
}

impl AuthenticatedRp {
    /// The origin of the https URL that the SDK itself posts the presentation to, as the URL parser
    /// that makes the connection gives it (`https://host` or `https://host:port`).
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything but an https origin.
    ///
    /// ```
    /// use spooky_core::pseudonym::AuthenticatedRp;
    /// let rp = AuthenticatedRp::posting_to("https://shop.example:8443")?;
    /// assert_eq!(rp.host().as_str(), "shop.example");
    /// assert!(AuthenticatedRp::posting_to("http://shop.example").is_err());
    /// assert!(AuthenticatedRp::posting_to("https://shop.example@other.example").is_err());
    /// # Ok::<(), spooky_core::Error>(())
    /// ```
    pub fn posting_to(origin: &str) -> Result<Self, Error> {
        Self::new(Host::of_https_origin(origin)?, RpEvidence::PostedTo)
    }

    /// The origin that the platform verified for the calling page or app, such as a browser's.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything but an https origin.
    pub fn platform_origin(origin: &str) -> Result<Self, Error> {
        Self::new(Host::of_https_origin(origin)?, RpEvidence::PlatformOrigin)
    }

    /// For [`crate::credential::VerifiedRequest::rp`] alone.
    pub(crate) fn signed_by(host: Host) -> Self {
        Self {
            host,
            evidence: RpEvidence::SignedRequest,
        }
    }

    fn new(host: Host, evidence: RpEvidence) -> Result<Self, Error> {
        Ok(Self { host, evidence })
    }

    /// The site.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// How it was authenticated.
    pub fn evidence(&self) -> RpEvidence {
        self.evidence
    }
}

impl core::fmt::Debug for AuthenticatedRp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AuthenticatedRp")
            .field("evidence", &self.evidence)
            .finish_non_exhaustive()
    }
}
