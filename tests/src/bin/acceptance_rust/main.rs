//! The Rust program of the acceptance suite: `chitty-client` behind the protocol of
//! `spec/acceptance/README.md`.
//!
//! Owns the translation and nothing else. Waiting is cancelled by dropping the future, and the
//! client is closed by dropping it: this crate has no code of its own for either, so the program
//! answers `CHT-1904` and `CHT-1903` in its place.

mod people;
mod words;

use std::{collections::HashMap, fmt::Write as _, io::BufRead, sync::Arc, time::Duration};

use chitty_client::{
    ApiKey, ChittyId, Client, Error, Events, IdRequest, ReconcilePolicy, Trust,
    clock::{Clock, SystemClock},
    id::suggest,
    issuance::keyset::KeySet,
    reconcile::store::{MemoryStore, SqliteStore},
};
use serde_json::{Map, Value, json};
use spooky_core::verdict::Verdict;
use tokio::task::JoinHandle;

use words::{
    closed, describe, error, issued, judged, number, parse, summary, text, told, told_error,
};

type Args = Map<String, Value>;
/// The answer: `ok` or `error`.
type Answer = Result<Value, Value>;

/// What the program holds.
#[derive(Default)]
struct Program {
    client: Option<(Client, Events)>,
    people: people::People,
    calls: HashMap<u64, JoinHandle<Answer>>,
    tickets: u64,
}

#[tokio::main]
async fn main() {
    let mut program = Program::default();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let order: Value = serde_json::from_str(&line).expect("the runner writes JSON");
        let name = order["call"].as_str().unwrap_or_default();
        let args = order["args"].as_object().cloned().unwrap_or_default();
        let answer = match name {
            "quit" => return,
            _ => program.call(name, &args).await,
        };
        let answer = match answer {
            Ok(ok) => json!({ "id": order["id"], "ok": ok }),
            Err(error) => json!({ "id": order["id"], "error": error }),
        };
        println!("{answer}");
    }
}

impl Program {
    async fn call(&mut self, name: &str, args: &Args) -> Answer {
        match name {
            "open" => self.open(args),
            "close" => {
                self.client = None;
                self.calls.drain().for_each(|(_, call)| call.abort());
                Ok(json!({}))
            }
            "start" => {
                let (client, _) = self.client.as_ref().ok_or_else(closed)?;
                let (client, args) = (client.clone(), args.clone());
                let method = text(&args, "method");
                self.tickets += 1;
                let call = tokio::spawn(async move { on_client(&client, &method, &args).await });
                self.calls.insert(self.tickets, call);
                Ok(json!({ "ticket": self.tickets }))
            }
            "cancel" => {
                if let Some(call) = self.calls.get(&number(args, "ticket")) {
                    call.abort();
                }
                Ok(json!({}))
            }
            "wait" => {
                let ticket = number(args, "ticket");
                let limit = Duration::from_millis(number(args, "timeout_ms"));
                let call = self.calls.get_mut(&ticket).expect("a ticket of ours");
                let Ok(ended) = tokio::time::timeout(limit, call).await else {
                    return Ok(json!({ "waiting": true }));
                };
                self.calls.remove(&ticket);
                ended.unwrap_or_else(|_| Err(error("Retry", "CHT-1904", "MaybeSent")))
            }
            "events_next" => {
                let (_, events) = self.client.as_mut().ok_or_else(closed)?;
                let limit = Duration::from_millis(number(args, "timeout_ms"));
                match tokio::time::timeout(limit, events.next()).await {
                    Ok(Some(event)) => Ok(told(&event)),
                    Ok(None) | Err(_) => Ok(json!({ "event": "none" })),
                }
            }
            "parse_id" => parse(&text(args, "text")).map(|id| describe(&id)),
            "suggest" => {
                let held = args["held"].as_array().into_iter().flatten();
                let held: Result<Vec<_>, _> = held
                    .map(|id| parse(id.as_str().unwrap_or_default()))
                    .collect();
                let found: Vec<_> = suggest(&text(args, "text"), held?)
                    .iter()
                    .map(ChittyId::to_string)
                    .collect();
                Ok(json!({ "ids": found }))
            }
            "replay_vectors" => replay(args).await,
            _ if name.starts_with("wallet_") || name.starts_with("site_") => {
                self.people.call(name, args).await
            }
            _ => {
                let (client, _) = self.client.as_ref().ok_or_else(closed)?;
                on_client(client, name, args).await
            }
        }
    }

    fn open(&mut self, args: &Args) -> Answer {
        let client = build(args, Arc::new(SystemClock)).map_err(told_error)?;
        let events = client.events();
        self.client = Some((client, events));
        Ok(json!({}))
    }
}

