//! Reads feature files: `Feature`, `Scenario` and steps that begin with Given, When, Then or And.
//!
//! Refuses everything else of Gherkin (tags, tables, outlines, backgrounds): a behaviour should be
//! readable without knowing a language for it. Lines that begin with `#` are remarks.

use std::path::Path;

/// One behaviour.
#[derive(Debug)]
pub(crate) struct Feature {
    /// From the file's name: `05_main_back.feature` is 5.
    pub(crate) number: u32,
    /// What it says.
    pub(crate) name: String,
    /// Its scenarios; all must pass.
    pub(crate) scenarios: Vec<Scenario>,
}

/// Steps that run one after the other in a world of their own.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// What it says.
    pub(crate) name: String,
    /// Its steps.
    pub(crate) steps: Vec<Step>,
}

/// One step.
#[derive(Debug)]
pub(crate) struct Step {
    /// File and line.
    pub(crate) place: String,
    /// The line without its first word.
    pub(crate) text: String,
    /// The same in words.
    pub(crate) words: Vec<Word>,
}

/// A word of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// A bare word.
    Bare(String),
    /// A text in double quotes, which may be empty or hold spaces.
    Quoted(String),
}

/// Every `*.feature` in `folder`, in the order of their numbers.
pub(crate) fn read_folder(folder: &Path) -> Result<Vec<Feature>, String> {
    let entries = std::fs::read_dir(folder).map_err(|it| format!("{}: {it}", folder.display()))?;
    let mut features = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|it| it == "feature") {
            let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            features.push(parse(&name, &text)?);
        }
    }
    features.sort_by_key(|feature| feature.number);
    let twice = features
        .windows(2)
        .any(|two| two[0].number == two[1].number);
    if features.is_empty() || twice {
        return Err("every behaviour needs a number of its own".to_owned());
    }
    Ok(features)
}

fn parse(file: &str, text: &str) -> Result<Feature, String> {
    let number = file.split('_').next().and_then(|it| it.parse().ok());
    let number = number.ok_or(format!("{file}: the name must begin with a number"))?;
    let mut name = None;
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let (place, line) = (format!("{file}:{}", index + 1), line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(said) = line.strip_prefix("Feature:") {
            name = Some(said.trim().to_owned());
        } else if let Some(said) = line.strip_prefix("Scenario:") {
            scenarios.push(Scenario {
                name: said.trim().to_owned(),
                steps: Vec::new(),
            });
        } else {
            let scenario = scenarios.last_mut();
            let scenario = scenario.ok_or(format!("{place}: a step outside a scenario"))?;
            scenario.steps.push(step(place, line)?);
        }
    }
    if scenarios.iter().any(|scenario| scenario.steps.is_empty()) || scenarios.is_empty() {
        return Err(format!("{file}: a scenario without steps proves nothing"));
    }
    let name = name.ok_or(format!("{file}: no line says what the feature is"))?;
    Ok(Feature {
        number,
        name,
        scenarios,
    })
}

fn step(place: String, line: &str) -> Result<Step, String> {
    let text = ["Given ", "When ", "Then ", "And "]
        .iter()
        .find_map(|word| line.strip_prefix(word));
    let text = text.ok_or(format!(
        "{place}: a step begins with Given, When, Then or And"
    ))?;
    let words = words(text).ok_or(format!("{place}: a quote is left open"))?;
    Ok(Step {
        place,
        text: text.to_owned(),
        words,
    })
}

/// Splits at spaces outside quotes; a comma after a word is dropped.
pub(crate) fn words(text: &str) -> Option<Vec<Word>> {
    let mut found = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        if index % 2 == 1 {
            found.push(Word::Quoted(part.to_owned()));
            continue;
        }
        let bare = part
            .split_whitespace()
            .map(|word| word.trim_end_matches(','));
        let bare = bare.filter(|word| !word.is_empty());
        found.extend(bare.map(|word| Word::Bare(word.to_owned())));
    }
    text.matches('"').count().is_multiple_of(2).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_read_as_written() {
        let text = "Feature: ids\n\n  # a remark\n  Scenario: one\n    Given a client\n    \
                    Then it gets \"a b\", called \"\"\n";
        let feature = parse("07_ids.feature", text).unwrap();
        assert_eq!((feature.number, feature.name.as_str()), (7, "ids"));
        let step = &feature.scenarios[0].steps[1];
        assert_eq!(step.place, "07_ids.feature:6");
        let bare = |word: &str| Word::Bare(word.to_owned());
        let quoted = |word: &str| Word::Quoted(word.to_owned());
        let wanted = [
            bare("it"),
            bare("gets"),
            quoted("a b"),
            bare("called"),
            quoted(""),
        ];
        assert_eq!(step.words, wanted);
    }

    #[test]
    fn what_is_not_of_the_subset_is_refused() {
        for text in [
            "Feature: x\n",
            "Feature: x\nScenario: y\n",
            "Scenario: y\nGiven z\n",
            "Feature: x\nGiven z\n",
            "Feature: x\nScenario: y\nBut z\n",
            "Feature: x\nScenario: y\nGiven \"z\n",
            "Feature: x\nBackground:\nScenario: y\nGiven z\n",
        ] {
            assert!(parse("1_x.feature", text).is_err(), "{text}");
        }
        assert!(parse("x.feature", "Feature: x\nScenario: y\nGiven z\n").is_err());
    }
}
