//! What main can notice by itself: that its database is an older copy, and that a fallback's is
//! (decision D27).
//!
//! Main hands out acknowledgements under a key of its own, and signs grants; whoever shows one that its
//! books do not have shows that they were restored, if no restore was said since. Both bind main alone, so
//! that a lying fallback cannot make main stop. Refuses to guess from anything that is not authenticated.

use chitty_client::{
    error::Code,
    issuance::{grant::VerifiedGrant, receipt::CLOCK_SKEW},
    wire::fallback::{Acknowledged, EpochClaims},
};
use spooky_core::{encoding::base64url, secret::constant_time_eq};

use crate::{
    error::Refusal,
    id::MainService,
    store::{Epoch, Upload},
};

/// What is authenticated, in words that cannot run into each other.
pub(super) fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(*part);
    }
    bytes
}

/// What an acknowledgement says.
struct Said {
    epoch: Epoch,
    known: Upload,
    /// When, in seconds since 1970.
    at: i64,
}

impl Said {
    fn mac(&self, service: &MainService, thumbprint: &str) -> String {
        let message = joined(&[
            self.epoch.to_string().as_bytes(),
            thumbprint.as_bytes(),
            self.known.log.as_bytes(),
            &self.known.acknowledged.to_be_bytes(),
            &self.at.to_be_bytes(),
        ]);
        let mac = service.nonces.derive("chitty/acknowledgement/v1", &message);
        base64url(&mac.expose_secret()[..16])
    }

    /// An acknowledgement that this main, or one with the same secret before a restore, gave to the key.
    fn read(service: &MainService, thumbprint: &str, text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [counter, random, log_counter, log_random, place, at, mac] = parts[..] else {
            return None;
        };
        let said = Self {
            epoch: format!("{counter}.{random}").parse().ok()?,
            known: Upload {
                log: format!("{log_counter}.{log_random}"),
                acknowledged: place.parse().ok()?,
            },
            at: at.parse().ok()?,
        };
        let own = said.mac(service, thumbprint);
        constant_time_eq(own.as_bytes(), mac.as_bytes()).then_some(said)
    }
}

/// The acknowledgement of a log through a place.
pub(super) fn acknowledged(service: &MainService, thumbprint: &str, known: Upload) -> Acknowledged {
    let said = Said {
        epoch: service.store.known_epoch(),
        known,
        at: service.now().div_euclid(1000),
    };
    let mac = said.mac(service, thumbprint);
    let Said { epoch, known, at } = said;
    Acknowledged {
        acknowledgement: format!("{epoch}.{}.{}.{at}.{mac}", known.log, known.acknowledged),
        through: known.acknowledged,
        log: known.log,
    }
}

/// Refuses, and makes main stop allocating, when the fallback was acknowledged more than main knows: in
/// this epoch, or in another one that began after the last restore that was said.
pub(super) async fn look_at_acknowledgement(
    service: &MainService,
    thumbprint: &str,
    claims: &EpochClaims,
) -> Result<(), Refusal> {
    let shown = claims.acknowledgement.as_deref();
    let Some(said) = shown.and_then(|text| Said::read(service, thumbprint, text)) else {
        return Ok(());
    };
    let forgotten = if said.epoch == service.store.known_epoch() {
        let known = service.store.upload(thumbprint).await?;
        let (log, place) = (said.known.log, said.known.acknowledged);
        known.is_none_or(|known| known.log == log && known.acknowledged < place)
    } else {
        let restored = service.store.epoch().await?.restored_at;
        restored.is_none_or(|at| said.at.saturating_sub(CLOCK_SKEW).saturating_mul(1000) > at)
            && !is_explained(service, restored, said.at)
    };
    match forgotten {
        true => stop(service, "a fallback was acknowledged more than is known").await,
        false => Ok(()),
    }
}

/// Refuses, and makes main stop allocating, when main signed a grant that it does not know, and not
/// before a restore that was said.
pub(crate) async fn look_at_grant(
    service: &MainService,
    grant: &VerifiedGrant,
) -> Result<(), Refusal> {
    let claims = grant.claims();
    if service.store.knows_grant(&claims.jti).await? {
        return Ok(());
    }
    let restored = service.store.epoch().await?.restored_at;
    // A grant begins at most as long before it is signed as clocks may differ: one that begins after
    // the restore was signed after it.
    let before = restored.is_some_and(|at| claims.nbf.saturating_mul(1000) <= at);
    match before || is_explained(service, restored, claims.nbf) {
        true => Ok(()),
        false => stop(service, "main signed a grant that is not known").await,
    }
}

/// Whether a clock that was ahead dated this, in seconds, before the restore that was said: what lies further
/// ahead than clocks may differ cannot have been signed since.
fn is_explained(service: &MainService, restored: Option<i64>, dated: i64) -> bool {
    restored.is_some() && dated > service.now().div_euclid(1000).saturating_add(CLOCK_SKEW)
}

async fn stop(service: &MainService, why: &str) -> Result<(), Refusal> {
    service.store.mark_behind(why).await?;
    tracing::error!(
        code = Code::RestoreUnannounced.as_str(),
        why,
        "RestoreUnannounced: the database is an older copy, and nothing is allocated until \
         `reference-server restored` says so"
    );
    Err(Refusal::new(Code::RestoreUnannounced).after(60))
}