fn build(args: &Args, clock: Arc<dyn Clock>) -> Result<Client, Error> {
    let mut builder = Client::builder()
        .main(text(args, "main_url"), ApiKey::new(text(args, "main_key")))
        .clock(clock);
    if args.contains_key("fallback_url") {
        let key = ApiKey::new(text(args, "fallback_key"));
        builder = builder.fallback(text(args, "fallback_url"), key);
    }
    builder = builder.trust(match args.get("key_set_json").and_then(Value::as_str) {
        Some(set) => Trust::Pinned(KeySet::from_json(set)?),
        None => Trust::Fetched,
    });
    builder = match args.get("store_path").and_then(Value::as_str) {
        Some(path) => builder.store(SqliteStore::open(path)?),
        None => builder.store(MemoryStore::new()?),
    };
    if let Some(limit) = args.get("deadline_ms").and_then(Value::as_u64) {
        builder = builder.deadline(Duration::from_millis(limit));
    }
    if args.get("automatic").and_then(Value::as_bool) != Some(true) {
        builder = builder.reconcile(ReconcilePolicy::default().manual());
    }
    builder.build()
}

async fn on_client(client: &Client, name: &str, args: &Args) -> Answer {
    let id = || parse(&text(args, "id"));
    let answer = match name {
        "request_id" => {
            let wanted = request(args).map_err(told_error)?;
            client.request_id(wanted).await.map(|it| issued(&it))
        }
        "verify_receipt" => {
            let verdict = client.verify_receipt(&id()?, &text(args, "receipt")).await;
            verdict.map(|verdict| judged(&verdict))
        }
        "verify" => client.verify(&id()?).await.map(|said| {
            let mut answer = json!({ "valid": said.valid, "status": said.status });
            if let Some(permanent) = said.permanent_id {
                answer["permanent_id"] = permanent.as_str().into();
            }
            answer
        }),
        "pending" => client.pending_reconciliations().await.map(|debts| {
            let ids: Vec<_> = debts.iter().map(|it| it.fallback_id.to_string()).collect();
            json!({ "ids": ids })
        }),
        "reconcile" => client.reconcile(&id()?).await.map(|it| issued(&it)),
        "resolve" => client.resolve(&id()?).await.map(|it| issued(&it)),
        "drain" => {
            let limit = Duration::from_millis(number(args, "deadline_ms"));
            client.drain(limit).await.map(|report| {
                json!({ "reconciled": report.reconciled, "recovered": report.recovered,
                        "wedged": report.wedged, "remaining": report.remaining })
            })
        }
        unknown => panic!("the runner asks for `{unknown}`, which is not in the protocol"),
    };
    answer.map_err(told_error)
}

fn request(args: &Args) -> Result<IdRequest, Error> {
    let entity_type = text(args, "entity_type").chars().next().unwrap_or_default();
    let mut request = IdRequest::new(text(args, "namespace"), entity_type);
    if let Some(handle) = args.get("handle").and_then(Value::as_str) {
        request = request.handle(handle)?;
    }
    if let Some(metadata) = args.get("metadata_json").and_then(Value::as_str) {
        let members: Args = serde_json::from_str(metadata).expect("the runner writes an object");
        for (name, value) in members {
            request = request.metadata(name, value);
        }
    }
    if args.get("require_standard").and_then(Value::as_bool) == Some(true) {
        request = request.require_standard();
    }
    if let Some(limit) = args.get("deadline_ms").and_then(Value::as_u64) {
        request = request.deadline(Duration::from_millis(limit));
    }
    Ok(request)
}

/// A clock that stands still, for receipts that are judged at a given time.
struct At(i64);

impl Clock for At {
    fn now_ms(&self) -> i64 {
        self.0
    }
}

async fn replay(args: &Args) -> Answer {
    let cases = std::fs::read_to_string(text(args, "path")).expect("the runner wrote the cases");
    let mut lines = String::new();
    for case in cases.lines() {
        let case: Args = serde_json::from_str(case).expect("one object per line");
        let result = match text(&case, "kind").as_str() {
            "ids" => match text(&case, "text").parse::<ChittyId>() {
                Ok(id) => summary(&id),
                Err(error) => Error::from(error).code().to_string(),
            },
            _ => receipt_result(&case).await,
        };
        let (file, name) = (text(&case, "file"), text(&case, "case"));
        writeln!(lines, "{file}\t{name}\t{result}").expect("memory");
    }
    let mut sha256 = String::new();
    for byte in spooky_core::encoding::sha256(lines.as_bytes()) {
        write!(sha256, "{byte:02x}").expect("memory");
    }
    std::fs::write(text(args, "lines_path"), &lines).expect("the runner's folder");
    Ok(json!({ "cases": lines.lines().count(), "sha256": sha256 }))
}

async fn receipt_result(case: &Args) -> String {
    let mut config = case.clone();
    config.insert("main_url".into(), "https://id.example".into());
    config.insert("main_key".into(), "unused".into());
    let now_ms = case["now"].as_i64().unwrap_or_default() * 1000;
    let client = build(&config, Arc::new(At(now_ms))).expect("client");
    let id: ChittyId = text(case, "id").parse().expect("an id of the vectors");
    match client.verify_receipt(&id, &text(case, "receipt")).await {
        Ok(Verdict::Valid(_)) => "valid".to_owned(),
        Ok(Verdict::Invalid(code)) => format!("invalid {code}"),
        Ok(Verdict::Indeterminate(code)) => format!("indeterminate {code}"),
        Err(error) => error.code().to_string(),
    }
}
