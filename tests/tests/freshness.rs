//! How old a key set may be: for verdicts no older than its maximum age, for a client's own requests
//! as old as an outage makes it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use chitty_client::{
    ChittyId, Client, ClientBuilder, Code, Error, IdRequest, Issued, ReconcilePolicy, Trust,
    clock::Clock as _,
    issuance::keyset::{KeySet, KeyState},
    reconcile::store::{
        Counts, Durability, Entry, EntryKey, MemoryStore, PendingStore, Put, SqliteStore, State,
    },
};
use chitty_tests::{
    client_of,
    gate::Gate,
    issuer::{FALLBACK, Issuer, STANDARD, STANDARD_2},
    raw_server::{Action, RawServer},
    stubs::Shifted,
};
use serde_json::{Value, json};
use spooky_core::{secret::Secret32, verdict::Verdict};

const KEYS: &str = "/.well-known/jwks.json";
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I')
}

fn memory() -> Arc<dyn PendingStore> {
    Arc::new(MemoryStore::new().expect("memory"))
}

/// What main publishes and whether it answers.
struct Main {
    clock: Arc<Shifted>,
    issuer: Arc<Issuer>,
    version: AtomicU64,
    revoked: AtomicBool,
    down: AtomicBool,
    broken: AtomicBool,
}

impl Main {
    fn new() -> Arc<Self> {
        let clock = Shifted::by(0);
        Arc::new(Self {
            issuer: Arc::new(Issuer::at(Arc::clone(&clock) as _)),
            clock,
            version: AtomicU64::new(1),
            revoked: AtomicBool::new(false),
            down: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        })
    }

    /// The set of this version; its keys live long, and carry the version in the name of one more key.
    fn set(&self, version: u64) -> KeySet {
        let mut set = self.issuer.key_set();
        set.version = version;
        for key in &mut set.keys {
            // The same in every answer, whatever the time is.
            key.nbf = 0;
            key.exp = 4_000_000_000;
        }
        if version > 1 {
            let mut next = set.keys[0].clone();
            next.kid = "receipt-2".to_owned();
            set.keys.push(next);
        }
        if self.revoked.load(SeqCst) {
            set.keys[0].state = KeyState::Revoked;
        }
        set
    }

    fn publish(&self, version: u64) {
        self.version.store(version, SeqCst);
    }

    fn revoke(&self) {
        self.revoked.store(true, SeqCst);
        self.publish(2);
    }

    async fn serve(self: &Arc<Self>) -> RawServer {
        let main = Arc::clone(self);
        RawServer::start(move |request| {
            if main.down.load(SeqCst) {
                return Action::Json(503, json!({}));
            }
            let path = request.path.as_str();
            if path == KEYS {
                return match main.broken.load(SeqCst) {
                    true => Action::Json(200, json!({ "keys": [{ "kty": "RSA" }] })),
                    false => Action::Json(200, json!(main.set(main.version.load(SeqCst)))),
                };
            }
            if path.starts_with("/api/chittyid/verify/") {
                return Action::Json(200, json!({ "valid": true, "class": "standard", "status": "active" }));
            }
            if path == "/health" {
                return Action::Json(200, json!({ "status": "ok", "service": "main", "version": "1", "timestamp": "now" }));
            }
            if path == "/api/chittyid/reconcile" {
                let body = request.json();
                let items = body["items"].as_array().expect("items").iter();
                let results: Vec<Value> = items
                    .map(|item| main.issuer.reconciled(item, STANDARD_2))
                    .collect();
                return Action::Json(200, json!({ "results": results }));
            }
            let claims = main.issuer.standard_claims(request, STANDARD);
            Action::Json(200, json!({ "identifier": STANDARD, "receipt": main.issuer.sign_standard(&claims) }))
        })
        .await
    }

    fn client(&self, server: &RawServer, store: &Arc<dyn PendingStore>) -> ClientBuilder {
        client_of(&server.origin, None, Trust::Fetched)
            .shared_store(Arc::clone(store))
            .clock(Arc::clone(&self.clock) as _)
            .deadline(Duration::from_secs(20))
            .reconcile(ReconcilePolicy::default().manual())
    }

    /// The same receipt as `issued` has, signed under another name of the key.
    fn under(&self, issued: &Issued, kid: &str) -> String {
        let claims = issued.receipt().claims();
        let key = &self.issuer.receipt_key;
        key.sign_jws(kid, "chitty-receipt+jwt", claims)
            .expect("jws")
    }
}

