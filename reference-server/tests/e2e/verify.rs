//! What strangers, owners and auditors learn about an id (decision D20).

use chitty_client::error::Code;
use reference_server::ApiKeySpec;
use serde_json::{Value, json};

use crate::bench::{Ask, Bench};

fn members(body: &Value) -> Vec<&str> {
    body.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn strangers_learn_three_words_of_one_shape() {
    let bench = Bench::new().await;
    let issue = bench.generate(&Ask::new("a")).await.ok();
    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    let known = format!("/api/chittyid/verify/{}", issue.id);
    let unknown = "/api/chittyid/verify/AA-C-GEN-7777-I-8Z-0-A";
    for secret in [None, Some(beta.as_str())] {
        let reply = bench.get(&known, secret).await;
        assert_eq!(
            (reply.status, &reply.body),
            (
                200,
                &json!({"valid": true, "class": "standard", "status": "active"})
            )
        );
        let other = bench.get(unknown, secret).await;
        assert_eq!(
            (other.status, &other.body),
            (
                200,
                &json!({"valid": false, "class": "unknown", "status": "unknown"})
            )
        );
        assert_eq!(members(&reply.body), members(&other.body));
    }
    bench
        .get("/api/chittyid/verify/nonsense", None)
        .await
        .refused(400, Code::IdMalformed);
    bench
        .get(&known, Some("chk_wrong"))
        .await
        .refused(401, Code::ApiKeyInvalid);
}

#[tokio::test]
async fn the_owner_and_the_audit_scope_learn_the_rest() {
    let bench = Bench::new().await;
    let issue = bench.generate(&Ask::new("a")).await.ok();
    let auditor = ApiKeySpec::new("auditor").scopes(&["audit"]);
    let auditor = bench.tenant(auditor).await;
    let path = format!("/api/chittyid/verify/{}", issue.id);
    for secret in [&bench.secret, &auditor] {
        let body = bench.get(&path, Some(secret)).await.body;
        assert_eq!(body["chittyId"], issue.id.as_str());
        assert_eq!(body["metadata"]["row"], "secret-metadata");
        assert_eq!(body["issuedAt"], "2026-11-10T12:00:00Z");
    }
    // The owner's key without the scope is a stranger.
    let blind = ApiKeySpec::new("alpha")
        .named("blind")
        .scopes(&["generate"]);
    let blind = bench.tenant(blind).await;
    assert_eq!(members(&bench.get(&path, Some(&blind)).await.body).len(), 3);
}

#[tokio::test]
async fn resolve_and_lifecycle_are_for_the_owner_and_the_audit_scope() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let ask = Ask::new("a");
    let old = backup.issue(&ask).await.ok();
    let resolve = format!("/api/chittyid/resolve/{}", old.id);
    let verify = format!("/api/chittyid/verify/{}", old.id);
    let lifecycle = format!("/api/chittyid/lifecycle/{}", old.id);
    bench
        .get(&resolve, Some(&bench.secret))
        .await
        .refused(404, Code::DebtUnknown);
    backup.handle.renew_now().await.unwrap();
    assert_eq!(
        bench.get(&verify, None).await.body,
        json!({"valid": true, "class": "fallback", "status": "pending"})
    );
    bench
        .get(&resolve, Some(&bench.secret))
        .await
        .refused(404, Code::DebtUnknown);
    let new = bench.reconcile(&ask, &old).await.unwrap();
    assert_eq!(
        bench.get(&verify, None).await.body,
        json!({"valid": false, "class": "fallback", "status": "superseded"})
    );
    let own = bench.get(&verify, Some(&bench.secret)).await.body;
    assert_eq!(own["permanentId"], new.id.as_str());
    assert_eq!(bench.get(&resolve, Some(&bench.secret)).await.ok(), new);

    let beta = bench.tenant(ApiKeySpec::new("beta")).await;
    for path in [&resolve, &lifecycle] {
        bench
            .get(path, None)
            .await
            .refused(401, Code::ApiKeyInvalid);
        assert_eq!(bench.get(path, Some(&beta)).await.status, 404);
    }
    let events = bench.get(&lifecycle, Some(&bench.secret)).await.body["events"].clone();
    let names: Vec<&str> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["issued", "superseded"]);
    assert_eq!(
        (&events[0]["by"], &events[1]["other"]),
        (&json!("fb"), &json!(new.id))
    );
    let path = format!("/api/chittyid/lifecycle/{}", new.id);
    let events = bench.get(&path, Some(&bench.secret)).await.body["events"].clone();
    assert_eq!(events[1]["event"], "reconciled");
    assert_eq!(events[1]["other"], old.id.as_str());
}
