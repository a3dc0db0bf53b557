//! The languages and their programs, from `spec/acceptance/languages.toml`.
//!
//! A language whose tools are missing is skipped with the reason, and fails under `CI=true`, where
//! nothing may be left out quietly.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// A language binding and the program that stands for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Language {
    /// Its column in the matrix.
    pub(crate) name: String,
    /// What builds the program, run once.
    #[serde(default)]
    build: Vec<String>,
    /// What starts the program.
    pub(crate) command: Vec<String>,
    /// Where both run.
    pub(crate) folder: PathBuf,
    /// Programs in the PATH or paths that must exist.
    #[serde(default)]
    needs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Vec<Language>,
}

/// Whether a language can be run.
pub(crate) enum Ready {
    /// It can.
    Yes,
    /// It should, and cannot.
    Failed(String),
    /// It need not.
    Skipped(String),
}

/// The languages named in `only`, or all.
pub(crate) fn read(root: &Path, only: &[String]) -> Result<Vec<Language>, String> {
    let path = root.join("spec/acceptance/languages.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let mut languages = parse(&text)?;
    if let Some(unknown) = only
        .iter()
        .find(|name| languages.iter().all(|it| it.name != **name))
    {
        return Err(format!("languages.toml has no language `{unknown}`"));
    }
    languages.retain(|language| only.is_empty() || only.contains(&language.name));
    let binary = std::env::current_exe().map_err(|error| error.to_string())?;
    let bin = binary.parent().unwrap_or(root);
    // The programs are built as the runner was, so that none of another profile is taken for new.
    let profile = match bin.file_name().unwrap_or_default().to_string_lossy() {
        folder if folder == "debug" => "dev".to_owned(),
        folder => folder.into_owned(),
    };
    let fill = |text: &str| {
        text.replace("{root}", &root.to_string_lossy())
            .replace("{profile}", &profile)
            .replace("{bin}", &bin.to_string_lossy())
    };
    for language in &mut languages {
        let texts = [
            &mut language.build,
            &mut language.command,
            &mut language.needs,
        ];
        for text in texts.into_iter().flatten() {
            *text = fill(text);
        }
        language.folder = fill(&language.folder.to_string_lossy()).into();
    }
    Ok(languages)
}

fn parse(text: &str) -> Result<Vec<Language>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    match file
        .language
        .iter()
        .find(|language| language.command.is_empty())
    {
        Some(language) => Err(format!("{} has no command", language.name)),
        None => Ok(file.language),
    }
}

impl Language {
    /// Puts another command, its words apart by spaces, before that of the program.
    pub(crate) fn run_under(&mut self, command: &str) {
        let words = command.split_whitespace().map(str::to_owned);
        self.command.splice(..0, words);
    }

    /// Builds the program, if its tools are there.
    pub(crate) fn prepare(&self, strict: bool) -> Ready {
        if let Some(missing) = self.needs.iter().find(|need| !exists(need)) {
            let reason = format!("{missing} is missing");
            return match strict {
                true => Ready::Failed(format!("{reason}; under CI nothing is skipped")),
                false => Ready::Skipped(reason),
            };
        }
        let Some((program, arguments)) = self.build.split_first() else {
            return Ready::Yes;
        };
        println!("$ {}", self.build.join(" "));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => Ready::Yes,
            Ok(status) => Ready::Failed(format!("the build ended with {status}")),
            Err(error) => Ready::Failed(format!("the build did not start: {error}")),
        }
    }
}

/// A text with a slash is a path; any other is looked for in the PATH.
fn exists(need: &str) -> bool {
    if need.contains('/') {
        return Path::new(need).exists();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(need).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_a_skip_here_and_a_failure_under_ci() {
        let text =
            "[[language]]\nname = 'x'\ncommand = ['x']\nfolder = '/'\nneeds = ['no-such-tool']";
        let language = parse(text).unwrap().remove(0);
        assert!(matches!(language.prepare(false), Ready::Skipped(_)));
        assert!(matches!(language.prepare(true), Ready::Failed(_)));
    }

    #[test]
    fn a_typo_in_the_file_is_noticed() {
        let text = "[[language]]\nname = 'x'\ncommand = ['x']\nfolder = '/'\nneed = []";
        assert!(parse(text).is_err());
    }
}
