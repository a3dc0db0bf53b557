//! Main's side of fallbacks: grants (decision D4), and what is shown of them after a restore (D27).
//!
//! A fallback is known by its key's thumbprint, which an operator enrolled. A suspended one gets no grant,
//! nor does one whose database is another one than before: it does not know which ids it issued.

use std::sync::Arc;

use axum::{Json, extract::State};
use chitty_client::{
    error::Code,
    issuance::{
        grant::{Confirmation, GRANT_TYPE, GrantClaims, VerifiedGrant},
        receipt::CLOCK_SKEW,
    },
    wire::fallback::{GrantResponse, MAX_SHOWN_GRANTS, SignedRequest},
};
use spooky_core::jose::VerifyingKey;

use super::{
    requests::{Authentic, authentic},
    witness::look_at_grant,
};
use crate::{
    error::Refusal,
    extract::JsonBody,
    id::{
        MainService,
        mint::{PER_CYCLE, year_month},
        random_name,
    },
    keys::{Keys, Purpose},
    store::{GrantOrder, SignGrant},
};

/// How long a grant lasts, in seconds.
pub(crate) const GRANT_LIFE: i64 = 72 * 3600;
/// How long relying parties accept a fallback receipt, in seconds.
const RECEIPT_LIFE: i64 = 30 * 86_400;
/// For how long after a restore nothing is given but what is shown, in milliseconds.
const WINDOW: i64 = (GRANT_LIFE + CLOCK_SKEW) * 1000;

pub(crate) async fn grant(
    State(service): State<Arc<MainService>>,
    JsonBody(request): JsonBody<SignedRequest>,
) -> Result<Json<GrantResponse>, Refusal> {
    let Authentic {
        fallback,
        holder,
        epochs,
    } = authentic(&service, &request, "grant").await?;
    if fallback.suspended {
        return Err(Code::FallbackSuspended.into());
    }
    let known = service.store.upload(&fallback.enrolment.thumbprint).await?;
    if let (Some(known), Some(log)) = (known, &epochs.log)
        && known.log != *log
    {
        // A database that is new, or was said to be restored: it does not know which ids it issued.
        tracing::error!(
            code = Code::FallbackRolledBack.as_str(),
            fallback = fallback.enrolment.name,
            "a fallback came with another database than before"
        );
        return Err(Code::FallbackRolledBack.into());
    }
    let shown = shown_pairs(&service, &request.grants, &holder).await?;
    let now = service.now();
    let seconds = now.div_euclid(1000);
    let mut months = vec![year_month(now)];
    let last = year_month(now + GRANT_LIFE * 1000);
    if !months.contains(&last) {
        months.push(last);
    }
    let jti = random_name()?;
    let enrolment = &fallback.enrolment;
    let signer = Signer {
        keys: service.keys.current(),
        now: seconds,
        claims: GrantClaims {
            iss: service.issuer.clone(),
            sub: enrolment.name.clone(),
            jti: jti.clone(),
            nbf: seconds,
            exp: seconds + GRANT_LIFE,
            cnf: Confirmation {
                jwk: holder.to_jwk(),
            },
            ns: enrolment.namespaces.clone(),
            ym: Vec::new(),
            cyc: Vec::new(),
            max: enrolment.max,
            rttl: RECEIPT_LIFE,
        },
    };
    let order = GrantOrder {
        fallback: &enrolment.name,
        thumbprint: &enrolment.thumbprint,
        months: &months,
        cycles: enrolment.cycles,
        per_cycle: PER_CYCLE,
        shown: &shown,
        window: WINDOW,
        jti: &jti,
        now,
    };
    let grant = service.store.grant(&order, &signer).await?;
    if let Some(log) = &epochs.log {
        let thumbprint = &enrolment.thumbprint;
        service.store.acknowledge(thumbprint, log, 0).await?;
    }
    tracing::info!(fallback = enrolment.name, "a grant was issued");
    Ok(Json(GrantResponse { grant }))
}

/// The months and cycles of grants that main signed for this key. A grant of another key's shows
/// nothing.
async fn shown_pairs(
    service: &MainService,
    grants: &[String],
    holder: &VerifyingKey,
) -> Result<Vec<(String, String)>, Refusal> {
    let keys = service.key_set();
    let mut pairs = Vec::new();
    for text in grants.iter().take(MAX_SHOWN_GRANTS) {
        let Ok(grant) = VerifiedGrant::verify(text, &keys) else {
            continue;
        };
        if grant.holder() != holder {
            continue;
        }
        look_at_grant(service, &grant).await?;
        for month in &grant.claims().ym {
            for cycle in &grant.claims().cyc {
                pairs.push((month.clone(), cycle.clone()));
            }
        }
    }
    pairs.sort();
    pairs.dedup();
    Ok(pairs)
}

struct Signer {
    keys: Arc<Keys>,
    claims: GrantClaims,
    now: i64,
}

impl SignGrant for Signer {
    fn sign(&self, months: &[String], cycles: &[String]) -> Result<String, Code> {
        let mut claims = self.claims.clone();
        claims.ym = months.to_vec();
        claims.cyc = cycles.to_vec();
        // A fallback whose clock is a little behind can use it at once: so the key of that time signs, also
        // when another has begun since.
        let begins = claims.nbf.saturating_sub(CLOCK_SKEW);
        let key = self.keys.active_since(Purpose::Grant, begins, self.now)?;
        claims.nbf = begins.max(key.nbf);
        key.key
            .sign_jws(&key.kid, GRANT_TYPE, &claims)
            .map_err(|_| Code::Internal)
    }
}
