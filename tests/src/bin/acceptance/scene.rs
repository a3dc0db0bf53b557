//! What one scenario has: the services on loopback, one program, and names for what came before.
//!
//! Owns the check that no step needs to ask for: an id that a program hands out must stand in the
//! books of the service that issued it, and its receipt must verify here as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chitty_client::ChittyId;
use chitty_client::issuance::receipt::verify_receipt;
use chitty_tests::world::World;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::languages::Language;
use super::people::People;
use super::program::{Members, Outcome, Program, Told};
use super::sabotage::Sabotage;

/// An id that a step gave a name.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// The id.
    pub(crate) id: String,
    /// Its receipt; empty for an id that was read in a service's books.
    pub(crate) receipt: String,
}

/// The state of a scenario.
pub(crate) struct Scene {
    /// Both services.
    pub(crate) world: World,
    /// The repository.
    pub(crate) root: PathBuf,
    /// Ids by the names that steps gave them.
    pub(crate) ids: BTreeMap<String, Named>,
    /// The ids that the app holds, for suggestions.
    pub(crate) held: Vec<String>,
    /// The call that was started and not yet waited for.
    pub(crate) ticket: Option<u64>,
    /// How long the last call took.
    pub(crate) took: Duration,
    /// The broker, what sites asked and wallets showed.
    pub(crate) people: People,
    last: Option<Outcome>,
    program: Option<Program>,
    language: Language,
    sabotage: Option<Sabotage>,
    /// Removed when the scene ends.
    folder: TempDir,
}

impl Scene {
    /// Starts both services and the program.
    pub(crate) async fn start(
        root: &Path,
        language: &Language,
        sabotage: Option<Sabotage>,
    ) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        Ok(Self {
            world: World::start(folder.path()).await,
            root: root.to_owned(),
            ids: BTreeMap::new(),
            held: Vec::new(),
            ticket: None,
            took: Duration::ZERO,
            people: People::default(),
            last: None,
            program: Some(Program::start(language, sabotage)?),
            language: language.clone(),
            sabotage,
            folder,
        })
    }

    /// Ends the program, which must end well, and both services.
    pub(crate) async fn end(mut self) -> Result<(), String> {
        let ended = match self.program.take() {
            Some(program) => program.quit().await,
            None => Ok(()),
        };
        self.people.end().await;
        self.world.main.kill().await;
        self.world.fallback.kill().await;
        ended
    }

    /// A path in the scenario's own folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    /// Asks the program and keeps the answer for the steps that follow.
    pub(crate) async fn call(&mut self, call: &str, args: Value) -> Result<(), String> {
        let start = Instant::now();
        let outcome = self.ask(call, args).await?;
        self.took = start.elapsed();
        self.last = Some(outcome);
        Ok(())
    }

    /// Asks the program and tells the answer.
    pub(crate) async fn ask(&mut self, call: &str, args: Value) -> Result<Outcome, String> {
        let program = self.program.as_mut().ok_or("the program is not running")?;
        let outcome = program.ask(call, args).await?;
        if let Ok(members) = &outcome
            && members.contains_key("receipt")
        {
            self.audit(members).await?;
        }
        Ok(outcome)
    }

    /// Asks the program for what must not fail.
    pub(crate) async fn expect(&mut self, call: &str, args: Value) -> Result<Members, String> {
        let outcome = self.ask(call, args).await?;
        outcome.map_err(|error| format!("`{call}` failed: {error:?}"))
    }

    /// Kills the program and starts it again.
    pub(crate) async fn restart(&mut self) -> Result<(), String> {
        if let Some(program) = self.program.take() {
            program.kill().await?;
        }
        self.program = Some(Program::start(&self.language, self.sabotage)?);
        Ok(())
    }

    /// What the last call answered.
    pub(crate) fn answered(&self) -> Result<&Members, String> {
        match &self.last {
            Some(Ok(members)) => Ok(members),
            Some(Err(error)) => Err(format!("the call failed: {error:?}")),
            None => Err("nothing was called".to_owned()),
        }
    }

    /// How the last call failed.
    pub(crate) fn failed(&self) -> Result<&Told, String> {
        match &self.last {
            Some(Err(error)) => Ok(error),
            Some(Ok(members)) => Err(format!("the call answered {}", json!(members))),
            None => Err("nothing was called".to_owned()),
        }
    }

    /// Whether the last call ended well.
    pub(crate) fn succeeded(&self) -> bool {
        matches!(self.last, Some(Ok(_)))
    }

    /// The id of that name.
    pub(crate) fn named(&self, name: &str) -> Result<&Named, String> {
        self.ids
            .get(name)
            .ok_or(format!("no id is called `{name}`"))
    }

    /// Every id that main issued.
    pub(crate) async fn main_ids(&self) -> Vec<String> {
        let intents = self.world.main_intents().await;
        intents.into_iter().map(|(_, id)| id).collect()
    }

    /// Every id that the fallback issued.
    pub(crate) async fn fallback_ids(&self) -> Vec<String> {
        let issued = self.world.fallback_issued().await;
        issued.into_iter().map(|(_, id)| id).collect()
    }

    async fn audit(&self, members: &Members) -> Result<(), String> {
        let (id, receipt) = (text(members, "id")?, text(members, "receipt")?);
        let (class, temporary) = (text(members, "class")?, members.get("temporary"));
        let parsed: ChittyId = id.parse().map_err(|_| format!("`{id}` is no id"))?;
        if parsed.class().as_str() != class
            || temporary.and_then(Value::as_bool) != Some(class == "fallback")
        {
            return Err("the class does not fit the id".to_owned());
        }
        let books = match class {
            "fallback" => self.fallback_ids().await,
            _ => self.main_ids().await,
        };
        if !books.iter().any(|issued| issued == id) {
            return Err(format!("nobody issued {id}"));
        }
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.map_err(|error| error.to_string())?.as_secs();
        let now = i64::try_from(now).map_err(|error| error.to_string())?;
        match verify_receipt(&parsed, receipt, &self.world.key_set(), now).is_valid() {
            true => Ok(()),
            false => Err("the receipt does not verify here".to_owned()),
        }
    }
}

/// The text `name` of an answer.
pub(crate) fn text<'a>(members: &'a Members, name: &str) -> Result<&'a str, String> {
    let value = members.get(name).and_then(Value::as_str);
    value.ok_or(format!("the answer has no text `{name}`"))
}

/// The array of texts `name` of an answer.
pub(crate) fn texts(members: &Members, name: &str) -> Result<Vec<String>, String> {
    let missing = || format!("the answer has no array of texts `{name}`");
    let values = members
        .get(name)
        .and_then(Value::as_array)
        .ok_or_else(missing)?;
    let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
    texts.collect::<Option<_>>().ok_or_else(missing)
}
