//! `POST /api/oidc/credential`: the first credential of an anchor, and its renewals
//! (`spec/credentials.md`, section 4). The anchor is looked at in the transaction that lets a credential
//! go, so that a revoked one gets none (R-REV-002); a renewal needs the commitment of the first time.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chitty_client::{
    error::Code,
    wire::broker::{CredentialRequest as Request, CredentialResponse},
};
use http::{HeaderValue, header::CACHE_CONTROL};
use spooky_core::{
    credential::{
        AnchorState, Attributes, CredentialRequest, Day, IssuanceRefusal, Issuer, Lineage, Nonce,
        Schema, UnverifiedCredentialRequest,
    },
    encoding::base64url,
    entropy::OsEntropy,
};
use zeroize::Zeroizing;

use super::{BrokerService, nonce::NonceFor};
use crate::{
    error::Refusal,
    extract::JsonBody,
    keys::Keys,
    store::{CredentialOrder, IssueCredential, StoreResult},
};

pub(super) async fn credential(
    State(service): State<Arc<BrokerService>>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Response, Refusal> {
    let nonce = Nonce::from_bytes(service.burn(&request.nonce, NonceFor::Wallet).await?);
    let now = service.seconds()?;
    let schema = service
        .schema(&request.schema)
        .ok_or_else(|| refused(IssuanceRefusal::OtherSchema))?;
    let (checked, issuer, offered) = (request.request, service.issuer.clone(), schema.clone());
    let check = move || {
        UnverifiedCredentialRequest::parse(&checked)
            .map_err(|_| IssuanceRefusal::Malformed)
            .and_then(|unverified| unverified.verify(&issuer, &offered, &nonce, now))
    };
    let verified = service.work.run(check).await?.map_err(refused)?;
    let code = request.enrolment_code.as_deref();
    let anchor = verified.anchor();
    let attributes = service.source.attributes(&anchor, schema, code).await?;
    let issuing = Issuing {
        service: service.clone(),
        keys: service.keys.current(),
        schema: schema.clone(),
        today: Day::of_unix_time(now).map_err(|_| Code::ServiceFailed)?,
        request: Arc::new(verified),
        attributes,
    };
    let order = CredentialOrder {
        anchor,
        daily: service.daily,
        now: service.now(),
    };
    let issued = Zeroizing::new(service.store.issue(&order, &issuing).await?);
    let mut response = Json(CredentialResponse {
        credential: base64url(&issued),
    })
    .into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// One request, ready to be answered.
struct Issuing {
    service: Arc<BrokerService>,
    keys: Arc<Keys>,
    schema: Arc<Schema>,
    today: Day,
    request: Arc<CredentialRequest>,
    attributes: Option<Attributes>,
}

#[async_trait]
impl IssueCredential for Issuing {
    async fn issue(
        &self,
        revoked: Option<bool>,
        lineage: Option<Lineage>,
    ) -> StoreResult<(Vec<u8>, Lineage)> {
        let anchor = match revoked {
            None => return Err(refused(IssuanceRefusal::AnchorUnknown)),
            Some(true) => return Err(refused(IssuanceRefusal::AnchorRevoked)),
            Some(false) => AnchorState::Active,
        };
        let attributes = self.attributes.clone().ok_or(Code::EnrolmentMissing)?;
        let (id, schema, today) = (self.service.issuer.clone(), self.schema.clone(), self.today);
        let (keys, request) = (self.keys.clone(), self.request.clone());
        let sign = move || -> StoreResult<(Vec<u8>, Lineage)> {
            let last = today.plus_days(schema.life_days());
            let issuer = Issuer {
                id: &id,
                key: keys.issuing(last.map_err(|_| Code::ServiceFailed)?)?,
                schema: &schema,
            };
            let (issued, lineage) = match lineage {
                None => issuer.first(&request, anchor, attributes, today, &OsEntropy),
                Some(lineage) => {
                    let issued = issuer.renew(&request, anchor, &lineage, attributes, today);
                    issued.map(|issued| (issued, lineage))
                }
            }
            .map_err(refused)?;
            Ok((issued.to_cbor().to_vec(), lineage))
        };
        self.service.work.run(sign).await?
    }
}

fn refused(refusal: IssuanceRefusal) -> Refusal {
    use IssuanceRefusal as R;
    let code = match refusal {
        R::Clock => Code::SignedTimeInvalid,
        R::AnchorUnknown => Code::AnchorUnknown,
        R::AnchorRevoked => Code::AnchorRevoked,
        R::OtherCommitment => Code::CommitmentChanged,
        // The issuer's own affairs: what is enrolled does not fit, or it cannot sign.
        R::Attributes | R::Failed => Code::ServiceFailed,
        _ => Code::CredentialRefused,
    };
    Refusal::new(code).reason(refusal.code())
}
