//! The acceptance runner: behaviours of `spec/acceptance/*.feature`, run against every language.
//!
//! Owns the command line and the order of things: read the features, check that every step is
//! known, build the languages' programs, run each behaviour with each of them, print the matrix.
//! Refuses to know any language: all it sees is the protocol of `spec/acceptance/README.md`.

mod calls;
mod checks;
mod control;
mod gherkin;
mod languages;
mod matrix;
mod people;
mod program;
mod sabotage;
mod scene;
mod servers;
mod steps;
mod vectors;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;

use clap::Parser;
use futures_util::{Stream, StreamExt, stream};

use gherkin::Feature;
use languages::{Language, Ready};
use matrix::{Cell, Matrix};
use sabotage::Sabotage;
use scene::Scene;

/// So many behaviours run side by side, each in a world of its own: they wait more than they compute.
const AT_ONCE: usize = 3;

#[derive(Parser)]
#[command(about = "Runs the behaviours of spec/acceptance against every language")]
struct Arguments {
    /// Only this language; may be repeated
    #[arg(long)]
    language: Vec<String>,
    /// Only this behaviour, by its number; may be repeated
    #[arg(long)]
    behaviour: Vec<u32>,
    /// Falsify the programs' answers: the run must fail
    #[arg(long, value_enum)]
    sabotage: Option<Sabotage>,
    /// Start the programs under this command, such as valgrind with its options
    #[arg(long)]
    under: Option<String>,
    /// The negative control: every kind of sabotage must be noticed by the behaviours it concerns
    #[arg(long)]
    control: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let strict = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
    let done = match arguments.control {
        true => control::run(&root(), &arguments.language, strict).await,
        false => run(&root(), &arguments, strict).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run(root: &Path, arguments: &Arguments, strict: bool) -> Result<bool, String> {
    let features = read_features(root, &arguments.behaviour)?;
    let mut languages = languages::read(root, &arguments.language)?;
    if let Some(under) = &arguments.under {
        languages.iter_mut().for_each(|it| it.run_under(under));
    }
    let mut matrix = Matrix::new(&features);
    for language in &languages {
        let ready = language.prepare(strict);
        let mut cells = pin!(cells(root, language, &ready, &features, arguments.sabotage));
        while let Some((feature, cell)) = cells.next().await {
            if !matches!(cell, Cell::Skipped(_)) {
                println!("{:8} {:2} {}", language.name, feature.number, cell.word());
            }
            matrix.add(&language.name, cell);
        }
    }
    print!("\n{matrix}");
    Ok(matrix.passed())
}

/// The features in the order of their numbers; all of them when `only` is empty. A step that is
/// not in the table fails the run before anything is started.
fn read_features(root: &Path, only: &[u32]) -> Result<Vec<Feature>, String> {
    let mut features = gherkin::read_folder(&root.join("spec/acceptance"))?;
    let unknown: Vec<_> = features
        .iter()
        .flat_map(|feature| feature.scenarios.iter().flat_map(move |it| it.steps.iter()))
        .filter(|step| steps::find(&step.words).is_none())
        .map(|step| format!("{}: no step is written `{}`", step.place, step.text))
        .collect();
    if !unknown.is_empty() {
        return Err(unknown.join("\n"));
    }
    features.retain(|feature| only.is_empty() || only.contains(&feature.number));
    match features.is_empty() {
        true => Err("no behaviour has this number".to_owned()),
        false => Ok(features),
    }
}

/// Runs `features` with one language, some of them side by side, and answers them in their order.
fn cells<'a>(
    root: &'a Path,
    language: &'a Language,
    ready: &'a Ready,
    features: &'a [Feature],
    sabotage: Option<Sabotage>,
) -> impl Stream<Item = (&'a Feature, Cell)> {
    let cell = move |feature| async move {
        let cell = match ready {
            Ready::Yes => behaviour(root, language, feature, sabotage).await,
            Ready::Failed(reason) => Cell::Failed(reason.clone()),
            Ready::Skipped(reason) => Cell::Skipped(reason.clone()),
        };
        (feature, cell)
    };
    stream::iter(features).map(cell).buffered(AT_ONCE)
}

/// Runs every scenario of one behaviour in a world of its own.
async fn behaviour(
    root: &Path,
    language: &Language,
    feature: &Feature,
    sabotage: Option<Sabotage>,
) -> Cell {
    for scenario in &feature.scenarios {
        let mut scene = match Scene::start(root, language, sabotage).await {
            Ok(scene) => scene,
            Err(reason) => return Cell::Failed(reason),
        };
        for step in &scenario.steps {
            let (run, words) = steps::find(&step.words).expect("checked before");
            if let Err(reason) = run(&mut scene, &words).await {
                return Cell::Failed(format!("{}: {}: {reason}", step.place, step.text));
            }
        }
        if let Err(reason) = scene.end().await {
            return Cell::Failed(format!("{}: {reason}", scenario.name));
        }
    }
    Cell::Passed
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}
