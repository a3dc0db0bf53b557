//! The live profile against a service that replays what the real one says on the wire, with every
//! oddity that is known of it (decision D1).
//!
//! The samples lie beside the repository (`CHITTY_DATA`, default `../shared/data`).

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use chitty_client::{
    ApiKey, Code, Stage,
    clock::Clock,
    issuance::receipt::ReceiptClaims,
    live::{Decision, EntityType, LiveClient, LiveRequest},
    reconcile::store::{MemoryStore, PendingStore, SqliteStore, State},
};
use chitty_tests::{
    gate::{Gate, Gated},
    issuer::{ISSUER, Issuer, now},
    raw_server::{Action, RawServer, Received},
    stubs::{Bent, OnPut, Shifted},
};
use serde_json::{Value, json};

const ID: &str = "03-3-GBR-0042-P-2611-0-28";

static SAMPLES: LazyLock<Option<Value>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let folder =
        std::env::var_os("CHITTY_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    if !folder.is_dir() {
        let strict = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
        assert!(!strict, "{} is absent", folder.display());
        println!("skipped: {} is absent", folder.display());
        return None;
    }
    let text = std::fs::read_to_string(folder.join("mint-wire-samples.json")).expect("samples");
    Some(serde_json::from_str(&text).expect("JSON"))
});

/// Whether there is nothing to replay; said in the output, and an error under `CI=true`.
fn absent() -> bool {
    SAMPLES.is_none()
}

fn samples() -> &'static Value {
    SAMPLES
        .as_ref()
        .expect("looked for at the start of the test")
}

fn sample(name: &str) -> Action {
    Action::Json(200, samples()[name].clone())
}

/// The service; what it says can be changed.
struct Live {
    server: RawServer,
    says: Arc<Mutex<Action>>,
}

impl Live {
    async fn saying(action: Action) -> Self {
        let says = Arc::new(Mutex::new(action));
        let script = Arc::clone(&says);
        let server =
            RawServer::start(move |_: &Received| script.lock().expect("script").clone()).await;
        Self { server, says }
    }

    fn says(&self, action: Action) {
        *self.says.lock().expect("script") = action;
    }

    fn asked(&self) -> usize {
        self.server.requests().len()
    }

    fn client(&self, store: impl PendingStore + 'static, clock: Arc<dyn Clock>) -> LiveClient {
        LiveClient::builder(&self.server.origin, ApiKey::new("token"))
            .clock(clock)
            .deadline(Duration::from_secs(1))
            .build(store)
            .expect("client")
    }
}

fn memory() -> MemoryStore {
    MemoryStore::new().expect("memory")
}

fn person(handle: &str) -> LiveRequest {
    LiveRequest::new(EntityType::Person, handle).expect("handle")
}

#[tokio::test]
async fn a_mint_sends_what_the_service_reads_and_is_not_repeated() {
    if absent() {
        return;
    }
    let live = Live::saying(sample("success_http_200")).await;
    let client = live.client(memory(), Shifted::by(0));
    let request = || person("h").region("3").jurisdiction("GBR");
    let issued = client.mint(request()).await.expect("id");
    assert_eq!(issued.id().as_str(), ID);
    assert!(issued.receipt().is_none());
    let again = client.mint(request()).await.expect("the same");
    assert_eq!((again.id(), live.asked()), (issued.id(), 1));
    let sent = &live.server.requests()[0];
    assert_eq!(sent.path, "/mint?jurisdiction=GBR&region=3");
    assert_eq!(
        sent.json(),
        samples()["request"]["body"],
        "`entity` would mint a Thing"
    );
    assert_eq!(sent.header("authorization"), Some("Bearer token"));
    let error = client.mint(person("h")).await.expect_err("another thing");
    assert_eq!(error.code(), Code::HandleReused);
}

#[tokio::test]
async fn an_error_with_status_200_is_an_error() {
    if absent() {
        return;
    }
    let live = Live::saying(sample("error_http_200")).await;
    let client = live.client(memory(), Shifted::by(0));
    let error = client.mint(person("h")).await.expect_err("refused");
    assert_eq!(
        (error.code(), error.stage()),
        (Code::RequestRefused, Stage::Answered)
    );
    assert!(client.pending().await.expect("store").is_empty());
}

