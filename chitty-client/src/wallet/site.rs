//! The site's side: asks with a nonce of its own, burns it, and judges with its own host, policy and
//! what it fetched of the issuer, for the session that asked (`spec/credentials.md`, section 8).

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use spooky_core::{
    credential::{
        BurnedNonce, Nonce, Policy, PolicyRefusal, Presentation, PresentationReason,
        PresentationRequest, PresentationVerdict, Schema, TrustedIssuer, Verifier,
    },
    entropy::Entropy,
    pseudonym::Host,
    verdict::Verdict,
};

use super::{NonceStore, SiteBuilder, errors, site_signed::Signing};
use crate::{
    broker::{Broker, Published, is_fresh, off_thread},
    error::{Code, Error},
    service::lock,
};

/// How long a nonce can be answered, in seconds.
pub(super) const NONCE_LIFE: u64 = 300;
/// Shortest time between two fetches that presentations cause.
const REFETCH_MS: i64 = 60_000;

/// A site that asks people to present, and judges what they show. Clones share everything.
///
/// What it keeps of the issuer lives as long as the value: a restart fetches it anew.
///
#[cfg_attr(feature = "http", doc = "```no_run")]
#[cfg_attr(not(feature = "http"), doc = "```ignore")]
/// # use chitty_client::wallet::Site;
/// # use spooky_core::{credential::{Nonce, Policy, Presentation}, pseudonym::BanSet, verdict::Verdict};
/// # async fn f(policy: Policy, mut bans: BanSet, answer: Presentation)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// let site = Site::builder().host("shop.example").broker("https://broker.example").build()?;
/// let request = site.request(&policy).await?;
/// // The session that asked keeps the nonce on the server …
/// let kept: String = request.nonce.to_text();
/// // … the wallet answers the request, and the session brings the answer:
/// match site.verify(&answer, &policy, &Nonce::parse(&kept)?).await? {
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
    signing: Signing,
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
        signing: Signing,
        keys_max_age: u64,
    ) -> Self {
        Self(Arc::new(Inner {
            host,
            broker,
            nonces,
            signing,
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

    /// A request over a fresh nonce, which is remembered for 300 seconds. The session that asks keeps the
    /// nonce where its visitor cannot change it, and brings it to [`Site::verify`].
    ///
    /// # Errors
    /// `PolicyUnsound`, `SchemaUnknown`, `NonceStoreFailed`, `NonceStoreFull`, `EntropyFailed`; 11xx
    /// and 12xx when the schema has to be fetched and cannot.
    pub async fn request(&self, policy: &Policy) -> Result<PresentationRequest, Error> {
        self.sound(policy).await?;
        let (site, nonce) = (&self.0, self.fresh_nonce()?);
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

    /// Judges a presentation for `policy` and for the session that asked with `expected_nonce`. That nonce is
    /// burnt first, whatever comes of it; a presentation that answers another one, the question of another
    /// session, is `presentation_other_nonce`. Works offline while the issuer's keys are fresh enough.
    ///
    /// # Errors
    /// `NonceStoreFailed`: nothing is accepted then. `SchemaUnknown` and `PolicyUnsound` for the
    /// site's own policy. All that is said about the presentation is in the verdict.
    pub async fn verify(
        &self,
        presentation: &Presentation,
        policy: &Policy,
        expected_nonce: &Nonce,
    ) -> Result<PresentationVerdict, Error> {
        let site = &self.0;
        // Never the nonce that the presentation names: that may be another session's.
        let nonce = *expected_nonce;
        let now = site.broker.now();
        let burnt = site.nonces.burn(&nonce, now).await;
        let burnt =
            burnt.map_err(|error| Error::new(Code::NonceStoreFailed).because_of(vec![error]))?;
        if !burnt {
            return Ok(Verdict::Invalid(PresentationReason::NonceUnknown));
        }
        if presentation.claimed_nonce() != nonce {
            return Ok(Verdict::Invalid(PresentationReason::OtherNonce));
        }
        self.decide(presentation, policy, nonce, now).await
    }

    /// Judges over a nonce that was burnt, with what is known of the issuer or can be fetched now.
    pub(super) async fn decide(
        &self,
        presentation: &Presentation,
        policy: &Policy,
        nonce: Nonce,
        now: u64,
    ) -> Result<PresentationVerdict, Error> {
        let site = &self.0;
        let mut fetched = false;
        if site.needs_fetch(policy, now) {
            fetched = true;
            site.try_fetch().await;
        } else if site.ages(now) {
            let site = self.0.clone();
            tokio::spawn(async move { site.try_fetch().await });
        }
        let verdict = site.judge(presentation, policy, nonce, now).await?;
        let unknown = Verdict::Indeterminate(PresentationReason::UnknownKey);
        if verdict == unknown && !fetched && site.try_fetch().await {
            return site.judge(presentation, policy, nonce, now).await;
        }
        Ok(verdict)
    }

    /// Fetches the issuer's keys and schemas, for hours without a network. Verifying does so by itself: when
    /// they are stale or lack a key, at most once a minute, and beside its work when they are half as old as
    /// they may get.
    ///
    /// # Errors
    /// `KeySetRolledBack`, `IssuerKeysChanged`, `MetadataRefused`: what is refused changes nothing;
    /// 11xx, 12xx.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.0.fetch().await
    }

    /// Checks a policy against its schema, which is fetched when it is unknown.
    pub(super) async fn sound(&self, policy: &Policy) -> Result<(), Error> {
        let site = &self.0;
        let schema = match site.schema(policy) {
            Some(schema) => schema,
            None => {
                site.fetch().await?;
                site.schema(policy).ok_or(Code::SchemaUnknown)?
            }
        };
        policy.check(&schema).map_err(errors::policy)
    }

    pub(super) fn fresh_nonce(&self) -> Result<Nonce, Error> {
        Nonce::make(self.entropy()).map_err(|_| Code::EntropyFailed.into())
    }

    pub(super) fn entropy(&self) -> &dyn Entropy {
        self.0.broker.line.entropy.as_ref()
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        self.0.broker.now()
    }

    pub(super) fn signing(&self) -> &Signing {
        &self.0.signing
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
        let fresh = keys.is_some_and(|(_, at)| is_fresh(*at, now, self.keys_max_age));
        !fresh || published.schema(&policy.schema()).is_none()
    }

    /// Whether keys that are still fresh are worth fetching anew, beside the work: then a site that is in
    /// use knows of a revocation in half the time, and a short outage closes nothing.
    fn ages(&self, now: u64) -> bool {
        let published = self.published();
        let keys = published.issuer_keys.as_ref();
        keys.is_some_and(|(_, at)| !is_fresh(*at, now, self.keys_max_age / 2))
            && !self.tried_of_late()
    }

    async fn fetch(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        self.fetch_in_turn().await
    }

    async fn fetch_in_turn(&self) -> Result<(), Error> {
        *lock(&self.tried_ms) = Some(self.broker.line.clock.now_ms());
        let sent = self.broker.now();
        let metadata = self.broker.metadata(self.broker.limit()).await?;
        let mut published = Published::clone(&self.published());
        published.take_metadata(metadata, self.broker.fetched(sent))?;
        *lock(&self.published) = Arc::new(published);
        Ok(())
    }

    fn tried_of_late(&self) -> bool {
        let now = self.broker.line.clock.now_ms();
        let recent = |at: i64| (0..REFETCH_MS).contains(&now.saturating_sub(at));
        lock(&self.tried_ms).is_some_and(recent)
    }

    /// Fetches unless that was tried a moment ago, once however many ask; tells whether there is something
    /// new since this was called.
    async fn try_fetch(&self) -> bool {
        let before = self.published();
        let _turn = self.turn.lock().await;
        if self.tried_of_late() {
            return !Arc::ptr_eq(&before, &self.published());
        }
        match self.fetch_in_turn().await {
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
