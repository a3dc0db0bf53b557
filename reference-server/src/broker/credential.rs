//! `POST /api/oidc/credential`: the first credential of an anchor, and its renewals
//! (`spec/credentials.md`, section 4). The anchor is looked at in the transaction that issues, so that
//! nothing is issued to a revoked one (R-REV-002); a renewal needs the commitment of the first time.

use std::sync::Arc;

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
        AnchorState, Attributes, CredentialRequest, Day, IssuanceRefusal, Issuer, IssuerId,
        Lineage, Nonce, Schema, UnverifiedCredentialRequest,
    },
    encoding::base64url,
    entropy::OsEntropy,
};
use zeroize::Zeroizing;

use super::BrokerService;
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
    let nonce = Nonce::from_bytes(service.burn(&request.nonce).await?);
    let now = service.seconds()?;
    let schema = service
        .schema(&request.schema)
        .ok_or_else(|| refused(IssuanceRefusal::OtherSchema))?;
    let verified = UnverifiedCredentialRequest::parse(&request.request)
        .map_err(|_| IssuanceRefusal::Malformed)
        .and_then(|unverified| unverified.verify(&service.issuer, schema, &nonce, now))
        .map_err(refused)?;
    let code = request.enrolment_code.as_deref();
    let anchor = verified.anchor();
    let attributes = service.source.attributes(&anchor, schema, code).await?;
    let issuing = Issuing {
        keys: service.keys.current(),
        issuer: &service.issuer,
        schema,
        today: Day::of_unix_time(now).map_err(|_| Code::ServiceFailed)?,
        request: verified,
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

/// One request, ready to be answered inside a transaction.
struct Issuing<'a> {
    keys: Arc<Keys>,
    issuer: &'a IssuerId,
    schema: &'a Schema,
    today: Day,
    request: CredentialRequest,
    attributes: Option<Attributes>,
}

impl IssueCredential for Issuing<'_> {
    fn issue(
        &self,
        revoked: Option<bool>,
        lineage: Option<Lineage>,
    ) -> StoreResult<(Vec<u8>, Option<Lineage>)> {
        let anchor = match revoked {
            None => return Err(refused(IssuanceRefusal::AnchorUnknown)),
            Some(true) => return Err(refused(IssuanceRefusal::AnchorRevoked)),
            Some(false) => AnchorState::Active,
        };
        let attributes = self.attributes.clone().ok_or(Code::EnrolmentMissing)?;
        let life = self.schema.life_days();
        let last = self
            .today
            .plus_days(life)
            .map_err(|_| Code::ServiceFailed)?;
        let issuer = Issuer {
            id: self.issuer,
            key: self.keys.issuing(last)?,
            schema: self.schema,
        };
        let (issued, new) = match lineage {
            None => {
                let done = issuer.first(&self.request, anchor, attributes, self.today, &OsEntropy);
                let (issued, lineage) = done.map_err(refused)?;
                (issued, Some(lineage))
            }
            Some(lineage) => {
                let done = issuer.renew(&self.request, anchor, &lineage, attributes, self.today);
                (done.map_err(refused)?, None)
            }
        };
        Ok((issued.to_cbor().to_vec(), new))
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
