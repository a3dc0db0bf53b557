//! A person's wallet, and the site that it presents to (chains 1 to 3; `decisions.md` D11 to D15).
//!
//! A [`Wallet`] makes the person's keys, registers their anchor with a broker, obtains and renews
//! credentials, and answers sites. A [`Site`] asks and judges. Both work offline with what they have
//! fetched before.
//!
//! 1. [`Wallet::register`]: the seed goes to a [`SeedKeeper`], the keys into the [`WalletStore`], and
//!    only then does a request leave.
//! 2. [`Wallet::obtain`]: a credential is taken when it is exactly what everybody would get.
//! 3. [`Wallet::present`] shows what the person agreed to, to a site that was authenticated: never to
//!    a name in a request. [`Wallet::answer`] does so for a request that a site signed, and posts to the
//!    address in it alone.
//! 4. [`Wallet::revoke`] ends it: renewals stop at once, and the credential with its last day.
//!
//! What the wallet signs and checks is in `spooky-core`; this room holds the order of the steps, what
//! is remembered between them, and the network. It refuses to show, log or send anything else.

mod config;
#[cfg(any(test, feature = "test-util"))]
pub mod conformance;
mod errors;
mod file;
mod form;
mod nonces;
mod obtain;
mod present;
mod register;
mod responses;
mod secrets;
mod site;
mod site_config;
mod site_signed;
mod state;
mod status;
mod store;
mod vault;

use std::{fmt, sync::Arc};

use spooky_core::{
    anchor::StatusReason,
    credential::{
        Arrival, Attributes, Consent, Day, IssuerId, Presentation, PresentationRequest,
        SchemaDigest, VerifiedRequest,
    },
    keys::HardwareSigner,
    pseudonym::AuthenticatedRp,
    verdict::Verdict,
};

use self::vault::Vault;
pub use self::{
    config::WalletBuilder,
    file::FileWallet,
    nonces::{MemoryNonces, NonceStore},
    responses::{MemoryResponses, ResponseStore},
    secrets::{SecretStore, SeedKeeper},
    site::Site,
    site_config::SiteBuilder,
    site_signed::{ResponseAnswer, SignedRequest},
    store::{MemoryWallet, Saved, Stored, WalletStore},
};
use crate::{broker::Broker, error::Error, wire::broker::AnchorStanding};

/// What a wallet holds, for its owner to look at.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialInfo {
    /// Who issued it.
    pub issuer: IssuerId,
    /// What kind it is.
    pub schema: SchemaDigest,
    /// The last day on which it proves anything: renew before.
    pub not_after: Day,
    /// What it says. Personal data.
    pub attributes: Attributes,
}

/// Prints no values.
impl fmt::Debug for CredentialInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialInfo")
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// What a site said to the answer that was posted to it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SiteAnswer {
    /// The one-time response code, for `same_device`: it belongs to the browser that asked, on this device.
    pub response_code: Option<String>,
    /// Where the app sends that browser: the site's own address with the response code.
    pub return_uri: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Prints no code.
impl fmt::Debug for SiteAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteAnswer").finish_non_exhaustive()
    }
}

/// A person's wallet on one device. Clones share everything.
///
#[cfg_attr(feature = "http", doc = "```no_run")]
#[cfg_attr(not(feature = "http"), doc = "```ignore")]
/// # use chitty_client::wallet::{MemoryWallet, SeedKeeper, Wallet};
/// # use spooky_core::{credential::*, pseudonym::AuthenticatedRp};
/// # async fn f(keeper: impl SeedKeeper + 'static, schema: SchemaDigest,
/// #     request: PresentationRequest) -> Result<(), Box<dyn std::error::Error>> {
/// let wallet = Wallet::builder()
///     .broker("https://broker.example")
///     .store(MemoryWallet::new())
///     .seed_keeper(keeper)
///     .build()?;
/// wallet.register().await?;
/// wallet.obtain(schema, Some("enr_…")).await?;
/// let site = AuthenticatedRp::platform_origin("https://shop.example")?;
/// let consent = Consent { attributes: [AttributeName::parse("age_over_21")?].into(), tag: true };
/// let shown = wallet.present(&site, &request, &consent).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Wallet(Arc<Inner>);

struct Inner {
    broker: Broker,
    vault: Vault,
    keeper: Arc<dyn SeedKeeper>,
    device: Option<Arc<dyn HardwareSigner>>,
    /// How old the broker's keys may get before they judge nothing, in seconds.
    keys_max_age: u64,
    /// One change at a time within this process.
    turn: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet").finish_non_exhaustive()
    }
}

impl Wallet {
    /// Starts to configure a wallet.
    pub fn builder() -> WalletBuilder {
        WalletBuilder::new()
    }

    /// Registers the person's anchor. Makes the seed and the anchor key if there are none, stores
    /// them, gives the seed to the [`SeedKeeper`], and only then asks the broker; afterwards the
    /// device keeps neither seed nor recovery key. Repeating it is harmless, and after a lost answer
    /// it goes on with the same keys.
    ///
    /// # Errors
    /// `SeedNotKept`, the `Signer…` codes of the device key, `StatementRefused`, `WalletRevoked`,
    /// `WalletOtherBroker`, refusals of the broker (20xx), 11xx and 12xx for the network, 15xx for
    /// the store.
    pub async fn register(&self) -> Result<(), Error> {
        register::register(&self.0).await
    }

