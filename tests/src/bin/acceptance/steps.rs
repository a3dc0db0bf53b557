//! The table of steps: what a feature file may say, and what the runner does about it.
//!
//! `{}` stands for one text in quotes or one bare word. A step fits at most one pattern.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::calls::Settings;
use super::gherkin::{self, Word};
use super::scene::Scene;
use super::servers::Role::{Fallback, Main};

/// What a step ends with.
type Done<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;
/// What a step does with the words that stand in the places of `{}`.
pub(crate) type Run = for<'a> fn(&'a mut Scene, &'a [String]) -> Done<'a>;

macro_rules! steps {
    ($($pattern:literal => |$scene:ident, $words:pat_param| $body:expr;)*) => {
        /// Every step.
        pub(super) const STEPS: &[(&str, Run)] = &[$(
            ($pattern, |$scene, words| Box::pin(async move {
                let $words = words else {
                    return Err("the pattern and its step differ in their places".to_owned());
                };
                $body
            })),
        )*];
    };
}

mod people;

steps! {
    // The services
    "main is down" => |s, []| { s.down(Main); Ok(()) };
    "the fallback is down" => |s, []| { s.down(Fallback); Ok(()) };
    "main is back" => |s, []| { s.back(Main); Ok(()) };
    "the fallback is back" => |s, []| { s.back(Fallback); Ok(()) };
    "main commits and then cuts the connection" => |s, []| { s.commit_and_cut(Main); Ok(()) };
    "main takes {} ms for every answer" => |s, [ms]| { s.slow(Main, number(ms)?); Ok(()) };
    "the fallback takes {} ms for every answer" => |s, [ms]| { s.slow(Fallback, number(ms)?); Ok(()) };
    "main has issued nothing" => |s, []| s.books(Main, &[]).await;
    "main has issued exactly {}" => |s, [name]| s.books(Main, &[name]).await;
    "main has issued one id called {}" => |s, [name]| s.name_committed(name).await;
    "the fallback has issued nothing" => |s, []| s.books(Fallback, &[]).await;
    "the fallback has issued exactly {}" => |s, [name]| s.books(Fallback, &[name]).await;

    // The client
    "a client" => |s, []| s.open(Settings::default()).await;
    "a client with a store in a file" => |s, []| {
        s.open(Settings { file: true, ..Settings::default() }).await
    };
    "a client that reconciles by itself" => |s, []| {
        s.open(Settings { automatic: true, ..Settings::default() }).await
    };
    "a client without a key set" => |s, []| {
        s.open(Settings { keyless: true, ..Settings::default() }).await
    };
    "a client of addresses where nobody listens" => |s, []| {
        s.open(Settings { nowhere: true, ..Settings::default() }).await
    };
    "a client with a wrong key for main" => |s, []| {
        let main_key = Some("not-a-key-of-main".to_owned());
        s.open(Settings { main_key, ..Settings::default() }).await
    };
    "a client whose key for main is for another namespace" => |s, []| {
        let main_key = Some(s.narrow_key().await?);
        s.open(Settings { main_key, ..Settings::default() }).await
    };
    "a client with a deadline of {} ms" => |s, [ms]| {
        s.open(Settings { deadline_ms: Some(number(ms)?), ..Settings::default() }).await
    };
    "the client is closed" => |s, []| {
        s.expect("close", serde_json::json!({})).await.map(|_| ())
    };
    "the program is killed and started again" => |s, []| s.restart().await;

    // Ids
    "the app asks for an id under the handle {}" => |s, [handle]| s.request_id(handle, |_| ()).await;
    "the app asks for an id under the handle {} until it succeeds" => |s, [handle]| {
        s.request_until_it_succeeds(handle).await
    };
    "the app asks for an id under the handle {} within {} ms" => |s, [handle, ms]| {
        let limit = number(ms)?;
        s.request_id(handle, |args| args["deadline_ms"] = limit.into()).await
    };
    "the app asks for something else under the handle {}" => |s, [handle]| {
        s.request_id(handle, |args| args["metadata_json"] = "{\"colour\":\"red\"}".into()).await
    };
    "the app insists on a permanent id under the handle {}" => |s, [handle]| {
        s.request_id(handle, |args| args["require_standard"] = true.into()).await
    };
    "the app starts to ask for an id under the handle {}" => |s, [handle]| {
        s.start_request(handle).await
    };
    "the app cancels the call it started" => |s, []| s.cancel().await;
    "the call it started ends within {} ms" => |s, [ms]| s.wait(number(ms)?).await;
    "{} ms pass" => |_s, [ms]| {
        tokio::time::sleep(Duration::from_millis(number(ms)?)).await;
        Ok(())
    };
    "the app drains" => |s, []| s.drain().await;
    "the app drains until nothing is owed" => |s, []| s.drain_until_nothing_is_owed().await;
    "the app lists its debts" => |s, []| s.call("pending", serde_json::json!({})).await;
    "the app resolves {}" => |s, [name]| s.with_id("resolve", name).await;
    "the app reconciles {}" => |s, [name]| s.with_id("reconcile", name).await;
    "the app parses {}" => |s, [text]| {
        s.call("parse_id", serde_json::json!({ "text": text })).await
    };
    "the app holds {} and {}" => |s, [one, two]| {
        s.held = vec![one.clone(), two.clone()];
        Ok(())
    };

    // What comes of it
    "it gets a permanent id of domain {} called {}" => |s, [domain, name]| s.gets(false, domain, name);
    "it gets a temporary id of domain {} called {}" => |s, [domain, name]| s.gets(true, domain, name);
    "it gets {} again" => |s, [name]| s.gets_again(name);
    "it fails with the code {} and the kind {}" => |s, [code, kind]| s.fails(code, kind);
    "the stage is {}" => |s, [stage]| s.stage(stage);
    "it took at most {} ms" => |s, [ms]| s.at_most(number(ms)?);
    "there are no pending debts" => |s, []| s.debts(&[]).await;
    "the pending debts are exactly {}" => |s, [name]| s.debts(&[name]).await;
    "main says that {} is valid" => |s, [name]| {
        let id = s.named(name)?.id.clone();
        s.main_says(&id, true, None).await
    };
    "main says that the text {} is not valid" => |s, [id]| s.main_says(id, false, None).await;
    "main says that {} is superseded by {}" => |s, [old, new]| {
        let (old, new) = (s.named(old)?.id.clone(), s.named(new)?.id.clone());
        s.main_says(&old, false, Some(&new)).await
    };
    "the event {} leads from {} to {}" => |s, [event, old, new]| s.event(event, old, Some(new)).await;
    "the event {} is seen for {}" => |s, [event, old]| s.event(event, old, None).await;
    "the receipt of {} proves {}" => |s, [of, name]| {
        s.verdict(s.receipt(of)?, name, "valid").await
    };
    "the receipt of {} does not prove {} for the reason {}" => |s, [of, name, code]| {
        s.verdict(s.receipt(of)?, name, &format!("invalid {code}")).await
    };
    "the receipt of {} with another signature does not prove {} for the reason {}" =>
        |s, [of, name, code]| s.verdict(s.altered(of, Some(2))?, name, &format!("invalid {code}")).await;
    "the receipt of {} with another payload does not prove {} for the reason {}" =>
        |s, [of, name, code]| s.verdict(s.altered(of, Some(1))?, name, &format!("invalid {code}")).await;
    "the receipt of {} without its signature does not prove {} for the reason {}" =>
        |s, [of, name, code]| s.verdict(s.altered(of, None)?, name, &format!("invalid {code}")).await;
    "an empty receipt does not prove {} for the reason {}" => |s, [name, code]| {
        s.verdict(String::new(), name, &format!("invalid {code}")).await
    };
    "whether the receipt of {} proves {} stays open for the reason {}" => |s, [of, name, code]| {
        s.verdict(s.receipt(of)?, name, &format!("indeterminate {code}")).await
    };
    "the id has {} {}" => |s, [name, value]| s.described(name, value);
    "{} suggests {}" => |s, [text, id]| match id.as_str() {
        "nothing" => s.suggests(text, &[]).await,
        id => s.suggests(text, &[id]).await,
    };
    "the program replays the {} vectors as the specification says" => |s, [kind]| s.replays(kind).await;
}

