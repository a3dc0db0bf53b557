//! Rights, rate, quota, key rotation, key files, request names, where the server listens.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use chitty_client::{
    error::Code,
    issuance::keyset::{KeySet, KeyState, KeyUse},
};
use reference_server::{ApiKeySpec, Database, Listen, MainServer};

use spooky_core::encoding::base64url;

use crate::{
    bench::{Ask, Bench, ISSUER, START, TestClock, reply},
    people::{self, BROKER, Person},
};

#[tokio::test]
async fn rights_come_from_the_keys_record_alone() {
    let bench = Bench::new().await;
    bench
        .generate_as("chk_unknown", &Ask::new("a"))
        .await
        .refused(401, Code::ApiKeyInvalid);
    let reader = bench
        .tenant(ApiKeySpec::new("reader").scopes(&["verify"]))
        .await;
    bench
        .generate_as(&reader, &Ask::new("a"))
        .await
        .refused(403, Code::ScopeMissing);
    let narrow = bench
        .tenant(ApiKeySpec::new("narrow").namespaces(&["USR"]))
        .await;
    bench
        .generate_as(&narrow, &Ask::new("a"))
        .await
        .refused(403, Code::NamespaceForbidden);
    bench
        .generate_as(&narrow, &Ask::new("a").namespace("USR"))
        .await
        .ok();
    assert!(
        bench
            .main
            .store()
            .revoke_api_key("narrow", START)
            .await
            .unwrap()
    );
    bench
        .generate_as(&narrow, &Ask::new("b"))
        .await
        .refused(401, Code::ApiKeyInvalid);
    assert!(
        bench
            .main
            .add_api_key(ApiKeySpec::new("x").scopes(&["root"]))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_rate_is_the_tenants_and_says_when_to_come_back() {
    let bench = Bench::new().await;
    let one = bench.tenant(ApiKeySpec::new("slow").rate(0.5, 2)).await;
    let two = bench
        .tenant(ApiKeySpec::new("slow").named("slow-2").rate(0.5, 2))
        .await;
    bench.generate_as(&one, &Ask::new("a")).await.ok();
    bench.generate_as(&two, &Ask::new("b")).await.ok();
    let reply = bench.generate_as(&one, &Ask::new("c")).await;
    assert_eq!(
        reply.refused(429, Code::TooManyRequests).headers["retry-after"],
        "2"
    );
    bench.generate(&Ask::new("c")).await.ok();
    bench.clock.advance(2_000);
    bench.generate_as(&one, &Ask::new("c")).await.ok();
    assert_eq!(bench.generate_as(&two, &Ask::new("d")).await.status, 429);
}

#[tokio::test]
async fn the_quota_counts_ids_and_not_repeats_until_midnight_utc() {
    let bench = Bench::new().await;
    let key = bench.tenant(ApiKeySpec::new("small").daily_quota(2)).await;
    let first = bench.generate_as(&key, &Ask::new("a")).await.ok();
    bench.generate_as(&key, &Ask::new("b")).await.ok();
    let reply = bench.generate_as(&key, &Ask::new("c")).await;
    reply.refused(429, Code::QuotaExceeded);
    assert_eq!(reply.headers["retry-after"], "43200");
    assert_eq!(bench.generate_as(&key, &Ask::new("a")).await.ok(), first);
    bench.clock.advance(43_200_000);
    bench.generate_as(&key, &Ask::new("c")).await.ok();
}

#[tokio::test]
async fn rotation_publishes_a_newer_set_and_keeps_old_receipts_valid() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let bench = Bench::on(TestClock::new(), Database::Memory, Some(&keys)).await;
    let old = bench.generate(&Ask::new("a")).await.ok();
    let before = bench.main.key_set();
    // Another process rotates; the running server sees it within a second.
    reference_server::keys::KeyRing::rotate_in(&keys, true, START / 1000, 30).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let ahead = bench.main.key_set();
    assert_eq!(
        (ahead.version, ahead.keys.len()),
        (before.version + 1, before.keys.len() + 2)
    );
    let next = ahead
        .keys
        .iter()
        .find(|key| key.state == KeyState::Next && key.key_use == KeyUse::Receipt);
    let next = next.unwrap().kid.clone();
    bench.main.rotate_keys().unwrap();
    let text = bench.get("/.well-known/jwks.json", None).await;
    assert!(
        text.headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("max-age")
    );
    let after = KeySet::from_json(&text.body.to_string()).unwrap();
    let mut known = before.clone();
    assert!(known.replace_with(after.clone()).unwrap());
    assert!(
        known.replace_with(before).is_err(),
        "the version only rises"
    );
    let active = after
        .keys
        .iter()
        .find(|key| key.state == KeyState::Active && key.key_use == KeyUse::Receipt);
    assert_eq!(
        active.unwrap().kid,
        next,
        "the key that was published ahead is in use"
    );
    bench.check(&old);
    let file = std::fs::read_to_string(keys.join("keys.json")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    for key in file["keys"].as_array().unwrap() {
        let can_sign = key.get("d").is_some();
        assert_eq!(
            can_sign,
            key["state"] != "retired",
            "a retired key keeps no secret"
        );
    }
    let new = bench.generate(&Ask::new("b")).await.ok();
    let header = new.receipt.split('.').next().unwrap();
    let header = spooky_core::encoding::from_base64url(header).unwrap();
    assert!(String::from_utf8(header).unwrap().contains(&next));
    bench.check(&new);
}

#[tokio::test]
async fn key_files_that_others_can_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let start = || MainServer::builder().issuer(ISSUER).keys_dir(&keys).start();
    start().await.unwrap().shutdown().await;
    let file = keys.join("keys.json");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&keys), mode(&file)), (0o700, 0o600));
    for (path, open, shut) in [
        (&file, 0o640, 0o600),
        (&file, 0o604, 0o600),
        (&keys, 0o750, 0o700),
    ] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(open)).unwrap();
        let error = start().await.err().unwrap().to_string();
        assert!(error.contains("others"), "{error}");
        std::fs::set_permissions(path, PermissionsExt::from_mode(shut)).unwrap();
    }
    start().await.unwrap().shutdown().await;
}

