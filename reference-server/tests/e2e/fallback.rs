//! A fallback's ids: inside the grant, repeated, refused, while main is away (decision D4).

use std::time::Duration;

use chitty_client::{
    error::Code,
    id::{Check, ChittyId, Class},
    issuance::{receipt::verify_receipt, tenant_digest},
};
use reference_server::{ApiKeySpec, Database, FallbackServer};
use serde_json::json;

use crate::bench::{Ask, Backup, Bench, DAY, ISSUER, JsonBody, client, reply};

#[tokio::test]
async fn an_id_of_domain_e_comes_with_a_receipt_that_main_keys_verify_offline() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let ask = Ask::new("a");
    let issue = backup.issue(&ask).await.ok();
    let id: ChittyId = issue.id.parse().unwrap();
    assert_eq!(
        (id.class(), id.check(), id.cycle()),
        (Class::Fallback, Check::Ok, Some('0'))
    );
    let receipt = bench.check(&issue);
    let claims = receipt.claims();
    assert_eq!(
        (claims.iss.as_str(), claims.idk.as_str()),
        ("fb", ask.idk().as_str())
    );
    assert_eq!(
        claims.tnd.as_deref(),
        Some(tenant_digest(&ask.salt, "alpha").as_str())
    );
    assert_eq!(claims.exp, Some(claims.iat + 30 * 86_400));
    let keys = bench.main.key_set();
    assert!(verify_receipt(&id, &issue.receipt, &keys, bench.clock_seconds()).is_valid());
    assert!(
        !verify_receipt(
            &id,
            &issue.receipt,
            &keys,
            bench.clock_seconds() + 31 * 86_400
        )
        .is_valid()
    );

    assert_eq!(backup.issue(&ask).await.ok(), issue);
    backup
        .issue(&ask.clone().namespace("USR"))
        .await
        .refused(422, Code::IdempotencyKeyReused);
    let beta = backup
        .handle
        .add_api_key(ApiKeySpec::new("beta"))
        .await
        .unwrap();
    assert_ne!(backup.issue_as(&beta, &ask).await.ok().id, issue.id);
    assert_eq!(backup.handle.store().issued().await.unwrap(), 2);
}

#[tokio::test]
async fn a_fallback_refuses_what_its_grant_or_role_does_not_cover() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    backup
        .issue(&Ask::new("a").namespace("DOC"))
        .await
        .refused(403, Code::NamespaceForbidden);
    let mut canonical = Ask::new("a");
    canonical.intent.profile = "canonical".into();
    canonical.intent.entity_type = "T".into();
    backup
        .issue(&canonical)
        .await
        .refused(400, Code::ProfileUnsupported);
    backup
        .issue_as("wrong", &Ask::new("a"))
        .await
        .refused(401, Code::ApiKeyInvalid);
    let reader = ApiKeySpec::new("reader").scopes(&["verify"]);
    let reader = backup.handle.add_api_key(reader).await.unwrap();
    backup
        .issue_as(&reader, &Ask::new("a"))
        .await
        .refused(403, Code::ScopeMissing);
    let url = format!("{}/api/chittyid/fallback", backup.handle.url());
    let unmarked = bench.http.post(url).header("x-api-key", &backup.secret);
    let unmarked = unmarked.header("idempotency-key", Ask::new("a").idk());
    reply(unmarked.json_body(&Ask::new("a").body()))
        .await
        .unwrap()
        .refused(400, Code::BodyInvalid);
    // Main's key is not good here, nor this one there.
    backup
        .issue_as(&bench.secret, &Ask::new("a"))
        .await
        .refused(401, Code::ApiKeyInvalid);

    let issued = backup.issue(&Ask::new("kept")).await.ok();
    bench.clock.advance(4 * DAY);
    backup
        .issue(&Ask::new("late"))
        .await
        .refused(503, Code::GrantNotHeld);
    assert_eq!(
        backup.issue(&Ask::new("kept")).await.ok(),
        issued,
        "a repeat needs no grant"
    );
    backup.handle.renew_now().await.unwrap();
    backup.issue(&Ask::new("late")).await.ok();

    let bare = bench.bare_fallback("bare", Database::Memory, None).await;
    assert!(bare.handle.renew_now().await.is_err());
    bare.issue(&Ask::new("a"))
        .await
        .refused(503, Code::GrantNotHeld);
    let health = reply(bench.http.get(format!("{}/health", bare.handle.url())))
        .await
        .unwrap();
    assert_eq!(
        (health.status, &health.body["service"]),
        (503, &json!("fallback"))
    );
}

#[tokio::test]
async fn a_fallback_stops_at_the_end_of_its_cycle() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    backup
        .handle
        .store()
        .set_counter("AA-E-GEN-I-8Z-0", 9_999)
        .await
        .unwrap();
    let last = backup.issue(&Ask::new("last")).await.ok();
    assert!(last.id.starts_with("AA-E-GEN-9999-I-8Z-0-"));
    backup
        .issue(&Ask::new("over"))
        .await
        .refused(503, Code::GrantExhausted);
    backup.issue(&Ask::new("other").namespace("USR")).await.ok();
}

#[tokio::test]
async fn a_fallback_restarts_and_issues_while_main_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (folder.path().join("fb.sqlite"), folder.path().join("keys"));
    let bench = Bench::new().await;
    let backup = bench
        .fallback_on("fb", file.clone().into(), Some(&keys))
        .await;
    let (first, thumbprint) = (
        backup.issue(&Ask::new("a")).await.ok(),
        backup.handle.thumbprint(),
    );
    backup.handle.kill().await;
    bench.main.faults().set("down".parse().unwrap());
    let backup = bench.bare_fallback("fb", file.into(), Some(&keys)).await;
    assert!(backup.handle.renew_now().await.is_err());
    assert_eq!(backup.handle.thumbprint(), thumbprint);
    assert_eq!(backup.issue(&Ask::new("a")).await.ok(), first);
    let second = backup.issue(&Ask::new("b")).await.ok();
    assert_ne!(second.id, first.id);
    bench.main.faults().clear();
    backup.handle.renew_now().await.unwrap();
    assert_eq!(bench.main.store().outstanding().await.unwrap().count, 2);
}

#[tokio::test]
async fn the_background_gets_a_grant_uploads_the_log_and_renews_at_half_life() {
    let bench = Bench::new().await;
    let handle = FallbackServer::builder()
        .name("fb")
        .main_url(bench.main.url())
        .main_issuer(ISSUER)
        .clock(bench.clock.clone())
        .check_every(Duration::from_millis(20))
        .start()
        .await
        .unwrap();
    bench
        .main
        .enroll_fallback("fb", &handle.thumbprint(), &["GEN"])
        .await
        .unwrap();
    until(async || handle.holds_grant()).await;
    let secret = handle.add_api_key(ApiKeySpec::new("alpha")).await.unwrap();
    let backup = Backup {
        handle,
        secret,
        http: client(),
    };
    backup.issue(&Ask::new("a")).await.ok();
    until(async || bench.main.store().outstanding().await.unwrap().count == 1).await;
    bench.clock.advance(45 * 3_600_000); // past half of 72 h, give or take a tenth
    until(async || {
        let ask = Ask::new(&format!("{:?}", std::time::Instant::now()));
        let issue = backup.issue(&ask).await.ok();
        let left = bench.check(&issue).grant().unwrap().claims().exp - bench.clock_seconds();
        left > 71 * 3600
    })
    .await;
}

async fn until(mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not happen in ten seconds");
}
