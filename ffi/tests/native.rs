//! The C and C++ programs of `bindings/c/tests` against a live reference server, under
//! AddressSanitizer and UndefinedBehaviorSanitizer. `CHITTY_ROUNDS` sets the length of the stress
//! (the soak takes 10 000). Without cmake nothing is tested, which fails where `CI=true`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use chitty_tests::world::World;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn run(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(
        output.status.success(),
        "{:?}\n{}{}",
        command.get_program(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The library with the C face alone, in a folder of its own: features of other builds stay out.
fn library() -> PathBuf {
    let target = root().join("target/native");
    run(Command::new(env!("CARGO"))
        .args(["build", "--package", "chitty-ffi", "--no-default-features"])
        .args(["--features", "capi,http,sqlite,test-hooks", "--target-dir"])
        .arg(&target)
        .current_dir(root()));
    target
}

#[tokio::test(flavor = "multi_thread")]
async fn c_and_cpp_programs() {
    if Command::new("cmake").arg("--version").output().is_err() {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "cmake is missing"
        );
        println!("skipped: there is no cmake");
        return;
    }
    let target = library();
    let shared = target.join("debug/libchitty.so");
    let symbols = Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(&shared)
        .output()
        .expect("nm");
    let symbols = String::from_utf8_lossy(&symbols.stdout).into_owned();
    let foreign: Vec<&str> = symbols
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .filter(|name| !name.starts_with("chitty_"))
        .collect();
    assert!(
        foreign.is_empty() && symbols.lines().count() > 40,
        "{foreign:?}"
    );

    let build = target.join("cmake");
    run(Command::new("cmake")
        .arg("-S")
        .arg(root().join("bindings/c"))
        .arg("-B")
        .arg(&build)
        .arg(format!("-DCHITTY_LIBRARY={}", shared.display()))
        .args(["-DCHITTY_TESTS=ON", "-DCHITTY_TEST_HOOKS=ON"]));
    run(Command::new("cmake").arg("--build").arg(&build));

    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let closed = format!("http://{}", closed.expect("a port"));
    let rounds = std::env::var("CHITTY_ROUNDS").unwrap_or_else(|_| "500".to_owned());
    for program in ["bad_input", "outage", "parts", "stress"] {
        let mut command = Command::new(build.join("tests").join(program));
        command
            // Cargo's own library path leads to a build with other features.
            .env_remove("LD_LIBRARY_PATH")
            .env("CHITTY_MAIN_URL", world.main_url())
            .env("CHITTY_MAIN_KEY", &world.main_key)
            .env("CHITTY_FALLBACK_URL", world.fallback_url())
            .env("CHITTY_FALLBACK_KEY", &world.fallback_key)
            .env("CHITTY_KEYS", world.key_set_json())
            .env("CHITTY_DEAD_URL", &closed)
            .env("CHITTY_FOLDER", folder.path())
            .env("CHITTY_ROUNDS", &rounds);
        tokio::task::spawn_blocking(move || run(&mut command))
            .await
            .expect(program);
    }
}
