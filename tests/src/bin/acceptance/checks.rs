//! Steps that look at what came of it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scene::{Named, Scene, text, texts};
use super::vectors;

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(40);

impl Scene {
    /// The last answer is an id of that kind; it gets a name.
    pub(crate) fn gets(&mut self, temporary: bool, domain: &str, name: &str) -> Result<(), String> {
        let answer = self.answered()?;
        let (id, receipt) = (text(answer, "id")?, text(answer, "receipt")?);
        let said = answer.get("temporary").and_then(Value::as_bool);
        if said != Some(temporary) || id.split('-').nth(1) != Some(domain) {
            return Err(format!("it got {id}, temporary: {said:?}"));
        }
        let named = Named {
            id: id.to_owned(),
            receipt: receipt.to_owned(),
        };
        self.ids.insert(name.to_owned(), named);
        Ok(())
    }

    /// The last answer is that id.
    pub(crate) fn gets_again(&self, name: &str) -> Result<(), String> {
        let id = text(self.answered()?, "id")?;
        match id == self.named(name)?.id {
            true => Ok(()),
            false => Err(format!("it got {id}")),
        }
    }

    /// The last call failed so.
    pub(crate) fn fails(&self, code: &str, kind: &str) -> Result<(), String> {
        let told = self.failed()?;
        match told.code == code && told.kind == kind {
            true => Ok(()),
            false => Err(format!("it failed with {told:?}")),
        }
    }

    /// The last call failed at that stage.
    pub(crate) fn stage(&self, stage: &str) -> Result<(), String> {
        let told = self.failed()?;
        match told.stage == stage {
            true => Ok(()),
            false => Err(format!("the stage is {}", told.stage)),
        }
    }

    /// The program's debts are exactly these.
    pub(crate) async fn debts(&mut self, names: &[&str]) -> Result<(), String> {
        let mut ids = texts(&self.expect("pending", json!({})).await?, "ids")?;
        let mut wanted = Vec::new();
        for name in names {
            wanted.push(self.named(name)?.id.clone());
        }
        ids.sort();
        wanted.sort();
        match ids == wanted {
            true => Ok(()),
            false => Err(format!("the debts are {ids:?}")),
        }
    }

    /// The offline check of a receipt answers so. `wanted` is a verdict and, unless valid, a code.
    pub(crate) async fn verdict(
        &mut self,
        receipt: String,
        name: &str,
        wanted: &str,
    ) -> Result<(), String> {
        let id = self.named(name)?.id.clone();
        let args = json!({ "id": id, "receipt": receipt });
        let answer = self.expect("verify_receipt", args).await?;
        let mut said = text(&answer, "verdict")?.to_owned();
        if let Some(code) = answer.get("code").and_then(Value::as_str) {
            said = format!("{said} {code}");
        }
        match said == wanted {
            true => Ok(()),
            false => Err(format!("the verdict is {said}")),
        }
    }

    /// The receipt of that name.
    pub(crate) fn receipt(&self, name: &str) -> Result<String, String> {
        Ok(self.named(name)?.receipt.clone())
    }

    /// The receipt of that name with one of its three parts changed, or without its signature.
    pub(crate) fn altered(&self, name: &str, part: Option<usize>) -> Result<String, String> {
        let receipt = self.receipt(name)?;
        let mut parts: Vec<String> = receipt.split('.').map(str::to_owned).collect();
        if parts.len() != 3 {
            return Err("the receipt has not three parts".to_owned());
        }
        match part {
            None => parts.truncate(2),
            Some(2) => parts[2] = flip(&parts[2], 10),
            // A digit of a time within the payload: it stays well-formed JSON.
            Some(at) => parts[at] = vectors::another_time(&parts[at])?,
        }
        Ok(parts.join("."))
    }

    /// What main says about an id: valid, or replaced by `permanent`.
    pub(crate) async fn main_says(
        &mut self,
        id: &str,
        valid: bool,
        permanent: Option<&str>,
    ) -> Result<(), String> {
        let answer = self.expect("verify", json!({ "id": id })).await?;
        let said = answer.get("valid").and_then(Value::as_bool);
        let replaced = answer.get("permanent_id").and_then(Value::as_str);
        if said != Some(valid) || replaced != permanent {
            return Err(format!("main says {}", json!(answer)));
        }
        if permanent.is_some() && text(&answer, "status")? != "superseded" {
            return Err(format!("main says {}", json!(answer)));
        }
        Ok(())
    }

    /// The event is seen; with `new`, it leads there.
    pub(crate) async fn event(
        &mut self,
        event: &str,
        old: &str,
        new: Option<&str>,
    ) -> Result<(), String> {
        let old = self.named(old)?.id.clone();
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let answer = self
                .expect("events_next", json!({ "timeout_ms": 2_000 }))
                .await?;
            let told = text(&answer, "event")?;
            if told == event && text(&answer, "old")? == old {
                let id = text(&answer, "id")?;
                return match new {
                    Some(new) if self.named(new)?.id != id => Err(format!("it leads to {id}")),
                    _ => Ok(()),
                };
            }
            if told == "none" && new.is_some() {
                break;
            }
        }
        Err("it was not seen".to_owned())
    }

    /// The last answer describes the id so.
    pub(crate) fn described(&self, name: &str, value: &str) -> Result<(), String> {
        let said = text(self.answered()?, name)?;
        match said == value {
            true => Ok(()),
            false => Err(format!("it has `{said}`")),
        }
    }

    /// Among the ids that the app holds, exactly these are near.
    pub(crate) async fn suggests(&mut self, text: &str, wanted: &[&str]) -> Result<(), String> {
        let args = json!({ "text": text, "held": self.held });
        let ids = texts(&self.expect("suggest", args).await?, "ids")?;
        match ids == wanted {
            true => Ok(()),
            false => Err(format!("it suggests {ids:?}")),
        }
    }

    /// The program's results over all vectors of a kind are those of the specification.
    pub(crate) async fn replays(&mut self, kind: &str) -> Result<(), String> {
        let vectors = vectors::read(&self.root.join("spec/vectors"), kind)?;
        let (cases, lines) = (self.path("cases.jsonl"), self.path("lines.txt"));
        std::fs::write(&cases, &vectors.cases).map_err(|error| error.to_string())?;
        let args = json!({ "path": cases, "lines_path": lines });
        let answer = self.expect("replay_vectors", args).await?;
        let count = answer.get("cases").and_then(Value::as_u64);
        if count == Some(vectors.count) && text(&answer, "sha256")? == vectors.sha256 {
            return Ok(());
        }
        let said = std::fs::read_to_string(&lines).unwrap_or_default();
        let first = vectors
            .lines
            .lines()
            .zip(said.lines())
            .find(|(a, b)| a != b);
        Err(match first {
            Some((wanted, said)) => format!("`{said}` instead of `{wanted}`"),
            None => format!(
                "{count:?} cases instead of {}, or another digest",
                vectors.count
            ),
        })
    }
}

/// The text with another base64url character at `at`.
fn flip(text: &str, at: usize) -> String {
    let other = if text.as_bytes().get(at) == Some(&b'A') {
        "B"
    } else {
        "A"
    };
    let mut text = text.to_owned();
    if at < text.len() {
        text.replace_range(at..=at, other);
    }
    text
}
