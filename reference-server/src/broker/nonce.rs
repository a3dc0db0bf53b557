//! Nonces: 32 bytes that the broker itself authenticates, so that a stranger who asks for many fills
//! nothing. Each is good for 300 seconds and burnt, durably, before anything else of a request counts
//! (R-PROTO-001). Refuses what another broker made, what was made before the database was restored, and
//! what was given out for something else: a site's nonce counts in that site's name alone, a stranger's for
//! registrations and credentials alone (decisions D27, D30).

use std::sync::Arc;

use axum::{Json, extract::State};
use chitty_client::{error::Code, wire::broker::NonceResponse};
use http::HeaderMap;
use spooky_core::{
    encoding::{base64url, bytes_32},
    entropy::{Entropy, OsEntropy},
    secret::constant_time_eq,
};

use super::BrokerService;
use crate::error::Refusal;

const LIFE: i64 = 300;

/// What a nonce was given out for. Whether an API key came with the question decides it.
#[derive(Clone, Copy)]
pub(super) enum NonceFor<'a> {
    /// A wallet's registration or credential: anybody may ask for one.
    Wallet,
    /// A presentation at the site of this tenant.
    Site(&'a str),
}

impl NonceFor<'_> {
    /// What of it is authenticated. The parts before have fixed lengths, so the tenant ends by itself.
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Wallet => vec![0],
            Self::Site(tenant) => [&[1], tenant.as_bytes()].concat(),
        }
    }
}

pub(super) async fn nonce(
    State(service): State<Arc<BrokerService>>,
    headers: HeaderMap,
) -> Result<Json<NonceResponse>, Refusal> {
    // Sites that name themselves have their own rate; a key that is sent must be good.
    let caller = service.gate.stranger_or_caller(&headers).await?;
    let purpose = match &caller {
        Some(caller) => NonceFor::Site(caller.tenant()),
        None => NonceFor::Wallet,
    };
    let expires = service.now().div_euclid(1000) + LIFE;
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&expires.to_be_bytes());
    OsEntropy
        .fill(&mut bytes[8..16])
        .map_err(|_| Code::EntropyFailed)?;
    let mac = service.mac(&bytes, purpose);
    bytes[16..].copy_from_slice(&mac);
    Ok(Json(NonceResponse {
        nonce: base64url(&bytes),
        expires_in: LIFE.unsigned_abs(),
    }))
}

impl BrokerService {
    /// Authenticates the first 16 bytes of a nonce, its end and what makes it the only one, together with
    /// the database's epoch and what it was given out for.
    fn mac(&self, nonce: &[u8; 32], purpose: NonceFor<'_>) -> [u8; 16] {
        let input = [&self.epoch[..], &nonce[..16], &purpose.bytes()].concat();
        let mac = self.nonces.derive("spookyid/nonce/v2", &input);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac.expose_secret()[..16]);
        bytes
    }

    /// Burns a nonce that this broker gave out for this, less than 300 seconds ago, and that nobody used.
    pub(super) async fn burn(
        &self,
        text: &str,
        purpose: NonceFor<'_>,
    ) -> Result<[u8; 32], Refusal> {
        let nonce = bytes_32(text).map_err(|_| Code::NonceInvalid)?;
        if !constant_time_eq(&self.mac(&nonce, purpose), &nonce[16..]) {
            return Err(Code::NonceInvalid.into());
        }
        let mut expires = [0; 8];
        expires.copy_from_slice(&nonce[..8]);
        let (expires, now) = (i64::from_be_bytes(expires), self.now().div_euclid(1000));
        // One from a time ahead was made by a clock that is now set back: too long a life.
        let alive = (now..=now + 2 * LIFE).contains(&expires);
        if !alive
            || !self
                .store
                .burn_nonce(nonce, self.epoch, expires, now)
                .await?
        {
            return Err(Code::NonceInvalid.into());
        }
        Ok(nonce)
    }
}
