//! One language's program: started, asked line by line, and stopped.
//!
//! Refuses to wait for ever: a program that does not answer within 30 s, that answers with another
//! number or in another shape, fails the step.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::languages::Language;
use super::sabotage::Sabotage;

/// How long a program may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Members of an answer or of arguments.
pub(crate) type Members = Map<String, Value>;

/// An error as a program tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// What to do, such as `Retry`.
    pub(crate) kind: String,
    /// What happened, such as `CHT-1111`.
    pub(crate) code: String,
    /// How far it got.
    pub(crate) stage: String,
}

/// What a call ended with.
pub(crate) type Outcome = Result<Members, Told>;

/// A running program.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    last: u64,
    sabotage: Option<Sabotage>,
}

impl Program {
    /// Starts the program of `language`; its standard error goes to the terminal.
    pub(crate) fn start(language: &Language, sabotage: Option<Sabotage>) -> Result<Self, String> {
        let (program, arguments) = language.command.split_first().ok_or("no command")?;
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&language.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("the program did not start: {error}"))?;
        let stdin = child.stdin.take().ok_or("no standard input")?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let stdout = BufReader::new(stdout).lines();
        Ok(Self {
            child,
            stdin,
            stdout,
            last: 0,
            sabotage,
        })
    }

    /// Asks for one call. The outer error is one of the program; the inner one is the SDK's.
    pub(crate) async fn ask(&mut self, call: &str, args: Value) -> Result<Outcome, String> {
        self.last += 1;
        let line = json!({ "id": self.last, "call": call, "args": args }).to_string() + "\n";
        let said = self.stdin.write_all(line.as_bytes()).await;
        said.map_err(|error| format!("the program does not listen: {error}"))?;
        let answer = tokio::time::timeout(PATIENCE, self.stdout.next_line())
            .await
            .map_err(|_| format!("no answer to `{call}` within {PATIENCE:?}"))?
            .map_err(|error| format!("the program's answer cannot be read: {error}"))?
            .ok_or_else(|| format!("the program ended instead of answering `{call}`"))?;
        let outcome = read(self.last, &answer)
            .map_err(|reason| format!("{reason} in the answer to `{call}`: {answer}"))?;
        Ok(match self.sabotage {
            Some(sabotage) => sabotage.falsify(call, outcome).await,
            None => outcome,
        })
    }

    /// Tells the program to quit; it must end well.
    pub(crate) async fn quit(mut self) -> Result<(), String> {
        let line = json!({ "id": self.last + 1, "call": "quit", "args": {} }).to_string() + "\n";
        let said = self.stdin.write_all(line.as_bytes()).await;
        said.map_err(|error| format!("the program does not listen: {error}"))?;
        drop(self.stdin);
        match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("the program ended with {status}")),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the program does not quit".to_owned()),
        }
    }

    /// Kills the program where it stands.
    pub(crate) async fn kill(mut self) -> Result<(), String> {
        self.child.kill().await.map_err(|error| error.to_string())
    }
}

fn read(id: u64, line: &str) -> Result<Outcome, String> {
    let mut answer: Members = serde_json::from_str(line).map_err(|_| "no JSON object")?;
    if answer.remove("id").and_then(|it| it.as_u64()) != Some(id) {
        return Err("another id".to_owned());
    }
    let outcome = match (answer.remove("ok"), answer.remove("error")) {
        (Some(Value::Object(ok)), None) => Ok(ok),
        (None, Some(Value::Object(error))) => Err(told(&error)?),
        _ => return Err("neither `ok` nor `error`, or both".to_owned()),
    };
    match answer.keys().next() {
        Some(unknown) => Err(format!("an unknown member `{unknown}`")),
        None => Ok(outcome),
    }
}

fn told(error: &Members) -> Result<Told, String> {
    let allowed = ["kind", "code", "stage", "retry_after_ms"];
    if let Some(unknown) = error.keys().find(|name| !allowed.contains(&name.as_str())) {
        return Err(format!("an unknown member `{unknown}`"));
    }
    let text = |name: &str| {
        let value = error.get(name).and_then(Value::as_str);
        value.map(str::to_owned).ok_or(format!("no text `{name}`"))
    };
    if error
        .get("retry_after_ms")
        .is_some_and(|after| !after.is_u64())
    {
        return Err("`retry_after_ms` is no whole number".to_owned());
    }
    let stage = text("stage")?;
    if !["NotSent", "MaybeSent", "Answered"].contains(&stage.as_str()) {
        return Err(format!("an unknown stage `{stage}`"));
    }
    Ok(Told {
        kind: text("kind")?,
        code: text("code")?,
        stage,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_another_shape_are_refused() {
        let error = r#"{"id":1,"error":{"kind":"Retry","code":"CHT-1610","stage":"NotSent"}}"#;
        assert_eq!(read(1, error).unwrap().unwrap_err().code, "CHT-1610");
        assert!(read(1, r#"{"id":1,"ok":{}}"#).unwrap().is_ok());
        for line in [
            "",
            "[]",
            r#"{"id":2,"ok":{}}"#,
            r#"{"id":1}"#,
            r#"{"id":1,"ok":null}"#,
            r#"{"id":1,"ok":{},"more":1}"#,
            r#"{"id":1,"ok":{},"error":{"kind":"Retry","code":"CHT-1610","stage":"NotSent"}}"#,
            r#"{"id":1,"error":{"kind":"Retry","code":"CHT-1610"}}"#,
            r#"{"id":1,"error":{"kind":"Retry","code":"CHT-1610","stage":"Elsewhere"}}"#,
        ] {
            assert!(read(1, line).is_err(), "{line}");
        }
    }
}
