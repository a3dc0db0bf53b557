//! The facade against a live reference server.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chitty::facade::{
    CancelToken, ChittyError, Client, ClientConfig, Code, ErrorKind, Event, ForeignParts, IdClass,
    IdRequest, Issued, VerdictState,
    foreign::{
        Clock, EventListener, ForeignError, HttpRequest, HttpResponse, HttpTransport, SecretStore,
    },
    live_handles, parse_id, suggest,
};
use chitty_tests::world::World;

/// The counter of live objects belongs to the process, hence one test at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn config(world: &World) -> ClientConfig {
    ClientConfig {
        fallback_url: Some(world.fallback_url()),
        fallback_key: Some(world.fallback_key.clone()),
        key_set_json: Some(world.key_set_json()),
        deadline_ms: 3_000,
        automatic: false,
        ..ClientConfig::new(world.main_url(), world.main_key.clone())
    }
}

fn request(handle: &str) -> IdRequest {
    IdRequest {
        namespace: "USR".to_owned(),
        entity_type: "I".to_owned(),
        handle: Some(handle.as_bytes().to_vec()),
        metadata_json: Some(r#"{"row":17}"#.to_owned()),
        parent: None,
        profile: None,
        require_standard: false,
        deadline_ms: None,
    }
}

async fn world() -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    (folder, world)
}

fn is<T: std::fmt::Debug>(answer: Result<T, ChittyError>, code: Code) {
    let error = answer.expect_err("an error");
    assert_eq!(error.code(), code.number(), "{error}");
}

#[tokio::test]
async fn an_outage_from_id_to_permanent_id() {
    let _alone = ALONE.lock().await;
    let (_folder, world) = world().await;
    let client = Client::new(config(&world), ForeignParts::default()).expect("client");
    let events = client.events().expect("events");
    let standard = client.request_id(request("a"), None).await.expect("id");
    assert_eq!(
        (standard.class, standard.temporary),
        (IdClass::Standard, false)
    );
    assert!(
        client
            .verify(&standard.id, None, None)
            .await
            .expect("answer")
            .valid
    );
    assert_eq!(parse_id(&standard.id).expect("id").namespace, "USR");
    is(client.refresh(None).await, Code::KeySetPinned);
    let fetching = ClientConfig {
        key_set_json: None,
        ..config(&world)
    };
    let fetching = Client::new(fetching, ForeignParts::default()).expect("client");
    assert!(fetching.refresh(None).await.expect("the first set"));
    assert!(!fetching.refresh(None).await.expect("the same again"));
    drop(fetching);

    world.main_down(true);
    let temporary = client.request_id(request("b"), None).await.expect("id");
    assert!(temporary.temporary);
    let receipt = temporary.receipt.clone();
    let verdict = client
        .verify_receipt(&temporary.id, receipt)
        .await
        .expect("verdict");
    assert_eq!(verdict.state, VerdictState::Valid);
    let wrong = client
        .verify_receipt(&standard.id, temporary.receipt.clone())
        .await
        .expect("verdict");
    assert_eq!(
        (wrong.valid, wrong.code),
        (false, Some(Code::ReceiptSubject.number()))
    );
    assert_eq!(
        client.pending_reconciliations().await.expect("list").len(),
        1
    );
    is(
        client.resolve(&temporary.id, None, None).await,
        Code::DebtOpen,
    );

    world.main_down(false);
    let report = client.drain(3_000, None).await.expect("report");
    assert_eq!((report.reconciled, report.remaining), (1, 0));
    let permanent = client.resolve(&temporary.id, None, None).await.expect("id");
    assert_eq!(permanent.class, IdClass::Standard);
    let mut heard = Vec::new();
    while let Some(event) = events.next(50, None).await.expect("open") {
        heard.push(event);
    }
    assert!(heard.contains(&Event::FallbackIssued {
        issued: temporary.clone()
    }));
    assert!(heard.contains(&Event::Reconciled {
        old: temporary.id.clone(),
        issued: permanent
    }));
    assert!(client.health(None).await.expect("health").main.reachable);
    assert_eq!(client.metrics().expect("metrics").reconciled, 1);
    assert!(
        !client
            .history(&temporary.id, None, None)
            .await
            .expect("steps")
            .is_empty()
    );

    client.close();
    is(client.request_id(request("c"), None).await, Code::Closed);
    is(client.metrics(), Code::Closed);
    is(events.next(50, None).await, Code::Closed);
    drop((client, events));
    assert_eq!(live_handles(), 0);
}