async fn judge(client: &Client, id: &ChittyId, receipt: &str) -> Result<(), Code> {
    let verdict = client.verify_receipt(id, receipt).await.expect("verdict");
    if let Verdict::Indeterminate(code) = &verdict {
        assert!(
            matches!(
                code,
                Code::KeySetStale | Code::KeySetMissing | Code::ReceiptKeyUnknown
            ),
            "{code:?}"
        );
    }
    verdict.into_result().map(drop)
}

async fn judged(client: &Client, issued: &Issued) -> Result<(), Code> {
    judge(client, &issued.id(), issued.receipt().as_str()).await
}

#[tokio::test]
async fn a_revoked_key_counts_no_longer_than_a_day_online_or_offline() {
    let main = Main::new();
    let server = main.serve().await;
    let (online, offline) = (memory(), memory());
    let build = |store: &Arc<dyn PendingStore>| {
        let client = main.client(&server, store).build();
        client.expect("client")
    };
    let client = build(&online);
    let issued = client.request_id(request()).await.expect("id");
    let away = build(&offline);
    assert_eq!(
        judged(&away, &issued).await,
        Ok(()),
        "learns the set to judge"
    );
    // The control: by the set of then, as a pinned set keeps it, the receipt passes for ever.
    let pinned = Trust::Pinned(main.set(1));
    let pinned = main.client(&server, &memory()).trust(pinned).build();
    let pinned = pinned.expect("client");
    main.revoke();
    main.clock.set(30 * DAY);
    assert_eq!(judged(&pinned, &issued).await, Ok(()));
    let error = pinned.refresh().await.expect_err("nothing to fetch");
    assert_eq!(error.code(), Code::KeySetPinned);
    // Offline it is stale, and never valid.
    main.down.store(true, SeqCst);
    assert_eq!(judged(&away, &issued).await, Err(Code::KeySetStale));
    let error = away.refresh().await.expect_err("main is down");
    assert_ne!(error.code(), Code::KeySetPinned);
    main.down.store(false, SeqCst);
    // Online it is known, whatever was called.
    client.health().await.expect("health");
    client.verify(&issued.id()).await.expect("verify");
    client.drain(Duration::from_secs(5)).await.expect("drain");
    let revoked = Err(Code::ReceiptKeyRevoked);
    assert_eq!(judged(&client, &issued).await, revoked);
    main.clock.set(30 * DAY + 60_000);
    assert_eq!(judged(&away, &issued).await, revoked);
    assert!(!away.refresh().await.expect("the same set again"));
}

#[tokio::test]
async fn a_client_that_only_verifies_renews_its_set_in_the_background() {
    let main = Main::new();
    let server = main.serve().await;
    let client = main.client(&server, &memory()).build().expect("client");
    let issued = client.request_id(request()).await.expect("id");
    main.revoke();
    // Fresh: nothing is fetched, and what was revoked a moment ago still passes.
    main.clock.set(11 * HOUR);
    client.verify(&issued.id()).await.expect("verify");
    assert_eq!(judged(&client, &issued).await, Ok(()));
    assert_eq!(server.count(KEYS), 1);
    // Past half of its age it is fetched beside what is asked for.
    let mut events = client.events();
    main.clock.set(13 * HOUR);
    client.verify(&issued.id()).await.expect("verify");
    let event = tokio::time::timeout(Duration::from_secs(20), events.next()).await;
    assert!(event.expect("in time").is_some());
    assert_eq!(judged(&client, &issued).await, Err(Code::ReceiptKeyRevoked));
    assert_eq!(server.count(KEYS), 2);
}

#[tokio::test]
async fn forged_key_names_are_asked_about_once_a_minute() {
    let main = Main::new();
    let server = main.serve().await;
    let client = main.client(&server, &memory()).build().expect("client");
    let issued = client.request_id(request()).await.expect("id");
    main.publish(2);
    let (id, new, forged) = (
        issued.id(),
        main.under(&issued, "receipt-2"),
        main.under(&issued, "forged"),
    );
    // The set was asked for just now.
    assert_eq!(
        judge(&client, &id, &new).await,
        Err(Code::ReceiptKeyUnknown)
    );
    assert_eq!(server.count(KEYS), 1);
    // A new key is learned by whoever only verifies.
    main.clock.set(60_500);
    assert_eq!(judge(&client, &id, &new).await, Ok(()));
    assert_eq!(server.count(KEYS), 2);
    for minute in 2..5 {
        main.clock.set(minute * 61_000);
        for _ in 0..20 {
            assert_eq!(
                judge(&client, &id, &forged).await,
                Err(Code::ReceiptKeyUnknown)
            );
        }
    }
    assert_eq!(server.count(KEYS), 5, "once a minute");
    // Without a set as well.
    main.down.store(true, SeqCst);
    let empty = main.client(&server, &memory()).build().expect("client");
    for _ in 0..20 {
        assert_eq!(judge(&empty, &id, &new).await, Err(Code::KeySetMissing));
    }
    let asked = server.count(KEYS) - 5;
    assert!(asked <= 3, "one call with its retries, not {asked}");
    // What is malformed asks for nothing.
    main.clock.set(DAY * 9);
    assert_eq!(
        judge(&client, &id, "a.b.c").await,
        Err(Code::ReceiptMalformed)
    );
    assert_eq!(server.count(KEYS), asked + 5);
}

