//! The fallback's talk with main: upload the issue log, then renew the grant (decision D4).
//!
//! Runs in the background: at once at start, at the grant's half-life or when what it grants runs low, and
//! whenever there is something to upload; waits longer and longer while main is away. Shows main the grants
//! that it held (decision D27). Refuses grants that do not
//! verify under main's key set, name another issuer, or are made out to another key.

use std::{
    collections::HashSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use chitty_client::{
    error::Code,
    issuance::{grant::VerifiedGrant, keyset::KeySet},
    wire::{
        ErrorBody,
        fallback::{
            EpochClaims, GrantResponse, LogEntry, MAX_SHOWN_GRANTS, NonceResponse, REQUEST_TYPE,
            RequestClaims, SignedRequest,
        },
    },
};
use serde::{Serialize, de::DeserializeOwned};
use spooky_core::entropy::{Entropy, OsEntropy};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{FallbackService, HeldGrant, connection, requests::log_digest};
use crate::{error::Error, keys::Purpose};

const MAX_ANSWER: usize = 256 * 1024;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How often main is asked whether it is still in the same epoch and knows as much, when there is nothing
/// to upload.
const HEAR_EVERY: Duration = Duration::from_secs(60);
/// How often more cycles, or another maximum, are asked for while what is held runs low.
const MORE_EVERY: Duration = Duration::from_secs(600);
/// How many grants of before are looked at for months and cycles to show.
const LOOK_BACK: usize = 256;

/// What a request says, in one object.
#[derive(Serialize)]
struct Claims {
    #[serde(flatten)]
    request: RequestClaims,
    #[serde(flatten)]
    epochs: EpochClaims,
}

/// Talks to main for one fallback.
pub(crate) struct Renewer {
    pub(super) service: Arc<FallbackService>,
    http: reqwest::Client,
    main: Url,
    issuer: String,
    /// One talk at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Renewer {
    pub(crate) fn new(
        service: Arc<FallbackService>,
        main: &str,
        ca: Option<&Path>,
        issuer: String,
    ) -> Result<Self, Error> {
        let main = connection::address(main, ca)?;
        Ok(Self {
            service,
            http: connection::client(ca)?,
            main,
            issuer,
            turn: tokio::sync::Mutex::new(()),
        })
    }

    /// Uploads the log, then asks for a grant.
    pub(crate) async fn renew(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        // Also when there is nothing to upload: main says how far it knows the log, and whether this is
        // still the same one.
        self.upload(true).await?;
        let keys: KeySet = self.get("/.well-known/jwks.json").await?;
        let nonce = self.nonce("grant").await?;
        let claims = self.epoch_claims(&nonce).await?;
        let mut request = self.signed(&nonce, "grant", Vec::new(), claims)?;
        request.grants = self.shown().await?;
        let answer: GrantResponse = self.post("/api/chittyid/fallback/grant", &request).await?;
        let grant = VerifiedGrant::verify(&answer.grant, &keys)
            .map_err(|code| Error::Main(format!("its grant does not verify: {code}")))?;
        let own = self.service.keys.thumbprint(Purpose::Holder);
        if grant.claims().iss != self.issuer || Some(grant.holder().thumbprint()) != own {
            return Err(Error::Main("its grant is for somebody else".to_owned()));
        }
        let held = HeldGrant::read(&answer.grant)
            .ok_or_else(|| Error::Main("its grant cannot be read".to_owned()))?;
        self.service.hold(held).await
    }

    /// The grants that are shown: the one in use, and others that were held and may name other months and
    /// cycles.
    async fn shown(&self) -> Result<Vec<String>, Error> {
        let mut shown = Vec::new();
        let mut pairs = HashSet::new();
        if let Some(held) = self.service.held() {
            pairs.extend(held.pairs());
            shown.push(held.text.clone());
        }
        for text in self.service.store.held_grants(LOOK_BACK).await? {
            let Some(grant) = HeldGrant::read(&text) else {
                continue;
            };
            let before = pairs.len();
            pairs.extend(grant.pairs());
            if pairs.len() > before && shown.len() < MAX_SHOWN_GRANTS {
                shown.push(text);
            }
        }
        Ok(shown)
    }

    /// Uploads what was issued since the last upload; with `always` main is asked even when there is nothing
    /// new.
    pub(crate) async fn upload_log(&self, always: bool) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        self.upload(always).await
    }

    /// A nonce of main's. When main's epoch is another one than before, the log is to be uploaded again.
    pub(super) async fn nonce(&self, purpose: &str) -> Result<NonceResponse, Error> {
        let mut url = self.address("/api/chittyid/fallback/nonce")?;
        url.query_pairs_mut()
            .append_pair("fallback", &self.service.name)
            .append_pair("purpose", purpose);
        let nonce: NonceResponse = self.send(self.http.get(url)).await?;
        if let Some(epoch) = &nonce.epoch
            && self.service.store.start_again(epoch).await?
        {
            tracing::info!(
                "main is in another epoch: the issue log is uploaded from its first entry"
            );
        }
        Ok(nonce)
    }

    /// What is said of epochs beside a request.
    pub(super) async fn epoch_claims(&self, nonce: &NonceResponse) -> Result<EpochClaims, Error> {
        let (_, acknowledgement) = self.service.store.main_state().await?;
        Ok(EpochClaims {
            epoch: nonce.epoch.clone(),
            acknowledgement,
            log: Some(self.service.store.known_epoch().to_string()),
            places: Vec::new(),
        })
    }

    pub(super) fn signed(
        &self,
        nonce: &NonceResponse,
        purpose: &str,
        entries: Vec<LogEntry>,
        epochs: EpochClaims,
    ) -> Result<SignedRequest, Error> {
        let digest = match purpose {
            "issue-log" => {
                Some(log_digest(&entries).map_err(|code| Error::Main(code.to_string()))?)
            }
            _ => None,
        };
        let iat = self.service.now().div_euclid(1000);
        let request = RequestClaims {
            iss: self.service.name.clone(),
            aud: self.issuer.clone(),
            nonce: nonce.nonce.clone(),
            iat,
            purpose: purpose.to_owned(),
            digest,
        };
        let keys = self.service.keys.current();
        let key = keys
            .active(Purpose::Holder, iat)
            .map_err(|_| Error::Keys("no holder key is active".to_owned()))?;
        let request = key
            .key
            .sign_jws(&key.kid, REQUEST_TYPE, &Claims { request, epochs })
            .map_err(|error| Error::Keys(error.to_string()))?;
        Ok(SignedRequest {
            request,
            jwk: key.key.verifying_key().to_jwk(),
            entries,
            grants: Vec::new(),
        })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.send(self.http.get(self.address(path)?)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Main(error.to_string()))?;
        let request = self.http.post(self.address(path)?);
        let request = request.header("content-type", "application/json");
        self.send(request.body(body)).await
    }

    fn address(&self, path: &str) -> Result<Url, Error> {
        self.main
            .join(path)
            .map_err(|error| Error::Main(error.to_string()))
    }

    async fn send<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, Error> {
        let unreachable = |error: reqwest::Error| Error::Main(connection::why(error));
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                return Err(Error::Main("its answer is too large".to_owned()));
            }
        }
        if !status.is_success() {
            let said = serde_json::from_slice::<ErrorBody>(&body)
                .map_or_else(|_| String::new(), |body| body.error.code);
            if said == Code::FallbackRolledBack.as_str() {
                self.service
                    .stop("main knows more of its issue log")
                    .await?;
            }
            return Err(Error::Main(format!("it refuses with {status} {said}")));
        }
        serde_json::from_slice(&body)
            .map_err(|_| Error::Main("its answer is not of the agreed form".to_owned()))
    }

    /// Keeps grant and log fresh until `stop`.
    pub(crate) async fn run(self: Arc<Self>, every: Duration, stop: CancellationToken) {
        let mut failures = 0_u32;
        let mut not_before = Instant::now();
        let mut asked_for_more: Option<Instant> = None;
        let mut heard: Option<Instant> = None;
        let mut at_start = true;
        let jitter = jitter();
        let is_old = |at: Option<Instant>, age| at.is_none_or(|at| at.elapsed() >= age);
        loop {
            if Instant::now() >= not_before {
                let more = is_old(asked_for_more, MORE_EVERY) && self.service.runs_low().await;
                if more {
                    asked_for_more = Some(Instant::now());
                }
                let always = is_old(heard, HEAR_EVERY);
                let outcome = match at_start || more || self.is_due(jitter) {
                    true => self.renew().await,
                    false => self.upload_log(always).await,
                };
                if always {
                    heard = Some(Instant::now());
                }
                match outcome {
                    Ok(()) => (failures, at_start) = (0, false),
                    Err(error) => {
                        // The error holds codes and states, never what was sent.
                        tracing::warn!(%error, failures, "the fallback could not talk to main");
                        failures = failures.saturating_add(1);
                        let wait = every.saturating_mul(1 << failures.min(6)).min(LONGEST_WAIT);
                        not_before = Instant::now() + wait.mul_f64(0.5 + jitter / 2.0);
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
        }
    }

    /// Whether the grant is past its half-life, give or take a tenth, or of no use now.
    fn is_due(&self, jitter: f64) -> bool {
        let now = self.service.now();
        let Some(grant) = self.service.held() else {
            return true;
        };
        let claims = &grant.claims;
        let life = claims.exp.saturating_sub(claims.nbf);
        let share = (life as f64 * (0.4 + jitter / 5.0)) as i64;
        now.div_euclid(1000) >= claims.nbf.saturating_add(share)
            || self.service.usable(now).is_err()
    }
}

/// From 0 to 1, drawn once: keeps a fleet of fallbacks from asking in step.
fn jitter() -> f64 {
    let mut bytes = [0; 2];
    match OsEntropy.fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX),
        Err(_) => 0.5,
    }
}
