//! Between a client and main: spreads requests over the replicas, and sends some of them twice, at
//! once or later, to another replica, whose answer must be the same.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use chitty_client::transport::{
    HttpRequest, HttpResponse, HttpTransport, ReqwestOptions, ReqwestTransport, TransportError,
};

/// What the balancers saw.
#[derive(Default)]
pub struct Tally {
    pub requests: AtomicUsize,
    pub twins: AtomicUsize,
    /// Pairs of answers to one key that were not the same.
    pub differing: Mutex<Vec<(String, String)>>,
}

pub struct Balancer {
    pub inner: ReqwestTransport,
    pub mains: Vec<String>,
    pub tally: Arc<Tally>,
}

impl Balancer {
    pub fn new(mains: &[String], tally: &Arc<Tally>) -> Self {
        Self {
            inner: ReqwestTransport::new(&ReqwestOptions::default()).expect("transport"),
            mains: mains.to_vec(),
            tally: Arc::clone(tally),
        }
    }

    fn at(&self, replica: usize, request: &HttpRequest) -> HttpRequest {
        let path = request.url[self.mains[0].len()..].to_owned();
        let url = format!("{}{path}", self.mains[replica % self.mains.len()]);
        HttpRequest {
            url,
            ..request.clone()
        }
    }

    fn compare(
        &self,
        one: &Result<HttpResponse, TransportError>,
        other: &Result<HttpResponse, TransportError>,
    ) {
        let (Ok(one), Ok(other)) = (one, other) else {
            return;
        };
        if (one.status, other.status) != (200, 200) {
            return;
        }
        self.tally.twins.fetch_add(1, Ordering::Relaxed);
        if one.body != other.body {
            let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
            let pair = (text(&one.body), text(&other.body));
            self.tally.differing.lock().expect("lock").push(pair);
        }
    }
}

#[async_trait]
impl HttpTransport for Balancer {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if !request.url.starts_with(&format!("{}/", self.mains[0])) {
            return self.inner.send(request).await;
        }
        let n = self.tally.requests.fetch_add(1, Ordering::Relaxed);
        let (one, other) = (self.at(n, &request), self.at(n + 1, &request));
        if !request.url.ends_with("/generate") {
            return self.inner.send(one).await;
        }
        match n % 4 {
            0 => {
                let (first, second) = tokio::join!(self.inner.send(one), self.inner.send(other));
                self.compare(&first, &second);
                first
            }
            1 => {
                let first = self.inner.send(one).await;
                if first.is_ok() {
                    self.compare(&first, &self.inner.send(other).await);
                }
                first
            }
            _ => self.inner.send(one).await,
        }
    }
}