#[tokio::test]
async fn the_time_of_a_fetch_is_kept_and_renewed_for_other_processes() {
    let main = Main::new();
    let server = main.serve().await;
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("ids.db");
    let store = || -> Arc<dyn PendingStore> { Arc::new(SqliteStore::open(&file).expect("store")) };
    let (one, two) = (store(), store());
    let build = |store: &Arc<dyn PendingStore>| {
        let client = main.client(&server, store).build();
        client.expect("client")
    };
    let (first, second) = (build(&one), build(&two));
    let issued = first.request_id(request()).await.expect("id");
    assert_eq!(judged(&second, &issued).await, Ok(()), "from the store");
    assert_eq!(server.count(KEYS), 1);
    main.clock.set(20 * HOUR);
    assert!(!first.refresh().await.expect("the same version"));
    main.down.store(true, SeqCst);
    main.clock.set(40 * HOUR);
    assert_eq!(
        judged(&second, &issued).await,
        Ok(()),
        "renewed by the other one"
    );
    drop((first, second, one, two));
    let reopened = store();
    assert_eq!(
        judged(&build(&reopened), &issued).await,
        Ok(()),
        "after a restart"
    );
    main.clock.set(45 * HOUR);
    assert_eq!(
        judged(&build(&reopened), &issued).await,
        Err(Code::KeySetStale)
    );
    // A note of an earlier version knows no time: good for own requests, not for verdicts.
    let note = serde_json::to_vec(&main.set(1)).expect("note");
    reopened.set_note("key-set", &note).await.expect("note");
    main.clock.set(0);
    assert_eq!(
        judged(&build(&reopened), &issued).await,
        Err(Code::KeySetStale)
    );
    // And what this version notes can be read by it: a set with one member more.
    main.down.store(false, SeqCst);
    build(&reopened).refresh().await.expect("refreshed");
    let note = reopened.note("key-set").await.expect("note").expect("note");
    let note: Value = serde_json::from_slice(&note).expect("JSON");
    assert!(note["fetchedMs"].is_i64());
    assert_eq!(note["keys"], json!(main.set(1).keys));
}

#[tokio::test]
async fn a_clock_that_went_back_makes_the_set_stale_and_not_eternal() {
    let main = Main::new();
    let server = main.serve().await;
    let store = memory();
    let client = main.client(&server, &store).build().expect("client");
    let issued = client.request_id(request()).await.expect("id");
    let receipt = issued.receipt().as_str();
    main.clock.set(400 * DAY);
    client.refresh().await.expect("in the future");
    main.clock.set(0);
    main.down.store(true, SeqCst);
    assert_eq!(
        judge(&client, &issued.id(), receipt).await,
        Err(Code::KeySetStale)
    );
    main.down.store(false, SeqCst);
    main.clock.set(120_000);
    assert_eq!(
        judge(&client, &issued.id(), receipt).await,
        Ok(()),
        "fetched anew"
    );
    // The store says so too.
    let other = main.client(&server, &store).build().expect("client");
    main.down.store(true, SeqCst);
    assert_eq!(judge(&other, &issued.id(), receipt).await, Ok(()));
}

#[tokio::test]
async fn the_age_counts_from_the_request_and_not_from_the_answer() {
    let main = Main::new();
    let slow = Arc::clone(&main);
    let server = RawServer::start(move |request| {
        if slow.down.load(SeqCst) {
            return Action::Json(503, json!({}));
        }
        if request.path == KEYS {
            // As far as the client's clock knows, the answer takes eleven hours.
            slow.clock.set(11 * HOUR);
            return Action::Json(200, json!(slow.set(1)));
        }
        slow.issuer.answer_standard(request, STANDARD)
    })
    .await;
    let client = main.client(&server, &memory());
    let client = client.deadline(Duration::from_secs(100_000)).build();
    let client = client.expect("client");
    let issued = client.request_id(request()).await.expect("id");
    assert_eq!(judged(&client, &issued).await, Ok(()));
    main.down.store(true, SeqCst);
    main.clock.set(25 * HOUR);
    assert_eq!(judged(&client, &issued).await, Err(Code::KeySetStale));
}

