//! What is in `deploy/` fits the server: Prometheus accepts the rules, they fire when they should,
//! and every metric that rules and dashboard name exists.

use std::{collections::BTreeSet, path::Path, process::Command};

use reference_server::{ApiKeySpec, BrokerServer, FallbackServer, MainServer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn deploy() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

#[test]
fn prometheus_accepts_the_rules_and_they_fire_when_they_should() {
    if Command::new("promtool").arg("--version").output().is_err() {
        let text = "promtool is not installed (Debian: apt-get install prometheus)";
        assert!(std::env::var("CI").is_err(), "{text}");
        eprintln!("SKIPPED: {text}");
        return;
    }
    for arguments in [
        ["check", "rules", "alerts.yml"],
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "alerts_test.yml"],
    ] {
        let done = Command::new("promtool")
            .args(arguments)
            .current_dir(deploy().join("prometheus"))
            .output()
            .expect("promtool");
        let said = String::from_utf8_lossy(&done.stdout).into_owned()
            + &String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {said}");
    }
}

/// The words after `serve` in every unit and in the compose file.
fn served() -> Vec<Vec<String>> {
    let read = |file: &Path| std::fs::read_to_string(file).expect("file");
    let units = std::fs::read_dir(deploy().join("systemd")).expect("units");
    let mut all = Vec::new();
    for unit in units {
        let text = read(&unit.expect("unit").path());
        let (_, command) = text
            .split_once("reference-server serve ")
            .expect("a command");
        let line = command.lines().next().unwrap_or_default();
        all.push(line.split_whitespace().map(str::to_owned).collect());
    }
    let compose = read(&deploy().join("compose.yaml"));
    for part in compose.split("command: [serve, ").skip(1) {
        let (line, _) = part.split_once(']').expect("the end of a command");
        let word = |word: &str| word.trim().trim_matches('"').to_owned();
        all.push(line.split(',').map(word).collect());
    }
    all
}

#[test]
fn the_program_takes_what_units_and_compose_file_say() {
    let folder = tempfile::tempdir().expect("folder");
    let try_it = |words: &[String]| {
        // Nothing listens: the parser comes first, and stops at the last word.
        let mut words = words.to_vec();
        let at = words.iter().position(|word| word == "--listen");
        words.drain(at.map_or(0..0, |at| at..at + 2));
        words.extend(["--listen".to_owned(), "nowhere".to_owned()]);
        let done = Command::new(env!("CARGO_BIN_EXE_test-server"))
            .arg("serve")
            .args(words)
            .current_dir(folder.path())
            .output()
            .expect("program");
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    let all = served();
    assert_eq!(all.len(), 6, "{all:?}");
    for words in &all {
        let said = try_it(words);
        assert!(
            said.contains("invalid value 'nowhere'"),
            "{words:?}: {said}"
        );
    }
    let mut wrong = all[0].clone();
    wrong.insert(0, "--no-such-flag".to_owned());
    assert!(
        try_it(&wrong).contains("unexpected argument"),
        "the control"
    );
}

async fn talk(url: &str, request: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("answered");
    text
}

/// The names of the series that a server shows.
async fn series(url: &str) -> BTreeSet<String> {
    let request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
    talk(url, request).await;
    let text = talk(url, request).await;
    assert!(text.starts_with("HTTP/1.0 200"), "{text}");
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let Some((name, kind)) = line
            .strip_prefix("# TYPE ")
            .and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let ends: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        names.extend(ends.iter().map(|end| format!("{name}{end}")));
    }
    names
}

fn named(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("chitty_"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn every_metric_that_rules_and_dashboard_name_exists() {
    let main = MainServer::builder().start().await.expect("main");
    let fallback = FallbackServer::builder()
        .main_url(main.url())
        .renew_by_hand()
        .start()
        .await
        .expect("fallback");
    // Failures have a series once there was one.
    let key = main
        .add_api_key(ApiKeySpec::new("alpha"))
        .await
        .expect("key");
    let body = r#"{"fallbackId":"AA-E-GEN-0001-I-8Z-0-X","action":"reconcile","timestamp":"x"}"#;
    let request = format!(
        "POST /api/chittyid/reconcile HTTP/1.0\r\nHost: localhost\r\nX-API-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = talk(&main.url(), &request).await;
    assert!(answer.starts_with("HTTP/1.0 404"), "{answer}");
    let mut shown = series(&main.url()).await;
    shown.extend(series(&fallback.url()).await);
    let broker = BrokerServer::builder().start().await.expect("broker");
    shown.extend(series(&broker.url()).await);
    for file in ["prometheus/alerts.yml", "grafana/dashboard.json"] {
        let text = std::fs::read_to_string(deploy().join(file)).expect("file");
        let named = named(&text);
        assert!(named.len() > 5, "{file} names {named:?}");
        let missing: Vec<_> = named.difference(&shown).collect();
        assert!(missing.is_empty(), "{file} names {missing:?}");
    }
}