#[test]
fn ids_are_parsed_and_suggested_but_never_made() {
    let held = "AA-C-USR-1234-I-25-7-X".to_owned();
    let near = suggest("AA-C-USR-1243-I-25-7-X", std::slice::from_ref(&held)).expect("ids");
    assert_eq!(near, [held]);
    is(parse_id("nonsense"), Code::IdMalformed);
    is(suggest("x", &["nonsense".to_owned()]), Code::IdMalformed);
}

#[tokio::test]
async fn bad_configurations_are_refused_by_name() {
    let _alone = ALONE.lock().await;
    let refused = |config| Client::new(config, ForeignParts::default()).map(drop);
    let fine = || ClientConfig::new("https://id.example", "key");
    is(
        refused(ClientConfig::new("http://id.example", "key")),
        Code::PlainHttp,
    );
    is(
        refused(ClientConfig::new("nonsense", "key")),
        Code::OriginInvalid,
    );
    is(
        refused(ClientConfig::new("https://id.example", "secret:main")),
        Code::ConfigurationInvalid,
    );
    is(
        refused(ClientConfig {
            fallback_url: Some("https://b.example".into()),
            ..fine()
        }),
        Code::ConfigurationInvalid,
    );
    is(
        refused(ClientConfig {
            key_set_json: Some("{}".into()),
            ..fine()
        }),
        Code::KeySetInvalid,
    );
    is(
        refused(ClientConfig {
            batch: Some(101),
            ..fine()
        }),
        Code::ConfigurationInvalid,
    );
    is(
        refused(ClientConfig {
            key_set_max_age_ms: Some(59_999),
            ..fine()
        }),
        Code::ConfigurationInvalid,
    );
    let client = Client::new(fine(), ForeignParts::default()).expect("client");
    let two = IdRequest {
        entity_type: "II".to_owned(),
        ..request("a")
    };
    is(client.request_id(two, None).await, Code::EntityTypeInvalid);
    for (text, code) in [
        ("[1]", Code::MetadataInvalid),
        (r#"{"account":18446744073709551617}"#, Code::MetadataInvalid),
        (r#"{"a":1,"\u0061":2}"#, Code::MemberRepeated),
        (r#"{"a":"\ud800"}"#, Code::TextNotUnicode),
    ] {
        let text = IdRequest {
            metadata_json: Some(text.to_owned()),
            ..request("a")
        };
        is(client.request_id(text, None).await, code);
    }
}

/// Parks until told otherwise, then sends nothing at all.
#[derive(Default)]
struct Parked {
    reached: AtomicBool,
}

#[async_trait]
impl HttpTransport for Parked {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, ForeignError> {
        self.reached.store(true, Ordering::SeqCst);
        std::future::pending().await
    }
}

struct Thrower;

#[async_trait]
impl HttpTransport for Thrower {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, ForeignError> {
        panic!("a foreign defect")
    }
}

impl Clock for Thrower {
    fn now_ms(&self) -> Result<i64, ForeignError> {
        Err(ForeignError::UNNAMED)
    }
}

impl SecretStore for Thrower {
    fn load(&self, _: String) -> Result<Option<Vec<u8>>, ForeignError> {
        Err(ForeignError::UNNAMED)
    }

    fn save(&self, _: String, _: Vec<u8>) -> Result<(), ForeignError> {
        Err(ForeignError::UNNAMED)
    }
}

async fn parked() -> (
    Arc<Client>,
    tokio::task::JoinHandle<Result<Issued, ChittyError>>,
    CancelToken,
) {
    let transport = Arc::new(Parked::default());
    let parts = ForeignParts {
        transport: Some(transport.clone()),
        ..ForeignParts::default()
    };
    let client = Client::new(ClientConfig::new("https://id.example", "key"), parts);
    let client = Arc::new(client.expect("client"));
    let token = CancelToken::new();
    let (caller, cancel) = (client.clone(), token.clone());
    let call = tokio::spawn(async move { caller.request_id(request("a"), Some(cancel)).await });
    while !transport.reached.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    (client, call, token)
}

#[tokio::test]
async fn cancelling_and_closing_end_the_waiting_at_once() {
    let _alone = ALONE.lock().await;
    let start = Instant::now();
    let (_client, call, token) = parked().await;
    token.cancel();
    let error = call.await.expect("no panic").expect_err("cancelled");
    assert_eq!(
        (error.code(), error.kind()),
        (Code::Cancelled.number(), ErrorKind::Retry)
    );
    let (client, call, _token) = parked().await;
    client.close();
    is(call.await.expect("no panic"), Code::Closed);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_deadline_ends_every_call() {
    let _alone = ALONE.lock().await;
    let parts = ForeignParts {
        transport: Some(Arc::new(Parked::default())),
        ..ForeignParts::default()
    };
    let client =
        Client::new(ClientConfig::new("https://id.example", "key"), parts).expect("client");
    is(
        client
            .verify("AA-C-USR-1234-I-25-7-X", Some(100), None)
            .await,
        Code::DeadlineExceeded,
    );
    let short = IdRequest {
        deadline_ms: Some(200),
        ..request("a")
    };
    is(
        client.request_id(short, None).await,
        Code::ServicesUnavailable,
    );
}

#[tokio::test]
async fn foreign_failures_become_numbers_without_text() {
    let _alone = ALONE.lock().await;
    let parts = ForeignParts {
        transport: Some(Arc::new(Thrower)),
        clock: Some(Arc::new(Thrower)),
        secrets: Some(Arc::new(Thrower)),
        ..ForeignParts::default()
    };
    let config = ClientConfig::new("https://id.example", "key");
    let client = Client::new(config.clone(), parts.clone()).expect("client");
    let error = client
        .verify("AA-C-USR-1234-I-25-7-X", None, None)
        .await
        .expect_err("no transport");
    assert!(error.is(Code::ForeignFailed), "{error}");
    assert!(!error.to_string().contains("defect"));
    assert!(client.metrics().expect("metrics").foreign_failures > 0);
    let secret = ClientConfig {
        main_key: "secret:main".to_owned(),
        ..config
    };
    is(Client::new(secret, parts), Code::ForeignFailed);
}

/// Calls back in, then fails or panics.
struct Listener {
    heard: Mutex<Vec<Event>>,
}

impl EventListener for Listener {
    fn on_event(&self, event: Event) -> Result<(), ForeignError> {
        let mut heard = self.heard.lock().expect("lock");
        heard.push(event);
        match heard.len() {
            1 => Err(ForeignError::UNNAMED),
            2 => panic!("a foreign defect"),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_failing_listener_is_counted_and_told_the_rest() {
    let _alone = ALONE.lock().await;
    let (_folder, world) = world().await;
    let listener = Arc::new(Listener {
        heard: Mutex::default(),
    });
    let parts = ForeignParts {
        listener: Some(listener.clone()),
        ..ForeignParts::default()
    };
    let client = Client::new(config(&world), parts).expect("client");
    world.main_down(true);
    client.request_id(request("a"), None).await.expect("id");
    client.request_id(request("b"), None).await.expect("id");
    let failures = || client.metrics().expect("metrics").foreign_failures;
    let start = Instant::now();
    while failures() < 2 && start.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(failures(), 2);
}