#[tokio::test]
async fn an_error_id_is_never_returned_and_the_request_waits_for_a_drain_or_a_repetition() {
    if absent() {
        return;
    }
    let live = Live::saying(sample("fallback_http_200")).await;
    let client = live.client(memory(), Shifted::by(0));
    for handle in ["a", "b", "c"] {
        let error = client.mint(person(handle)).await.expect_err("no id");
        assert_eq!(error.code(), Code::MintPending);
    }
    let pending = client.pending().await.expect("store");
    assert_eq!(pending.len(), 3, "one error id, three requests");
    assert!(pending.iter().all(|row| row.state == State::Open));
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.issued, report.waiting), (0, 3));
    assert_eq!(report.stopped, Some(Code::MintPending));
    assert_eq!(live.asked(), 4, "the first one's answer was for all");
}

#[tokio::test]
async fn what_waits_is_minted_when_the_service_is_back() {
    if absent() {
        return;
    }
    let live = Live::saying(sample("fallback_http_200")).await;
    let client = live.client(memory(), Shifted::by(0));
    client.mint(person("a")).await.expect_err("no id");
    client.mint(person("b")).await.expect_err("no id");
    live.says(sample("success_http_200"));
    let issued = client.mint(person("a")).await.expect("by repetition");
    assert_eq!(issued.id().as_str(), ID);
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!(
        (report.issued, report.waiting, report.stopped),
        (1, 0, None)
    );
    assert_eq!(live.asked(), 4);
    assert!(
        live.server
            .requests()
            .iter()
            .all(|sent| !sent.path.contains("validate"))
    );
    client.mint(person("b")).await.expect("from the store");
    assert_eq!(live.asked(), 4);
}

/// Whatever may have been answered is wedged, and never sent again by itself.
#[tokio::test]
async fn a_lost_answer_is_wedged_until_the_app_decides() {
    if absent() {
        return;
    }
    let other_type = {
        let mut body = samples()["success_http_200"].clone();
        body["chittyId"] = json!("03-9-ZZZ-0000-T-2512-3-36");
        body
    };
    let cases = [
        ("closed", Action::Close, Code::ConnectionLost),
        ("hangs", Action::Hang, Code::TimedOut),
        ("half an answer", Action::HalfOpen, Code::TimedOut),
        (
            "a proxy's page",
            Action::Answer(502, vec![], b"<html>".to_vec()),
            Code::ServerUnavailable,
        ),
        (
            "not JSON",
            Action::Answer(200, vec![], b"ok".to_vec()),
            Code::AnswerMalformed,
        ),
        (
            "called a fallback, with a real id",
            Action::Json(
                200,
                json!({"success": true, "fallback": true, "chittyId": ID}),
            ),
            Code::AnswerMalformed,
        ),
        (
            "no id",
            Action::Json(200, json!({"success": true, "entity": "x"})),
            Code::AnswerMalformed,
        ),
        (
            "an empty id",
            Action::Json(200, json!({"success": true, "chittyId": ""})),
            Code::AnswerMalformed,
        ),
        (
            "not an id",
            Action::Json(200, json!({"success": true, "chittyId": "ID-1"})),
            Code::AnswerMalformed,
        ),
        (
            "an id of the other profile",
            Action::Json(
                200,
                json!({"success": true, "chittyId": "AA-C-GEN-0001-P-8Z-0-1"}),
            ),
            Code::ReceiptProfile,
        ),
        (
            "a Thing for a person",
            Action::Json(200, other_type),
            Code::EntityTypeDiffers,
        ),
    ];
    for (what, action, cause) in cases {
        let live = Live::saying(action).await;
        let client = live.client(memory(), Shifted::by(0));
        let error = client.mint(person("h")).await.expect_err(what);
        assert_eq!(error.code(), Code::PossibleDuplicate, "{what}: {error}");
        assert_eq!(error.causes()[0].code(), cause, "{what}: {error}");
        live.says(sample("success_http_200"));
        let error = client.mint(person("h")).await.expect_err(what);
        assert_eq!(error.code(), Code::PossibleDuplicate, "{what}");
        let report = client.drain(Duration::from_secs(1)).await.expect("drain");
        assert_eq!((report.issued, report.wedged), (0, 1), "{what}");
        assert_eq!(live.asked(), 1, "{what}: not sent again");
        client
            .decide("h", Decision::MintAgain)
            .await
            .expect("decided");
        assert_eq!(
            client.mint(person("h")).await.expect(what).id().as_str(),
            ID
        );
    }
}

