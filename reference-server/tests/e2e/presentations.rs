//! Presentations at a broker: judged for the site whose API key asks, once, and passed only when they
//! show exactly what was asked for (`spec/broker.md`).

use chitty_client::error::Code;
use reference_server::ApiKeySpec;
use serde_json::json;
use spooky_core::credential::{Nonce, PresentationRequest};

use crate::{
    bench::{DAY, JsonBody, reply, reply as reply_of},
    people::{BROKER, Bench, Person, SITE, schema},
};

#[tokio::test]
async fn a_presentation_passes_once_and_says_what_was_asked_for() {
    let bench = Bench::new().await;
    let (person, credential) = Person::with_credential(&bench).await;
    let policy = bench.policy(&["age_over_21"], true);
    let shown = bench.shown(&credential, SITE, &policy).await;
    let reply = bench.verify(&shown, &policy).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let over_21 = json!({ "age_over_21": { "type": "boolean", "value": true } });
    assert_eq!(reply.body["attributes"], over_21);
    assert_eq!(reply.body["issuer"], "https://broker.example");
    let tag = reply.body["tag"].as_str().unwrap().to_owned();

    let replayed = bench.verify(&shown, &policy).await;
    replayed.refused(401, Code::NonceInvalid);
    // After a renewal the site knows the same person; without a tag it knows nobody.
    bench.clock.advance(DAY);
    let renewed = person.renew(&bench).await;
    let renewed = person.take(&bench, &renewed).await;
    let shown = bench.shown(&renewed, SITE, &policy).await;
    assert_eq!(bench.verify(&shown, &policy).await.body["tag"], tag);
    let tagless = bench.policy(&["age_over_21"], false);
    let shown = bench.shown(&renewed, SITE, &tagless).await;
    let reply = bench.verify(&shown, &tagless).await;
    assert_eq!((reply.status, reply.body.get("tag")), (200, None));
    // Another site sees another person.
    let other = bench.handle().add_api_key(ApiKeySpec::new("other.example"));
    let other = other.await.unwrap();
    let nonce = bench.site_nonce(&other).await;
    let shown = bench.shown_over(nonce, &renewed, "other.example", &policy);
    let there = bench.verify_as(&other, &shown, &policy).await;
    assert_eq!(there.status, 200, "{}", there.body);
    assert_ne!(there.body["tag"], tag);
}

#[tokio::test]
async fn a_presentation_is_refused_for_each_thing_that_is_wrong_with_it() {
    let bench = Bench::new().await;
    let (_, credential) = Person::with_credential(&bench).await;
    let narrow = bench.policy(&["age_over_21"], true);
    let wide = bench.policy(&["age_over_21", "family_name"], true);
    let tagless = bench.policy(&["age_over_21"], false);
    let show = async |host: &str, policy| bench.shown(&credential, host, policy).await;

    let over = bench.verify(&show(SITE, &wide).await, &narrow).await;
    over.because(400, Code::OverDisclosed, "presentation_over_disclosed");
    let refused = [
        (
            show(SITE, &narrow).await,
            &wide,
            "presentation_attribute_missing",
        ),
        (
            show("other.example", &narrow).await,
            &narrow,
            "presentation_other_host",
        ),
        (
            show(SITE, &tagless).await,
            &narrow,
            "presentation_tag_missing",
        ),
    ];
    for (shown, policy, reason) in refused {
        let reply = bench.verify(&shown, policy).await;
        reply.because(422, Code::PresentationRefused, reason);
    }
    // The site chose another policy for its nonce: the proof answers another question.
    let mut terms: serde_json::Value = serde_json::to_value(&narrow).unwrap();
    terms["max_days"] = 8.into();
    let looser = serde_json::from_value(terms).unwrap();
    let reply = bench.verify(&show(SITE, &narrow).await, &looser).await;
    reply.because(422, Code::PresentationRefused, "presentation_proof");
    // A nonce that this broker never gave, or gave too long ago.
    let request = |nonce| PresentationRequest {
        nonce: Nonce::from_bytes(nonce),
        policy: narrow.clone(),
    };
    let made_up = bench.answer(&credential, SITE, &request([9; 32]));
    bench
        .verify(&made_up, &narrow)
        .await
        .refused(401, Code::NonceInvalid);
    let late = show(SITE, &narrow).await;
    bench.clock.advance(301_000);
    bench
        .verify(&late, &narrow)
        .await
        .refused(401, Code::NonceInvalid);
    let nonce = bench.site_nonce(&bench.site).await;
    let unread = async || bench.verify_for(&bench.site, nonce, "AA", &narrow).await;
    unread().await.refused(400, Code::BodyInvalid);
    unread().await.refused(401, Code::NonceInvalid);
    // The control; and the credential's end.
    let good = bench.verify(&show(SITE, &narrow).await, &narrow).await;
    assert_eq!(good.status, 200);
    let ahead = bench.nonce_at(9 * DAY).await;
    let stale = bench.answer(&credential, SITE, &request(ahead));
    bench.clock.advance(9 * DAY);
    let reply = bench.verify(&stale, &narrow).await;
    reply.because(422, Code::PresentationRefused, "presentation_expired");
}

