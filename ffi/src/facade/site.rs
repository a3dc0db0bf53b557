//! A site: every method is a call of `chitty_client::wallet::Site` that waits as told.

use std::sync::{Arc, atomic::AtomicU64};

use chitty_client::{
    error::{Code, Error},
    wallet::Site as Core,
};
use spooky_core::credential::{Policy, Presentation};

use super::{
    CancelToken, ChittyError, PresentationVerdict, SiteConfig, SiteParts, call::Limit,
    opened::Opened, wallet_config,
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
    /// 300 seconds.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no policy, or one that is unsound; as every call.
    pub async fn request(
        &self,
        policy_json: &str,
        cancel: Option<CancelToken>,
    ) -> Result<String, ChittyError> {
        let policy = policy(policy_json)?;
        let work = |core: Core| async move {
            let request = core.request(&policy).await?;
            let json = request.to_json().map_err(|_| Code::Internal)?;
            String::from_utf8(json).map_err(|_| Code::Internal.into())
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Judges a presentation (CBOR) that answers a request with this policy. Its nonce is used up by that.
    /// What the check says is the verdict.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no policy; as every call.
    pub async fn verify(
        &self,
        presentation: &[u8],
        policy_json: &str,
        cancel: Option<CancelToken>,
    ) -> Result<PresentationVerdict, ChittyError> {
        let policy = policy(policy_json)?;
        let shown = Presentation::from_cbor(presentation)
            .map_err(|_| invalid("the presentation cannot be read"))?;
        let work = |core: Core| async move {
            PresentationVerdict::of(core.verify(&shown, &policy).await?)
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

fn policy(json: &str) -> Result<Policy, ChittyError> {
    Policy::from_json(json.as_bytes()).map_err(|_| invalid("the policy cannot be read"))
}
