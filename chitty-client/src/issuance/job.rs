//! An intent with everything derived from it, and the call that asks for it.

use spooky_core::encoding::base64url;

use super::{Intent, IntentKeys, receipt::Expected};
use crate::{
    error::{Code, Error},
    id::{ChittyId, Class, Profile},
    reconcile::{record::Record, store::EntryKey},
    service::{Call, Route},
    shared::Shared,
    wire::{self, id::GenerateRequest},
};

/// An intent with everything derived from it.
pub(crate) struct Job {
    pub(crate) intent: Intent,
    pub(crate) keys: IntentKeys,
    pub(crate) key: EntryKey,
    request_digest: [u8; 32],
}

impl Job {
    pub(crate) fn new(intent: Intent, keys: IntentKeys) -> Result<Self, Error> {
        Ok(Self {
            key: keys.key_digest(),
            request_digest: intent.request_digest(keys.salt.expose_secret())?,
            intent,
            keys,
        })
    }

    /// The job of a stored row that still holds its intent.
    pub(crate) async fn of(shared: &Shared, record: &Record) -> Result<Self, Error> {
        let intent = record.intent.clone().ok_or(Code::StoreDamaged)?;
        let keys = shared.intent_keys(&record.handle()?).await?;
        Self::new(intent, keys)
    }

    pub(crate) fn expected(&self, class: Class) -> Expected {
        Expected {
            request_digest: Some(self.request_digest),
            key_digest: Some(self.key),
            class: Some(class),
            supersedes: None,
        }
    }

    /// Whether `id` is one that this job asked for, from a service of `class`.
    pub(crate) fn fits(&self, id: &ChittyId, class: Class) -> Result<(), Code> {
        if id.profile().as_str() != self.intent.profile {
            return Err(Code::ReceiptProfile);
        }
        if id.class() != class {
            return Err(Code::DomainWrong);
        }
        let same_type = self.intent.entity_type.starts_with(id.entity_type());
        let same_namespace =
            id.profile() != Profile::SecureFallback || id.namespace() == self.intent.namespace;
        if !same_type || !same_namespace {
            return Err(Code::ReceiptRequest);
        }
        Ok(())
    }

    pub(crate) fn call(&self, route: Route) -> Result<Call, Error> {
        let body = GenerateRequest {
            intent: self.intent.clone(),
            request_salt: base64url(self.keys.salt.expose_secret()),
        };
        Ok(match route {
            Route::Main => Call::post("/api/chittyid/generate", &body)?.header(
                wire::IDEMPOTENCY_KEY,
                base64url(self.keys.key.expose_secret()),
            ),
            // The fallback never sees K: with K and the receipt it could reconcile in our name.
            Route::Fallback => Call::post("/api/chittyid/fallback", &body)?
                .header(wire::IDEMPOTENCY_KEY, base64url(&self.key))
                .header(wire::FALLBACK_REQUEST, "true".to_owned()),
        })
    }
}
