//! The C and C++ programs where the ordinary tests are too short or lack a tool: under memcheck, and
//! the stress at full length.

use std::path::Path;

use crate::process::{built, cargo, exists, run as finish};
use crate::report::Outcome;

/// Calls of each of the 64 threads in the soak; the gate takes 500.
const ROUNDS: &str = "10000";

/// What the programs of `bindings/c` are built with and watched by.
const TOOLS: [&str; 3] = ["cmake", "pkg-config", "valgrind"];
/// What the acceptance programs among them include beyond `chitty.h`.
const HEADERS: [&str; 3] = [
    "/usr/include/jansson.h",
    "/usr/include/nlohmann/json.hpp",
    "/usr/include/openssl/evp.h",
];

/// Runs the programs of `bindings/c` under memcheck, and the control that must be found out.
pub(crate) fn memcheck(root: &Path) -> Outcome {
    let tool = TOOLS.into_iter().find(|tool| !exists(tool));
    let header = HEADERS
        .into_iter()
        .find(|header| !Path::new(header).exists());
    match tool.or(header) {
        Some(missing) => Outcome::Missing(format!("{missing} is missing")),
        None => finish(&mut built(root, "memcheck")).into(),
    }
}

/// 64 threads with mixed calls, under sanitizers.
pub(crate) fn stress(root: &Path) -> Outcome {
    if !exists("cmake") {
        return Outcome::Missing("cmake is missing".to_owned());
    }
    let arguments = [
        "test",
        "--workspace",
        "--test",
        "native",
        "--",
        "--nocapture",
    ];
    finish(cargo(root, &arguments).env("CHITTY_ROUNDS", ROUNDS)).into()
}