#[tokio::test]
async fn a_new_database_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("main.db");
    let main = MainServer::builder().database(database).start();
    let main = main.await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
    main.shutdown().await;
}

#[tokio::test]
async fn unknown_routes_and_methods_answer_in_the_common_form_and_requests_keep_their_name() {
    let bench = Bench::new().await;
    bench
        .get("/api/nowhere", None)
        .await
        .refused(404, Code::RouteUnknown);
    bench
        .get("/api/chittyid/generate", None)
        .await
        .refused(405, Code::MethodRefused);
    let send = |name: &'static str| {
        let url = format!("{}/api/nowhere", bench.main.url());
        reply(bench.http.get(url).header("x-request-id", name))
    };
    let named = send("my-request_1").await.unwrap();
    assert_eq!(named.headers["x-request-id"], "my-request_1");
    assert_eq!(named.body["error"]["requestId"], "my-request_1");
    let odd = send("no spaces").await.unwrap();
    assert_ne!(odd.headers["x-request-id"], "no spaces");
    assert_eq!(
        odd.body["error"]["requestId"],
        odd.headers["x-request-id"].to_str().unwrap()
    );
}

#[tokio::test]
async fn only_loopback_is_listened_on_unless_a_proxy_is_named() {
    let anywhere = Listen::from("0.0.0.0:0".parse::<std::net::SocketAddr>().unwrap());
    let error = MainServer::builder()
        .listen(anywhere.clone())
        .start()
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("--behind-proxy"), "{error}");
    let faulty = Listen {
        behind_proxy: true,
        ..anywhere
    };
    let start = MainServer::builder()
        .listen(faulty)
        .faults("down".parse().unwrap())
        .start();
    assert!(start.await.err().unwrap().to_string().contains("loopback"));
}

#[tokio::test]
async fn a_body_is_called_json_or_not_read() {
    let bench = Bench::new().await;
    let ask = Ask::new("a");
    let send = async |form: Option<&str>| {
        let url = format!("{}/api/chittyid/generate", bench.main.url());
        let mut request = bench.http.post(url).header("x-api-key", &bench.secret);
        request = request.header("idempotency-key", base64url(&ask.key));
        if let Some(form) = form {
            request = request.header("content-type", form);
        }
        reply(request.body(ask.body().to_string())).await.unwrap()
    };
    for form in [
        None,
        Some("text/plain"),
        Some("application/jsonx"),
        Some(""),
    ] {
        let refused = send(form).await;
        refused.refused(415, Code::MediaTypeUnsupported);
    }
    for form in ["application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(send(Some(form)).await.status, 200, "{form}");
    }
    // At a broker it burns no nonce either.
    let bench = people::Bench::new().await;
    let body = Person::new().registration(&bench.nonce().await, BROKER, bench.now());
    let url = format!("{}/api/anchor/register", bench.url);
    let text = bench.http.post(url).header("content-type", "text/plain");
    let refused = reply(text.body(body.to_string())).await.unwrap();
    refused.refused(415, Code::MediaTypeUnsupported);
    assert_eq!(bench.post("/api/anchor/register", &body).await.status, 200);
}
