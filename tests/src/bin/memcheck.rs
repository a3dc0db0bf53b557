//! The C and C++ programs under valgrind's memcheck: no memory may be lost, and none be read that was
//! never written. `bindings/c/tests` runs against a live server, then the acceptance programs.
//!
//! Ends with a control: a program that leaks on purpose must be found out. Handles are rows of the
//! library's table and so reachable to the end; the programs count them themselves.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use chitty_tests::{
    native::{PROGRAMS, cmake, dead_url, environment, library, run},
    world::World,
};

/// Rounds per thread of the stress: memcheck is some fifty times slower and runs one thread at a time.
const ROUNDS: &str = "8";
/// What valgrind ends with when it found something; no program ends so by itself.
const FOUND: i32 = 99;
/// `possible` is left out: the stacks of threads that still run at the end are reported so.
const VALGRIND: [&str; 7] = [
    "valgrind",
    "--quiet",
    "--error-exitcode=99",
    "--leak-check=full",
    "--show-leak-kinds=definite,indirect",
    "--errors-for-leak-kinds=definite,indirect",
    "--child-silent-after-fork=yes",
];
/// Behaviours of the acceptance suite that need no haste.
const BEHAVIOURS: [&str; 5] = ["1", "3", "5", "8", "9"];

#[tokio::main]
async fn main() -> ExitCode {
    match check().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn check() -> Result<(), String> {
    let options = [
        "-DCHITTY_TESTS=ON",
        "-DCHITTY_TEST_HOOKS=ON",
        "-DCHITTY_SANITIZE=OFF",
    ];
    let build = cmake(&library()?, "memcheck", &options)?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let world = World::start(folder.path()).await;
    for program in PROGRAMS {
        let said = watched(&build, &[program], &world, folder.path()).await?;
        println!("no leak: {}", said.trim_end());
    }
    for (what, wanted) in [("block", FOUND), ("handle", 1)] {
        control(&build, what, wanted, &world, folder.path()).await?;
    }
    acceptance()
}

/// Runs a program under memcheck.
async fn watched(
    build: &Path,
    program: &[&str],
    world: &World,
    folder: &Path,
) -> Result<String, String> {
    let mut command = Command::new(VALGRIND[0]);
    command
        .args(&VALGRIND[1..])
        .arg(build.join("tests").join(program[0]))
        .args(&program[1..])
        .env("CHITTY_ROUNDS", ROUNDS);
    environment(&mut command, world, folder, &dead_url()?);
    let name = program.join(" ");
    let ended = tokio::task::spawn_blocking(move || run(&mut command)).await;
    ended
        .map_err(|error| error.to_string())?
        .map_err(|reason| format!("{name}: {reason}"))
}

/// The program that leaks must be found out, by the one who is to find it.
async fn control(
    build: &Path,
    what: &str,
    wanted: i32,
    world: &World,
    folder: &Path,
) -> Result<(), String> {
    let Err(reason) = watched(build, &["leak", what], world, folder).await else {
        return Err(format!("the leak of a {what} went unnoticed"));
    };
    let ended = format!("ended with exit status: {wanted}\n");
    let told = wanted != FOUND || reason.contains("definitely lost");
    match reason.contains(&ended) && told {
        true => {
            println!("control: the leak of a {what} was found");
            Ok(())
        }
        false => Err(format!("the leak of a {what} was to be found: {reason}")),
    }
}

/// The acceptance programs of C and C++, which end with an error when memcheck found something.
fn acceptance() -> Result<(), String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let runner: PathBuf = own.with_file_name("acceptance");
    let mut command = Command::new(runner);
    command.args(["--language", "c", "--language", "cpp"]);
    command.args(["--under", &VALGRIND.join(" ")]);
    for behaviour in BEHAVIOURS {
        command.args(["--behaviour", behaviour]);
    }
    let said = run(&mut command)?;
    println!(
        "no leak: acceptance, {}",
        said.trim_end().lines().last().unwrap_or_default()
    );
    Ok(())
}