fn every() -> impl Iterator<Item = &'static (&'static str, Run)> {
    STEPS.iter().chain(people::STEPS)
}

/// The step that fits, with the words in the places of `{}`.
pub(crate) fn find(step: &[Word]) -> Option<(Run, Vec<String>)> {
    let mut fitting = every().filter_map(|(pattern, run)| Some((*run, fit(pattern, step)?)));
    fitting.next()
}

fn fit(pattern: &str, step: &[Word]) -> Option<Vec<String>> {
    let pattern = gherkin::words(pattern)?;
    let mut found = Vec::new();
    for (wanted, word) in pattern.iter().zip(step) {
        let (Word::Bare(text) | Word::Quoted(text)) = word;
        match wanted {
            Word::Bare(place) if place == "{}" => found.push(text.clone()),
            wanted if wanted == word => {}
            _ => return None,
        }
    }
    (pattern.len() == step.len()).then_some(found)
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn all() -> Vec<gherkin::Step> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/acceptance");
        let features = gherkin::read_folder(&folder).unwrap();
        assert_eq!(features.len(), 20);
        let scenarios = features.into_iter().flat_map(|feature| feature.scenarios);
        scenarios.flat_map(|scenario| scenario.steps).collect()
    }

    #[test]
    fn every_step_fits_exactly_one_pattern() {
        for step in all() {
            let fitting = every().filter(|(pattern, _)| fit(pattern, &step.words).is_some());
            assert_eq!(fitting.count(), 1, "{}: {}", step.place, step.text);
        }
    }

    #[test]
    fn no_pattern_is_left_over() {
        let steps = all();
        for (pattern, _) in every() {
            assert!(
                steps.iter().any(|step| fit(pattern, &step.words).is_some()),
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_step_that_nobody_wrote_fits_nothing() {
        let words = gherkin::words("main is upside down").unwrap();
        assert!(find(&words).is_none());
    }
}
