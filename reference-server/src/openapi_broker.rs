//! The broker's operations and schemas, for `/openapi.json`.

use super::{HEALTH, OPENAPI, Operation, get, post};

pub(super) const SCHEMAS: &str = include_str!("openapi_broker_schemas.json");

pub(super) const OPERATIONS: &[Operation] = &[
    post(
        "/api/anchor/register",
        "",
        ("RegisterRequest", "RegisterResponse"),
        &[400, 401, 403, 408, 409, 413, 415, 422, 429, 503],
        "Registers an anchor; the same one again gets the same statement",
    ),
    get(
        "/api/anchor/status",
        "",
        "StatusResponse",
        &[400, 429, 503],
        "Where an anchor stands, for its owner",
    ),
    post(
        "/api/anchor/revoke",
        "",
        ("RevokeRequest", "RevokeResponse"),
        &[400, 404, 408, 413, 415, 422, 429, 503],
        "Revokes an anchor for good, by a certificate of its own or of its recovery key",
    ),
    get(
        "/api/anchor/snapshot",
        "",
        "SnapshotResponse",
        &[429, 500, 503],
        "The newest signed list of what is revoked",
    ),
    get(
        "/api/oidc/nonce",
        "optional",
        "NonceResponse",
        &[401, 429, 503],
        "A nonce for one signed request of a wallet or, with an API key, for one presentation at that site",
    ),
    post(
        "/api/oidc/credential",
        "",
        ("CredentialRequest", "CredentialResponse"),
        &[400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503],
        "Issues a credential to an active anchor, or renews it on the same commitment",
    ),
    post(
        "/api/oidc/verify",
        "verify",
        ("VerifyRequest", "VerifyResponse"),
        &[400, 401, 403, 408, 413, 415, 422, 429, 503],
        "Judges a presentation for the site whose API key asks; 200 means that it passed",
    ),
    get(
        "/.well-known/openid-configuration",
        "",
        "Configuration",
        &[429],
        "Where the operations are",
    ),
    get(
        "/.well-known/jwks.json",
        "",
        "StatementKeys",
        &[429],
        "The public keys of statements and snapshots, retired ones included",
    ),
    get(
        "/.well-known/openid-credential-issuer",
        "",
        "IssuerMetadata",
        &[429],
        "What is issued, and under which keys",
    ),
    HEALTH,
    OPENAPI,
];
