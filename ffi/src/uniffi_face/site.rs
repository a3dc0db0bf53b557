//! A site as an object of uniffi.

use std::sync::Arc;

use super::{CancelToken, token};
use crate::facade::{
    self, ChittyError, Flow, PresentationVerdict, ResponseAnswer, SiteConfig, SiteParts,
    SiteRequest,
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
    /// 300 seconds; the session that asks keeps it for `verify`.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no policy, or one that is unsound.
    #[uniffi::method(default(cancel = None))]
    pub async fn request(
        &self,
        policy_json: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SiteRequest, ChittyError> {
        self.0.request(&policy_json, token(cancel)).await
    }

    /// A signed request with a fresh nonce, a compact JWS, to be handed to a wallet by a link or as a picture.
    /// The wallet posts its answer to the site's `response_uri`.
    ///
    /// # Errors
    /// `ConfigurationInvalid` for a site without an address, a key, or the permission for `CrossDevice`.
    #[uniffi::method(default(cancel = None))]
    pub async fn signed_request(
        &self,
        policy_json: String,
        flow: Flow,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SiteRequest, ChittyError> {
        let token = token(cancel);
        self.0.signed_request(&policy_json, flow, token).await
    }

    /// Judges a presentation (CBOR) that answers a request with this policy, for the session that asked with
    /// `expected_nonce`, which is used up by that. What the check says is the verdict.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no policy or no nonce.
    #[uniffi::method(default(cancel = None))]
    pub async fn verify(
        &self,
        presentation: Vec<u8>,
        policy_json: String,
        expected_nonce: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PresentationVerdict, ChittyError> {
        let verdict = self
            .0
            .verify(&presentation, &policy_json, &expected_nonce, token(cancel));
        verdict.await
    }

    /// Takes what a wallet posted to `response_uri` (CBOR), and judges it. The request is used up by that. Logs
    /// nobody in: answer the wallet with `answer_json`.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no presentation.
    #[uniffi::method(default(cancel = None))]
    pub async fn receive(
        &self,
        presentation: Vec<u8>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ResponseAnswer, ChittyError> {
        self.0.receive(&presentation, token(cancel)).await
    }

    /// What was shown to the session that brings `response_code` and kept `expected_nonce`: once, within 300
    /// seconds.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no nonce.
    #[uniffi::method(default(cancel = None))]
    pub async fn accept(
        &self,
        response_code: String,
        expected_nonce: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PresentationVerdict, ChittyError> {
        let token = token(cancel);
        self.0.accept(response_code, &expected_nonce, token).await
    }

    /// What was shown in answer to a `CrossDevice` request, once; nothing as long as there is none.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no nonce.
    #[uniffi::method(default(cancel = None))]
    pub async fn collect(
        &self,
        nonce: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Option<PresentationVerdict>, ChittyError> {
        self.0.collect(&nonce, token(cancel)).await
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
