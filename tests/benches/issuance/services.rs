//! A caller with nothing but reqwest, and how the server itself saw its requests.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Sends the request that the SDK sends, and reads the whole answer; checks and keeps nothing.
#[derive(Clone)]
pub struct Bare {
    client: reqwest::Client,
    url: Arc<str>,
    key: Arc<str>,
    next: Arc<AtomicU64>,
}

impl Bare {
    /// A caller whose idempotency keys start with `number`.
    pub fn numbered(origin: &str, key: &str, number: usize) -> Self {
        let caller = Self::new(origin, key);
        let first = u64::try_from(number).expect("fits") << 40;
        caller.next.store(first, Ordering::Relaxed);
        caller
    }

    pub fn new(origin: &str, key: &str) -> Self {
        Self {
            client: reqwest::Client::builder()
                .tls_certs_only([])
                .build()
                .expect("client"),
            url: format!("{origin}/api/chittyid/generate").into(),
            key: key.into(),
            next: Arc::default(),
        }
    }

    /// Requests one id of `entity_type`.
    pub async fn request(&self, entity_type: char) -> Vec<u8> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut idempotency_key = [0; 32];
        idempotency_key[..8].copy_from_slice(&number.to_be_bytes());
        idempotency_key[8..16].copy_from_slice(&std::process::id().to_be_bytes().repeat(2));
        let body = serde_json::json!({
            "profile": "secure-fallback", "namespace": "GEN", "type": entity_type.to_string(),
            "parent": null, "metadata": {},
            "requestSalt": spooky_core::encoding::base64url(&idempotency_key),
        });
        let answer = self
            .client
            .post(&*self.url)
            .header("content-type", "application/json")
            .header("x-api-key", &*self.key)
            .header(
                "idempotency-key",
                spooky_core::encoding::base64url(&idempotency_key),
            )
            .body(body.to_string())
            .send()
            .await
            .expect("answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("body").to_vec()
    }
}

/// Sum in seconds and number of the requests that a server's handler answered for `route`.
pub async fn handled(origin: &str, route: &str) -> (f64, f64) {
    let answer = reqwest::Client::builder()
        .tls_certs_only([])
        .build()
        .expect("client")
        .get(format!("{origin}/metrics"))
        .send()
        .await
        .expect("metrics");
    let text = String::from_utf8(answer.bytes().await.expect("body").to_vec()).expect("text");
    let value = |name: &str| -> f64 {
        let start = format!("chitty_http_request_duration_seconds_{name}{{route=\"{route}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&start));
        line.map_or(0.0, |value| value.parse().expect("number"))
    };
    (value("sum"), value("count"))
}

/// Entity types in turn: an id slot holds 10 000 ids a month and cycle.
pub fn entity_type(number: usize) -> char {
    char::from(b'A' + u8::try_from(number % 26).expect("below 26"))
}

/// Median and mean time of `count` calls, one after the other.
pub async fn latency<F: Future<Output = ()>>(
    count: usize,
    call: impl Fn(usize) -> F,
) -> (Duration, Duration) {
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let start = Instant::now();
        call(number).await;
        times.push(start.elapsed());
    }
    times.sort();
    let mean = times.iter().sum::<Duration>() / u32::try_from(count).expect("fits");
    (times[count / 2], mean)
}
