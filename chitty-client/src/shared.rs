//! What every part of a client shares: services, store, keys, policies, counters.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use spooky_core::{entropy::random_32, secret::Secret32};
use tokio::sync::{Notify, OnceCell};

use crate::{
    config::{Config, ReconcilePolicy, Trust},
    error::{Code, Error},
    events::EventSender,
    issuance::{
        Handle, IntentKeys,
        flight::Flights,
        judge::{self, is_missing},
        keyset::KeySet,
        trust::{Held, TrustedKeys},
    },
    line::Line,
    metrics::Counters,
    reconcile::store::PendingStore,
    service::{Route, Service},
};

pub(crate) struct Shared {
    pub(crate) main: Service,
    pub(crate) fallback: Option<Service>,
    pub(crate) trust: TrustedKeys,
    pub(crate) store: Arc<dyn PendingStore>,
    line: Line,
    pub(crate) deadline: Duration,
    pub(crate) reconcile: ReconcilePolicy,
    pub(crate) fallback_when_throttled: bool,
    pub(crate) events: EventSender,
    pub(crate) flights: Flights,
    pub(crate) drain_turn: tokio::sync::Mutex<()>,
    pub(crate) wake: Arc<Notify>,
    /// Main answered since the background work last looked.
    pub(crate) main_answered: AtomicBool,
    /// Something was owed when the background work last looked; unknown at the start.
    pub(crate) owes: AtomicBool,
    pub(crate) driver_started: AtomicBool,
    store_key: OnceCell<Secret32>,
    owner: OnceCell<[u8; 16]>,
}

impl Deref for Shared {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}

impl Shared {
    pub(crate) fn new(config: Config) -> Self {
        let breaker = config.breaker;
        let service = |route, config| Service::new(route, config, breaker);
        Self {
            main: service(Route::Main, config.main),
            fallback: config
                .fallback
                .map(|fallback| service(Route::Fallback, fallback)),
            trust: match config.trust {
                Trust::Pinned(set) => TrustedKeys::pinned(set),
                Trust::Fetched => TrustedKeys::fetched(config.key_set_max_age),
            },
            store: config.store,
            line: Line {
                transport: config.transport,
                clock: config.clock,
                entropy: config.entropy,
                retry: config.retry,
                quota: Mutex::new(config.quota),
                trace: config.trace,
                counters: Counters::default(),
            },
            deadline: config.deadline,
            reconcile: config.reconcile,
            fallback_when_throttled: config.fallback_when_throttled,
            events: EventSender::new(),
            flights: Flights::default(),
            drain_turn: tokio::sync::Mutex::default(),
            wake: Arc::new(Notify::new()),
            main_answered: AtomicBool::new(false),
            owes: AtomicBool::new(true),
            driver_started: AtomicBool::new(false),
            store_key: OnceCell::new(),
            owner: OnceCell::new(),
        }
    }

    pub(crate) async fn intent_keys(&self, handle: &Handle) -> Result<IntentKeys, Error> {
        let key = self
            .store_key
            .get_or_try_init(|| self.store.store_key())
            .await?;
        Ok(IntentKeys::derive(key, handle))
    }

    /// This client's name as a drainer.
    pub(crate) async fn owner(&self) -> Result<&[u8; 16], Error> {
        self.owner
            .get_or_try_init(|| async {
                let bytes = random_32(self.entropy.as_ref()).map_err(|_| Code::EntropyFailed)?;
                let mut owner = [0; 16];
                owner.copy_from_slice(&bytes[..16]);
                Ok(owner)
            })
            .await
    }

    /// Runs `check` of an answer to this client's own request with the trusted keys, however old they
    /// are, and once more with a fresh set when the signer is unknown.
    pub(crate) async fn with_keys<T>(
        &self,
        check: impl Fn(&KeySet) -> Result<T, Code>,
    ) -> Result<T, Error> {
        let start = self.clock.now_ms();
        let left = |now| remaining(start, self.deadline, now);
        self.with_keys_within(left, check).await
    }

    /// The same, fetching no longer than is `left`.
    pub(crate) async fn with_keys_within<T>(
        &self,
        left: impl Fn(i64) -> Duration,
        check: impl Fn(&KeySet) -> Result<T, Code>,
    ) -> Result<T, Error> {
        let store = self.store.as_ref();
        let now = self.clock.now_ms();
        let missing = match judged(self.trust.current(store, now).await?, &check) {
            Err(code) if is_missing(code) => code,
            settled => return Ok(settled?),
        };
        let before = self.trust.fetches();
        let patience = left(self.clock.now_ms());
        let Ok(_turn) = tokio::time::timeout(patience, self.trust.turn()).await else {
            return Err(missing.into());
        };
        // Somebody else, in this process or another one, may have fetched what is missing here.
        let now = self.clock.now_ms();
        match judged(self.trust.reload(store, now).await?, &check) {
            Err(code) if is_missing(code) => {}
            settled => return Ok(settled?),
        }
        if self.trust.fetches() != before || !self.trust.may_fetch(now, true) {
            return Err(missing.into());
        }
        let (sent, answer) = judge::ask(self, left).await;
        let Ok(answer) = answer else {
            return Err(missing.into());
        };
        judge::take(self, sent, &answer).await?;
        let now = self.clock.now_ms();
        Ok(judged(self.trust.current(store, now).await?, &check)?)
    }
}

fn judged<T>(keys: Option<Held>, check: impl Fn(&KeySet) -> Result<T, Code>) -> Result<T, Code> {
    let keys = keys.ok_or(Code::KeySetMissing)?;
    check(&keys.set)
}

/// What is left of `limit` that began at `start`, both in milliseconds of the same clock.
pub(crate) fn remaining(start: i64, limit: Duration, now: i64) -> Duration {
    let spent = u64::try_from(now.saturating_sub(start)).unwrap_or(0);
    limit.saturating_sub(Duration::from_millis(spent))
}
