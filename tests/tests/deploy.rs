//! What is in `deploy/` fits the server: Prometheus accepts the rules, they fire when they should,
//! and every metric that rules and dashboard name exists.

use std::{collections::BTreeSet, path::Path, process::Command};

use reference_server::{ApiKeySpec, FallbackServer, MainServer};
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
    for file in ["prometheus/alerts.yml", "grafana/dashboard.json"] {
        let text = std::fs::read_to_string(deploy().join(file)).expect("file");
        let named = named(&text);
        assert!(named.len() > 5, "{file} names {named:?}");
        let missing: Vec<_> = named.difference(&shown).collect();
        assert!(missing.is_empty(), "{file} names {missing:?}");
    }
}
