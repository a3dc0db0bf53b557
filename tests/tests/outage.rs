//! The main job end to end against the reference server: outage, debts, replacement, aliases.

use std::{sync::Arc, time::Duration};

use chitty_client::{
    Class, Code, Event, IdRequest, ReconcilePolicy,
    reconcile::store::{MemoryStore, PendingStore, SqliteStore, State},
};
use chitty_tests::{
    gate::{Gate, Gated},
    world::World,
};
use reference_server::Faults;

fn request() -> IdRequest {
    IdRequest::new("GEN", 'I').metadata("colour", "blue")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_ends_with_a_permanent_id_and_an_alias() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let client = world.client().build().expect("client");
    world.main_down(true);
    let temporary = client
        .request_id(request().handle("a").expect("handle"))
        .await
        .expect("id");
    assert_eq!(temporary.class(), Class::Fallback);
    assert_eq!(temporary.id().domain(), Some('E'));
    let owed = client.resolve(&temporary.id()).await.expect_err("not yet");
    assert_eq!(owed.code(), Code::DebtOpen);
    let stopped = client.drain(Duration::from_secs(2)).await.expect("drain");
    assert_eq!((stopped.reconciled, stopped.remaining), (0, 1));
    assert!(stopped.stopped.is_some(), "main is down");

    world.main_down(false);
    let mut events = client.events();
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.reconciled, report.remaining), (1, 0));
    let permanent = client.resolve(&temporary.id()).await.expect("alias");
    assert_eq!(permanent.class(), Class::Standard);
    assert!(
        matches!(events.next().await, Some(Event::Reconciled { old, .. }) if old == temporary.id())
    );
    assert_eq!(
        client.resolve(&permanent.id()).await.expect("itself").id(),
        permanent.id()
    );
    let again = client
        .request_id(request().handle("a").expect("handle"))
        .await
        .expect("id");
    assert_eq!(
        again.id(),
        permanent.id(),
        "the handle now yields the permanent id"
    );
    assert_eq!(
        client.reconcile(&temporary.id()).await.expect("again").id(),
        permanent.id()
    );

    let verdict = client.verify(&temporary.id()).await.expect("verify");
    assert_eq!(
        (verdict.valid, verdict.status.as_str()),
        (false, "superseded")
    );
    assert_eq!(verdict.permanent_id, Some(permanent.id()), "we own it");
    let current = client.verify(&permanent.id()).await.expect("verify");
    assert!(current.valid);
    let history = client.history(&permanent.id()).await.expect("lifecycle");
    assert!(
        history.iter().any(|step| step.event == "reconciled"),
        "{history:?}"
    );

    // Another store of the same tenant, which never saw the fallback id, asks main.
    let other = world.client().build().expect("client");
    assert_eq!(
        other.resolve(&temporary.id()).await.expect("by main").id(),
        permanent.id()
    );
    let metrics = client.metrics();
    assert_eq!((metrics.issued_fallback, metrics.reconciled), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_on_main_settles_debts_by_itself() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let client = world
        .client()
        // So slow a timer cannot be what settles them.
        .reconcile(
            ReconcilePolicy::default()
                .interval(Duration::from_secs(3_600))
                .longest_interval(Duration::from_secs(3_600)),
        )
        .build()
        .expect("client");
    let mut events = client.events();
    world.main_down(true);
    for _ in 0..3 {
        client.request_id(request()).await.expect("fallback id");
    }
    world.main_down(false);
    client.request_id(request()).await.expect("standard id");
    let mut settled = 0;
    while settled < 3 {
        let event = tokio::time::timeout(Duration::from_secs(10), events.next()).await;
        if let Some(Event::Reconciled { .. }) = event.expect("in time") {
            settled += 1;
        }
    }
    assert!(
        client
            .pending_reconciliations()
            .await
            .expect("store")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn main_had_issued_before_the_connection_broke() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let client = world.client().build().expect("client");
    world.main.faults().set(Faults {
        drop_after_commit: 1.0,
        ..Faults::default()
    });
    let temporary = client.request_id(request()).await.expect("fallback id");
    assert!(temporary.is_temporary());
    let committed = world.main_intents().await;
    assert_eq!(committed.len(), 1, "main did issue one");
    world.calm().await;
    client.drain(Duration::from_secs(5)).await.expect("drain");
    let permanent = client.resolve(&temporary.id()).await.expect("alias");
    assert_eq!(permanent.id().as_str(), committed[0].1, "the very same one");
    assert_eq!(
        world.main_intents().await.len(),
        1,
        "one intent, one identity"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permanent_id_can_be_insisted_on() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let client = world.client().build().expect("client");
    world.main_down(true);
    let strict = || request().handle("s").expect("handle").require_standard();
    let error = client.request_id(strict()).await.expect_err("main is down");
    assert_eq!(error.code(), Code::StandardRequired);
    assert_eq!(error.causes().len(), 1, "what main said");
    let loose = client
        .request_id(request().handle("s").expect("handle"))
        .await
        .expect("id");
    assert!(loose.is_temporary());
    let error = client
        .request_id(strict())
        .await
        .expect_err("only a temporary one exists");
    assert_eq!(error.code(), Code::StandardRequired);
    world.main_down(false);
    let permanent = client
        .request_id(strict())
        .await
        .expect("replaced on the way");
    assert_eq!(permanent.class(), Class::Standard);
    assert_eq!(
        client.resolve(&loose.id()).await.expect("alias").id(),
        permanent.id()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_handle_names_one_thing() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let client = world.client().build().expect("client");
    let first = client
        .request_id(request().handle("x").expect("handle"))
        .await
        .expect("id");
    let error = client
        .request_id(
            request()
                .metadata("shade", "red")
                .handle("x")
                .expect("handle"),
        )
        .await
        .expect_err("another thing");
    assert_eq!(error.code(), Code::HandleReused);
    let many: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                client
                    .request_id(request().handle("y").expect("handle"))
                    .await
            })
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for task in many {
        ids.insert(task.await.expect("task").expect("id").id());
    }
    assert_eq!(ids.len(), 1, "sixteen callers, one id");
    assert!(!ids.contains(&first.id()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_debt_is_wedged_visible_and_can_be_retried_or_given_up() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    // A key that main lets reconcile nothing in this namespace.
    let narrow = reference_server::ApiKeySpec::new("acme")
        .named("narrow")
        .namespaces(&["USR"]);
    let narrow = world.main.add_api_key(narrow).await.expect("key");
    let store: Arc<dyn PendingStore> = Arc::new(MemoryStore::new().expect("memory"));
    let with_key = |key: &str| {
        world
            .client()
            .shared_store(Arc::clone(&store))
            .main(world.main.url(), chitty_client::ApiKey::new(key))
            .build()
            .expect("client")
    };
    let client = with_key(&narrow);
    world.main_down(true);
    let first = client
        .request_id(request())
        .await
        .expect("fallback id")
        .id();
    let second = client
        .request_id(request())
        .await
        .expect("fallback id")
        .id();
    world.main_down(false);
    let report = client.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.wedged, report.remaining), (2, 2));
    let pending = client.pending_reconciliations().await.expect("store");
    assert!(pending.iter().all(
        |debt| debt.state == State::Wedged && debt.last_code == Some(Code::NamespaceForbidden)
    ));
    assert_eq!(
        client.resolve(&first).await.expect_err("wedged").code(),
        Code::DebtWedged
    );

    client
        .abandon(&second, "entered twice by hand")
        .await
        .expect("given up");
    let right = with_key(&world.main_key);
    assert_eq!(right.retry_wedged().await.expect("store"), 1);
    let report = right.drain(Duration::from_secs(5)).await.expect("drain");
    assert_eq!((report.reconciled, report.remaining), (1, 0));
    assert!(right.resolve(&first).await.is_ok());
    assert_eq!(
        right
            .abandon(&first, "too late")
            .await
            .expect_err("settled")
            .code(),
        Code::NotPending
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clients_on_one_file_drain_one_at_a_time() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let file = folder.path().join("shared.db");
    let client = || {
        let builder = world.client();
        builder.store(SqliteStore::open(&file).expect("store"))
    };
    let gate = Gate::at(0);
    let one = client()
        .transport(Gated::behind(&gate))
        .build()
        .expect("client");
    let two = client().build().expect("client");
    world.main_down(true);
    for _ in 0..6 {
        two.request_id(request()).await.expect("fallback id");
    }
    world.main_down(false);
    let first = tokio::spawn(async move { one.drain(Duration::from_secs(60)).await });
    gate.reached().await;
    let error = two
        .drain(Duration::from_secs(60))
        .await
        .expect_err("the other one is at it");
    assert_eq!(error.code(), Code::DrainElsewhere);
    gate.open();
    assert_eq!(first.await.expect("task").expect("drain").reconciled, 6);
    assert!(
        two.pending_reconciliations()
            .await
            .expect("store")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_client_refuses_and_resumes() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let file = folder.path().join("client.db");
    let client = world
        .client()
        .store(SqliteStore::open(&file).expect("store"))
        .build()
        .expect("client");
    client.request_id(request()).await.expect("id");
    client
        .suspend(Duration::from_secs(2))
        .await
        .expect("suspended");
    let error = client.request_id(request()).await.expect_err("suspended");
    assert_eq!(error.code(), Code::StoreSuspended);
    client.resume().await.expect("resumed");
    client.request_id(request()).await.expect("id");
}
