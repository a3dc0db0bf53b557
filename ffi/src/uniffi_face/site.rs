//! A site as an object of uniffi.

use std::sync::Arc;

use super::{CancelToken, token};
use crate::facade::{
    self, ChittyError, PresentationVerdict, SiteConfig, SiteParts,
    foreign::{Clock, HttpTransport},
};

/// Asks people what a policy says, and judges what they show.
///
/// After `shutdown` every call fails with `Closed`, in a forked child with `Forked`.
#[derive(Debug, uniffi::Object)]
pub struct Site(facade::Site);

#[uniffi::export]
impl Site {
    /// Opens a site. Sends nothing.
    ///
    /// # Errors
    /// 10xx for the configuration.
    #[uniffi::constructor(default(transport = None, clock = None))]
    pub fn new(
        config: SiteConfig,
        transport: Option<Arc<dyn HttpTransport>>,
        clock: Option<Arc<dyn Clock>>,
    ) -> Result<Self, ChittyError> {
        let parts = SiteParts { transport, clock };
        Ok(Self(facade::Site::open(config, parts)?))
    }

    /// A request with a fresh nonce, JSON, to be handed to a wallet. The site remembers the nonce for
    /// 300 seconds.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no policy, or one that is unsound.
    #[uniffi::method(default(cancel = None))]
    pub async fn request(
        &self,
        policy_json: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<String, ChittyError> {
        self.0.request(&policy_json, token(cancel)).await
    }

    /// Judges a presentation (CBOR) that answers a request with this policy. Its nonce is used up by that.
    /// What the check says is the verdict.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no policy.
    #[uniffi::method(default(cancel = None))]
    pub async fn verify(
        &self,
        presentation: Vec<u8>,
        policy_json: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PresentationVerdict, ChittyError> {
        let token = token(cancel);
        self.0.verify(&presentation, &policy_json, token).await
    }

    /// Fetches the issuer's keys and schemas, for days without a network.
    ///
    /// # Errors
    /// When the broker cannot be asked, or what it says contradicts what is known.
    #[uniffi::method(default(cancel = None))]
    pub async fn refresh(&self, cancel: Option<Arc<CancelToken>>) -> Result<(), ChittyError> {
        self.0.refresh(token(cancel)).await
    }

    /// Closes the site: calls under way end with their answer or with `Closed`, later ones with `Closed`.
    /// Doing so twice changes nothing.
    pub fn shutdown(&self) {
        self.0.close();
    }
}