/// Passes every request on, lets the service mint, and says something else in its place.
async fn gateway(says: Action) -> (Live, Arc<Mutex<Vec<String>>>) {
    let minted = Arc::new(Mutex::new(Vec::new()));
    let books = Arc::clone(&minted);
    let live = Live::saying(says).await;
    let says = Arc::clone(&live.says);
    let server = RawServer::start(move |_: &Received| {
        let mut books = books.lock().expect("books");
        let number = books.len();
        books.push(format!("id {number}"));
        says.lock().expect("script").clone()
    })
    .await;
    (
        Live {
            server,
            says: live.says,
        },
        minted,
    )
}

/// Whatever stands before the service proves nothing, however well-formed its answer is.
#[tokio::test]
async fn what_a_gateway_says_is_no_proof_that_nothing_was_minted() {
    let json = |status: u16, body: Value| (format!("{status} {body}"), Action::Json(status, body));
    let page = |status: u16| {
        let page = b"<html>gateway</html>".to_vec();
        (
            format!("{status}, a page"),
            Action::Answer(status, vec![], page),
        )
    };
    let own = json!({"success": false, "error": "SECURITY_ERROR"});
    let generic = json!({"error": "upstream request timeout"});
    let cases = [
        json(500, own.clone()),
        json(502, own.clone()),
        json(502, generic.clone()),
        json(503, own.clone()),
        json(504, own.clone()),
        json(
            504,
            json!({"success": false, "error": "Gateway Timeout", "service": "id.chitty.cc"}),
        ),
        json(520, own.clone()),
        json(524, json!({"success": false, "errors": [{"code": 524}]})),
        json(408, own.clone()),
        json(499, own.clone()),
        json(425, own.clone()),
        json(
            429,
            json!({"error": "Rate limit exceeded", "retryAfter": 60}),
        ),
        json(400, generic.clone()),
        json(401, json!({"message": "Unauthorized"})),
        json(403, json!({"success": false, "errors": []})),
        json(403, json!({"success": false, "error": ""})),
        json(404, json!([])),
        json(200, generic),
        json(200, own),
        json(200, json!({"success": false})),
        page(400),
        page(403),
        page(404),
        page(413),
        page(429),
        page(200),
        page(302),
        json(304, json!({})),
    ];
    for (what, says) in cases {
        let (live, minted) = gateway(says).await;
        let client = live.client(memory(), Shifted::by(0));
        let error = client.mint(person("h")).await.expect_err(&what);
        assert_eq!(error.code(), Code::PossibleDuplicate, "{what}: {error}");
        live.says(Action::Json(200, json!({"success": true, "chittyId": ID})));
        client.mint(person("h")).await.expect_err(&what);
        client.drain(Duration::from_secs(1)).await.expect("drain");
        assert_eq!(minted.lock().expect("books").len(), 1, "{what}: one id");
        // Control: the same request sent once more is a second permanent id.
        client
            .decide("h", Decision::MintAgain)
            .await
            .expect("decided");
        client.mint(person("h")).await.expect(&what);
        assert_eq!(minted.lock().expect("books").len(), 2, "{what}");
    }
}

const SECOND_ID: &str = "03-3-GBR-0043-P-2611-0-49";

