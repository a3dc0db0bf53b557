//! The site's side: asks with a nonce of its own, burns it, and judges with its own host, policy and
//! what it fetched of the issuer (`spec/credentials.md`, section 8).

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use spooky_core::{
    clock::is_ahead,
    credential::{
        BurnedNonce, Nonce, Policy, PolicyRefusal, Presentation, PresentationReason,
        PresentationRequest, PresentationVerdict, Schema, TrustedIssuer, Verifier,
    },
    pseudonym::Host,
    verdict::Verdict,
};

use super::{NonceStore, SiteBuilder, errors};
use crate::{
    broker::{Broker, Published, off_thread},
    error::{Code, Error},
    service::lock,
};

/// How long a nonce can be answered, in seconds.
const NONCE_LIFE: u64 = 300;
/// Shortest time between two fetches that presentations cause.
const REFETCH_MS: i64 = 10_000;

/// A site that asks people to present, and judges what they show. Clones share everything.
///
/// What it keeps of the issuer lives as long as the value: a restart fetches it anew.
///
#[cfg_attr(feature = "http", doc = "```no_run")]
#[cfg_attr(not(feature = "http"), doc = "```ignore")]
/// # use chitty_client::wallet::Site;
/// # use spooky_core::{credential::{Policy, Presentation}, pseudonym::BanSet, verdict::Verdict};
/// # async fn f(policy: Policy, mut bans: BanSet, answer: Presentation)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// let site = Site::builder().host("shop.example").broker("https://broker.example").build()?;
/// let request = site.request(&policy).await?;
/// // … the wallet answers the request …
/// match site.verify(&answer, &policy).await? {
///     Verdict::Valid(shown) => {
///         let tag = shown.tag.ok_or("the policy wants a tag")?;
///         let welcome = !bans.contains(&tag)?;
///     }
///     Verdict::Invalid(reason) => println!("refused: {reason}"),
///     Verdict::Indeterminate(reason) => println!("try again later: {reason}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    host: Host,
    broker: Broker,
    nonces: Arc<dyn NonceStore>,
    keys_max_age: u64,
    published: Mutex<Arc<Published>>,
    turn: tokio::sync::Mutex<()>,
    tried_ms: Mutex<Option<i64>>,
}

impl Site {
    pub(super) fn made(
        host: Host,
        broker: Broker,
        nonces: Arc<dyn NonceStore>,
        keys_max_age: u64,
    ) -> Self {
        Self(Arc::new(Inner {
            host,
            broker,
            nonces,
            keys_max_age,
            published: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            tried_ms: Mutex::default(),
        }))
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").finish_non_exhaustive()
    }
}

impl Site {
    /// Starts to configure a site.
    pub fn builder() -> SiteBuilder {
        SiteBuilder::new()
    }

    /// A request over a fresh nonce, which is remembered for 300 seconds.
    ///
    /// # Errors
    /// `PolicyUnsound`, `SchemaUnknown`, `NonceStoreFailed`, `NonceStoreFull`, `EntropyFailed`; 11xx
    /// and 12xx when the schema has to be fetched and cannot.
    pub async fn request(&self, policy: &Policy) -> Result<PresentationRequest, Error> {
        let site = &self.0;
        let schema = match site.schema(policy) {
            Some(schema) => schema,
            None => {
                site.fetch().await?;
                site.schema(policy).ok_or(Code::SchemaUnknown)?
            }
        };
        policy.check(&schema).map_err(errors::policy)?;
        let nonce = Nonce::make(site.broker.line.entropy.as_ref());
        let nonce = nonce.map_err(|_| Code::EntropyFailed)?;
        let now = site.broker.now();
        let until = now.saturating_add(NONCE_LIFE);
        let remembered = site.nonces.remember(&nonce, until, now).await;
        remembered.map_err(|error| match error.code() {
            Code::NonceStoreFull => error,
            _ => Error::new(Code::NonceStoreFailed).because_of(vec![error]),
        })?;
        let policy = policy.clone();
        Ok(PresentationRequest { nonce, policy })
    }

