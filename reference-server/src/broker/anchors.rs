//! Anchors: registered, looked at, revoked (`spec/anchors.md`, sections 3 to 5). Refuses anybody but
//! the holders of A and R to revoke one.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
};
use chitty_client::{
    error::Code,
    wire::broker::{
        AnchorStanding, RegisterRequest, RegisterResponse, RevokeRequest, RevokeResponse,
        StatusResponse,
    },
};
use spooky_core::{
    anchor::{
        AnchorCommitment, RegistrationRefusal, RevocationRefusal, UnverifiedRegistration,
        UnverifiedRevocation,
    },
    clock::is_ahead,
    encoding::bytes_32,
};

use super::BrokerService;
use crate::{error::Refusal, extract::JsonBody, store::NewAnchor};

pub(super) async fn register(
    State(service): State<Arc<BrokerService>>,
    JsonBody(request): JsonBody<RegisterRequest>,
) -> Result<Json<RegisterResponse>, Refusal> {
    let nonce = service.burn(&request.nonce).await?;
    let now = service.seconds()?;
    let registration = UnverifiedRegistration::parse(&request.registration)
        .map_err(|_| RegistrationRefusal::Malformed)
        .and_then(|unverified| unverified.verify(&nonce, service.issuer.as_str(), now))
        .map_err(|refusal| {
            let code = match refusal {
                RegistrationRefusal::Clock => Code::SignedTimeInvalid,
                _ => Code::RegistrationRefused,
            };
            Refusal::new(code).reason(refusal.code())
        })?;
    let new = NewAnchor {
        anchor: registration.commitment(),
        recovery: registration.recovery_commitment(),
        device: registration.device().map(|key| key.to_sec1().into_vec()),
        now,
    };
    let statement = service.store.register(&new, &service.signer()).await?;
    Ok(Json(RegisterResponse { statement }))
}

pub(super) async fn status(
    State(service): State<Arc<BrokerService>>,
    RawQuery(query): RawQuery,
) -> Result<Json<StatusResponse>, Refusal> {
    let anchor = query
        .as_deref()
        .and_then(|query| query.strip_prefix("anchor="))
        .and_then(|text| bytes_32(text).ok())
        .map(AnchorCommitment::from_bytes)
        .ok_or_else(|| {
            Refusal::new(Code::BodyInvalid).detail("it needs ?anchor= with 32 bytes of base64url")
        })?;
    let (row, now) = (service.store.anchor(&anchor).await?, service.seconds()?);
    Ok(Json(match row {
        None => StatusResponse {
            state: AnchorStanding::Unknown,
            statement: None,
        },
        Some(row) if row.revoked => StatusResponse {
            state: AnchorStanding::Revoked,
            statement: None,
        },
        Some(row) => StatusResponse {
            state: AnchorStanding::Active,
            statement: match is_ahead(row.since, now) {
                true => {
                    service
                        .store
                        .restate(&anchor, now, &service.signer())
                        .await?
                }
                false => row.statement,
            },
        },
    }))
}

pub(super) async fn revoke(
    State(service): State<Arc<BrokerService>>,
    JsonBody(request): JsonBody<RevokeRequest>,
) -> Result<Json<RevokeResponse>, Refusal> {
    let refused =
        |refusal: RevocationRefusal| Refusal::new(Code::RevocationRefused).reason(refusal.code());
    let malformed = |_| refused(RevocationRefusal::Malformed);
    let unverified = UnverifiedRevocation::parse(&request.certificate).map_err(malformed)?;
    let anchor = unverified
        .dangerous_unverified_commitment()
        .map_err(malformed)?;
    let row = service.store.anchor(&anchor).await?;
    let recovery = row.and_then(|row| row.recovery);
    let recovery = recovery.ok_or(Code::AnchorUnknown)?;
    unverified.verify(&anchor, &recovery).map_err(refused)?;
    if service.store.revoke(&anchor, service.seconds()?).await? {
        tracing::info!("an anchor was revoked");
    }
    Ok(Json(RevokeResponse {
        state: AnchorStanding::Revoked,
    }))
}