#[tokio::test]
async fn the_api_key_says_which_site_asks() {
    let bench = Bench::new().await;
    let (_, credential) = Person::with_credential(&bench).await;
    let policy = bench.policy(&["age_over_21"], true);
    let shown = bench.shown(&credential, SITE, &policy).await;
    let keyless = bench.verify_as("chk_wrong", &shown, &policy).await;
    keyless.refused(401, Code::ApiKeyInvalid);
    // Nothing is read of what a stranger sends.
    let garbage = bench.post("/api/oidc/verify", &json!(["x"])).await;
    garbage.refused(401, Code::ApiKeyInvalid);
    let url = format!("{}/api/oidc/verify", bench.url);
    let known = bench.http.post(url).header("x-api-key", &bench.site);
    let control = reply(known.json_body(&json!(["x"]))).await.unwrap();
    control.refused(400, Code::BodyInvalid);
    for (tenant, scopes) in [("localhost.7", "verify"), (SITE, "audit")] {
        let spec = ApiKeySpec {
            scopes: vec![scopes.to_owned()],
            ..ApiKeySpec::new(tenant).named(scopes)
        };
        let key = bench.handle().add_api_key(spec).await.unwrap();
        let reply = bench.verify_as(&key, &shown, &policy).await;
        reply.refused(403, Code::ScopeMissing);
    }
    // With another site's key it is a stolen presentation: its nonce is none of that site's, and stays good.
    let other = bench.handle().add_api_key(ApiKeySpec::new("other.example"));
    let other = other.await.unwrap();
    let stolen = bench.verify_as(&other, &shown, &policy).await;
    stolen.refused(401, Code::NonceInvalid);
    let own = bench.site_nonce(&other).await;
    let made_for_shop = bench.shown_over(own, &credential, SITE, &policy);
    let passed_on = bench.verify_as(&other, &made_for_shop, &policy).await;
    passed_on.because(422, Code::PresentationRefused, "presentation_other_host");
    assert_eq!(
        bench.verify(&shown, &policy).await.status,
        200,
        "the control"
    );
}

