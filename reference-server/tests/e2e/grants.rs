//! Who gets a grant, and that no month's cycle ever has two holders (decision D4).

use chitty_client::{
    error::Code,
    issuance::grant::{GRANT_TYPE, VerifiedGrant},
    wire::fallback::RequestClaims,
};
use spooky_core::{
    entropy::OsEntropy,
    jose::{SigningKey, UnverifiedJws},
};

use crate::{
    bench::{Bench, DAY},
    rogue::{Rogue, signed_request},
};

const GRANT: &str = "/api/chittyid/fallback/grant";

type Edit = fn(&mut RequestClaims);

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

    let wrong: [(&str, Edit); 6] = [
        ("audience", |claims| {
            claims.aud = "https://else.example".into()
        }),
        ("purpose", |claims| claims.purpose = "issue-log".into()),
        ("past", |claims| claims.iat -= 400),
        ("future", |claims| claims.iat += 400),
        ("the beginning of time", |claims| claims.iat = i64::MIN),
        ("half of all time away", |claims| claims.iat += i64::MIN),
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