#[tokio::test]
async fn thirty_days_of_outage_close_nothing_for_own_requests() {
    let main = Main::new();
    let server = main.serve().await;
    let issuer = Arc::clone(&main.issuer);
    let fallback = RawServer::start(move |request| issuer.answer_fallback(request, FALLBACK)).await;
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("ids.db");
    let client = || {
        let store = SqliteStore::open(&file).expect("store");
        client_of(&server.origin, Some(&fallback.origin), Trust::Fetched)
            .store(store)
            .clock(Arc::clone(&main.clock) as _)
            .deadline(Duration::from_secs(20))
            .reconcile(ReconcilePolicy::default().manual())
            .build()
            .expect("client")
    };
    let first = client();
    let standard = first.request_id(request()).await.expect("id");
    drop(first);
    main.down.store(true, SeqCst);
    main.clock.set(30 * DAY);
    let late = client();
    let owed = || request().handle("row-17").expect("handle");
    let temporary = late.request_id(owed()).await.expect("a fallback id");
    assert!(temporary.is_temporary());
    let again = late.request_id(owed()).await.expect("the same again");
    assert_eq!(again.id(), temporary.id());
    // The same set decides nothing for relying parties.
    assert_eq!(judged(&late, &temporary).await, Err(Code::KeySetStale));
    assert_eq!(judged(&late, &standard).await, Err(Code::KeySetStale));
    // Main is back, but its set is not to be had: the debt is settled with the set of then.
    main.down.store(false, SeqCst);
    main.broken.store(true, SeqCst);
    main.clock.set(31 * DAY);
    let report = late.drain(Duration::from_secs(20)).await.expect("drain");
    assert_eq!((report.reconciled, report.remaining), (1, 0));
    let permanent = late.resolve(&temporary.id()).await.expect("resolved");
    assert!(!permanent.is_temporary());
    let repeated = late.request_id(owed()).await.expect("from the store");
    assert_eq!(repeated.id(), permanent.id());
}

#[tokio::test]
async fn refresh_asks_once_for_callers_that_cross_and_says_why_it_cannot() {
    let main = Main::new();
    let server = main.serve().await;
    let client = main.client(&server, &memory()).build().expect("client");
    assert!(client.refresh().await.expect("the first set"));
    assert!(
        !client.refresh().await.expect("the same"),
        "and at once again"
    );
    assert_eq!(server.count(KEYS), 2);
    main.publish(2);
    assert!(client.refresh().await.expect("newer"));
    main.publish(1);
    let error = client.refresh().await.expect_err("older");
    assert_eq!(error.code(), Code::KeySetRolledBack);
    main.publish(2);
    main.broken.store(true, SeqCst);
    let error = client.refresh().await.expect_err("no issuer, no version");
    assert_eq!(error.code(), Code::KeySetInvalid);
    main.broken.store(false, SeqCst);
    let before = server.count(KEYS);
    let calls = (0..8).map(|_| client.refresh());
    let results = futures_of(calls).await;
    assert!(results.iter().all(Result::is_ok));
    let asked = server.count(KEYS) - before;
    assert!(asked <= 2, "{asked} fetches for eight callers at once");
}

