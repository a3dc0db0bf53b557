//! The fallback's talk with main: upload the issue log, then renew the grant (decision D4).
//!
//! Runs in the background: at once at start, at the grant's half-life, and whenever there is
//! something to upload; waits longer and longer while main is away. Refuses grants that do not
//! verify under main's key set, name another issuer, or are made out to another key.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use chitty_client::{
    issuance::{grant::VerifiedGrant, keyset::KeySet},
    wire::{
        ErrorBody,
        fallback::{
            GrantResponse, LogEntry, LogResponse, MAX_LOG_ENTRIES, NonceResponse, REQUEST_TYPE,
            RequestClaims, SignedRequest,
        },
    },
};
use serde::{Serialize, de::DeserializeOwned};
use spooky_core::entropy::{Entropy, OsEntropy};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{FallbackService, HeldGrant, connection, grants::log_digest};
use crate::{error::Error, keys::Purpose};

/// Most receipt bytes in one upload, well under main's limit for a body.
const MAX_UPLOAD: usize = 768 * 1024;
const MAX_ANSWER: usize = 256 * 1024;
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Talks to main for one fallback.
pub(crate) struct Renewer {
    service: Arc<FallbackService>,
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
        self.upload().await?;
        let keys: KeySet = self.get("/.well-known/jwks.json").await?;
        let request = self.signed("grant", Vec::new()).await?;
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

    /// Uploads what was issued since the last upload.
    pub(crate) async fn upload_log(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        self.upload().await
    }

    async fn upload(&self) -> Result<(), Error> {
        loop {
            let mut size = 0;
            let mut page = self.service.store.log_page(MAX_LOG_ENTRIES).await?;
            let fits = page
                .iter()
                .take_while(|row| {
                    size += row.receipt.len() + row.tenant.len() + 64;
                    size <= MAX_UPLOAD
                })
                .count();
            page.truncate(fits.max(1));
            let Some(last) = page.last().map(|row| row.seq) else {
                return Ok(());
            };
            let entries: Vec<LogEntry> = page
                .into_iter()
                .map(|row| LogEntry {
                    tenant: row.tenant,
                    receipt: row.receipt,
                })
                .collect();
            let sent = entries.len();
            let request = self.signed("issue-log", entries).await?;
            let answer: LogResponse = self
                .post("/api/chittyid/fallback/issue-log", &request)
                .await?;
            if answer.accepted < sent {
                tracing::error!(
                    refused = sent - answer.accepted,
                    "main refuses entries of the issue log"
                );
            }
            self.service.store.uploaded(last).await?;
        }
    }

    async fn signed(&self, purpose: &str, entries: Vec<LogEntry>) -> Result<SignedRequest, Error> {
        let nonce: NonceResponse = self.get("/api/chittyid/fallback/nonce").await?;
        let digest = match purpose {
            "issue-log" => {
                Some(log_digest(&entries).map_err(|code| Error::Main(code.to_string()))?)
            }
            _ => None,
        };
        let iat = self.service.now().div_euclid(1000);
        let claims = RequestClaims {
            iss: self.service.name.clone(),
            aud: self.issuer.clone(),
            nonce: nonce.nonce,
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
            .sign_jws(&key.kid, REQUEST_TYPE, &claims)
            .map_err(|error| Error::Keys(error.to_string()))?;
        Ok(SignedRequest {
            request,
            jwk: key.key.verifying_key().to_jwk(),
            entries,
        })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.send(self.http.get(self.address(path)?)).await
    }

    async fn post<T: DeserializeOwned>(
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
            return Err(Error::Main(format!("it refuses with {status} {said}")));
        }
        serde_json::from_slice(&body)
            .map_err(|_| Error::Main("its answer is not of the agreed form".to_owned()))
    }

    /// Keeps grant and log fresh until `stop`.
    pub(crate) async fn run(self: Arc<Self>, every: Duration, stop: CancellationToken) {
        let mut failures = 0_u32;
        let mut not_before = Instant::now();
        let mut at_start = true;
        let jitter = jitter();
        loop {
            if Instant::now() >= not_before {
                let outcome = match at_start || self.is_due(jitter) {
                    true => self.renew().await,
                    false => self.upload_log().await,
                };
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