/// A sender that is so slow that another process takes its answer for lost.
#[tokio::test]
async fn an_id_that_comes_late_is_recorded_whatever_became_of_its_row() {
    let minted = |id: &str| Action::Json(200, json!({"success": true, "chittyId": id}));
    for what in [
        "wedged",
        "given up",
        "to be minted again",
        "minted again",
        "removed",
    ] {
        let live = Live::saying(minted(ID)).await;
        let store: Arc<dyn PendingStore> = Arc::new(memory());
        let shared = || Bent::new(&store, |_| OnPut::Pass);
        // The sender's answer is parked when it is there.
        let (gate, clock) = (Gate::at(1), Shifted::by(0));
        let slow = LiveClient::builder(&live.server.origin, ApiKey::new("token"))
            .clock(Arc::clone(&clock) as _)
            .transport(Gated::behind(&gate))
            .deadline(Duration::from_secs(60))
            .build(shared())
            .expect("client");
        let other = live.client(shared(), Arc::clone(&clock) as _);
        let sender = tokio::spawn({
            let slow = slow.clone();
            async move { slow.mint(person("h")).await }
        });
        gate.reached().await;
        // Another process finds the row after its time.
        clock.set(600_000);
        other.mint(person("h")).await.expect_err("lost");
        match what {
            "given up" => {
                let why = Decision::GiveUp("by hand".into());
                other.decide("h", why).await.expect("decided");
            }
            "to be minted again" | "minted again" => {
                other
                    .decide("h", Decision::MintAgain)
                    .await
                    .expect("decided");
            }
            "removed" => {
                other
                    .decide("h", Decision::MintAgain)
                    .await
                    .expect("decided");
                let open = store
                    .list(&[State::Open], i64::MAX, 9)
                    .await
                    .expect("store");
                assert!(
                    store
                        .remove(&open[0].key, open[0].version)
                        .await
                        .expect("store")
                );
            }
            _ => {}
        }
        if what == "minted again" {
            live.says(minted(SECOND_ID));
            let issued = other.mint(person("h")).await.expect("a second id");
            assert_eq!(issued.id().as_str(), SECOND_ID);
        }
        gate.open();
        let issued = sender.await.expect("task").expect(what);
        let asked = live.asked();
        let again = other.mint(person("h")).await.expect(what);
        assert_eq!(live.asked(), asked, "{what}: from the store");
        assert_eq!(again.id(), issued.id(), "{what}");
        let others: Vec<&str> = again.others().iter().map(|id| id.as_str()).collect();
        match what {
            "minted again" => {
                assert_eq!(again.id().as_str(), SECOND_ID, "the first on record stays");
                assert_eq!(others, [ID], "and the other is not lost");
            }
            _ => assert_eq!((again.id().as_str(), others.len()), (ID, 0), "{what}"),
        }
    }
}

/// What came with a wrong type or a receipt that does not verify is shown to whoever decides.
#[tokio::test]
async fn an_id_that_cannot_be_used_is_shown_to_whoever_decides() {
    let other_type = "03-9-ZZZ-0000-T-2512-3-36";
    let cases = [
        (other_type, json!({"success": true, "chittyId": other_type})),
        (ID, json!({"success": true, "chittyId": ID, "receipt": "x"})),
    ];
    for (id, body) in cases {
        let live = Live::saying(Action::Json(200, body)).await;
        let client = live.client(memory(), Shifted::by(0));
        client.mint(person("h")).await.expect_err("not usable");
        let pending = client.pending().await.expect("store");
        let came: Vec<&str> = pending[0].came.iter().map(|id| id.as_str()).collect();
        assert_eq!(came, [id]);
    }
}

