//! The negative control: every kind of sabotage must make every behaviour fail that it concerns.
//!
//! A suite that accepts a made-up id proves nothing by being green. Together the kinds concern every
//! behaviour, so each has been seen to fail.

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::pin;

use futures_util::StreamExt;

use super::languages::{self, Ready};
use super::matrix::Cell;
use super::sabotage::Sabotage;
use super::{cells, read_features};

/// How many languages the control takes when none is named: Rust, which comes first, and one other.
const SAMPLE: usize = 2;

/// Runs the control with the languages of `only`, or with the first that can be run.
pub(crate) async fn run(root: &Path, only: &[String], strict: bool) -> Result<bool, String> {
    let languages = languages::read(root, only)?;
    let (mut unnoticed, mut taken) = (0, 0);
    for language in &languages {
        if only.is_empty() && taken == SAMPLE {
            break;
        }
        match language.prepare(strict || !only.is_empty()) {
            Ready::Yes => taken += 1,
            Ready::Failed(reason) => return Err(format!("{}: {reason}", language.name)),
            Ready::Skipped(reason) => {
                println!("{} is left out: {reason}", language.name);
                continue;
            }
        }
        println!("{} is falsified", language.name);
        for (sabotage, concerned) in Sabotage::ALL {
            let features = read_features(root, concerned)?;
            let mut cells = pin!(cells(
                root,
                language,
                &Ready::Yes,
                &features,
                Some(*sabotage)
            ));
            while let Some((feature, cell)) = cells.next().await {
                let Cell::Failed(reason) = cell else {
                    unnoticed += 1;
                    println!(
                        "{sabotage:?} was NOT noticed by {} {}",
                        feature.number, feature.name
                    );
                    continue;
                };
                println!("{sabotage:?} was noticed by {:2}: {reason}", feature.number);
            }
        }
    }
    let seen: BTreeSet<u32> = Sabotage::ALL
        .iter()
        .flat_map(|(_, them)| them.iter().copied())
        .collect();
    let every: BTreeSet<u32> = read_features(root, &[])?
        .iter()
        .map(|it| it.number)
        .collect();
    println!("\n{taken} languages, {unnoticed} falsified runs passed unnoticed");
    Ok(taken > 0 && unnoticed == 0 && seen == every)
}
