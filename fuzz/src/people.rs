//! Anchors and credentials: what is accepted is written back as it came, or reads the same again,
//! and nothing panics.

use spooky_core::{
    anchor::{
        AnchorCommitment, UnverifiedRegistered, UnverifiedRegistration, UnverifiedRevocation,
        UnverifiedSnapshot,
    },
    credential::{
        Arrival, BurnedNonce, IssuedCredential, IssuerId, IssuerKeys, Nonce, Policy, Presentation,
        PresentationRequest, ResponseUri, Schema, SiteKeys, TrustedIssuer,
        UnverifiedCredentialRequest, UnverifiedRequest, Verifier,
    },
    jose::StatementKeys,
    pseudonym::{AuthenticatedRp, Host},
};

use crate::Input;

const NOW: u64 = 1_795_000_000;

/// A broker's keys: those of the vectors.
fn broker() -> StatementKeys {
    const FILE: &str = include_str!("../../spec/vectors/anchors/registered.json");
    let file: serde_json::Value = serde_json::from_str(FILE).expect("JSON");
    let keys = file["key_sets"]["broker"].to_string();
    StatementKeys::from_json(keys.as_bytes()).expect("keys")
}

/// A site's keys: those of the vectors.
fn shop() -> SiteKeys {
    const FILE: &str = include_str!("../../spec/vectors/credentials/requests.json");
    let file: serde_json::Value = serde_json::from_str(FILE).expect("JSON");
    let keys = file["key_sets"]["shop"].to_string();
    let keys = StatementKeys::from_json(keys.as_bytes()).expect("keys");
    SiteKeys::fetched_from("https://shop.example", keys).expect("the shop's")
}

/// Statements about anchors, and requests of wallets and sites: one octet says which, the rest is its text.
pub fn anchor(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = input.byte();
    let Ok(text) = core::str::from_utf8(input.rest()) else {
        return;
    };
    let commitment = AnchorCommitment::from_bytes([1; 32]);
    match kind % 6 {
        0 => {
            if let Ok(statement) = UnverifiedRegistration::parse(text) {
                let _ = statement.verify(&[2; 32], "https://broker.example", NOW);
            }
        }
        1 => {
            if let Ok(statement) = UnverifiedRegistered::parse(text) {
                let _ = statement.verify(&broker(), &commitment, NOW);
            }
        }
        2 => {
            if let Ok(statement) = UnverifiedRevocation::parse(text) {
                let named = statement.dangerous_unverified_commitment();
                let _ = statement.verify(&named.unwrap_or(commitment), &[3; 32]);
            }
        }
        3 => {
            if let Ok(statement) = UnverifiedSnapshot::parse(text) {
                let _ = statement.verify(&broker());
            }
        }
        5 => {
            let _ = ResponseUri::parse(text).map(|uri| uri.with_code("x"));
            if let Ok(request) = UnverifiedRequest::parse(text) {
                let _ = request.dangerous_unverified_origin();
                let _ = request.verify(&shop(), Arrival::Link, NOW);
            }
        }
        _ => {
            let schema = schema_of(SCHEMA);
            let issuer = IssuerId::parse("https://issuer.example").expect("a name");
            if let Ok(request) = UnverifiedCredentialRequest::parse(text) {
                let _ = request.verify(&issuer, &schema, &Nonce::from_bytes([3; 32]), NOW);
            }
        }
    }
}

const SCHEMA: &str = r#"{"typ":"spookyid/schema/v1","id":"s","life_days":7,"linkable":false,"attributes":[{"name":"a","type":"text"}]}"#;

fn schema_of(text: &str) -> Schema {
    Schema::from_json(text.as_bytes()).expect("a schema")
}

/// Schemas, policies, requests, and the key sets of brokers and issuers: JSON that is public.
pub fn public_json(data: &[u8]) {
    if let Ok(schema) = Schema::from_json(data) {
        let again = Schema::from_json(&schema.to_json().expect("JSON")).expect("a schema");
        assert_eq!(again.digest(), schema.digest());
    }
    if let Ok(policy) = Policy::from_json(data) {
        let again = Policy::from_json(&policy.to_json().expect("JSON")).expect("a policy");
        assert_eq!(again.digest(), policy.digest());
        let _ = policy.check(&schema_of(SCHEMA));
    }
    if let Ok(request) = PresentationRequest::from_json(data) {
        let again = PresentationRequest::from_json(&request.to_json().expect("JSON"));
        assert_eq!(again, Ok(request));
    }
    if let Ok(keys) = IssuerKeys::from_json(data) {
        let again = IssuerKeys::from_json(&keys.to_json().expect("JSON"));
        assert_eq!(again, Ok(keys));
    }
    if let Ok(keys) = StatementKeys::from_json(data) {
        let again = StatementKeys::from_json(&keys.to_json().expect("JSON"));
        assert_eq!(again, Ok(keys));
    }
}

/// Presentations in both forms, and their verification.
pub fn presentation(data: &[u8]) {
    const FILE: &str = include_str!("../../spec/vectors/credentials/presentations.json");
    let cbor = Presentation::from_cbor(data);
    if let Ok(presentation) = &cbor {
        assert_eq!(presentation.to_cbor(), data);
        let json = presentation.to_json().expect("JSON");
        assert_eq!(Presentation::from_json(&json).as_ref(), Ok(presentation));
    }
    let Ok(presentation) = cbor.or_else(|_| Presentation::from_json(data)) else {
        return;
    };
    let again = Presentation::from_cbor(&presentation.to_cbor());
    assert_eq!(again.as_ref(), Ok(&presentation));
    let file: serde_json::Value = serde_json::from_str(FILE).expect("JSON");
    let case = &file["cases"][0];
    let read = |name: &str| case[name].to_string().into_bytes();
    let schema = Schema::from_json(&read("schema")).expect("a schema");
    let policy = Policy::from_json(&read("policy")).expect("a policy");
    let issuers = [TrustedIssuer {
        keys: IssuerKeys::from_json(&read("issuer_keys")).expect("keys"),
        fetched_at: NOW,
    }];
    let host = Host::parse("shop.example").expect("a host");
    let verifier = Verifier::new(&host, &policy, &schema, &issuers, 60).expect("a policy");
    let nonce = BurnedNonce::after_burning(presentation.claimed_nonce());
    let _ = verifier.verify(&presentation, nonce, NOW);
}

/// Issued credentials in both forms.
pub fn issued(data: &[u8]) {
    if let Ok(issued) = IssuedCredential::from_cbor(data) {
        assert_eq!(issued.to_cbor().as_slice(), data);
    }
    if let Ok(issued) = IssuedCredential::from_json(data) {
        let again = IssuedCredential::from_cbor(&issued.to_cbor()).expect("a credential");
        assert_eq!(
            again.to_json().expect("JSON"),
            issued.to_json().expect("JSON")
        );
    }
}

/// Hosts and origins: a canonical form is read as itself.
pub fn host(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(host) = Host::parse(text) {
        assert_eq!(Host::parse(host.as_str()).as_ref(), Ok(&host));
        let origin = format!("https://{}", host.as_str());
        let rp = AuthenticatedRp::posting_to(&origin).expect("an origin");
        assert_eq!(rp.host(), &host);
    }
    let _ = AuthenticatedRp::platform_origin(text);
}
