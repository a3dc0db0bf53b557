//! A site: every method is a call of `chitty_client::wallet::Site` that waits as told.

use std::sync::{Arc, atomic::AtomicU64};

use chitty_client::{
    error::{Code, Error},
    wallet::Site as Core,
};
use spooky_core::credential::{Policy, Presentation};

use super::{
    CancelToken, ChittyError, Flow, PresentationVerdict, ResponseAnswer, SiteConfig, SiteParts,
    SiteRequest, call::Limit, opened::Opened, signed, wallet_config,
};

/// Asks people what a policy says, and judges what they show.
///
/// After [`Site::close`] every call fails with `Closed`; in a forked child with `Forked`.
pub struct Site {
    open: Opened<Core>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").finish_non_exhaustive()
    }
}

impl Site {
    /// Opens a site. Sends nothing.
    ///
    /// # Errors
    /// 10xx for the configuration.
    pub fn open(config: SiteConfig, parts: SiteParts) -> Result<Self, ChittyError> {
        let failures = Arc::new(AtomicU64::new(0));
        let deadline = config.deadline();
        let core = wallet_config::site(config, parts, &failures)?;
        Ok(Self {
            open: Opened::new(core, deadline),
        })
    }

    fn limit(&self) -> Limit {
        Limit::Kept(self.open.deadline())
    }

    /// A request with a fresh nonce, JSON, to be handed to a wallet. The site remembers the nonce for
    /// 300 seconds; the session that asks keeps it for [`Site::verify`].
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no policy, or one that is unsound; as every call.
    pub async fn request(
        &self,
        policy_json: &str,
        cancel: Option<CancelToken>,
    ) -> Result<SiteRequest, ChittyError> {
        let policy = policy(policy_json)?;
        let work = |core: Core| async move {
            let request = core.request(&policy).await?;
            let json = request.to_json().map_err(|_| Code::Internal)?;
            Ok(SiteRequest {
                text: signed::text(json)?,
                nonce: request.nonce.to_text(),
            })
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// A signed request with a fresh nonce, a compact JWS, to be handed to a wallet by a link or as a picture.
    /// The wallet posts its answer to the site's `response_uri`.
    ///
    /// # Errors
    /// `ConfigurationInvalid` for a site without an address, a key, or the permission for `CrossDevice`; as
    /// [`Site::request`].
    pub async fn signed_request(
        &self,
        policy_json: &str,
        flow: Flow,
        cancel: Option<CancelToken>,
    ) -> Result<SiteRequest, ChittyError> {
        let policy = policy(policy_json)?;
        let work = |core: Core| async move {
            let request = core.signed_request(&policy, flow.into()).await?;
            Ok(SiteRequest {
                text: request.text,
                nonce: request.nonce.to_text(),
            })
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Judges a presentation (CBOR) that answers a request with this policy, for the session that asked with
    /// `expected_nonce`, which is used up by that. What the check says is the verdict.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no policy or no nonce; as every call.
    pub async fn verify(
        &self,
        presentation: &[u8],
        policy_json: &str,
        expected_nonce: &str,
        cancel: Option<CancelToken>,
    ) -> Result<PresentationVerdict, ChittyError> {
        let policy = policy(policy_json)?;
        let nonce = signed::nonce(expected_nonce)?;
        let shown = read(presentation)?;
        let work = |core: Core| async move {
            PresentationVerdict::of(core.verify(&shown, &policy, &nonce).await?)
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Takes what a wallet posted to `response_uri` (CBOR), and judges it. The request is used up by that. Logs
    /// nobody in: answer the wallet with [`ResponseAnswer::answer_json`].
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no presentation; as every call.
    pub async fn receive(
        &self,
        presentation: &[u8],
        cancel: Option<CancelToken>,
    ) -> Result<ResponseAnswer, ChittyError> {
        let shown = read(presentation)?;
        let work = |core: Core| async move { ResponseAnswer::of(core.receive(&shown).await?) };
        self.open.call(self.limit(), cancel, work).await
    }

    /// What was shown to the session that brings `response_code` and kept `expected_nonce`: once, within 300
    /// seconds.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no nonce; as every call.
    pub async fn accept(
        &self,
        response_code: String,
        expected_nonce: &str,
        cancel: Option<CancelToken>,
    ) -> Result<PresentationVerdict, ChittyError> {
        let nonce = signed::nonce(expected_nonce)?;
        let work = |core: Core| async move {
            PresentationVerdict::of(core.accept(&response_code, &nonce).await?)
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// What was shown in answer to a `CrossDevice` request, once; nothing as long as there is none.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no nonce; as every call.
    pub async fn collect(
        &self,
        nonce: &str,
        cancel: Option<CancelToken>,
    ) -> Result<Option<PresentationVerdict>, ChittyError> {
        let nonce = signed::nonce(nonce)?;
        let work = |core: Core| async move {
            let verdict = core.collect(&nonce).await?;
            verdict.map(PresentationVerdict::of).transpose()
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Fetches the issuer's keys and schemas, for days without a network.
    ///
    /// # Errors
    /// When the broker cannot be asked, or what it says contradicts what is known; as every call.
    pub async fn refresh(&self, cancel: Option<CancelToken>) -> Result<(), ChittyError> {
        let work = |core: Core| async move { core.refresh().await };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Closes the site: calls under way end with their answer or with `Closed`, later ones with `Closed`.
    /// Closing twice changes nothing.
    pub fn close(&self) {
        self.open.close();
    }
}

fn invalid(what: &'static str) -> ChittyError {
    Error::new(Code::ArgumentInvalid).detail(what).into()
}

fn read(presentation: &[u8]) -> Result<Presentation, ChittyError> {
    Presentation::from_cbor(presentation).map_err(|_| invalid("the presentation cannot be read"))
}

fn policy(json: &str) -> Result<Policy, ChittyError> {
    Policy::from_json(json.as_bytes()).map_err(|_| invalid("the policy cannot be read"))
}