#[tokio::test]
async fn a_caller_that_leaves_when_the_answer_is_there_loses_no_id() {
    let says = Action::Json(200, json!({"success": true, "chittyId": ID}));
    let live = Live::saying(says).await;
    let gate = Gate::at(0);
    let store: Arc<dyn PendingStore> = Arc::new(memory());
    let bent = {
        let gate = Arc::clone(&gate);
        Bent::new(&store, move |entry| match entry.state {
            State::Issued => OnPut::Gate(Arc::clone(&gate)),
            _ => OnPut::Pass,
        })
    };
    let client = live.client(bent, Shifted::by(0));
    let caller = tokio::spawn(async move { client.mint(person("h")).await });
    gate.reached().await;
    caller.abort();
    let _ = caller.await;
    gate.open();
    for _ in 0..1_000 {
        let issued = store
            .list(&[State::Issued], i64::MAX, 9)
            .await
            .expect("store");
        if issued.len() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the id is lost");
}

#[tokio::test]
async fn a_given_up_request_stays_given_up_and_only_wedged_ones_are_decided() {
    if absent() {
        return;
    }
    let live = Live::saying(Action::Close).await;
    let client = live.client(memory(), Shifted::by(0));
    client.mint(person("h")).await.expect_err("lost");
    let why = Decision::GiveUp("entered by hand".into());
    client.decide("h", why.clone()).await.expect("decided");
    let error = client.mint(person("h")).await.expect_err("given up");
    assert_eq!(error.code(), Code::DebtWedged);
    for handle in ["h", "unknown"] {
        let error = client
            .decide(handle, why.clone())
            .await
            .expect_err("not wedged");
        assert_eq!(error.code(), Code::NotPending);
    }
}

#[tokio::test]
async fn a_sender_that_died_leaves_a_possible_duplicate_and_not_a_second_request() {
    if absent() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let open = || SqliteStore::open(folder.path().join("live.db")).expect("store");
    let live = Live::saying(Action::Hang).await;
    let clock = Shifted::by(0);
    let dying = live.client(open(), Arc::clone(&clock) as _);
    let work = tokio::spawn(async move { dying.mint(person("h")).await });
    while live.asked() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    work.abort();
    let _ = work.await;
    live.says(sample("success_http_200"));
    let client = live.client(open(), Arc::clone(&clock) as _);
    let error = client
        .mint(person("h"))
        .await
        .expect_err("perhaps under way");
    assert_eq!(error.code(), Code::InFlight);
    clock.set(60_000);
    let error = client
        .mint(person("h"))
        .await
        .expect_err("its answer is lost");
    assert_eq!(error.code(), Code::PossibleDuplicate);
    assert_eq!(live.asked(), 1);
}

/// Rows of a clock that was a year ahead are due in a year; nobody waits for that.
#[tokio::test]
async fn what_a_clock_that_was_ahead_left_behind_waits_for_no_year() {
    const YEAR_MS: i64 = 365 * 86_400_000;
    if absent() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let open = || SqliteStore::open(folder.path().join("live.db")).expect("store");
    let live = Live::saying(Action::Hang).await;
    let clock = Shifted::by(YEAR_MS);
    let dying = live.client(open(), Arc::clone(&clock) as _);
    for handle in ["by hand", "by drain"] {
        let (work, asked) = (dying.clone(), live.asked());
        let work = tokio::spawn(async move { work.mint(person(handle)).await });
        while live.asked() == asked {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        work.abort();
        let _ = work.await;
    }
    drop(dying);
    live.says(sample("success_http_200"));
    let client = live.client(open(), Arc::clone(&clock) as _);
    let error = client
        .mint(person("by hand"))
        .await
        .expect_err("the control");
    assert_eq!(
        error.code(),
        Code::InFlight,
        "by that clock it is under way"
    );
    clock.set(0);
    let error = client.mint(person("by hand")).await.expect_err("lost");
    assert_eq!(error.code(), Code::PossibleDuplicate);
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.wedged, report.waiting), (2, 0), "{report:?}");
}

#[tokio::test]
async fn nothing_sent_or_nothing_minted_leaves_nothing_behind() {
    if absent() {
        return;
    }
    let client = LiveClient::builder("http://127.0.0.1:1", ApiKey::new("token"))
        .build(memory())
        .expect("client");
    let error = client.mint(person("h")).await.expect_err("nobody there");
    assert_eq!(error.stage(), Stage::NotSent);
    assert!(client.pending().await.expect("store").is_empty());
    let cases = [
        (400, Code::RequestRefused),
        (401, Code::Unauthorized),
        (403, Code::Forbidden),
        (404, Code::NotFound),
        (429, Code::RateLimited),
    ];
    for (status, code) in cases {
        let says = json!({"success": false, "error": "SECURITY_ERROR"});
        let live = Live::saying(Action::Json(status, says)).await;
        let client = live.client(memory(), Shifted::by(0));
        let error = client.mint(person("h")).await.expect_err("refused");
        assert_eq!(error.code(), code, "{status}");
        assert!(
            client.pending().await.expect("store").is_empty(),
            "{status}"
        );
        live.says(sample("success_http_200"));
        client.mint(person("h")).await.expect("the handle is free");
    }
}

