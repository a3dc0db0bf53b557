//! The program itself: an operator's path from keys to a served request, SIGTERM, and a search of its
//! debug log for everything that was sent (architecture law 7).

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Output, Stdio},
};

use chitty_client::error::Code;
use serde_json::{Value, json};
use spooky_core::encoding::base64url;

use crate::bench::{Ask, Bench, JsonBody, TestClock, client, reply};

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_reference-server"))
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

pub(crate) fn json_lines(output: &Output) -> Vec<Value> {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_run_it_and_its_log_holds_nothing_that_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (database, keys, holder) = (path("main.sqlite"), path("keys"), path("holder"));
    assert!(run(&["keys", "new", "--dir", &keys]).status.success());
    assert!(
        !run(&["keys", "new", "--dir", &keys]).status.success(),
        "never overwritten"
    );
    assert!(run(&["keys", "rotate", "--dir", &keys]).status.success());
    let set = &json_lines(&run(&["keys", "show", "--dir", &keys]))[0];
    assert_eq!(
        (&set["version"], set["keys"].as_array().unwrap().len()),
        (&json!(2), 4)
    );
    assert!(
        set["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key.get("d").is_none())
    );
    assert!(
        run(&["keys", "new", "--dir", &holder, "--role", "fallback"])
            .status
            .success()
    );
    let thumbprint = json_lines(&run(&["keys", "show", "--dir", &holder]))[0]["thumbprint"].clone();
    let added = json_lines(&run(&[
        "api-key",
        "add",
        "--database",
        &database,
        "--tenant",
        "alpha",
    ]));
    let secret = added[0]["apiKey"].as_str().unwrap().to_owned();
    let enrolled = run(&[
        "enroll-fallback",
        "--database",
        &database,
        "--name",
        "fb",
        "--thumbprint",
        thumbprint.as_str().unwrap(),
        "--namespaces",
        "GEN,USR",
    ]);
    assert!(enrolled.status.success());
    let dashes = format!("-{}", "A".repeat(42));
    let dashed = run(&[
        "enroll-fallback",
        "--database",
        &database,
        "--name",
        "zz",
        "--thumbprint",
        &dashes,
        "--namespaces",
        "GEN",
    ]);
    assert!(
        dashed.status.success(),
        "a thumbprint may begin with a dash"
    );
    let listed = json_lines(&run(&["fallback", "list", "--database", &database]));
    assert_eq!(
        (&listed[0]["name"], &listed[2]["fallback_outstanding"]),
        (&json!("fb"), &json!(0))
    );

    let mut server = program()
        .args([
            "serve",
            "--role",
            "main",
            "--database",
            &database,
            "--keys",
            &keys,
        ])
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
    assert_eq!(ready["role"], "main");
    let url = ready["listening"].as_str().unwrap().to_owned();

    let (http, ask) = (client(), Ask::new("cli"));
    let generate = http.post(format!("{url}/api/chittyid/generate"));
    let generate = generate.header("x-api-key", &secret);
    let generate = generate.header("idempotency-key", base64url(&ask.key));
    let issue = reply(generate.json_body(&ask.body())).await.unwrap().ok();
    let verify = http.get(format!("{url}/api/chittyid/verify/{}", issue.id));
    assert_eq!(
        reply(verify.header("x-api-key", &secret))
            .await
            .unwrap()
            .status,
        200
    );
    let item = json!({"items": [ask.item(&issue)]});
    let reconcile = http
        .post(format!("{url}/api/chittyid/reconcile"))
        .header("x-api-key", &secret);
    let refused = reply(reconcile.json_body(&item)).await.unwrap();
    assert_eq!(
        refused.body["results"][0]["error"]["code"],
        Code::ReceiptClass.as_str()
    );
    assert!(
        run(&[
            "api-key",
            "revoke",
            "--database",
            &database,
            "--name",
            "alpha"
        ])
        .status
        .success()
    );
    let verify = http.get(format!("{url}/api/chittyid/verify/{}", issue.id));
    reply(verify.header("x-api-key", &secret))
        .await
        .unwrap()
        .refused(401, Code::ApiKeyInvalid);

    let terminated = Command::new("kill")
        .arg(server.id().to_string())
        .status()
        .unwrap();
    assert!(terminated.success());
    let mut log = String::new();
    server
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(server.wait().unwrap().success(), "SIGTERM ends it well");
    assert!(
        log.contains("/api/chittyid/verify/{id}"),
        "the control: requests are logged"
    );
    for leaked in [
        issue.id.as_str(),
        &issue.receipt,
        &secret,
        "secret-metadata",
        &base64url(&ask.key),
        &base64url(&ask.salt),
        &ask.idk(),
    ] {
        assert!(!log.contains(leaked), "the log holds {leaked}");
    }
}

#[test]
fn a_restore_is_said_and_answered_with_what_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("main.sqlite");
    let database = database.to_str().unwrap();
    let said = json_lines(&run(&[
        "restored",
        "--database",
        database,
        "--prefix",
        "QQ",
    ]));
    let closed = said[0]["closed"].as_array().unwrap();
    // At the turn of a month both are closed.
    assert!([2, 4].contains(&closed.len()), "{said:?}");
    for family in closed {
        let family = family.as_str().unwrap();
        assert!(family.starts_with("QQ-") || family.starts_with("03-"));
    }
    let wrong = run(&["restored", "--database", database, "--prefix", "q"]);
    assert!(!wrong.status.success());
}

