//! Who calls, and what they may do: API keys, scopes, namespaces, rate limits.
//!
//! Keys are looked up by the SHA-256 of their secret, so nothing is compared with a secret and
//! nothing can be timed. Refuses rights that come from anywhere but the key's own record: no id,
//! receipt or header grants any (decisions D3, D19).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chitty_client::{clock::Clock, error::Code, wire};
use http::{HeaderMap, header::AUTHORIZATION};
use spooky_core::{
    encoding::{base64url, sha256},
    entropy::{OsEntropy, random_32},
};

use crate::{
    error::{Error, Refusal},
    store::{Access, ApiKeySpec, Quota},
};

/// What a key may be allowed.
pub const SCOPES: [&str; 4] = ["generate", "reconcile", "verify", "audit"];

/// The caller, as its key's record says.
#[derive(Debug, Clone)]
pub(crate) struct Caller(ApiKeySpec);

impl Caller {
    pub(crate) fn tenant(&self) -> &str {
        &self.0.tenant
    }

    pub(crate) fn quota(&self) -> Quota {
        Quota {
            daily: self.0.daily_quota,
        }
    }

    pub(crate) fn has(&self, scope: &str) -> bool {
        self.0.scopes.iter().any(|one| one == scope)
    }

    pub(crate) fn need(&self, scope: &str) -> Result<(), Refusal> {
        match self.has(scope) {
            true => Ok(()),
            false => Err(Refusal::new(Code::ScopeMissing).detail(format!("it needs `{scope}`"))),
        }
    }

    pub(crate) fn need_namespace(&self, namespace: &str) -> Result<(), Code> {
        let allowed = |one: &String| one == "*" || one == namespace;
        match self.0.namespaces.iter().any(allowed) {
            true => Ok(()),
            false => Err(Code::NamespaceForbidden),
        }
    }
}

/// The door of a service.
pub(crate) struct Gate {
    store: Arc<dyn Access>,
    clock: Arc<dyn Clock>,
    buckets: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    tokens: f64,
    at: i64,
}

impl Gate {
    pub(crate) fn new(store: Arc<dyn Access>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// The caller; a missing, unknown or revoked key is refused.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        self.stranger_or_caller(headers)
            .await?
            .ok_or_else(|| Code::ApiKeyInvalid.into())
    }

    /// The caller, or nobody when no key was sent. A key that was sent must be good.
    pub(crate) async fn stranger_or_caller(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Caller>, Refusal> {
        let Some(secret) = secret(headers)? else {
            return Ok(None);
        };
        let key = self.store.api_key(sha256(secret)).await?;
        let spec = key.ok_or(Code::ApiKeyInvalid)?.spec;
        self.throttle(&spec)?;
        Ok(Some(Caller(spec)))
    }

    /// Takes a token from the tenant's bucket.
    fn throttle(&self, spec: &ApiKeySpec) -> Result<(), Refusal> {
        let Some(per_second) = spec.per_second.filter(|rate| *rate > 0.0) else {
            return Ok(());
        };
        let now = self.clock.now_ms();
        let burst = f64::from(spec.burst.max(1));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(spec.tenant.clone()).or_insert(Bucket {
            tokens: burst,
            at: now,
        });
        let passed = (now - bucket.at).max(0) as f64 / 1000.0;
        bucket.tokens = (bucket.tokens + passed * per_second).min(burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            let wait = ((1.0 - bucket.tokens) / per_second).ceil().max(1.0);
            return Err(Refusal::new(Code::TooManyRequests).after(wait as u64));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

/// The API key that was sent, if one was.
///
/// # Errors
/// Credentials that are none of ours.
pub(crate) fn secret(headers: &HeaderMap) -> Result<Option<&[u8]>, Refusal> {
    if let Some(key) = headers.get(wire::API_KEY) {
        return Ok(Some(key.as_bytes()));
    }
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let bytes = header.as_bytes();
    match bytes.split_at_checked(7) {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case(b"bearer ") => Ok(Some(secret)),
        _ => Err(Code::ApiKeyInvalid.into()),
    }
}

/// Makes an API key and stores the hash of its secret, which is answered once and kept nowhere.
///
/// # Errors
/// [`Error::Configuration`] for unknown scopes or bad namespaces, [`Error::Refused`] when the name
/// is taken or the database does not answer.
pub async fn issue_api_key(
    store: &dyn Access,
    spec: &ApiKeySpec,
    now: i64,
) -> Result<String, Error> {
    let wrong = |what: &str| Err(Error::Configuration(what.to_owned()));
    if spec.tenant.is_empty() || spec.name.is_empty() {
        return wrong("an API key needs a name and a tenant");
    }
    if spec
        .scopes
        .iter()
        .any(|one| !SCOPES.contains(&one.as_str()))
    {
        return wrong("scopes are generate, reconcile, verify and audit");
    }
    if !spec
        .namespaces
        .iter()
        .all(|one| one == "*" || is_namespace(one))
    {
        return wrong("a namespace is three letters A-Z, or * for all");
    }
    if spec
        .per_second
        .is_some_and(|rate| !rate.is_finite() || rate <= 0.0)
    {
        return wrong("a rate limit is a positive number of requests per second");
    }
    let random = random_32(&OsEntropy).map_err(|_| Refusal::new(Code::EntropyFailed))?;
    let secret = format!("chk_{}", base64url(&random));
    store
        .add_api_key(sha256(secret.as_bytes()), spec, now)
        .await?;
    Ok(secret)
}

/// Whether the text is three letters A-Z.
pub(crate) fn is_namespace(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}
