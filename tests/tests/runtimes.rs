//! The background work outlives the runtime that it was started on, and a panic in a part of the app's.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use chitty_client::{
    Client, ClientBuilder, IdRequest, ReconcilePolicy, blocking,
    clock::{Clock, SystemClock},
    reconcile::store::{MemoryStore, PendingStore},
};
use chitty_tests::world::World;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// The services, on a runtime of their own.
struct Services {
    world: World,
    runtime: Runtime,
    store: Arc<MemoryStore>,
    _folder: TempDir,
}

impl Services {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let runtime = several_threads();
        let world = runtime.block_on(World::start(folder.path()));
        Self {
            world,
            runtime,
            store: Arc::new(MemoryStore::new().expect("memory")),
            _folder: folder,
        }
    }

    /// A client that reconciles by itself, often.
    fn client(&self) -> ClientBuilder {
        let often = Duration::from_millis(30);
        self.world
            .client()
            .shared_store(Arc::clone(&self.store) as _)
            .reconcile(
                ReconcilePolicy::default()
                    .interval(often)
                    .longest_interval(often),
            )
    }

    fn debts(&self) -> u64 {
        let counts = self.runtime.block_on(self.store.counts());
        counts.expect("store").debts()
    }

    /// Waits until nothing is owed; `calls` is made meanwhile.
    fn settled(&self, calls: impl Fn()) {
        for _ in 0..2_000 {
            if self.debts() == 0 {
                return;
            }
            calls();
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("nobody reconciles");
    }
}

fn several_threads() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("runtime")
}

fn one_thread() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("runtime")
}

async fn owe(client: &Client) {
    let issued = client
        .request_id(IdRequest::new("GEN", 'I'))
        .await
        .expect("id");
    assert!(issued.is_temporary());
}

#[test]
fn the_work_starts_again_on_the_next_runtime() {
    let services = Services::start();
    let client = services.client().build().expect("client");
    for first in [several_threads, one_thread] {
        services.world.main_down(true);
        let runtime = first();
        runtime.block_on(owe(&client));
        drop(runtime);
        services.world.main_down(false);
        // Control: with its runtime the work is gone, however long one waits.
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(services.debts(), 1);
        // Any call brings it back, also one that asks nobody.
        let next = several_threads();
        let listed = next.block_on(client.pending_reconciliations());
        assert_eq!(listed.expect("store").len(), 1);
        services.settled(|| ());
    }
}

#[test]
fn a_runtime_that_nobody_drives_any_more_does_not_keep_the_work() {
    let services = Services::start();
    let client = services.client().build().expect("client");
    services.world.main_down(true);
    let idle = one_thread();
    idle.block_on(owe(&client));
    services.world.main_down(false);
    let driven = several_threads();
    services.settled(|| {
        driven
            .block_on(client.pending_reconciliations())
            .expect("store");
    });
    drop(idle);
}

/// Panics when told, wherever the client looks at it next.
#[derive(Default)]
struct Panicking(AtomicU64);

impl Clock for Panicking {
    fn now_ms(&self) -> i64 {
        let armed = self
            .0
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        assert!(armed.is_err(), "a clock of the app's that panics");
        SystemClock.now_ms()
    }
}

#[test]
fn a_panic_in_a_part_of_the_app_does_not_end_the_work() {
    let services = Services::start();
    let clock = Arc::new(Panicking::default());
    let client = services
        .client()
        .clock(Arc::clone(&clock) as _)
        .build()
        .expect("client");
    services.world.main_down(true);
    let runtime = several_threads();
    runtime.block_on(owe(&client));
    clock.0.store(3, SeqCst);
    services.world.main_down(false);
    // No call of the app is needed: nothing but the background work looks at the clock.
    services.settled(|| ());
    assert_eq!(clock.0.load(SeqCst), 0, "it did panic");
}

#[test]
fn a_client_without_runtime_of_its_own_reconciles_as_well() {
    let services = Services::start();
    let client = blocking::Client::new(services.client()).expect("client");
    services.world.main_down(true);
    let issued = client.request_id(IdRequest::new("GEN", 'I')).expect("id");
    assert!(issued.is_temporary());
    services.world.main_down(false);
    services.settled(|| ());
}