#[tokio::test]
async fn one_308_on_the_same_origin_is_followed_with_everything_and_no_other_redirect() {
    if absent() {
        return;
    }
    let success = samples()["success_http_200"].clone();
    let server = RawServer::start(move |request| match request.path.as_str() {
        "/mint" => Action::Answer(308, vec![("location", "/v2/mint".into())], vec![]),
        _ => Action::Json(200, success.clone()),
    })
    .await;
    let client = |origin: &str| {
        LiveClient::builder(origin, ApiKey::new("token"))
            .build(memory())
            .expect("client")
    };
    client(&server.origin).mint(person("h")).await.expect("id");
    let sent = server.requests();
    assert_eq!(sent.len(), 2);
    assert_eq!(
        (sent[1].path.as_str(), sent[1].method.as_str()),
        ("/v2/mint", "POST")
    );
    assert_eq!(sent[1].body, sent[0].body);
    assert_eq!(sent[1].header("authorization"), Some("Bearer token"));

    let target = server.origin.clone();
    let elsewhere = Live::saying(Action::Answer(308, vec![("location", target)], vec![])).await;
    let round = Live::saying(Action::Answer(
        308,
        vec![("location", "/mint".into())],
        vec![],
    ))
    .await;
    let other = Live::saying(Action::Answer(
        307,
        vec![("location", "/v2/mint".into())],
        vec![],
    ))
    .await;
    for (live, asked) in [(elsewhere, 1), (round, 2), (other, 1)] {
        let error = client(&live.server.origin)
            .mint(person("h"))
            .await
            .expect_err("redirect");
        // Who says it is not known, nor what they did before.
        assert_eq!(error.code(), Code::PossibleDuplicate);
        assert_eq!(error.causes()[0].code(), Code::RedirectRefused);
        assert_eq!(live.asked(), asked);
    }
    assert_eq!(server.requests().len(), 2, "no token went elsewhere");
}

#[tokio::test]
async fn the_id_is_found_under_every_name_that_the_service_has_used() {
    if absent() {
        return;
    }
    let cases = [
        json!({"success": true, "chittyId": ID, "chitty_id": "x"}),
        json!({"success": true, "chittyId": "", "chitty_id": ID}),
        json!({"chitty_id": ID}),
        json!({"id": ID, "identifier": "x"}),
        json!({"identifier": ID}),
    ];
    for body in cases {
        let live = Live::saying(Action::Json(200, body.clone())).await;
        let client = live.client(memory(), Shifted::by(0));
        let issued = client.mint(person("h")).await.expect("id");
        assert_eq!(issued.id().as_str(), ID, "{body}");
    }
    let live = Live::saying(Action::Json(
        200,
        json!({"success": true, "entity": "x", "9": 1}),
    ))
    .await;
    let error = live
        .client(memory(), Shifted::by(0))
        .mint(person("h"))
        .await
        .expect_err("no id");
    let text = error.causes()[0].to_string();
    assert!(
        text.contains("entity, success") && !text.contains('9'),
        "{text}"
    );
}

#[tokio::test]
async fn once_there_were_receipts_an_answer_without_is_refused() {
    if absent() {
        return;
    }
    let issuer = Issuer::default();
    let claims = |id: &str| ReceiptClaims {
        iss: ISSUER.into(),
        sub: id.into(),
        jti: "j".into(),
        iat: now(),
        cls: "standard".into(),
        rqd: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        idk: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        exp: None,
        grant: None,
        tnd: None,
        sup: None,
        spd: None,
    };
    let with_receipt = |receipt: String| {
        let mut body = samples()["success_http_200"].clone();
        body["receipt"] = json!(receipt);
        Action::Json(200, body)
    };
    let live = Live::saying(sample("success_http_200")).await;
    let client = LiveClient::builder(&live.server.origin, ApiKey::new("token"))
        .key_set(issuer.key_set())
        .build(memory())
        .expect("client");
    client
        .mint(person("before"))
        .await
        .expect("there were none yet");
    live.says(with_receipt(issuer.sign_standard(&claims(ID))));
    let issued = client.mint(person("with")).await.expect("id");
    assert!(issued.receipt().is_some());
    let again = client.mint(person("with")).await.expect("from the store");
    assert!(again.receipt().is_some());

    live.says(sample("success_http_200"));
    let cases = [
        ("without", sample("success_http_200"), Code::ReceiptMissing),
        (
            "other",
            with_receipt(issuer.sign_standard(&claims("03-9-ZZZ-0000-P-2512-3-72"))),
            Code::ReceiptSubject,
        ),
        ("garbage", with_receipt("x".into()), Code::ReceiptMalformed),
    ];
    for (handle, action, code) in cases {
        live.says(action);
        let error = client.mint(person(handle)).await.expect_err(handle);
        assert_eq!(error.code(), Code::PossibleDuplicate, "{handle}");
        assert_eq!(error.causes()[0].code(), code, "{handle}");
    }
}

#[test]
fn a_request_prints_neither_its_handle_nor_its_options() {
    let asked = person("handle-of-ada").jurisdiction("of-ada").trust("3");
    assert_eq!(format!("{asked:?}"), "LiveRequest { .. }");
}
