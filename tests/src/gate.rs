//! A gate that a call passes at named points, and a transport that parks at them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chitty_client::transport::{
    HttpRequest, HttpResponse, HttpTransport, ReqwestOptions, ReqwestTransport, TransportError,
};
use tokio::sync::watch;

/// Counts the points that are passed, and parks whoever comes to one of them until it is opened.
pub struct Gate {
    park_at: usize,
    passed: Mutex<Vec<String>>,
    reached: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Gate {
    /// Parks at the point `park_at`, counted from 0.
    pub fn at(park_at: usize) -> Arc<Self> {
        Arc::new(Self {
            park_at,
            passed: Mutex::default(),
            reached: watch::Sender::new(false),
            open: watch::Sender::new(false),
        })
    }

    /// Passes a point, or waits there.
    pub async fn point(&self, name: String) {
        let parks = {
            let mut passed = self.passed.lock().expect("points");
            passed.push(name);
            passed.len() - 1 == self.park_at
        };
        if parks {
            self.reached.send_replace(true);
            until(&self.open).await;
        }
    }

    /// Waits until somebody is parked.
    pub async fn reached(&self) {
        until(&self.reached).await;
    }

    /// Lets go whoever is parked.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// The points passed so far.
    pub fn passed(&self) -> Vec<String> {
        self.passed.lock().expect("points").clone()
    }
}

async fn until(flag: &watch::Sender<bool>) {
    let mut changes = flag.subscribe();
    changes.wait_for(|set| *set).await.expect("the gate stands");
}

/// The usual transport, with a point before each request leaves and one when its answer is there.
pub struct Gated {
    inner: ReqwestTransport,
    gate: Arc<Gate>,
}

impl Gated {
    pub fn behind(gate: &Arc<Gate>) -> Self {
        Self {
            inner: ReqwestTransport::new(&ReqwestOptions::default()).expect("transport"),
            gate: Arc::clone(gate),
        }
    }
}

#[async_trait]
impl HttpTransport for Gated {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let route = request
            .url
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        self.gate.point(format!("{route} request")).await;
        let answer = self.inner.send(request).await;
        self.gate.point(format!("{route} answer")).await;
        answer
    }
}
