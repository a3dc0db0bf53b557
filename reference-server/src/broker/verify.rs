//! `POST /api/oidc/verify`: judges a presentation for the site that asks (`spec/credentials.md`,
//! section 8). Which site that is comes from its API key's record and from nothing that it sends
//! (decisions D11, D19). Only `Valid` is answered with 200; what is stale is no pass.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, State},
};
use chitty_client::{
    error::Code,
    wire::broker::{VerifyRequest, VerifyResponse},
};
use http::request::Parts;
use spooky_core::{
    credential::{
        BurnedNonce, Nonce, PolicyRefusal, Presentation, PresentationReason, PresentationVerdict,
        TrustedIssuer, Verifier,
    },
    encoding::{base64url, from_base64url},
    pseudonym::Host,
    secret::constant_time_eq,
    verdict::Verdict,
};

use super::{BrokerService, nonce::NonceFor};
use crate::{error::Refusal, extract::JsonBody};

/// The keys are read from the ring for each request, so they are as old as the request.
const KEYS_MAX_AGE: u64 = 60;

/// The site that asks, known before anything of its body is read.
pub(super) struct Site {
    host: Host,
    /// As its key's record spells it: what its nonces were made for.
    tenant: String,
}

impl FromRequestParts<Arc<BrokerService>> for Site {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<BrokerService>,
    ) -> Result<Self, Refusal> {
        let caller = service.gate.caller(&parts.headers).await?;
        caller.need("verify")?;
        let tenant = caller.tenant().to_owned();
        let host = Host::parse(&tenant).map_err(|_| {
            Refusal::new(Code::ScopeMissing).detail("a site's API key has its host as tenant")
        })?;
        Ok(Self { host, tenant })
    }
}

pub(super) async fn verify(
    State(service): State<Arc<BrokerService>>,
    Site { host, tenant }: Site,
    JsonBody(request): JsonBody<VerifyRequest>,
) -> Result<Json<VerifyResponse>, Refusal> {
    let VerifyRequest {
        expected_nonce,
        presentation,
        policy,
    } = request;
    // The nonce of the session that asks, and never the one that the presentation names: that may be another
    // session's.
    let nonce = service
        .burn(&expected_nonce, NonceFor::Site(&tenant))
        .await?;
    let read =
        move || from_base64url(&presentation).and_then(|bytes| Presentation::from_cbor(&bytes));
    let presentation =
        service.work.run(read).await?.map_err(|_| {
            Refusal::new(Code::BodyInvalid).detail("the presentation cannot be read")
        })?;
    if !constant_time_eq(presentation.claimed_nonce().as_bytes(), &nonce) {
        let reason = PresentationReason::OtherNonce.code();
        return Err(Refusal::new(Code::PresentationRefused).reason(reason));
    }
    let now = service.seconds()?;
    let unsound = |refusal: PolicyRefusal| Refusal::new(Code::PolicyInvalid).reason(refusal.code());
    let schema = service
        .schema(&policy.schema().to_text())
        .ok_or_else(|| unsound(PolicyRefusal::OtherSchema))?
        .clone();
    let issuers = [TrustedIssuer {
        keys: service.keys.current().issuer_keys(&service.issuer)?,
        fetched_at: now,
    }];
    let burnt = BurnedNonce::after_burning(Nonce::from_bytes(nonce));
    let judge = move || -> Result<PresentationVerdict, PolicyRefusal> {
        let verifier = Verifier::new(&host, &policy, &schema, &issuers, KEYS_MAX_AGE)?;
        Ok(verifier.verify(&presentation, burnt, now))
    };
    let verdict = service.work.run(judge).await?.map_err(unsound)?;
    let presented = match verdict {
        Verdict::Valid(presented) => presented,
        Verdict::Invalid(reason) => {
            let code = match reason {
                PresentationReason::OverDisclosed => Code::OverDisclosed,
                _ => Code::PresentationRefused,
            };
            return Err(Refusal::new(code).reason(reason.code()));
        }
        Verdict::Indeterminate(reason) => {
            return Err(Refusal::new(Code::PresentationUndecided).reason(reason.code()));
        }
    };
    Ok(Json(VerifyResponse {
        issuer: presented.issuer,
        not_after: presented.not_after.to_string(),
        attributes: presented.attributes,
        tag: presented.tag.map(|tag| base64url(&tag.to_bytes())),
    }))
}
