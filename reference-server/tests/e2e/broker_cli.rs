//! The program as a broker: an operator's path from keys to somebody's credential, and a search of its
//! debug log for everything that belongs to that person (architecture law 7).

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

use reference_server::{Faults, Listen, start_all};
use serde_json::{Value, json};
use spooky_core::{credential::Schema, encoding::base64url};

use crate::{
    cli::{json_lines, program, run},
    people::{BROKER, Bench, Person, SITE, attributes, schema},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_run_a_broker_and_its_log_holds_nothing_of_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (database, keys) = (path("broker.sqlite"), path("keys"));
    let (schema_file, person_file) = (path("schema.json"), path("person.json"));
    std::fs::write(&schema_file, schema().to_json().unwrap()).unwrap();
    std::fs::write(&person_file, serde_json::to_vec(&attributes()).unwrap()).unwrap();

    let made = run(&["keys", "new", "--dir", &keys, "--role", "broker"]);
    assert!(made.status.success());
    assert!(run(&["keys", "rotate", "--dir", &keys]).status.success());
    let shown = &json_lines(&run(&["keys", "show", "--dir", &keys, "--issuer", BROKER]))[0];
    assert_eq!(shown["statements"]["version"], 2);
    assert_eq!(shown["statements"]["keys"].as_array().unwrap().len(), 4);
    let periods = shown["issuer_keys"]["keys"].as_array().unwrap();
    assert_eq!(periods.len(), 13, "two years of 60 days each");
    let first = periods[0]["key"].as_str().unwrap().to_owned();
    let revoke = ["keys", "revoke", "--dir", &keys, "--kid", &first];
    assert!(!run(&revoke).status.success(), "without saying the price");
    let revoked = run(&[&revoke[..], &["--void-what-it-signed"]].concat());
    let price = String::from_utf8_lossy(&revoked.stderr).into_owned();
    assert!(
        revoked.status.success() && price.contains("obtain them anew"),
        "{price}"
    );
    let shown = &json_lines(&run(&["keys", "show", "--dir", &keys, "--issuer", BROKER]))[0];
    let periods = shown["issuer_keys"]["keys"].as_array().unwrap();
    assert_eq!(
        (periods.len(), &periods[0]["state"]),
        (14, &json!("revoked"))
    );
    assert_eq!(
        periods[1]["from"], periods[0]["from"],
        "another key covers it"
    );
    assert!(!shown.to_string().contains("\"d\""), "a secret is shown");
    let as_main = [
        "serve",
        "--role",
        "main",
        "--database",
        &path("m"),
        "--keys",
        &keys,
    ];
    assert!(!run(&as_main).status.success(), "main took a broker's keys");

    let at = ["--database", &database];
    let add = |name: &str, schema: &str| {
        let files = [
            "--name",
            name,
            "--schema",
            schema,
            "--attributes",
            &person_file,
        ];
        run(&[&["enrolment", "add"][..], &at, &files].concat())
    };
    let code = json_lines(&add("alice", &schema_file))[0]["enrolmentCode"].take();
    let code = code.as_str().unwrap();
    assert!(!add("alice", &schema_file).status.success(), "a name twice");
    assert!(!add("bob", &person_file).status.success(), "no schema");
    let site = ["--role", "broker", "--tenant", SITE, "--scopes", "verify"];
    let site = json_lines(&run(&[&["api-key", "add"][..], &at, &site].concat()));
    let site = site[0]["apiKey"].as_str().unwrap().to_owned();

    let serve = [
        "serve", "--role", "broker", "--issuer", BROKER, "--keys", &keys,
    ];
    let mut server = program()
        .args([&serve[..], &at, &["--schema", &schema_file]].concat())
        .env("RUST_LOG", "debug")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["role"], "broker");

    let bench = Bench::elsewhere(ready["listening"].as_str().unwrap(), &site);
    let (person, credential) = Person::with_code(&bench, code).await;
    let policy = bench.policy(&["age_over_21", "family_name"], true);
    let shown = bench.shown(&credential, SITE, &policy).await;
    let verified = bench.verify(&shown, &policy).await;
    assert_eq!(verified.status, 200, "{}", verified.body);
    let renewal = person.asks(&bench.nonce().await, &schema(), bench.now());
    let renewed = bench.post("/api/oidc/credential", &renewal).await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    let statement = person.status(&bench).await.body["statement"].take();
    // Refusals are logged as well.
    assert_eq!(bench.verify(&shown, &policy).await.status, 401);
    assert_eq!(person.revoke(&bench).await.status, 200);
    assert_eq!(person.renew(&bench).await.status, 403);
    assert_eq!(bench.get("/api/anchor/snapshot").await.status, 200);
    let listed = &json_lines(&run(&[&["enrolment", "list"][..], &at].concat()))[0];
    assert_eq!(listed, &json!({ "name": "alice", "claimed": true }));
    let removed = run(&[&["enrolment", "remove"][..], &at, &["--name", "alice"]].concat());
    assert!(removed.status.success());

    let terminated = Command::new("kill").arg(server.id().to_string()).status();
    assert!(terminated.unwrap().success());
    let mut log = String::new();
    let mut errors = server.stderr.take().unwrap();
    errors.read_to_string(&mut log).unwrap();
    assert!(server.wait().unwrap().success(), "SIGTERM ends it well");
    for route in ["/api/oidc/verify", "/api/anchor/status", "INSERT INTO"] {
        assert!(log.contains(route), "the control: {route} is not logged");
    }
    let public = person.anchor.public().to_bytes();
    let request = renewal["request"].as_str().unwrap();
    for leaked in [
        &person.commitment().to_text(),
        &base64url(&public),
        verified.body["tag"].as_str().unwrap(),
        renewal["nonce"].as_str().unwrap(),
        statement.as_str().unwrap(),
        request,
        request.rsplit('.').next().unwrap(),
        renewed.body["credential"].as_str().unwrap(),
        &shown,
        code,
        &site,
        "Lovelace-Marker",
        "1985-12-10",
        SITE,
        "alice",
    ] {
        assert!(!log.contains(leaked), "the log holds {leaked}");
    }
}

#[tokio::test]
async fn the_demonstration_has_a_broker_that_issues_the_schema_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (listen, faults) = (Listen::default, Faults::default());
    let all = start_all(folder.path(), listen(), listen(), faults).await;
    let all = all.unwrap();
    let file = std::fs::read(folder.path().join("person-schema.json")).unwrap();
    let schema = Schema::from_json(&file).unwrap();
    let bench = Bench::elsewhere(&all.broker.url(), "");
    let health = bench.get("/health").await;
    assert_eq!(
        (health.status, &health.body["service"]),
        (200, &json!("broker"))
    );
    let offered = bench
        .get("/.well-known/openid-credential-issuer")
        .await
        .body;
    let digest = schema.digest().to_text();
    let offered = &offered["credential_configurations_supported"][digest];
    assert_eq!(offered["schema"]["id"], schema.id());
    let code = all.broker.enrol("demo", &schema, &attributes()).await;
    assert!(code.unwrap().starts_with("enr_"));
    all.shutdown().await;
}
