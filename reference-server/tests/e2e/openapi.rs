//! The description of the interface compared with a running server (decision D20).

use chitty_client::error::Code;
use reference_server::{Database, openapi};
use serde_json::{Value, json};

use crate::{
    bench::{Ask, Bench, JsonBody, reply},
    people,
};

/// Panics unless `value` has the members that `schema` names: all required ones and no others.
fn conforms(schemas: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        assert!(schemas[name].is_object(), "{place}: no schema {name}");
        return conforms(schemas, &schemas[name], value, &format!("{place}/{name}"));
    }
    if let Some(items) = value.as_array() {
        return items
            .iter()
            .for_each(|item| conforms(schemas, &schema["items"], item, place));
    }
    let (Some(members), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    else {
        if let Some(allowed) = schema["enum"].as_array() {
            assert!(allowed.contains(value), "{place}: {value}");
        }
        return;
    };
    for name in schema["required"].as_array().unwrap() {
        assert!(
            members.contains_key(name.as_str().unwrap()),
            "{place}: {name} is missing"
        );
    }
    for (name, member) in members {
        let property = properties
            .get(name)
            .unwrap_or_else(|| panic!("{place}: {name} is new"));
        conforms(schemas, property, member, &format!("{place}.{name}"));
    }
}

#[tokio::test]
async fn every_operation_that_is_described_exists_and_refuses_in_the_described_form() {
    let bench = Bench::new().await;
    let backup = bench.bare_fallback("fb", Database::Memory, None).await;
    let broker = people::Bench::new().await;
    for (description, url) in [
        (openapi::main(), bench.main.url()),
        (openapi::fallback(), backup.handle.url()),
        (openapi::broker(), broker.url.clone()),
    ] {
        let served = reply(bench.http.get(format!("{url}/openapi.json")))
            .await
            .unwrap();
        assert_eq!(served.body, description);
        let schemas = &description["components"]["schemas"];
        for (path, methods) in description["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let address = format!("{url}{}", path.replace("{id}", "AA-C-GEN-0000-I-8Z-0-0"));
                let request = match method.as_str() {
                    "get" => bench.http.get(address),
                    _ => bench.http.post(address).json_body(&json!({})),
                };
                let reply = reply(request).await.unwrap();
                assert!(
                    !matches!(reply.code(), Some(Code::RouteUnknown | Code::MethodRefused)),
                    "{method} {path}"
                );
                let response = &operation["responses"][reply.status.to_string()];
                assert!(
                    response.is_object(),
                    "{method} {path} answers {}",
                    reply.status
                );
                let schema = &response["content"]["application/json"]["schema"];
                conforms(schemas, schema, &reply.body, path);
            }
        }
    }
}

#[tokio::test]
async fn successful_answers_have_the_described_members() {
    let bench = Bench::new().await;
    let backup = bench.fallback("fb").await;
    let ask = Ask::new("a");
    let old = backup.issue(&ask).await.ok();
    let body =
        json!({ "items": [ask.item(&old), ask.item(&bench.generate(&Ask::new("b")).await.ok())] });
    let answers = [
        (
            "ReconcileResponse",
            bench
                .post("/api/chittyid/reconcile", &bench.secret, &body)
                .await,
        ),
        ("GenerateResponse", bench.generate(&Ask::new("c")).await),
        (
            "VerifyResponse",
            bench
                .get(
                    &format!("/api/chittyid/verify/{}", old.id),
                    Some(&bench.secret),
                )
                .await,
        ),
        (
            "PermanentResponse",
            bench
                .get(
                    &format!("/api/chittyid/resolve/{}", old.id),
                    Some(&bench.secret),
                )
                .await,
        ),
        (
            "LifecycleResponse",
            bench
                .get(
                    &format!("/api/chittyid/lifecycle/{}", old.id),
                    Some(&bench.secret),
                )
                .await,
        ),
    ];
    let description = openapi::main();
    let schemas = &description["components"]["schemas"];
    for (name, reply) in answers {
        assert_eq!(reply.status, 200, "{name}");
        conforms(schemas, &schemas[name], &reply.body, name);
    }
    conforms(
        schemas,
        &schemas["ReconcileItem"],
        &ask.item(&old),
        "ReconcileItem",
    );
    conforms(
        schemas,
        &schemas["GenerateRequest"],
        &ask.body(),
        "GenerateRequest",
    );
}

#[tokio::test]
async fn a_broker_s_answers_have_the_described_members() {
    let bench = people::Bench::new().await;
    let (person, credential) = people::Person::with_credential(&bench).await;
    let policy = bench.policy(&["age_over_21"], true);
    let shown = bench.shown(&credential, people::SITE, &policy).await;
    let answers = [
        ("NonceResponse", bench.get("/api/oidc/nonce").await),
        ("RegisterResponse", person.register(&bench).await),
        ("StatusResponse", person.status(&bench).await),
        ("CredentialResponse", person.renew(&bench).await),
        ("VerifyResponse", bench.verify(&shown, &policy).await),
        ("RevokeResponse", person.revoke(&bench).await),
        ("SnapshotResponse", bench.get("/api/anchor/snapshot").await),
        (
            "Configuration",
            bench.get("/.well-known/openid-configuration").await,
        ),
        ("StatementKeys", bench.get("/.well-known/jwks.json").await),
        (
            "IssuerMetadata",
            bench.get("/.well-known/openid-credential-issuer").await,
        ),
    ];
    let description = openapi::broker();
    let schemas = &description["components"]["schemas"];
    for (name, reply) in answers {
        assert_eq!(reply.status, 200, "{name}: {}", reply.body);
        conforms(schemas, &schemas[name], &reply.body, name);
    }
    let policy = serde_json::to_value(&policy).unwrap();
    conforms(schemas, &schemas["Policy"], &policy, "Policy");
    let asks = person.asks(&[0; 32], &people::schema(), bench.now());
    conforms(
        schemas,
        &schemas["CredentialRequest"],
        &asks,
        "CredentialRequest",
    );
}
