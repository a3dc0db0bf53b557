//! Metadata that would become something else on its way to a digest (decision D40): refused before
//! anything is sent or stored, while what was stored before is still answered.

use std::sync::Arc;

use chitty_client::{
    Client, Code, ErrorKind, IdRequest, ReconcilePolicy, Trust,
    issuance::Intent,
    reconcile::store::{Durability, Entry, MemoryStore, PendingStore, State},
};
use chitty_tests::{
    client_of,
    issuer::{Issuer, STANDARD},
    raw_server::RawServer,
};
use serde_json::{Value, json};
use spooky_core::encoding::base64url;

use crate::GENERATE;

async fn world() -> (RawServer, Client, Arc<dyn PendingStore>) {
    let issuer = Arc::new(Issuer::default());
    let keys = Trust::Pinned(issuer.key_set());
    let main = RawServer::start(move |request| issuer.answer_standard(request, STANDARD)).await;
    let store: Arc<dyn PendingStore> = Arc::new(MemoryStore::new().expect("store"));
    let client = client_of(&main.origin, None, keys)
        .shared_store(Arc::clone(&store))
        .reconcile(ReconcilePolicy::default().manual())
        .build()
        .expect("client");
    (main, client, store)
}

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I').handle("row-17").expect("handle")
}

#[tokio::test]
async fn what_a_digest_would_not_tell_apart_is_refused_before_anything_happens() {
    let (main, client, store) = world().await;
    let first: Value = serde_json::from_str("18446744073709551616").expect("JSON");
    let second: Value = serde_json::from_str("18446744073709551617").expect("JSON");
    assert_eq!(first, second, "the hazard");
    for value in [
        first,
        json!(9_007_199_254_740_992_u64),
        json!(-9_007_199_254_740_992_i64),
        json!(1e16),
        json!(f64::MAX),
        json!([{ "deep": u64::MAX }]),
    ] {
        let error = client
            .request_id(request().metadata("account", value))
            .await;
        let error = error.expect_err("beyond");
        assert_eq!(
            (error.code(), error.kind()),
            (Code::MetadataInvalid, ErrorKind::InvalidInput)
        );
        assert!(error.hint().contains("as text"), "{error}");
    }
    let twice = request().metadata("a", 1).metadata("a", 2);
    let error = client.request_id(twice).await.expect_err("twice");
    assert_eq!(error.code(), Code::MemberRepeated);
    let mixed = request()
        .metadata("a", 1)
        .metadata_json(r#"{"a": 1}"#)
        .expect("JSON");
    let error = client.request_id(mixed).await.expect_err("twice");
    assert_eq!(error.code(), Code::MemberRepeated);
    for (text, code) in [
        (r#"{"account":18446744073709551617}"#, Code::MetadataInvalid),
        (r#"{"account":9007199254740991.25}"#, Code::MetadataInvalid),
        (r#"{"a":{"b":1,"\u0062":2}}"#, Code::MemberRepeated),
        (r#"{"a":"\ud800"}"#, Code::TextNotUnicode),
        ("[]", Code::MetadataInvalid),
        ("{", Code::MetadataInvalid),
    ] {
        let error = request().metadata_json(text).expect_err(text);
        assert_eq!(error.code(), code, "{text}");
    }
    assert_eq!(main.count(GENERATE), 0, "nothing was sent");
    assert_eq!(
        store.counts().await.expect("counts").of(State::Open),
        0,
        "nor stored"
    );
    // The control: the handle is not used up.
    let fine = request()
        .metadata("account", "18446744073709551617")
        .metadata("n", 1e15);
    client.request_id(fine).await.expect("an id");
}

#[tokio::test]
async fn a_row_of_before_is_still_the_answer_to_its_request() {
    let (main, client, store) = world().await;
    let account = || json!(18_446_744_073_709_551_616_f64);
    let asked = || request().metadata("account", account());
    let refused = client.request_id(asked()).await.expect_err("new");
    assert_eq!(refused.code(), Code::MetadataInvalid, "the control");
    let issued = client.request_id(request()).await.expect("an id");
    // As a version before wrote it: only the fingerprint of the intent differs.
    let intent = |metadata: Value| -> Intent {
        serde_json::from_value(json!({ "metadata": metadata })).expect("intent")
    };
    let print = |intent: Intent| base64url(&intent.fingerprint().expect("fingerprint"));
    let (new, old) = (
        print(intent(json!({}))),
        print(intent(json!({ "account": account() }))),
    );
    let row: Entry = store.find(&issued.id()).await.expect("find").remove(0);
    let body = String::from_utf8(row.body.clone())
        .expect("JSON")
        .replace(&new, &old);
    let row = Entry {
        body: body.into_bytes(),
        ..row
    };
    store.put(row, Durability::Process).await.expect("put");

    let again = client.request_id(asked()).await.expect("the same id");
    assert_eq!(again.id(), issued.id());
    assert_eq!(main.count(GENERATE), 1, "from the store");
    // Another account under this handle is another thing.
    let error = client.request_id(request()).await.expect_err("reused");
    assert_eq!(error.code(), Code::HandleReused);
}