async fn futures_of<T: Send + 'static>(
    calls: impl Iterator<Item = impl Future<Output = T>>,
) -> Vec<T> {
    // All are polled once before any is waited for to its end.
    let mut waiting: Vec<_> = calls.map(Box::pin).collect();
    let mut results: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (call, result) in waiting.iter_mut().zip(&mut results) {
            if result.is_none()
                && let std::task::Poll::Ready(value) = call.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        match results.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    results.into_iter().flatten().collect()
}

/// A store whose next write of the key set waits at a gate, with or without a comparison.
struct Late {
    inner: Arc<dyn PendingStore>,
    gate: Arc<Gate>,
    /// As writes were before: whatever was there is replaced.
    plain: bool,
}

#[async_trait]
impl PendingStore for Late {
    async fn store_key(&self) -> Result<Secret32, Error> {
        self.inner.store_key().await
    }
    async fn get(&self, key: &EntryKey) -> Result<Option<Entry>, Error> {
        self.inner.get(key).await
    }
    async fn put(&self, entry: Entry, durability: Durability) -> Result<Put, Error> {
        self.inner.put(entry, durability).await
    }
    async fn remove(&self, key: &EntryKey, version: u64) -> Result<bool, Error> {
        self.inner.remove(key, version).await
    }
    async fn find(&self, id: &ChittyId) -> Result<Vec<Entry>, Error> {
        self.inner.find(id).await
    }
    async fn list(&self, states: &[State], due: i64, limit: usize) -> Result<Vec<Entry>, Error> {
        self.inner.list(states, due, limit).await
    }
    async fn counts(&self) -> Result<Counts, Error> {
        self.inner.counts().await
    }
    async fn lease(&self, owner: &[u8; 16], now: i64, until: i64) -> Result<bool, Error> {
        self.inner.lease(owner, now, until).await
    }
    async fn release(&self, owner: &[u8; 16]) -> Result<(), Error> {
        self.inner.release(owner).await
    }
    async fn note(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.note(name).await
    }
    async fn set_note(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        self.inner.set_note(name, value).await
    }
    async fn swap_note(
        &self,
        name: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, Error> {
        self.gate.point("late write".to_owned()).await;
        if self.plain {
            self.inner.set_note(name, value).await?;
            return Ok(true);
        }
        self.inner.swap_note(name, expected, value).await
    }
    async fn suspend(&self) -> Result<(), Error> {
        self.inner.suspend().await
    }
    async fn resume(&self) -> Result<(), Error> {
        self.inner.resume().await
    }
}

/// The version that the store holds after a write of version 2 came later than that of version 3.
async fn after_a_late_write(plain: bool) -> (u64, Result<bool, Code>) {
    let main = Main::new();
    let server = main.serve().await;
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("ids.db");
    let open = || -> Arc<dyn PendingStore> { Arc::new(SqliteStore::open(&file).expect("store")) };
    // Parks the first comparison of the slow one.
    let gate = Gate::at(0);
    let prompt = open();
    let build = |store: &Arc<dyn PendingStore>| {
        let client = main.client(&server, store).build();
        client.expect("client")
    };
    let quick = build(&prompt);
    quick.refresh().await.expect("version 1");
    let late: Arc<dyn PendingStore> = Arc::new(Late {
        inner: open(),
        gate: Arc::clone(&gate),
        plain,
    });
    let slow = build(&late);
    main.publish(2);
    let writing = tokio::spawn(async move { slow.refresh().await.map_err(|error| error.code()) });
    gate.reached().await;
    main.publish(3);
    main.clock.set(1_000);
    assert!(quick.refresh().await.expect("version 3"));
    gate.open();
    let result = writing.await.expect("task");
    let note = prompt.note("key-set").await.expect("note").expect("note");
    let note: Value = serde_json::from_slice(&note).expect("JSON");
    (note["version"].as_u64().expect("version"), result)
}

#[tokio::test]
async fn a_late_write_does_not_put_an_older_set_over_a_newer_one() {
    // The control: without the comparison the older set wins, and a revocation in version 3 is lost.
    assert_eq!(after_a_late_write(true).await.0, 2);
    // With it the newer one stays, and the late writer goes on with that.
    assert_eq!(after_a_late_write(false).await, (3, Ok(true)));
}

#[tokio::test]
async fn keys_that_are_not_main_s_disturb_nobody() {
    let main = Main::new();
    let foreign = Arc::new(AtomicBool::new(true));
    let (publisher, beside) = (Arc::clone(&main), Arc::clone(&foreign));
    let server = RawServer::start(move |request| {
        if request.path != KEYS {
            return publisher.issuer.answer_standard(request, STANDARD);
        }
        let mut set = json!(publisher.set(1));
        if beside.load(SeqCst) {
            let keys = set["keys"].as_array_mut().expect("keys");
            keys.insert(
                0,
                json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "sig", "kid": "receipt-1" }),
            );
            keys.push(json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" }));
            keys.push(json!({ "kty": "quantum" }));
        }
        Action::Json(200, set)
    })
    .await;
    let store = memory();
    let client = main.client(&server, &store).build().expect("client");
    let issued = client.request_id(request()).await.expect("id");
    assert_eq!(judged(&client, &issued).await, Ok(()));
    // Neither is it another content of the same version when they come and go.
    foreign.store(false, SeqCst);
    assert!(!client.refresh().await.expect("the same"));
    foreign.store(true, SeqCst);
    let other = main.client(&server, &store).build().expect("client");
    assert!(!other.refresh().await.expect("the same"));
    let note = store.note("key-set").await.expect("note").expect("note");
    assert!(!String::from_utf8(note).expect("text").contains("RSA"));
    assert!(main.clock.now_ms() > 0);
}
