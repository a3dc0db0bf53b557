//! Steps that make the program do something.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scene::Scene;

/// How long a step repeats what an outage may still hold up: an open circuit is one reason.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between repetitions.
const PAUSE: Duration = Duration::from_millis(200);

/// What sets one scenario's client apart.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Keeps its store in a file.
    pub(crate) file: bool,
    /// Reconciles without being told.
    pub(crate) automatic: bool,
    /// Has no trusted key set and fetches none.
    pub(crate) keyless: bool,
    /// Knows addresses where nobody listens.
    pub(crate) nowhere: bool,
    /// Another key for main.
    pub(crate) main_key: Option<String>,
    /// Another deadline than 5 s.
    pub(crate) deadline_ms: Option<u64>,
}

impl Scene {
    /// Opens a client of both services.
    pub(crate) async fn open(&mut self, settings: Settings) -> Result<(), String> {
        let main_key = settings.main_key.unwrap_or(self.world.main_key.clone());
        let mut args = json!({
            "main_url": self.world.main_url(),
            "main_key": main_key,
            "fallback_url": self.world.fallback_url(),
            "fallback_key": self.world.fallback_key,
            "deadline_ms": settings.deadline_ms.unwrap_or(5_000),
            "automatic": settings.automatic,
        });
        if settings.nowhere {
            args["main_url"] = "http://127.0.0.1:1".into();
            args["fallback_url"] = "http://127.0.0.1:2".into();
        }
        if !settings.keyless {
            args["key_set_json"] = self.world.key_set_json().into();
        }
        if settings.file {
            args["store_path"] = self.path("client.db").into();
        }
        self.expect("open", args).await.map(|_| ())
    }

    /// The arguments of the request that every step asks with.
    pub(crate) fn request(handle: &str) -> Value {
        json!({ "namespace": "GEN", "entity_type": "I", "handle": handle,
                "metadata_json": "{\"colour\":\"blue\"}" })
    }

    /// Asks for an id; `bend` changes the request.
    pub(crate) async fn request_id(
        &mut self,
        handle: &str,
        bend: impl FnOnce(&mut Value),
    ) -> Result<(), String> {
        let mut args = Self::request(handle);
        bend(&mut args);
        self.call("request_id", args).await
    }

    /// Asks until an id comes: right after an outage the circuit may still be open.
    pub(crate) async fn request_until_it_succeeds(&mut self, handle: &str) -> Result<(), String> {
        let start = Instant::now();
        loop {
            self.request_id(handle, |_| ()).await?;
            if self.succeeded() {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("still {:?}", self.failed()?));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Drains once.
    pub(crate) async fn drain(&mut self) -> Result<(), String> {
        self.call("drain", json!({ "deadline_ms": 2_000 })).await
    }

    /// Drains until the report says that nothing is owed any more.
    pub(crate) async fn drain_until_nothing_is_owed(&mut self) -> Result<(), String> {
        let start = Instant::now();
        loop {
            self.drain().await?;
            if self.answered()?.get("remaining").and_then(Value::as_u64) == Some(0) {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("still {:?}", self.answered()?));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Calls what takes the id of that name.
    pub(crate) async fn with_id(&mut self, call: &str, name: &str) -> Result<(), String> {
        let id = self.named(name)?.id.clone();
        self.call(call, json!({ "id": id })).await
    }

    /// Begins to ask for an id without waiting for it.
    pub(crate) async fn start_request(&mut self, handle: &str) -> Result<(), String> {
        let mut args = Self::request(handle);
        args["method"] = "request_id".into();
        let answer = self.expect("start", args).await?;
        let ticket = answer.get("ticket").and_then(Value::as_u64);
        self.ticket = Some(ticket.ok_or("the answer has no ticket")?);
        Ok(())
    }

    /// Cancels the call that was started.
    pub(crate) async fn cancel(&mut self) -> Result<(), String> {
        let ticket = self.ticket.ok_or("no call was started")?;
        self.expect("cancel", json!({ "ticket": ticket }))
            .await
            .map(|_| ())
    }

    /// Waits for the call that was started; it must end in time.
    pub(crate) async fn wait(&mut self, ms: u64) -> Result<(), String> {
        let ticket = self.ticket.take().ok_or("no call was started")?;
        self.call("wait", json!({ "ticket": ticket, "timeout_ms": ms }))
            .await?;
        if self.succeeded() && self.answered()?.contains_key("waiting") {
            return Err(format!("it did not end within {ms} ms"));
        }
        // Beyond what the program measured: its own answer must come in time as well.
        self.at_most(ms + 500)
    }

    /// The last call took at most so long.
    pub(crate) fn at_most(&self, ms: u64) -> Result<(), String> {
        match self.took <= Duration::from_millis(ms) {
            true => Ok(()),
            false => Err(format!("it took {} ms", self.took.as_millis())),
        }
    }
}
