//! Bodies are judged by their text, before parsing rounds a number or drops a member (decision D40);
//! what was stored before that is still answered.

use chitty_client::{error::Code, issuance::key_digest};
use serde_json::{Value, json};
use spooky_core::encoding::base64url;

use crate::{
    bench::{Ask, Bench, JsonBody, Reply, reply},
    people,
    rogue::Rogue,
};

const FIRST: &str = "18446744073709551616";
const SECOND: &str = "18446744073709551617";

/// A generate request for `ask` with `metadata` as it stands.
fn with_metadata(ask: &Ask, metadata: &str) -> String {
    let salt = base64url(&ask.salt);
    format!("{{\"requestSalt\":\"{salt}\",\"metadata\":{metadata}}}")
}

async fn send(bench: &Bench, url: String, ask: &Ask, secret: &str, text: String) -> Reply {
    let key = match url.contains("/fallback") {
        true => base64url(&key_digest(&ask.key)),
        false => base64url(&ask.key),
    };
    let request = bench.http.post(url).header("x-api-key", secret);
    let request = request
        .header("idempotency-key", key)
        .header("x-fallback-request", "true")
        .header("content-type", "application/json");
    reply(request.body(text)).await.unwrap()
}

#[tokio::test]
async fn two_accounts_that_a_double_does_not_tell_apart_are_not_one_intent() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(parsed(FIRST), parsed(SECOND), "the hazard");
    let places = [
        (
            format!("{}/api/chittyid/generate", bench.main.url()),
            &bench.secret,
        ),
        (
            format!("{}/api/chittyid/fallback", backup.handle.url()),
            &backup.secret,
        ),
    ];
    for (url, secret) in places {
        let ask = Ask::new(&url);
        let post = async |metadata: &str| {
            send(
                &bench,
                url.clone(),
                &ask,
                secret,
                with_metadata(&ask, metadata),
            )
            .await
        };
        for number in [
            FIRST,
            SECOND,
            "9007199254740993.0",
            "9.007199254740993e15",
            "1e16",
        ] {
            for metadata in [
                format!("{{\"account\":{number}}}"),
                format!("{{\"a\":[{{\"b\":-{number}}}]}}"),
            ] {
                post(&metadata).await.refused(400, Code::MetadataInvalid);
            }
        }
        for (metadata, code) in [
            (r#"{"a":1,"a":2}"#, Code::MemberRepeated),
            (r#"{"a":1,"\u0061":1}"#, Code::MemberRepeated),
            (r#"{"a":[{"b":{},"c":0,"b":1}]}"#, Code::MemberRepeated),
            (r#"{"a":"\ud800"}"#, Code::TextNotUnicode),
            (r#"{"\udfff":1}"#, Code::TextNotUnicode),
        ] {
            let refused = post(metadata).await;
            refused.refused(400, code);
            let hint = refused.body["error"]["hint"].as_str().unwrap();
            assert_eq!(hint, code.hint());
        }
        // Members that the server does not know count as well: what they say is not what is read.
        let twice = with_metadata(&ask, "{},\"note\":1,\"note\":2");
        let refused = send(&bench, url.clone(), &ask, secret, twice).await;
        refused.refused(400, Code::MemberRepeated);
        // Nothing was issued under this key so far: as text the same account passes, and is another
        // intent than the next one.
        let issued = post(&format!("{{\"account\":\"{FIRST}\"}}")).await.ok();
        assert_eq!(
            post(&format!("{{\"account\":\"{FIRST}\"}}")).await.ok().id,
            issued.id
        );
        let next = post(&format!("{{\"account\":\"{SECOND}\"}}")).await;
        next.refused(422, Code::IdempotencyKeyReused);
    }
    assert_eq!(bench.main.store().intents().await.unwrap().len(), 1);
}

#[tokio::test]
async fn debts_and_answers_of_before_stay_due() {
    let bench = Bench::new().await;
    let rogue = Rogue::enrolled(&bench, "of-before").await;
    let mut ask = Ask::new("old");
    let account: Value = serde_json::from_str(FIRST).unwrap();
    ask.intent.metadata.insert("account".into(), account);
    // The control: for something new this intent is refused.
    bench
        .generate(&Ask {
            key: [7; 32],
            ..ask.clone()
        })
        .await
        .refused(400, Code::MetadataInvalid);
    let old = rogue.issue(&ask, "alpha", &rogue.id(1), |_| {});
    let new = bench.reconcile(&ask, &old).await.unwrap();
    assert_eq!(bench.reconcile(&ask, &old).await, Ok(new.clone()));
    // What main has answered it answers again, under the same key.
    let again = bench.generate(&ask).await.ok();
    assert_eq!(again.id, new.id);
    // The digest judges: with another number the receipt is about something else.
    let mut other = ask.clone();
    other.intent.metadata.insert("account".into(), json!(1e300));
    assert_eq!(
        bench.reconcile(&other, &old).await,
        Err(Code::DebtRequestMismatch)
    );
    // Members that repeat were never stored.
    let item = ask.item(&old).to_string();
    let body = format!(
        "{{\"items\":[{}]}}",
        item.replacen('{', "{\"fallbackId\":\"\",", 1)
    );
    let request = bench
        .http
        .post(format!("{}/api/chittyid/reconcile", bench.main.url()))
        .header("x-api-key", &bench.secret)
        .header("content-type", "application/json");
    reply(request.body(body))
        .await
        .unwrap()
        .refused(400, Code::MemberRepeated);
}

#[tokio::test]
async fn a_compressed_body_and_a_second_key_are_named() {
    let bench = Bench::new().await;
    let ask = Ask::new("a");
    let post = async |headers: &[(&'static str, String)]| {
        let url = format!("{}/api/chittyid/generate", bench.main.url());
        let mut request = bench.http.post(url).header("x-api-key", &bench.secret);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        reply(request.json_body(&ask.body())).await.unwrap()
    };
    let key = ("idempotency-key", base64url(&ask.key));
    let coded = |name: &str| [key.clone(), ("content-encoding", name.to_owned())];
    for name in ["gzip", "br", "identity, gzip", ""] {
        let refused = post(&coded(name)).await;
        refused.refused(415, Code::MediaTypeUnsupported);
        let said = refused.body["error"]["message"].as_str().unwrap();
        assert!(said.contains("Content-Encoding"), "{said}");
    }
    let other = ("idempotency-key", base64url(&[9; 32]));
    let twice = post(&[key.clone(), other]).await;
    twice.refused(400, Code::IdempotencyKeyInvalid);
    // The control: none of them asked for anything.
    assert!(bench.main.store().intents().await.unwrap().is_empty());
    assert_eq!(post(&coded("identity")).await.status, 200);
}

#[tokio::test]
async fn no_route_takes_a_member_twice() {
    let bench = Bench::new().await;
    let broker = people::Bench::new().await;
    for (base, path) in [
        (bench.main.url(), "/api/chittyid/generate"),
        (bench.main.url(), "/api/chittyid/reconcile"),
        (bench.main.url(), "/api/chittyid/fallback/grant"),
        (bench.main.url(), "/api/chittyid/fallback/issue-log"),
        (broker.url.clone(), "/api/anchor/register"),
        (broker.url.clone(), "/api/anchor/revoke"),
        (broker.url.clone(), "/api/oidc/credential"),
        (broker.url.clone(), "/api/oidc/verify"),
    ] {
        let secret = match path {
            "/api/oidc/verify" => &broker.site,
            _ => &bench.secret,
        };
        let post = async |body: &'static str| {
            let request = bench
                .http
                .post(format!("{base}{path}"))
                .header("x-api-key", secret)
                .header("idempotency-key", base64url(&[1; 32]))
                .header("content-type", "application/json");
            reply(request.body(body)).await.unwrap()
        };
        let refused = post(r#"{"any":{"a":1,"\u0061":2}}"#).await;
        refused.refused(400, Code::MemberRepeated);
        // The control: with each member once it is refused for what it lacks.
        assert_ne!(
            post(r#"{"any":{"a":1,"b":2}}"#).await.code(),
            refused.code(),
            "{path}"
        );
    }
}
