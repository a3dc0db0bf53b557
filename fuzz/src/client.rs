//! What the client reads from strangers: ids, receipts, grants, key sets, answers.

use chitty_client::{
    id::ChittyId,
    issuance::{grant::VerifiedGrant, keyset::KeySet, receipt::verify_receipt},
    wire,
};

/// The key set that the receipts and grants of `spec/vectors` are signed under.
pub fn key_set() -> KeySet {
    let text = include_str!("../../spec/vectors/receipts/valid.json");
    let document: serde_json::Value = serde_json::from_str(text).expect("JSON");
    KeySet::from_json(&document["key_sets"]["main"].to_string()).expect("a key set")
}

/// Ids: what parses comes back unchanged.
pub fn id(data: &[u8]) {
    if let Ok(text) = core::str::from_utf8(data) {
        if let Ok(id) = text.parse::<ChittyId>() {
            assert_eq!(id.to_string(), text);
        }
    }
}

/// An id, a line feed, and its receipt.
pub fn receipt(data: &[u8]) {
    let parts = core::str::from_utf8(data)
        .ok()
        .and_then(|text| text.split_once('\n'));
    if let Some((id, text)) = parts {
        if let Ok(id) = id.parse::<ChittyId>() {
            let _ = verify_receipt(&id, text, &key_set(), 1_795_000_060);
        }
    }
}

/// Grants.
pub fn grant(data: &[u8]) {
    if let Ok(text) = core::str::from_utf8(data) {
        let _ = VerifiedGrant::verify(text, &key_set());
    }
}

/// Key sets.
pub fn keys(data: &[u8]) {
    if let Ok(text) = core::str::from_utf8(data) {
        let _ = KeySet::from_json(text);
    }
}

/// Answers of both services.
pub fn answer(data: &[u8]) {
    let _ = serde_json::from_slice::<wire::id::GenerateResponse>(data);
    let _ = serde_json::from_slice::<wire::id::ReconcileResponse>(data);
    let _ = serde_json::from_slice::<wire::id::PermanentResponse>(data);
    let _ = serde_json::from_slice::<wire::id::VerifyResponse>(data);
    let _ = serde_json::from_slice::<wire::id::LifecycleResponse>(data);
    let _ = serde_json::from_slice::<wire::id::HealthResponse>(data);
    let _ = serde_json::from_slice::<wire::fallback::GrantResponse>(data);
    let _ = serde_json::from_slice::<wire::fallback::LogResponse>(data);
    let _ = serde_json::from_slice::<wire::ErrorBody>(data);
}
