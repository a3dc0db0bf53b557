//! Lets schemathesis make up requests from the interface descriptions in `spec/` and judges by what
//! the services counted themselves: every operation was asked and has answered well at least once,
//! none failed inside, and nothing panicked.
//!
//! Before, honest work is done (`life`); schemathesis is given an id of it, and a broker's nonces.

mod life;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use chitty_client::{
    clock::SystemClock,
    transport::{HttpRequest, HttpTransport, MAX_ANSWER, Method, ReqwestOptions, ReqwestTransport},
};
use chitty_tests::{bodies::start_broker, world::World};
use clap::Parser;
use reference_server::{ApiKeySpec, Overload};

/// Fuzzes the services along their descriptions
#[derive(Parser)]
struct Arguments {
    /// The program `st` of schemathesis
    #[arg(long)]
    schemathesis: PathBuf,
    /// The folder of the descriptions
    #[arg(long)]
    spec: PathBuf,
    /// The folder of `schemathesis_hooks.py` and `schemathesis.toml`
    #[arg(long)]
    hooks: PathBuf,
    /// Most cases per operation and phase
    #[arg(long, default_value_t = 200)]
    cases: u32,
}

/// Requests and good answers by operation, as a service counted them.
type Counts = BTreeMap<(String, String), (u64, u64)>;

#[tokio::main]
async fn main() -> ExitCode {
    let panics = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&panics);
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        seen.fetch_add(1, SeqCst);
        print(info);
    }));
    match run(&Arguments::parse()).await {
        Ok(found) if found == 0 && panics.load(SeqCst) == 0 => ExitCode::SUCCESS,
        Ok(found) => {
            eprintln!("{found} findings, {} panics", panics.load(SeqCst));
            ExitCode::FAILURE
        }
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<usize, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    // Admission is tested elsewhere: here it would only hide what lies behind it.
    let open = Overload {
        strangers_per_second: 0.0,
        ..Overload::default()
    };
    let world = World::start_with(folder.path(), Arc::new(SystemClock), open).await;
    let id = life::of_issuance(&world).await?;
    let broker = start_broker(folder.path().join("broker.sqlite")).await;
    let site_key = life::of_a_broker(&broker).await?;
    let auditor = ApiKeySpec::new(chitty_tests::world::TENANT)
        .named("fuzz")
        .scopes(&["generate", "reconcile", "verify", "audit"]);
    let key = world.main.add_api_key(auditor).await;
    let key = key.map_err(|error| error.to_string())?;
    let services = [
        ("openapi.json", world.main_url(), key),
        (
            "openapi-fallback.json",
            world.fallback_url(),
            world.fallback_key.clone(),
        ),
        ("openapi-broker.json", broker.url(), site_key),
    ];
    let mut found = 0;
    for (description, url, key) in services {
        let before = counts(&url).await?;
        let ended = schemathesis(arguments, description, &url, &key, &id).await?;
        if !ended {
            found += 1;
            println!("{description}: schemathesis found something");
        }
        found += judge(
            &arguments.spec.join(description),
            &before,
            &counts(&url).await?,
        )?;
    }
    Ok(found)
}

async fn schemathesis(
    arguments: &Arguments,
    description: &str,
    url: &str,
    key: &str,
    id: &str,
) -> Result<bool, String> {
    let mut command = Command::new(&arguments.schemathesis);
    command
        .arg("--config-file")
        .arg(arguments.hooks.join("schemathesis.toml"))
        .arg("run")
        .arg(arguments.spec.join(description))
        .args(["--url", url, "--header"])
        .arg(format!("X-API-Key: {key}"))
        // What a schema cannot say, such as check digits, is refused although the schema allows it.
        .args([
            "--checks",
            "all",
            "--exclude-checks",
            "positive_data_acceptance",
        ])
        .arg("--max-examples")
        .arg(arguments.cases.to_string())
        // A run is to be repeatable.
        .args(["--seed", "1", "--continue-on-failure"])
        .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
        .env("PYTHONPATH", &arguments.hooks)
        .env("CHITTY_FUZZ_ID", id);
    if description == "openapi-broker.json" {
        command
            .env("CHITTY_FUZZ_NONCES", format!("{url}/api/oidc/nonce"))
            .env("CHITTY_FUZZ_KEY", key);
    }
    let ended = tokio::task::spawn_blocking(move || command.status()).await;
    let status = ended
        .map_err(|error| error.to_string())?
        .map_err(|error| format!("schemathesis did not start: {error}"))?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(format!("schemathesis ended with {status}")),
    }
}

/// What `/metrics` says of answered requests.
async fn counts(url: &str) -> Result<Counts, String> {
    let transport =
        ReqwestTransport::new(&ReqwestOptions::default()).map_err(|error| error.to_string())?;
    let answer = transport.send(HttpRequest {
        method: Method::Get,
        url: format!("{url}/metrics"),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Duration::from_secs(10),
        max_answer: MAX_ANSWER,
    });
    let answer = answer.await.map_err(|error| error.to_string())?;
    let text = String::from_utf8(answer.body).map_err(|error| error.to_string())?;
    let mut counts = Counts::new();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix("chitty_http_requests_total{") else {
            continue;
        };
        let (labels, count) = rest.split_once("} ").ok_or("an odd line in /metrics")?;
        let label = |name: &str| {
            let start = labels.find(&format!("{name}=\""))? + name.len() + 2;
            Some(labels[start..].split('"').next()?.to_owned())
        };
        let wanted = || "a label is missing in /metrics".to_owned();
        let (method, route) = (
            label("method").ok_or_else(wanted)?,
            label("route").ok_or_else(wanted)?,
        );
        let status: u16 = label("status")
            .and_then(|status| status.parse().ok())
            .ok_or_else(wanted)?;
        let count: u64 = count.parse().map_err(|_| wanted())?;
        if status >= 500 {
            let failed = counts.entry(("5xx".to_owned(), route.clone())).or_default();
            failed.0 += count;
        }
        let known = counts.entry((method, route)).or_default();
        known.0 += count;
        known.1 += if (200..300).contains(&status) {
            count
        } else {
            0
        };
    }
    Ok(counts)
}

/// Prints the table of one service and tells how many of its operations are not as they should be.
fn judge(description: &Path, before: &Counts, after: &Counts) -> Result<usize, String> {
    let text = std::fs::read_to_string(description).map_err(|error| error.to_string())?;
    let text: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let paths = text["paths"].as_object().ok_or("no paths")?;
    let mut found = 0;
    println!(
        "\n{:<44} {:>9} {:>9} {:>5}",
        "operation", "made up", "2xx ever", "5xx"
    );
    for (path, operations) in paths {
        for method in operations.as_object().ok_or("no operations")?.keys() {
            let method = method.to_uppercase();
            let count = |counts: &Counts, method: &str| {
                let name = (method.to_owned(), path.clone());
                counts.get(&name).copied().unwrap_or_default()
            };
            let made_up = count(after, &method).0 - count(before, &method).0;
            let good = count(after, &method).1;
            // While the honest work was done, main was down on purpose.
            let failed = count(after, "5xx").0 - count(before, "5xx").0;
            let bad = made_up == 0 || good == 0 || failed > 0;
            found += usize::from(bad);
            let mark = if bad { "  <-- wrong" } else { "" };
            println!(
                "{:<44} {made_up:>9} {good:>9} {failed:>5}{mark}",
                format!("{method} {path}")
            );
        }
    }
    Ok(found)
}
