//! Steps, what became of each, and the summary at the end.
//!
//! A step that cannot run says why. For want of a tool that is a skip on a developer's machine and a
//! failure under `CI=true`, where nothing may be left out quietly. What the system itself forbids is a
//! skip with its reason everywhere: no installation could change it.

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What became of a step.
pub(crate) enum Outcome {
    /// It passed; the remark says what was not covered, or is empty.
    Passed(String),
    /// It failed, with the reason.
    Failed(String),
    /// It did not run for want of a tool.
    Missing(String),
    /// It did not run because this system allows no such thing, whatever is installed.
    Forbidden(String),
}

impl Outcome {
    /// For a command of its own, where what is missing is an error.
    pub(crate) fn into_result(self) -> Result<(), String> {
        match self {
            Self::Passed(_) => Ok(()),
            Self::Failed(reason) | Self::Missing(reason) | Self::Forbidden(reason) => Err(reason),
        }
    }
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self::Passed(String::new()),
            Err(reason) => Self::Failed(reason),
        }
    }
}

enum Verdict {
    Passed,
    Failed,
    Skipped,
}

impl Verdict {
    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Skipped => "skipped",
        }
    }
}

struct Row {
    name: &'static str,
    verdict: Verdict,
    remark: String,
    took: Duration,
}

/// A run of steps.
pub(crate) struct Report {
    rows: Vec<Row>,
    parts: Vec<String>,
    strict: bool,
}

impl Report {
    /// An empty report that knows whether it runs under CI, of all steps.
    pub(crate) fn new() -> Self {
        Self::of(&[])
    }

    /// Only of the steps that one of these is a part of the name of; of all, where there are none.
    pub(crate) fn of(parts: &[String]) -> Self {
        Self {
            rows: Vec::new(),
            parts: parts.to_vec(),
            strict: std::env::var("CI").is_ok_and(|value| value == "true" || value == "1"),
        }
    }

    /// Runs one step under a heading and remembers what became of it.
    pub(crate) fn step<T: Into<Outcome>>(&mut self, name: &'static str, run: impl FnOnce() -> T) {
        if !self.parts.is_empty() && !self.parts.iter().any(|part| name.contains(part.as_str())) {
            return;
        }
        println!("\n=== {name}");
        let start = Instant::now();
        let (verdict, remark) = match run().into() {
            Outcome::Passed(remark) => (Verdict::Passed, remark),
            Outcome::Failed(reason) => (Verdict::Failed, reason),
            Outcome::Missing(reason) if self.strict => (
                Verdict::Failed,
                format!("{reason}; under CI nothing is skipped"),
            ),
            Outcome::Missing(reason) | Outcome::Forbidden(reason) => (Verdict::Skipped, reason),
        };
        let row = Row {
            name,
            verdict,
            remark,
            took: start.elapsed(),
        };
        println!("--- {}", line(&row));
        self.rows.push(row);
    }

    /// Prints the table and the closing line; the exit code tells whether nothing failed.
    pub(crate) fn finish(self) -> ExitCode {
        println!("\n=== summary");
        for row in &self.rows {
            println!("{}", line(row));
        }
        let count = |word: &str| {
            self.rows
                .iter()
                .filter(|row| row.verdict.word() == word)
                .count()
        };
        let failed = count("FAILED");
        println!(
            "\n{} passed, {failed} failed, {} skipped",
            count("passed"),
            count("skipped")
        );
        if !self.parts.is_empty() {
            println!("only the steps named: {}", self.parts.join(", "));
        }
        if failed == 0 && !self.rows.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn line(row: &Row) -> String {
    let seconds = row.took.as_secs_f64();
    let mut line = format!("{:8} {:28} {seconds:7.1} s", row.verdict.word(), row.name);
    if !row.remark.is_empty() {
        line.push_str("  ");
        line.push_str(&row.remark);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(strict: bool) -> Report {
        Report {
            strict,
            ..Report::new()
        }
    }

    #[test]
    fn a_missing_tool_is_a_skip_here_and_a_failure_under_ci() {
        for (strict, word) in [(false, "skipped"), (true, "FAILED")] {
            let mut report = report(strict);
            report.step("tool", || Outcome::Missing("no tool".to_owned()));
            assert_eq!(report.rows[0].verdict.word(), word);
            let wanted = if strict {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            };
            assert_eq!(report.finish(), wanted);
        }
    }

    #[test]
    fn steps_can_be_named_and_a_run_of_none_is_a_failure() {
        let mut report = Report::of(&["crash".to_owned()]);
        report.step("tests", || Err("not wanted".to_owned()));
        assert_eq!(report.rows.len(), 0);
        report.step("crash harness", || Ok(()));
        assert_eq!(report.rows.len(), 1);
        assert_eq!(report.finish(), ExitCode::SUCCESS);
        assert_eq!(Report::of(&["x".to_owned()]).finish(), ExitCode::FAILURE);
    }

    #[test]
    fn a_failure_stops_nothing_and_fails_the_run() {
        let mut report = report(false);
        report.step("bad", || Err("broken".to_owned()));
        report.step("good", || Ok(()));
        let words: Vec<_> = report.rows.iter().map(|row| row.verdict.word()).collect();
        assert_eq!(words, ["FAILED", "passed"]);
        assert_eq!(report.finish(), ExitCode::FAILURE);
    }
}
