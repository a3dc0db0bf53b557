//! The C and C++ programs of `bindings/c/tests` against a live reference server, under
//! AddressSanitizer and UndefinedBehaviorSanitizer. `CHITTY_ROUNDS` sets the length of the stress
//! (the soak takes 10 000). Without cmake nothing is tested, which fails where `CI=true`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use chitty_tests::{
    native::{PROGRAMS, cmake, dead_url, environment, exists, library, root, run},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn c_and_cpp_programs() {
    if !exists("cmake") {
        let strict = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!strict, "cmake is missing");
        println!("skipped: there is no cmake");
        return;
    }
    let library = library().expect("library");
    every_symbol_is_ours_and_called_with_nothing(&library);
    let options = [
        "-DCHITTY_TESTS=ON",
        "-DCHITTY_TEST_HOOKS=ON",
        "-DCHITTY_SANITIZE=ON",
    ];
    let build = cmake(&library, "cmake", &options).expect("build");

    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    for program in PROGRAMS {
        let before = fallback_ids(&world).await;
        println!("{}", start(&build, program, &world, folder.path()).await);
        if program == "store" {
            let issued = &fallback_ids(&world).await - &before;
            settled(&issued, folder.path());
        }
    }
}

/// A wish-list of symbols would be outdated; what the library exports is not.
fn every_symbol_is_ours_and_called_with_nothing(library: &Path) {
    let mut nm = Command::new("nm");
    let symbols = run(nm.args(["-D", "--defined-only"]).arg(library)).expect("nm");
    let names: Vec<&str> = symbols
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    assert!(names.len() > 40, "{names:?}");
    let folder = root().join("bindings/c/tests");
    let program = |name| std::fs::read_to_string(folder.join(name)).expect(name);
    let programs = program("nulls.c") + &program("wallet.c");
    let left_out: Vec<_> = names
        .into_iter()
        .filter(|name| !name.starts_with("chitty_") || !programs.contains(&format!("{name}(")))
        .collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}

async fn start(build: &Path, program: &str, world: &World, folder: &Path) -> String {
    let mut command = Command::new(build.join("tests").join(program));
    environment(&mut command, world, folder, &dead_url().expect("a port"));
    let rounds = std::env::var("CHITTY_ROUNDS").unwrap_or_else(|_| "500".to_owned());
    command.env("CHITTY_ROUNDS", rounds);
    let ended = tokio::task::spawn_blocking(move || run(&mut command)).await;
    let said = ended.expect(program);
    let said = said.unwrap_or_else(|reason| panic!("{reason}"));
    said.trim_end().to_owned()
}

async fn fallback_ids(world: &World) -> BTreeSet<String> {
    let issued = world.fallback_issued().await;
    issued.into_iter().map(|(_, id)| id).collect()
}

/// Whatever the fallback issued while the program's store failed was found again and replaced.
fn settled(issued: &BTreeSet<String>, folder: &Path) {
    let path: PathBuf = folder.join("settled.txt");
    let text = std::fs::read_to_string(path).expect("settled.txt");
    let settled: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    assert!(issued.len() >= 4, "{issued:?}");
    assert_eq!(issued, &settled, "issued by the fallback, and settled");
}