#[tokio::test]
async fn a_nonce_counts_for_whom_and_what_it_was_given_out() {
    let bench = Bench::new().await;
    let (person, credential) = Person::with_credential(&bench).await;
    let policy = bench.policy(&["age_over_21"], true);
    let verify = async |key: &str, nonce| {
        let shown = bench.shown_over(nonce, &credential, SITE, &policy);
        bench.verify_for(key, nonce, &shown, &policy).await
    };
    // A stranger's nonce, as anybody may fetch, is none of the site's; nor is another site's.
    let strangers = bench.nonce().await;
    let reply = verify(&bench.site, strangers).await;
    reply.refused(401, Code::NonceInvalid);
    let other = bench.handle().add_api_key(ApiKeySpec::new("other.example"));
    let theirs = bench.site_nonce(&other.await.unwrap()).await;
    let reply = verify(&bench.site, theirs).await;
    reply.refused(401, Code::NonceInvalid);
    // A site's nonce is none for a wallet's requests.
    let sites = bench.site_nonce(&bench.site).await;
    let body = Person::new().registration(&sites, BROKER, bench.now());
    let reply = bench.post("/api/anchor/register", &body).await;
    reply.refused(401, Code::NonceInvalid);
    let ask = person.asks(&sites, &schema(), bench.now());
    let reply = bench.post("/api/oidc/credential", &ask).await;
    reply.refused(401, Code::NonceInvalid);
    // The controls: each where it belongs, unburnt by what was refused; any key of the same tenant.
    assert_eq!(verify(&bench.site, sites).await.status, 200);
    let body = Person::new().registration(&strangers, BROKER, bench.now());
    let reply = bench.post("/api/anchor/register", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let second = ApiKeySpec::new(SITE).named("second");
    let second = bench.handle().add_api_key(second).await.unwrap();
    let nonce = bench.site_nonce(&second).await;
    assert_eq!(verify(&bench.site, nonce).await.status, 200);
}

#[tokio::test]
async fn an_answer_passes_for_the_session_that_asked_and_for_no_other() {
    let bench = Bench::new().await;
    let (_, credential) = Person::with_credential(&bench).await;
    let policy = bench.policy(&["age_over_21"], true);
    let (victims, attackers) = (
        bench.site_nonce(&bench.site).await,
        bench.site_nonce(&bench.site).await,
    );
    let shown = bench.shown_over(victims, &credential, SITE, &policy);
    let reply = bench
        .verify_for(&bench.site, attackers, &shown, &policy)
        .await;
    reply.because(422, Code::PresentationRefused, "presentation_other_nonce");
    // The attacker's nonce is used up by that, the victim's is not.
    let own = bench.shown_over(attackers, &credential, SITE, &policy);
    let reply = bench.verify(&own, &policy).await;
    reply.refused(401, Code::NonceInvalid);
    let url = format!("{}/api/oidc/verify", bench.url);
    let without = json!({ "presentation": shown, "policy": policy });
    let request = bench.http.post(url).header("x-api-key", &bench.site);
    let reply = reply_of(request.json_body(&without)).await.unwrap();
    reply.refused(400, Code::BodyInvalid);
    let reply = bench
        .verify_for(&bench.site, victims, &shown, &policy)
        .await;
    assert_eq!(reply.status, 200, "the control: {}", reply.body);
}

#[tokio::test]
async fn policies_about_unknown_schemas_are_refused() {
    let bench = Bench::new().await;
    let (_, credential) = Person::with_credential(&bench).await;
    let policy = bench.policy(&["age_over_21"], true);
    let mut terms = serde_json::to_value(&policy).unwrap();
    terms["schema"] = Nonce::from_bytes([1; 32]).to_text().into();
    let other = serde_json::from_value(terms).unwrap();
    let shown = bench.shown(&credential, SITE, &policy).await;
    let reply = bench.verify(&shown, &other).await;
    reply.because(400, Code::PolicyInvalid, "policy_other_schema");
    let mut terms = serde_json::to_value(&policy).unwrap();
    terms["max_days"] = 3.into();
    let short = serde_json::from_value(terms).unwrap();
    let shown = bench.shown(&credential, SITE, &policy).await;
    let reply = bench.verify(&shown, &short).await;
    reply.because(400, Code::PolicyInvalid, "policy_days");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_verifications_of_one_presentation_one_passes() {
    let bench = Bench::new().await;
    let (_, credential) = Person::with_credential(&bench).await;
    let policy = bench.policy(&["age_over_21"], true);
    for _ in 0..3 {
        let shown = bench.shown(&credential, SITE, &policy).await;
        let ask = || bench.verify(&shown, &policy);
        let (one, other) = tokio::join!(ask(), ask());
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }
}
