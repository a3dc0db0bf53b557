//! The wallet as an object of uniffi.

use std::sync::Arc;

use super::{CancelToken, token};
use crate::facade::{
    self, AnchorStanding, Arrival, ChittyError, Consent, CredentialInfo, SignedRequestInfo,
    SiteAnswer, WalletConfig, WalletParts,
    foreign::{Clock, HardwareSigner, HttpTransport, SecretStore, SeedKeeper},
};

/// Holds a person's keys and credentials, and shows of them what the person agrees to.
///
/// Who stops waiting for a call, by deadline, token or the language's own means, loses nothing: the
/// call goes on to a safe end. After `shutdown` every call fails with `Closed`, in a forked child
/// with `Forked`.
#[derive(Debug, uniffi::Object)]
pub struct Wallet(facade::Wallet);

#[uniffi::export]
impl Wallet {
    /// Sets a wallet up. Sends, reads and writes nothing: what is wrong with its file is told by the
    /// first call, as `StoreDamaged`, `WalletForeign`, `WalletRolledBack` or `SecretsLost`.
    ///
    /// # Errors
    /// 10xx for the configuration.
    #[uniffi::constructor(default(
        secrets = None,
        seed_keeper = None,
        transport = None,
        clock = None,
        signer = None
    ))]
    pub fn new(
        config: WalletConfig,
        secrets: Option<Arc<dyn SecretStore>>,
        seed_keeper: Option<Arc<dyn SeedKeeper>>,
        transport: Option<Arc<dyn HttpTransport>>,
        clock: Option<Arc<dyn Clock>>,
        signer: Option<Arc<dyn HardwareSigner>>,
    ) -> Result<Self, ChittyError> {
        let parts = WalletParts {
            secrets,
            seed_keeper,
            transport,
            clock,
            signer,
        };
        Ok(Self(facade::Wallet::open(config, parts)?))
    }

    /// Makes what a wallet needs, if it is new, gives the seed to the seed keeper, and registers with the
    /// broker. Repeating it is harmless.
    ///
    /// # Errors
    /// What the broker, the store, the signer or the seed keeper says.
    #[uniffi::method(default(cancel = None))]
    pub async fn register(&self, cancel: Option<Arc<CancelToken>>) -> Result<(), ChittyError> {
        self.0.register(token(cancel)).await
    }

    /// Gets a credential of `schema` (its digest, base64url), the first or a newer one. The broker's
    /// operator gives out enrolment codes; a renewal needs none.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no digest; what the broker says.
    #[uniffi::method(default(enrolment_code = None, cancel = None))]
    pub async fn obtain(
        &self,
        schema: String,
        enrolment_code: Option<String>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<CredentialInfo, ChittyError> {
        self.0.obtain(&schema, enrolment_code, token(cancel)).await
    }

    /// The credentials that the wallet holds.
    ///
    /// # Errors
    /// Of the store.
    pub async fn credentials(&self) -> Result<Vec<CredentialInfo>, ChittyError> {
        self.0.credentials().await
    }

    /// Answers a site's request: a presentation, CBOR. `origin` is the https origin of the site as the
    /// platform verified it, never what the request or a page says. Works without a network while what
    /// is cached is fresh.
    ///
    /// # Errors
    /// `ArgumentInvalid` for what is no https origin or no request; why nothing is shown.
    #[uniffi::method(default(cancel = None))]
    pub async fn present(
        &self,
        origin: String,
        request_json: String,
        consent: Consent,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<u8>, ChittyError> {
        let token = token(cancel);
        self.0.present(&origin, &request_json, consent, token).await
    }

    /// Opens a request that its site signed, for the person to look at: the site's keys are fetched and decide.
    ///
    /// # Errors
    /// Why the request is not followed.
    #[uniffi::method(default(cancel = None))]
    pub async fn open_request(
        &self,
        signed_request: String,
        arrival: Arrival,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SignedRequestInfo, ChittyError> {
        let token = token(cancel);
        self.0.open_request(signed_request, arrival, token).await
    }

    /// Answers a request that its site signed, whoever brought it: the site's keys are fetched and decide, and
    /// the presentation is posted to the address in the request and handed to nobody else. Send the browser
    /// that asked to `return_uri` of what comes back.
    ///
    /// # Errors
    /// Why the request is not followed or nothing is shown; `ResponseCodeMissing`.
    #[uniffi::method(default(cancel = None))]
    pub async fn present_signed(
        &self,
        signed_request: String,
        arrival: Arrival,
        consent: Consent,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<SiteAnswer, ChittyError> {
        let token = token(cancel);
        let answer = self
            .0
            .present_signed(signed_request, arrival, consent, token);
        answer.await
    }

    /// Asks the broker where the wallet's anchor stands.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    #[uniffi::method(default(cancel = None))]
    pub async fn standing(
        &self,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<AnchorStanding, ChittyError> {
        self.0.standing(token(cancel)).await
    }

    /// Revokes the anchor, for good: nothing is issued to this wallet any more.
    ///
    /// # Errors
    /// When the broker cannot be told.
    #[uniffi::method(default(cancel = None))]
    pub async fn revoke(&self, cancel: Option<Arc<CancelToken>>) -> Result<(), ChittyError> {
        self.0.revoke(token(cancel)).await
    }

    /// Fetches keys, schemas and the status snapshot, for days without a network.
    ///
    /// # Errors
    /// When the broker cannot be asked, or what it says contradicts what is known.
    #[uniffi::method(default(cancel = None))]
    pub async fn refresh(&self, cancel: Option<Arc<CancelToken>>) -> Result<(), ChittyError> {
        self.0.refresh(token(cancel)).await
    }

    /// Closes the wallet: calls under way end with their answer or with `Closed`, later ones with
    /// `Closed`. Doing so twice changes nothing.
    pub fn shutdown(&self) {
        self.0.close();
    }
}
