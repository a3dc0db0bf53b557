//! What an operator counts: `/metrics` in the OpenMetrics text form that Prometheus reads.
//!
//! Owns the metrics of one running server and their names. Labels are routes, methods, statuses
//! and codes of this crate's own; never an id, a tenant, a key or anything else that a caller sent.

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use chitty_client::error::Code;
use http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::{
    broker::BrokerService,
    error::Refusal,
    fallback::{FallbackService, part_left},
    id::{
        MainService,
        mint::{CYCLES, PER_CYCLE, families, year_month},
    },
    telemetry,
};

const FORM: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long a count of the database is good for, so that reading metrics costs it little.
const FRESH: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failure {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Protocol {
    protocol: &'static str,
}

/// The metrics of one server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    ids: Counter,
    fallback_ids: Counter,
    reconciliations: Family<Outcome, Counter>,
    reconciliation_failures: Family<Failure, Counter>,
    reconciliation_time: Histogram,
    admissions: Family<Outcome, Counter>,
    connections: Family<Protocol, Counter>,
    connections_cut: Family<Reason, Counter>,
    outstanding: Gauge,
    oldest_age: Gauge,
    alarms: Gauge,
    ready: Gauge,
    days_covered: Gauge,
    slot_left: Gauge<f64, AtomicU64>,
    grant_left: Gauge<f64, AtomicU64>,
    cycles_free: Gauge,
    restore_unannounced: Gauge,
    log_refused: Gauge,
    counted: Mutex<Option<Instant>>,
}