    /// Judges a presentation for `policy`. Its nonce is burnt first, whatever comes of it. Works
    /// offline while the issuer's keys are fresh enough.
    ///
    /// # Errors
    /// `NonceStoreFailed`: nothing is accepted then. `SchemaUnknown` and `PolicyUnsound` for the
    /// site's own policy. All that is said about the presentation is in the verdict.
    pub async fn verify(
        &self,
        presentation: &Presentation,
        policy: &Policy,
    ) -> Result<PresentationVerdict, Error> {
        let site = &self.0;
        let nonce = presentation.claimed_nonce();
        let now = site.broker.now();
        let burnt = site.nonces.burn(&nonce, now).await;
        let burnt =
            burnt.map_err(|error| Error::new(Code::NonceStoreFailed).because_of(vec![error]))?;
        if !burnt {
            return Ok(Verdict::Invalid(PresentationReason::NonceUnknown));
        }
        let mut fetched = false;
        if site.needs_fetch(policy, now) {
            fetched = true;
            site.try_fetch().await;
        }
        let verdict = site.judge(presentation, policy, nonce, now).await?;
        let unknown = Verdict::Indeterminate(PresentationReason::UnknownKey);
        if verdict == unknown && !fetched && site.try_fetch().await {
            return site.judge(presentation, policy, nonce, now).await;
        }
        Ok(verdict)
    }

    /// Fetches the issuer's keys and schemas, for hours without a network.
    ///
    /// # Errors
    /// `KeySetRolledBack`, `IssuerKeysChanged`, `MetadataRefused`: what is refused changes nothing;
    /// 11xx, 12xx.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.0.fetch().await
    }
}

impl Inner {
    fn published(&self) -> Arc<Published> {
        lock(&self.published).clone()
    }

    fn schema(&self, policy: &Policy) -> Option<Schema> {
        self.published().schema(&policy.schema()).cloned()
    }

    fn needs_fetch(&self, policy: &Policy, now: u64) -> bool {
        let published = self.published();
        let keys = published.issuer_keys.as_ref();
        // Keys of a time to come were fetched while this clock was ahead: they are as good as old ones.
        let fresh = keys.is_some_and(|(_, at)| {
            !is_ahead(*at, now) && now.saturating_sub(*at) <= self.keys_max_age
        });
        !fresh || published.schema(&policy.schema()).is_none()
    }

    async fn fetch(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        *lock(&self.tried_ms) = Some(self.broker.line.clock.now_ms());
        let metadata = self.broker.metadata(self.broker.limit()).await?;
        let mut published = Published::clone(&self.published());
        published.take_metadata(metadata, self.broker.now())?;
        *lock(&self.published) = Arc::new(published);
        Ok(())
    }

    /// Fetches unless that was tried a moment ago; tells whether it brought something.
    async fn try_fetch(&self) -> bool {
        let now = self.broker.line.clock.now_ms();
        let recent = |at: i64| (0..REFETCH_MS).contains(&now.saturating_sub(at));
        if lock(&self.tried_ms).is_some_and(recent) {
            return false;
        }
        match self.fetch().await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(
                    code = error.code().as_str(),
                    "the issuer's keys stay as they are"
                );
                false
            }
        }
    }

    async fn judge(
        &self,
        presentation: &Presentation,
        policy: &Policy,
        nonce: Nonce,
        now: u64,
    ) -> Result<PresentationVerdict, Error> {
        let published = self.published();
        let Some(schema) = published.schema(&policy.schema()).cloned() else {
            return match &published.issuer_keys {
                Some(_) => Err(Code::SchemaUnknown.into()),
                None => Ok(Verdict::Indeterminate(PresentationReason::KeysStale)),
            };
        };
        let known = published.issuer_keys.iter();
        let issuers: Vec<_> = known
            .map(|(keys, fetched_at)| TrustedIssuer {
                keys: keys.clone(),
                fetched_at: *fetched_at,
            })
            .collect();
        let (host, policy) = (self.host.clone(), policy.clone());
        let (presentation, max_age) = (presentation.clone(), self.keys_max_age);
        let judged = move || -> Result<PresentationVerdict, PolicyRefusal> {
            let verifier = Verifier::new(&host, &policy, &schema, &issuers, max_age)?;
            Ok(verifier.verify(&presentation, BurnedNonce::after_burning(nonce), now))
        };
        off_thread(judged).await?.map_err(errors::policy)
    }
}
