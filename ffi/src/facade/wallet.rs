//! The wallet: every method is a call of `chitty_client::wallet` that waits as told.

use std::sync::{Arc, atomic::AtomicU64};

use chitty_client::{
    error::{Code, Error},
    wallet::Wallet as Core,
};
use spooky_core::{
    credential::{PresentationRequest, SchemaDigest},
    encoding::bytes_32,
    pseudonym::AuthenticatedRp,
};

use super::{
    AnchorStanding, Arrival, CancelToken, ChittyError, Consent, CredentialInfo, SignedRequestInfo,
    SiteAnswer, WalletConfig, WalletParts, call::Limit, opened::Opened, wallet_config,
};

/// Holds a person's keys and credentials, and shows of them what the person agrees to.
///
/// Calls run as tasks of the SDK: who stops waiting, by deadline, token or dropped future, loses
/// nothing. After [`Wallet::close`] every call fails with `Closed`; in a forked child with `Forked`.
pub struct Wallet {
    open: Opened<Core>,
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wallet").finish_non_exhaustive()
    }
}

impl Wallet {
    /// Sets a wallet up. Sends, reads and writes nothing: what is wrong with its file is told by the
    /// first call, as `StoreDamaged`, `WalletForeign`, `WalletRolledBack` or `SecretsLost`.
    ///
    /// # Errors
    /// 10xx for the configuration.
    pub fn open(config: WalletConfig, parts: WalletParts) -> Result<Self, ChittyError> {
        let failures = Arc::new(AtomicU64::new(0));
        let deadline = config.deadline();
        let core = wallet_config::wallet(config, parts, &failures)?;
        Ok(Self {
            open: Opened::new(core, deadline),
        })
    }

    fn limit(&self) -> Limit {
        Limit::Kept(self.open.deadline())
    }

    /// Makes what a wallet needs, if it is new, gives the seed to the seed keeper, and registers with the
    /// broker. Repeating it is harmless.
    ///
    /// # Errors
    /// What the broker, the store, the signer or the seed keeper says; as every call.
    pub async fn register(&self, cancel: Option<CancelToken>) -> Result<(), ChittyError> {
        let work = |core: Core| async move { core.register().await };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Gets a credential of `schema` (its digest, base64url), the first or a newer one. The broker's
    /// operator gives out enrolment codes; a renewal needs none.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no digest; what the broker says; as every call.
    pub async fn obtain(
        &self,
        schema: &str,
        enrolment_code: Option<String>,
        cancel: Option<CancelToken>,
    ) -> Result<CredentialInfo, ChittyError> {
        let schema = digest(schema)?;
        let work = |core: Core| async move {
            let code = enrolment_code.as_deref();
            CredentialInfo::of(core.obtain(schema, code).await?)
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// The credentials that the wallet holds.
    ///
    /// # Errors
    /// Of the store; as every call.
    pub async fn credentials(&self) -> Result<Vec<CredentialInfo>, ChittyError> {
        let work = |core: Core| async move {
            let held = core.credentials().await?;
            held.into_iter().map(CredentialInfo::of).collect()
        };
        self.open.call(self.limit(), None, work).await
    }

    /// Answers a site's request: a presentation, CBOR. `origin` is the https origin of the site as the
    /// platform verified it, never what the request or a page says. Works without a network while what
    /// is cached is fresh.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no https origin or no request; why nothing is shown; as every call.
    pub async fn present(
        &self,
        origin: &str,
        request_json: &str,
        consent: Consent,
        cancel: Option<CancelToken>,
    ) -> Result<Vec<u8>, ChittyError> {
        let rp = AuthenticatedRp::platform_origin(origin)
            .map_err(|_| invalid("the origin is no https origin"))?;
        let request = PresentationRequest::from_json(request_json.as_bytes())
            .map_err(|_| invalid("the request cannot be read"))?;
        let consent = consent.read()?;
        let work = |core: Core| async move {
            let shown = core.present(&rp, &request, &consent).await?;
            Ok(shown.to_cbor())
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Opens a request that its site signed, for the person to look at: the site's keys are fetched and decide.
    ///
    /// # Errors
    /// Why the request is not followed; as every call.
    pub async fn open_request(
        &self,
        signed_request: String,
        arrival: Arrival,
        cancel: Option<CancelToken>,
    ) -> Result<SignedRequestInfo, ChittyError> {
        let work = |core: Core| async move {
            let asked = core.open_request(&signed_request, arrival.into()).await?;
            SignedRequestInfo::of(&asked)
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Answers a request that its site signed, whoever brought it: the site's keys are fetched and decide, and
    /// the presentation is posted to the address in the request and handed to nobody else. Send the browser
    /// that asked to [`SiteAnswer::return_uri`].
    ///
    /// # Errors
    /// Why the request is not followed or nothing is shown; `ResponseCodeMissing`; as every call.
    pub async fn present_signed(
        &self,
        signed_request: String,
        arrival: Arrival,
        consent: Consent,
        cancel: Option<CancelToken>,
    ) -> Result<SiteAnswer, ChittyError> {
        let consent = consent.read()?;
        let work = |core: Core| async move {
            let asked = core.open_request(&signed_request, arrival.into()).await?;
            Ok(SiteAnswer::of(core.answer(&asked, &consent).await?))
        };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Asks the broker where the wallet's anchor stands.
    ///
    /// # Errors
    /// When the broker cannot be asked; as every call.
    pub async fn standing(
        &self,
        cancel: Option<CancelToken>,
    ) -> Result<AnchorStanding, ChittyError> {
        let work = |core: Core| async move { core.standing().await?.try_into() };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Revokes the anchor, for good: nothing is issued to this wallet any more.
    ///
    /// # Errors
    /// When the broker cannot be told; as every call.
    pub async fn revoke(&self, cancel: Option<CancelToken>) -> Result<(), ChittyError> {
        let work = |core: Core| async move { core.revoke().await };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Fetches keys, schemas and the status snapshot, for days without a network.
    ///
    /// # Errors
    /// When the broker cannot be asked, or what it says contradicts what is known; as every call.
    pub async fn refresh(&self, cancel: Option<CancelToken>) -> Result<(), ChittyError> {
        let work = |core: Core| async move { core.refresh().await };
        self.open.call(self.limit(), cancel, work).await
    }

    /// Closes the wallet: calls under way end with their answer or with `Closed`, later ones with
    /// `Closed`. Closing twice changes nothing.
    pub fn close(&self) {
        self.open.close();
    }
}

fn invalid(what: &'static str) -> ChittyError {
    Error::new(Code::ArgumentInvalid).detail(what).into()
}

fn digest(text: &str) -> Result<SchemaDigest, ChittyError> {
    let bytes = bytes_32(text).map_err(|_| invalid("the schema is no digest in base64url"))?;
    Ok(SchemaDigest(bytes))
}
