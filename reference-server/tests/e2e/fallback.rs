use std::time::Duration;

use chitty_client::{
    error::Code,
    id::{Check, ChittyId, Class},
    issuance::{
        grant::{GRANT_TYPE, VerifiedGrant},
        receipt::verify_receipt,
        tenant_digest,
    },
};
use reference_server::{ApiKeySpec, Database, FallbackServer};
use serde_json::json;
use spooky_core::{
    entropy::OsEntropy,
    jose::{SigningKey, UnverifiedJws},
};

use crate::bench::{Ask, Bench, DAY, ISSUER, JsonBody, Rogue, reply, signed_request};

const GRANT: &str = "/api/chittyid/fallback/grant";

#[tokio::test]
async fn a_grant_goes_only_to_an_enrolled_key_over_a_fresh_nonce() {
    let bench = Bench::new().await;
    let key = SigningKey::make(&OsEntropy).unwrap();
    let stranger = signed_request(&bench, &key, "fb", "grant", |_| {}).await;
    bench
        .post(GRANT, "", &stranger)
        .await
        .refused(401, Code::FallbackNotEnrolled);

    let rogue = Rogue::enrolled(&bench, "fb").await;
    let verified = VerifiedGrant::verify(&rogue.grant, &bench.main.key_set()).unwrap();
    let claims = verified.claims();
    assert_eq!(claims.exp - bench.clock_seconds(), 72 * 3600);
    assert_eq!(claims.rttl, 30 * 86_400);
    assert_eq!(
        (claims.ym.as_slice(), claims.cyc.as_slice()),
        (["8Z".to_owned()].as_slice(), ["0".to_owned()].as_slice())
    );
    assert_eq!(claims.max, 10_000);

    let good = signed_request(&bench, &rogue.key, "fb", "grant", |_| {}).await;
    assert_eq!(bench.post(GRANT, "", &good).await.status, 200);
    bench
        .post(GRANT, "", &good)
        .await
        .refused(401, Code::NonceInvalid);
    let made_up = signed_request(&bench, &rogue.key, "fb", "grant", |claims| {
        claims.nonce = "A".repeat(75);
    })
    .await;
    bench
        .post(GRANT, "", &made_up)
        .await
        .refused(401, Code::NonceInvalid);
    let late = signed_request(&bench, &rogue.key, "fb", "grant", |_| {}).await;
    bench.clock.advance(301_000);
    bench
        .post(GRANT, "", &late)
        .await
        .refused(401, Code::NonceInvalid);

    let wrong: [(&str, fn(&mut chitty_client::wire::fallback::RequestClaims)); 4] = [
        ("audience", |claims| {
            claims.aud = "https://else.example".into()
        }),
        ("purpose", |claims| claims.purpose = "issue-log".into()),
        ("past", |claims| claims.iat -= 400),
        ("future", |claims| claims.iat += 400),
    ];
    for (what, edit) in wrong {
        let request = signed_request(&bench, &rogue.key, "fb", "grant", edit).await;
        let reply = bench.post(GRANT, "", &request).await;
        assert_eq!(reply.code(), Some(Code::FallbackRequestInvalid), "{what}");
    }
    // Signed by another key than the one shown.
    let mut request = signed_request(&bench, &key, "fb", "grant", |_| {}).await;
    request["jwk"] = serde_json::to_value(rogue.key.verifying_key().to_jwk()).unwrap();
    bench
        .post(GRANT, "", &request)
        .await
        .refused(401, Code::FallbackRequestInvalid);
    let other_name = signed_request(&bench, &rogue.key, "else", "grant", |_| {}).await;
    bench
        .post(GRANT, "", &other_name)
        .await
        .refused(401, Code::FallbackNotEnrolled);
}

impl Bench {
    fn clock_seconds(&self) -> i64 {
        use chitty_client::clock::Clock;
        self.clock.now_ms() / 1000
    }
}

#[tokio::test]
async fn cycles_are_never_shared_and_stay_with_their_key() {
    let bench = Bench::new().await;
    let mut pairs = std::collections::HashMap::new();
    let rogues = [
        Rogue::enrolled(&bench, "one").await,
        Rogue::enrolled(&bench, "two").await,
        Rogue::enrolled(&bench, "three").await,
    ];
    // Renewals across the end of the month, in changing order, list two months at once.
    for round in 0..12 {
        for step in 0..3 {
            let rogue = &rogues[(round + step * 2) % 3];
            let request = signed_request(&bench, &rogue.key, &rogue.name, "grant", |_| {}).await;
            let reply = bench.post(GRANT, "", &request).await;
            let text = reply.body["grant"].as_str().unwrap().to_owned();
            let claims: chitty_client::issuance::grant::GrantClaims =
                UnverifiedJws::parse(&text, GRANT_TYPE)
                    .unwrap()
                    .dangerous_unverified_claims()
                    .unwrap();
            for ym in &claims.ym {
                for cycle in &claims.cyc {
                    let holder = pairs
                        .entry((ym.clone(), cycle.clone()))
                        .or_insert_with(|| rogue.name.clone());
                    assert_eq!(*holder, rogue.name, "{ym} {cycle}");
                }
            }
        }
        bench.clock.advance(2 * DAY);
    }
    // Three keys, two months and a cycle each: renewals took no more.
    assert_eq!(pairs.len(), 6);
}

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
    let backup = crate::bench::Backup {
        handle,
        secret,
        http: crate::bench::client(),
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
