//! Both services and the wires to them, in memory: honest answers, signed, after some latency.
//! Counts every request in the second in which it was sent.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chitty_client::{
    Stage,
    clock::Clock,
    issuance::keyset::KeySet,
    transport::{HttpRequest, HttpResponse, HttpTransport, Method, TransportError, TransportFault},
};
use chitty_tests::{
    issuer::{FALLBACK, Issuer, STANDARD},
    raw_server::{Action, Received},
};
use serde_json::json;
use tokio::time::Instant;

use crate::population::Timeline;

pub(crate) const MAIN: &str = "https://main.example";
pub(crate) const BACKUP: &str = "https://backup.example";

struct State {
    issuer: Issuer,
    start: Instant,
    timeline: Timeline,
    /// Requests per second: main, fallback.
    counts: Mutex<[Vec<u64>; 2]>,
}

#[derive(Clone)]
pub(crate) struct Network(Arc<State>);

impl Network {
    pub(crate) fn new(timeline: Timeline, clock: Arc<dyn Clock>) -> Self {
        let seconds = vec![0; timeline.end as usize + 60];
        Self(Arc::new(State {
            issuer: Issuer::at(clock),
            start: Instant::now(),
            timeline,
            counts: Mutex::new([seconds.clone(), seconds]),
        }))
    }

    pub(crate) fn key_set(&self) -> KeySet {
        self.0.issuer.key_set()
    }

    pub(crate) fn counts(&self) -> [Vec<u64>; 2] {
        self.0.counts.lock().expect("counts").clone()
    }

    /// Whole seconds since the start.
    pub(crate) fn second(&self) -> u64 {
        self.0.start.elapsed().as_secs()
    }

    fn answer(&self, request: &Received) -> Action {
        let issuer = &self.0.issuer;
        match request.path.as_str() {
            "/api/chittyid/generate" => issuer.answer_standard(request, STANDARD),
            "/api/chittyid/fallback" => issuer.answer_fallback(request, FALLBACK),
            _ => {
                let body = request.json();
                let items = body["items"].as_array().cloned().unwrap_or_default();
                let results: Vec<_> = items
                    .iter()
                    .map(|item| issuer.reconciled(item, STANDARD))
                    .collect();
                Action::Json(200, json!({ "results": results }))
            }
        }
    }
}

#[async_trait]
impl HttpTransport for Network {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let to_main = request.url.starts_with(MAIN);
        let second = self.second();
        if let Some(count) =
            self.0.counts.lock().expect("counts")[usize::from(!to_main)].get_mut(second as usize)
        {
            *count += 1;
        }
        let Timeline {
            outage, recovery, ..
        } = self.0.timeline;
        if to_main && (outage..recovery).contains(&second) {
            tokio::time::sleep(Duration::from_millis(2)).await;
            return Err(TransportError {
                fault: TransportFault::ConnectFailed,
                stage: Stage::NotSent,
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let origin = if to_main { MAIN } else { BACKUP };
        let received = Received {
            method: match request.method {
                Method::Get => "GET".to_owned(),
                Method::Post => "POST".to_owned(),
            },
            path: request.url[origin.len()..].to_owned(),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            body: request.body,
        };
        let Action::Json(status, body) = self.answer(&received) else {
            unreachable!("honest answers are JSON");
        };
        Ok(HttpResponse {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        })
    }
}