#[tokio::test]
async fn a_suspended_fallback_gets_no_grant_until_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("main.sqlite");
    let bench = Bench::on(TestClock::new(), file.clone().into(), None).await;
    let backup = bench.fallback("fb").await;
    let database = file.to_str().unwrap();
    let act =
        |what: &str, name: &str| run(&["fallback", what, "--database", database, "--name", name]);
    assert!(act("suspend", "fb").status.success());
    let refused = backup.handle.renew_now().await.unwrap_err().to_string();
    assert!(
        refused.contains(Code::FallbackSuspended.as_str()),
        "{refused}"
    );
    assert!(act("resume", "fb").status.success());
    backup.handle.renew_now().await.unwrap();
    assert!(!act("suspend", "nobody").status.success());
}

#[test]
fn a_fallback_s_key_is_not_rotated_and_a_second_enrolment_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (database, holder) = (path("main.sqlite"), path("holder"));
    assert!(
        run(&["keys", "new", "--dir", &holder, "--role", "fallback"])
            .status
            .success()
    );
    let before = json_lines(&run(&["keys", "show", "--dir", &holder]));
    let refused = run(&["keys", "rotate", "--dir", &holder]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another fallback"));
    assert_eq!(
        json_lines(&run(&["keys", "show", "--dir", &holder])),
        before
    );
    let enroll = || {
        let common = ["enroll-fallback", "--database", &database, "--name", "fb"];
        let thumbprint = before[0]["thumbprint"].as_str().unwrap();
        run(&[
            &common[..],
            &["--namespaces", "GEN", "--thumbprint", thumbprint],
        ]
        .concat())
    };
    assert!(enroll().status.success());
    let twice = String::from_utf8_lossy(&enroll().stderr).into_owned();
    assert!(twice.contains("enrolled already"), "{twice}");
}

#[test]
fn mistakes_are_explained_and_fail() {
    let nowhere = Path::new("/nonexistent/keys").to_str().unwrap();
    for arguments in [
        vec!["serve", "--role", "main"],
        vec!["serve", "--role", "judge"],
        vec![
            "serve",
            "--role",
            "all",
            "--dir",
            "/tmp/x",
            "--listen",
            "0.0.0.0:0",
        ],
        vec!["serve", "--fault", "sideways"],
        vec!["keys", "show", "--dir", nowhere],
    ] {
        let output = run(&arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn a_key_is_revoked_only_when_its_price_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let keys = keys.to_str().unwrap();
    assert!(run(&["keys", "new", "--dir", keys]).status.success());
    let show = || json_lines(&run(&["keys", "show", "--dir", keys])).remove(0);
    let before = show();
    let receipt = |state: &str, set: &Value| -> Vec<String> {
        let all = set["keys"].as_array().unwrap().iter();
        let wanted = |key: &&Value| key["use"] == "chitty-receipt" && key["state"] == state;
        all.filter(wanted)
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    let kid = receipt("active", &before).remove(0);
    let revoke = |kid: &str, extra: &[&str]| {
        run(&[&["keys", "revoke", "--dir", keys, "--kid", kid], extra].concat())
    };
    let said = "--void-what-it-signed";
    let unsaid = revoke(&kid, &[]);
    assert!(!unsaid.status.success());
    let text = String::from_utf8_lossy(&unsaid.stderr).into_owned();
    assert!(
        text.contains(said) && text.contains("cannot be undone"),
        "{text}"
    );
    assert!(!revoke("nobody", &[said]).status.success());
    assert_eq!(show(), before);

    let done = revoke(&kid, &[said]);
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(text.contains(&format!("REVOKED {kid}")), "{text}");
    let after = show();
    let successor = receipt("active", &after);
    let answer = &json_lines(&done)[0];
    assert_eq!(
        (&answer["revoked"], &answer["active"]),
        (&json!(kid), &json!(successor[0]))
    );
    assert_eq!(
        (receipt("revoked", &after), successor.len()),
        (vec![kid.clone()], 1)
    );
    assert_eq!(after["version"], 2);
    let file = std::fs::read_to_string(folder.path().join("keys/keys.json")).unwrap();
    assert_eq!(file.matches("\"d\":").count(), 2, "its secret is gone");
    assert!(!revoke(&kid, &[said]).status.success(), "once");
    // The key that was published ahead takes over.
    assert!(
        run(&["keys", "rotate", "--dir", keys, "--ahead"])
            .status
            .success()
    );
    let ahead = receipt("next", &show());
    assert!(revoke(&successor[0], &[said]).status.success());
    assert_eq!(receipt("active", &show()), ahead);
    // A fallback's is not revoked here, and nothing by the name of another service's key.
    for role in ["fallback", "broker"] {
        let other = folder.path().join(role);
        let other = other.to_str().unwrap();
        assert!(
            run(&["keys", "new", "--dir", other, "--role", role])
                .status
                .success()
        );
        let refused = run(&["keys", "revoke", "--dir", other, "--kid", &kid, said]);
        assert!(!refused.status.success(), "{role}");
    }
}