impl Metrics {
    pub(crate) fn new() -> Arc<Self> {
        let mut metrics = Self {
            registry: Registry::with_prefix("chitty"),
            requests: Family::default(),
            // From 0.5 ms to 16 s.
            durations: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.0005, 2.0, 16))
            }),
            ids: Counter::default(),
            fallback_ids: Counter::default(),
            reconciliations: Family::default(),
            reconciliation_failures: Family::default(),
            // From a second to a month.
            reconciliation_time: Histogram::new(exponential_buckets(1.0, 3.0, 15)),
            admissions: Family::default(),
            connections: Family::default(),
            connections_cut: Family::default(),
            outstanding: Gauge::default(),
            oldest_age: Gauge::default(),
            alarms: Gauge::default(),
            ready: Gauge::default(),
            days_covered: Gauge::default(),
            slot_left: Gauge::default(),
            grant_left: Gauge::default(),
            cycles_free: Gauge::default(),
            restore_unannounced: Gauge::default(),
            log_refused: Gauge::default(),
            counted: Mutex::new(None),
        };
        metrics.register();
        // Nothing is used up before somebody looked.
        metrics.slot_left.set(1.0);
        metrics.grant_left.set(1.0);
        metrics.cycles_free.set(i64::try_from(CYCLES).unwrap_or(0));
        // From the start, so that a first event is seen as an increase.
        for outcome in ["settled", "repeated", "answered", "failed"] {
            drop(metrics.reconciliations.get_or_create(&Outcome { outcome }));
        }
        for outcome in [
            "admitted", "waited", "shed", "limited", "slow", "large", "broken",
        ] {
            drop(metrics.admissions.get_or_create(&Outcome { outcome }));
        }
        for reason in ["gave_way", "address", "handshake", "silent"] {
            drop(metrics.connections_cut.get_or_create(&Reason { reason }));
        }
        Arc::new(metrics)
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let requests = self.requests.clone();
        registry.register("http_requests", "Requests answered", requests);
        let durations = self.durations.clone();
        registry.register(
            "http_request_duration_seconds",
            "Time to an answer",
            durations,
        );
        registry.register("ids", "Permanent ids issued on request", self.ids.clone());
        let fallback_ids = self.fallback_ids.clone();
        registry.register("fallback_ids", "Fallback ids issued", fallback_ids);
        let reconciliations = self.reconciliations.clone();
        let help =
            "Fallback ids brought for reconciliation, or settled by main's answer, by outcome";
        registry.register("reconciliations", help, reconciliations);
        let failures = self.reconciliation_failures.clone();
        let help = "Reconciliation attempts that failed, by code";
        registry.register("reconciliation_failures", help, failures);
        let time = self.reconciliation_time.clone();
        let help = "From a fallback id to its permanent id";
        registry.register("reconciliation_time_seconds", help, time);
        let admissions = self.admissions.clone();
        let help = "Requests let in, let in after waiting, and turned away";
        registry.register("admissions", help, admissions);
        let connections = self.connections.clone();
        registry.register("connections", "Connections accepted", connections);
        let help = "Log lines of this process that were lost: their reader was gone or too slow";
        registry.register("log_lines_dropped", help, telemetry::dropped());
        let cut = self.connections_cut.clone();
        let help = "Connections that gave way, or were refused or given up, by reason";
        registry.register("connections_cut", help, cut);
        let outstanding = self.outstanding.clone();
        let help = "Fallback ids that wait for reconciliation";
        registry.register("fallback_outstanding", help, outstanding);
        let help = "Alarms since the beginning: duplicate fallback ids, pairs with two keys, logs that changed";
        registry.register("alarms", help, self.alarms.clone());
        let help = "Whether the service can issue: 1 or 0";
        registry.register("ready", help, self.ready.clone());
        let help = "Days for which a broker's BBS keys cover the credentials that it issues";
        registry.register("credential_key_days", help, self.days_covered.clone());
        let help = "Part that is left of the fullest slot of this month, 0 to 1";
        registry.register("slot_left_ratio", help, self.slot_left.clone());
        let help = "Part that is left of the grant's maximum, 0 to 1";
        registry.register("grant_left_ratio", help, self.grant_left.clone());
        let help = "Cycles of this month that main has given to no fallback";
        registry.register("cycles_free", help, self.cycles_free.clone());
        let help = "Whether the database is an older copy and nobody said so: 1 or 0";
        let unannounced = self.restore_unannounced.clone();
        registry.register("restore_unannounced", help, unannounced);
        let help = "Entries of the issue log that main refuses, for now";
        registry.register("issue_log_refused", help, self.log_refused.clone());
        let help = "Age of the oldest fallback id that waits";
        let oldest = self.oldest_age.clone();
        registry.register("fallback_outstanding_oldest_age_seconds", help, oldest);
    }

    /// Looks into the database, unless that was done a moment ago.
    async fn look(&self, service: &Service) {
        {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            if counted.is_some_and(|at| at.elapsed() < FRESH) {
                return;
            }
            *counted = Some(Instant::now());
        }
        let looked = match service {
            Service::Main(main) => self.count(main).await,
            Service::Fallback(fallback) => self.count_fallback(fallback).await,
            Service::Broker(broker) => {
                self.days_covered.set(broker.days_covered());
                match broker.problem().await {
                    None => Ok(()),
                    Some(_) => Err(Code::ServiceFailed.into()),
                }
            }
        };
        self.ready.set(i64::from(looked.is_ok()));
        // The other numbers are worth reading all the same.
        if let Err(refusal) = looked {
            tracing::warn!(code = refusal.code().as_str(), "the service cannot issue");
        }
    }

    /// A request was answered; `route` is the pattern that it matched.
    pub(crate) fn answered(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        took: Duration,
    ) {
        let route = route.to_owned();
        let known = Route {
            route: route.clone(),
        };
        self.durations
            .get_or_create(&known)
            .observe(took.as_secs_f64());
        let request = Request {
            // Callers may invent methods.
            method: match *method {
                Method::GET => "GET",
                Method::POST => "POST",
                _ => "other",
            },
            route,
            status: status.as_u16(),
        };
        self.requests.get_or_create(&request).inc();
    }

    /// A permanent id was issued on request.
    pub(crate) fn issued(&self) {
        self.ids.inc();
    }

    /// A fallback id was issued.
    pub(crate) fn issued_fallback(&self) {
        self.fallback_ids.inc();
    }

    /// A debt was settled `seconds` after its id was issued: by the one who brought it (`settled`,
    /// `repeated`), or by main's answer to the same request (`answered`).
    pub(crate) fn reconciled(&self, outcome: &'static str, seconds: i64) {
        self.reconciliations
            .get_or_create(&Outcome { outcome })
            .inc();
        if outcome != "repeated" {
            self.reconciliation_time.observe(seconds.max(0) as f64);
        }
    }

    /// Debts that main's answers settled, by when their ids were issued, in milliseconds as `now`.
    pub(crate) fn answered_for(&self, issued: &[i64], now: i64) {
        for at in issued {
            self.reconciled("answered", (now - at) / 1000);
        }
    }

    /// A debt was not settled.
    pub(crate) fn not_reconciled(&self, code: Code) {
        let outcome = Outcome { outcome: "failed" };
        self.reconciliations.get_or_create(&outcome).inc();
        let failure = Failure {
            code: code.as_str(),
        };
        self.reconciliation_failures.get_or_create(&failure).inc();
    }

    /// What admission did with a request: `admitted`, `waited`, `shed`, `limited`; or its body was `slow`,
    /// too `large` or `broken` off.
    pub(crate) fn admission(&self, outcome: &'static str) {
        self.admissions.get_or_create(&Outcome { outcome }).inc();
    }

    /// A connection `gave_way` to another, was refused because its `address` has its share, did not
    /// finish its `handshake`, or was `silent`.
    pub(crate) fn cut(&self, reason: &'static str) {
        self.connections_cut.get_or_create(&Reason { reason }).inc();
    }

    /// A connection came in over `protocol`: `h2` or `http/1.1` by TLS, `plain`, or `none` when there was no
    /// handshake.
    pub(crate) fn connected(&self, protocol: &'static str) {
        self.connections.get_or_create(&Protocol { protocol }).inc();
    }

    async fn count(&self, service: &MainService) -> Result<(), Refusal> {
        let (main, now) = (&*service.store, service.now());
        let waiting = main.outstanding().await?;
        let count = i64::try_from(waiting.count).unwrap_or(i64::MAX);
        self.outstanding.set(count);
        let age = waiting
            .oldest
            .map_or(0, |oldest| (now - oldest).max(0) / 1000);
        self.oldest_age.set(age);
        let alarms = main.alarms().await?.len();
        self.alarms.set(i64::try_from(alarms).unwrap_or(i64::MAX));
        let taken = main.cycles_taken(&year_month(now)).await?;
        let free = CYCLES.saturating_sub(taken);
        self.cycles_free.set(i64::try_from(free).unwrap_or(0));
        let mut least: f64 = 1.0;
        let capacities = [CYCLES * PER_CYCLE, PER_CYCLE];
        for (family, capacity) in families(&service.minting.prefix, now)
            .iter()
            .zip(capacities)
        {
            // A slot's name has its family's two parts at its ends.
            for (_, used) in main.slots_like(&family.replace('-', "-%-")).await? {
                least = least.min(part_left(used, capacity));
            }
        }
        self.slot_left.set(least);
        let state = main.epoch().await?;
        let behind = state.behind.is_some();
        self.restore_unannounced.set(i64::from(behind));
        if state.epoch != main.known_epoch() {
            return Err(Code::EpochChanged.into());
        }
        match behind {
            true => Err(Code::RestoreUnannounced.into()),
            false => Ok(()),
        }
    }

    async fn count_fallback(&self, service: &FallbackService) -> Result<(), Refusal> {
        let refused = service.store.refused_count().await?;
        self.log_refused
            .set(i64::try_from(refused).unwrap_or(i64::MAX));
        let (slot, grant) = service.left().await?.unwrap_or((1.0, 1.0));
        self.slot_left.set(slot);
        self.grant_left.set(grant);
        service.usable(service.now())?;
        match service.store.epoch().await?.epoch == service.store.known_epoch() {
            true => Ok(()),
            false => Err(Code::EpochChanged.into()),
        }
    }
}

/// Whose metrics they are.
#[derive(Clone)]
pub(crate) enum Service {
    Main(Arc<MainService>),
    Fallback(Arc<FallbackService>),
    Broker(Arc<BrokerService>),
}

/// The route of the metrics.
pub(crate) fn route(service: Service) -> Router {
    Router::new()
        .route("/metrics", get(show))
        .with_state(service)
}

async fn show(State(service): State<Service>) -> Result<Response, Refusal> {
    let metrics = match &service {
        Service::Main(main) => &main.metrics,
        Service::Fallback(fallback) => &fallback.metrics,
        Service::Broker(broker) => &broker.metrics,
    };
    metrics.look(&service).await;
    let mut text = String::new();
    encode(&mut text, &metrics.registry).map_err(|_| Code::Internal)?;
    let mut response = text.into_response();
    let form = HeaderValue::from_static(FORM);
    response.headers_mut().insert(CONTENT_TYPE, form);
    Ok(response)
}
