//! Whether every dependency of the SDK's crates accepts the minimum Rust that these crates declare.
//!
//! Reads the dependencies' own `rust-version`. It compiles nothing, so it is evidence and no proof.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use serde::Deserialize;

use crate::process::{cargo, output};
use crate::report::Outcome;

/// The crates that adopters compile.
const PUBLISHED: [&str; 2] = ["spooky-core", "chitty-client"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    rust_version: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// Absent for a normal dependency.
    kind: Option<String>,
}

pub(crate) fn run(root: &Path) -> Outcome {
    match check(root) {
        Ok((floor, seen)) => Outcome::Passed(format!("{seen} crates accept Rust {floor}")),
        Err(reason) => Outcome::Failed(reason),
    }
}

fn check(root: &Path) -> Result<(String, usize), String> {
    let answer = output(&mut cargo(
        root,
        &["metadata", "--format-version", "1", "--locked"],
    ))?;
    let metadata: Metadata = serde_json::from_slice(&answer).map_err(|error| error.to_string())?;
    let packages: HashMap<_, _> = metadata.packages.iter().map(|p| (&p.id, p)).collect();
    let nodes: HashMap<_, _> = metadata.resolve.nodes.iter().map(|n| (&n.id, n)).collect();
    let published: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| PUBLISHED.contains(&package.name.as_str()))
        .collect();
    let floor = published
        .iter()
        .filter_map(|package| package.rust_version.as_deref())
        .min_by_key(|text| parts(text))
        .ok_or("the published crates declare no minimum Rust")?;

    let mut seen = BTreeSet::new();
    let mut open: Vec<&String> = published.iter().map(|package| &package.id).collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        open.extend(
            dependencies
                .filter(|dependency| dependency.dep_kinds.iter().any(is_built))
                .map(|dependency| &dependency.pkg),
        );
    }
    let mut offenders = 0;
    for package in seen.iter().filter_map(|id| packages.get(id)) {
        if let Some(wanted) = &package.rust_version
            && parts(wanted) > parts(floor)
        {
            offenders += 1;
            println!("{} {} wants Rust {wanted}", package.name, package.version);
        }
    }
    if offenders == 0 {
        Ok((floor.to_owned(), seen.len()))
    } else {
        Err(format!("{offenders} crates want more than Rust {floor}"))
    }
}

/// Build dependencies are compiled by adopters as well; development dependencies are not.
fn is_built(kind: &Kind) -> bool {
    kind.kind.as_deref() != Some("dev")
}

/// `1.89` and `1.89.0` are the same version.
fn parts(version: &str) -> [u32; 3] {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(parts("1.89"), parts("1.89.0"));
        assert!(parts("1.100") > parts("1.89"));
        assert!(parts("1.89.1") > parts("1.89"));
    }
}