    /// Obtains the credential of `schema`, for the first time (with the operator's one-time code,
    /// where the issuer wants one) or again, as a renewal with the same tags.
    ///
    /// # Errors
    /// `WalletUnregistered`, `WalletRevoked`, `SchemaUnknown`; `AnchorRevoked`, `CommitmentChanged`,
    /// `EnrolmentMissing` and other refusals of the broker; `CredentialNotTaken`,
    /// `CredentialTagsChanged`, `KeySetRolledBack`, `IssuerKeysChanged` for an issuer that cannot be
    /// trusted: what the wallet held before stays; 11xx, 12xx, 15xx.
    pub async fn obtain(
        &self,
        schema: SchemaDigest,
        enrolment_code: Option<&str>,
    ) -> Result<CredentialInfo, Error> {
        obtain::obtain(&self.0, schema, enrolment_code).await
    }

    /// What the wallet holds, expired credentials included.
    ///
    /// # Errors
    /// The 15xx codes.
    pub async fn credentials(&self) -> Result<Vec<CredentialInfo>, Error> {
        obtain::list(&self.0).await
    }

    /// Answers a site that was authenticated: shows exactly what its policy asks for and the person
    /// agreed to. Needs no network. Not for signed requests: those are for [`Wallet::answer`].
    ///
    /// # Errors
    /// `SignedRequestRefused` for a site that is known by its signed request; `CredentialMissing`,
    /// `CredentialKeyRevoked` (obtain it anew), `CredentialExpired`, `PolicyUnsound`, `AttributeNotConsented`,
    /// `TagNotConsented`, `PolicyNotFulfilled`, `EntropyFailed`; 15xx.
    pub async fn present(
        &self,
        rp: &AuthenticatedRp,
        request: &PresentationRequest,
        consent: &Consent,
    ) -> Result<Presentation, Error> {
        present::present(&self.0, rp, request, consent).await
    }

    /// Opens a request that a site signed, whoever brought it and however it arrived: fetches the keys of the
    /// host that it names from that host itself, over https, and checks it. Show the person the host, the
    /// policy and [`Flow::warning`](spooky_core::credential::Flow::warning), then [`Wallet::answer`] it.
    ///
    /// # Errors
    /// `SignedRequestRefused`, `SignedRequestUndecided`, `SiteInvalid`, `KeySetInvalid`; 11xx, 12xx.
    pub async fn open_request(
        &self,
        signed: &str,
        arrival: Arrival,
    ) -> Result<VerifiedRequest, Error> {
        present::open(&self.0, signed, arrival).await
    }

    /// Answers a request that its site signed: posts the presentation (CBOR) to the address in it, once, without
    /// following redirects, and hands it to nobody else. For `same_device` the site answers with a response
    /// code: send the browser that asked to [`SiteAnswer::return_uri`].
    ///
    /// # Errors
    /// As [`Wallet::present`]; `ResponseCodeMissing`; `RedirectRefused` and other 11xx and 12xx codes, with
    /// how far the presentation got.
    pub async fn answer(
        &self,
        asked: &VerifiedRequest,
        consent: &Consent,
    ) -> Result<SiteAnswer, Error> {
        present::answer(&self.0, asked, consent).await
    }

    /// Presents to the host of `url`, which is https, and posts the presentation there itself (CBOR).
    /// It is sent once: a repetition needs the site's next nonce. Answers the body of the site's
    /// answer, at most 1 MiB. For occasions without a session: a plain request that somebody else brought may
    /// be that of their session, and the site would let them in. Signed requests ([`Wallet::answer`]) are tied
    /// to the session that asked.
    ///
    /// # Errors
    /// As [`Wallet::present`]; `SiteInvalid`; `RedirectRefused` and other 11xx and 12xx codes, with
    /// how far the presentation got.
    pub async fn present_to(
        &self,
        url: &str,
        request: &PresentationRequest,
        consent: &Consent,
    ) -> Result<Vec<u8>, Error> {
        present::post(&self.0, url, request, consent).await
    }

    /// Asks the broker where the anchor stands.
    ///
    /// # Errors
    /// `StatementRefused` for an answer that does not verify, `KeySetRolledBack` and `StatementKeysChanged` for
    /// keys that may not follow the ones before; 11xx, 12xx, 15xx.
    pub async fn standing(&self) -> Result<AnchorStanding, Error> {
        status::standing(&self.0).await
    }

    /// Judges the anchor by what is at hand, as others do: the broker's statement, and the newest
    /// snapshot, which may be `max_age` seconds old; the broker's keys may be as old as
    /// [`WalletBuilder::keys_max_age`] says. `Valid` holds the snapshot's time in seconds since 1970.
    /// Needs no network.
    ///
    /// # Errors
    /// `WalletUnregistered`, `StatementRefused`; 15xx. What the check says is the verdict.
    pub async fn check_standing(&self, max_age: u64) -> Result<Verdict<u64, StatusReason>, Error> {
        status::check(&self.0, max_age).await
    }

    /// Revokes the anchor with its own key, for good. Repeating it is harmless.
    ///
    /// # Errors
    /// `WalletUnregistered`; refusals of the broker; 11xx, 12xx, 15xx.
    pub async fn revoke(&self) -> Result<(), Error> {
        status::revoke(&self.0).await
    }

    /// Fetches the broker's keys, its schemas and the newest snapshot into the store, for days
    /// without a network; and the statement about the anchor, when the key of the stored one was revoked.
    ///
    /// # Errors
    /// `WalletUnregistered`, `KeySetRolledBack`, `IssuerKeysChanged`, `StatementKeysChanged`,
    /// `MetadataRefused`, `StatementRefused`,
    /// `SnapshotRefused`, `SnapshotRolledBack`, `SnapshotEquivocates`; 11xx, 12xx, 15xx. What is
    /// refused changes nothing.
    pub async fn refresh(&self) -> Result<(), Error> {
        status::refresh(&self.0).await
    }
}
