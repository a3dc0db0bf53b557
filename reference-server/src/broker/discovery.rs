//! What anybody may read: where the operations are, the keys for statements, and what is issued under
//! which BBS keys. The same for everybody, so that nobody can be given keys of their own.
//!
//! The broker is no OpenID provider: it names the members of OpenID discovery and OpenID4VCI metadata
//! that it has, and no others.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chitty_client::error::Code;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use serde_json::{Map, Value, json};

use super::BrokerService;
use crate::error::Refusal;

const FRESH: &str = "max-age=300";

fn published(body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(FRESH));
    response
}

fn read(json: Result<Vec<u8>, spooky_core::Error>) -> Result<Value, Refusal> {
    let bytes = json.map_err(|_| Code::Internal)?;
    serde_json::from_slice(&bytes).map_err(|_| Code::Internal.into())
}

pub(super) async fn configuration(State(service): State<Arc<BrokerService>>) -> Response {
    let issuer = service.issuer.as_str();
    let at = |path: &str| format!("{issuer}{path}");
    published(Json(json!({
        "issuer": issuer,
        "jwks_uri": at("/.well-known/jwks.json"),
        "nonce_endpoint": at("/api/oidc/nonce"),
        "credential_endpoint": at("/api/oidc/credential"),
        "verify_endpoint": at("/api/oidc/verify"),
        "anchor_registration_endpoint": at("/api/anchor/register"),
        "anchor_status_endpoint": at("/api/anchor/status"),
        "anchor_revocation_endpoint": at("/api/anchor/revoke"),
        "anchor_snapshot_endpoint": at("/api/anchor/snapshot"),
    })))
}

pub(super) async fn key_set(
    State(service): State<Arc<BrokerService>>,
) -> Result<Response, Refusal> {
    let keys = service.keys.current().statements(service.issuer.as_str())?;
    Ok(published(keys.to_json().map_err(|_| Code::Internal)?))
}

pub(super) async fn credential_issuer(
    State(service): State<Arc<BrokerService>>,
) -> Result<Response, Refusal> {
    let issuer = service.issuer.as_str();
    let keys = service.keys.current().issuer_keys(&service.issuer)?;
    let mut offered = Map::new();
    for schema in &service.schemas {
        let digest = schema.digest().to_text();
        let entry = json!({ "format": "spookyid-bbs", "schema": read(schema.to_json())? });
        offered.insert(digest, entry);
    }
    Ok(published(Json(json!({
        "credential_issuer": issuer,
        "credential_endpoint": format!("{issuer}/api/oidc/credential"),
        "nonce_endpoint": format!("{issuer}/api/oidc/nonce"),
        "issuer_keys": read(keys.to_json())?,
        "credential_configurations_supported": offered,
    }))))
}
