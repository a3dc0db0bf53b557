//! Chain 2: credentials that prove things about a person and can be followed by nobody
//! (`spec/credentials.md`; `decisions.md` D11, D12, D12a).
//!
//! An issuer signs named, typed attributes of a [`Schema`] together with a secret that it never
//! sees. A wallet shows the attributes that a site's [`Policy`] asks for, and nothing else that
//! repeats: every credential of a schema has the same header until the same day, and issuer keys are
//! those of a published set. A verifier answers `Valid`, `Invalid` or `Indeterminate` from its own
//! host, nonce and policy.
//!
//! | step | who | where |
//! |---|---|---|
//! | ask | wallet | [`HolderSecrets`], [`request_credential`] |
//! | check, issue, renew | issuer | [`UnverifiedCredentialRequest`], [`Issuer`], [`Lineage`] |
//! | take, present | wallet | [`HeldCredential`], [`PresentationRequest`], [`Consent`] |
//! | verify, one or many | site | [`Verifier`], [`BurnedNonce`] |
//!
//! Storage, transport, nonces that are burnt and limits on rates are their callers' business.

mod codec;
mod day;
mod held;
mod holder;
mod issue;
mod issued;
mod issuer_keys;
mod message;
mod policy;
mod present;
mod presentation;
mod request;
mod request_object;
mod response;
mod schema;
#[cfg(test)]
mod tests;
mod value;
mod verify;

pub use day::Day;
pub use held::{HeldCredential, TakeRefusal};
pub use holder::HolderSecrets;
pub use issue::{AnchorState, IssuanceRefusal, Issuer, Lineage, RecoveryPolicy};
pub use issued::IssuedCredential;
pub use issuer_keys::{IssuerId, IssuerKey, IssuerKeyState, IssuerKeys};
pub use message::{Nonce, header, message, presentation_header};
pub use policy::{Policy, PolicyRefusal, PolicyTerms, Requirement};
pub use present::{Consent, PresentRefusal};
pub use presentation::Presentation;
pub use request::{CredentialRequest, UnverifiedCredentialRequest, request_credential};
pub use request_object::{
    PresentationRequest, REQUEST_TYPE, REQUEST_USE, RequestReason, SiteKeys, UnverifiedRequest,
    VerifiedRequest, sign_request,
};
pub use response::{Arrival, Flow, ResponseUri};
pub use schema::{AttributeSchema, Derivation, Schema, SchemaDigest};
pub use value::{AttributeName, AttributeType, Attributes, StatusIndex, Value};
pub use verify::{
    BurnedNonce, PresentationReason, PresentationVerdict, Presented, TrustedIssuer, Verifier,
};

/// `typ` of a credential request.
pub const CREDENTIAL_REQUEST_TYPE: &str = "spookyid-credential-request+jwt";

/// Longest presentation, issued credential, schema, policy or key set that is looked at, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;
