//! A day in the life of an operator: the commands of `deploy/README.md`, run as they stand there, from the
//! first key to a restore. Only the build is left out, and ports are free ones.

use std::{net::TcpListener, path::Path, process::Command};

const README: &str = include_str!("../../deploy/README.md");
const NEEDED: [&str; 7] = [
    "bash", "openssl", "curl", "jq", "sqlite3", "promtool", "basenc",
];

/// What stands between ```sh and ```.
fn blocks() -> Vec<String> {
    let mut parts = README.split("```sh\n").skip(1);
    let blocks = parts.by_ref().map(|part| {
        let (block, _) = part.split_once("\n```").expect("the block's end");
        block.to_owned()
    });
    blocks.collect()
}

fn missing() -> Option<&'static str> {
    let absent = |tool: &&str| Command::new(tool).arg("--version").output().is_err();
    NEEDED.into_iter().find(absent)
}

#[test]
fn every_command_of_the_operators_text_works() {
    if let Some(tool) = missing() {
        let text =
            format!("{tool} is not installed (Debian: apt-get install jq sqlite3 prometheus)");
        assert!(std::env::var("CI").is_err(), "{text}");
        eprintln!("SKIPPED: {text}");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).expect("folder");
    let program = programs.join("reference-server");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_test-server"), program).expect("link");
    let (build, run): (Vec<_>, Vec<_>) = blocks()
        .into_iter()
        .partition(|block| block.contains("cargo build"));
    assert_eq!((build.len(), run.len()), (1, 17), "a block more or less");
    // All are held until all are known, so that they differ.
    let ports = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
    let [main, fallback, broker] = ports.map(|port| port.local_addr().expect("an address").port());
    let script = format!(
        "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{}\n",
        run.join("\n")
    )
    .replace("127.0.0.1:8443", &format!("127.0.0.1:{main}"))
    .replace("127.0.0.1:8444", &format!("127.0.0.1:{fallback}"))
    .replace("127.0.0.1:8445", &format!("127.0.0.1:{broker}"));
    let path = std::env::var("PATH").expect("PATH");
    let done = Command::new("timeout")
        .args(["300", "bash", "-c", &script])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", programs.display()))
        .env(
            "DEPLOY",
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy"),
        )
        .output()
        .expect("bash");
    let said = String::from_utf8_lossy(&done.stdout);
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{complained}");
    let is_id = |line: &&str| line.len() == 22 && line.get(2..3) == Some("-");
    let ids: Vec<&str> = said.lines().filter(is_id).collect();
    let [first, temporary, second, repeated, lost, after] = ids[..] else {
        panic!("{said}");
    };
    assert!(temporary.starts_with("AA-E-"), "{temporary}");
    assert_eq!(
        second, repeated,
        "a request keeps its id under a new API key"
    );
    for id in [first, second, lost] {
        assert!(id.starts_with("AA-C-"), "{id}");
    }
    assert!(after.starts_with("AB-C-"), "{after}");
    assert!(said.contains(r#"{"closed":["03-"#), "{said}");
    assert!(said.contains(r#""epoch":"1."#), "{said}");
    assert!(
        said.contains(r#"{"percent":80,"tenant":"alpha"}"#),
        "{said}"
    );
    assert!(said.contains("chitty_ready 1"), "{said}");
    assert!(said.contains(r#"["chitty-receipt","revoked"]"#), "{said}");
    assert!(complained.contains("REVOKED "), "{complained}");
    assert!(said.contains(r#"{"nextSnapshotAfter":"#), "{said}");
    assert!(said.contains(r#"{"claimed":false,"name":"ada"}"#), "{said}");
}
