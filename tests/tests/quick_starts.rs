//! The quick starts of `README.md`, as they stand there: each fenced block whose language is in
//! [`LANGUAGES`] is written to a file, built, and run against a live reference server. The id that it
//! prints must stand in main's books. Kotlin, Python and Swift look after theirs in their own suites.
//!
//! A language whose tools are missing is skipped with the reason, which fails where `CI=true`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use chitty_tests::{
    native::{cmake, dead_url, environment, exists, library, root, run},
    world::World,
};

/// How the quick start of one language is run.
struct Language {
    /// What the fence is marked with.
    fence: &'static str,
    /// What the block is saved as, in a folder of its own.
    file: &'static str,
    /// Programs without which it cannot run.
    needs: &'static [&'static str],
    /// Run one after the other, by `sh`, in that folder. `$ROOT` is the repository, `$PREFIX` where the
    /// C library is installed. What the last one prints is looked at.
    commands: &'static [&'static str],
}

const LANGUAGES: &[Language] = &[
    Language {
        fence: "rust",
        file: "quick.rs",
        needs: &[],
        // The build script of this package put the block into the program.
        commands: &["cmp quick.rs \"$QUICK_START_SOURCE\" && \"$QUICK_START\""],
    },
    Language {
        fence: "c",
        file: "quick.c",
        needs: &["cc", "cmake", "pkg-config"],
        commands: &[
            "cc -std=c11 -Wall -Wextra -Werror quick.c $(pkg-config --cflags --libs chitty) -o quick",
            "./quick",
        ],
    },
    Language {
        fence: "cpp",
        file: "quick.cpp",
        needs: &["c++", "cmake"],
        commands: &[
            "printf '%s\\n' 'cmake_minimum_required(VERSION 3.16)' 'project(quick CXX)' \
             'set(CMAKE_CXX_STANDARD 17)' 'find_package(Chitty 0.1 REQUIRED)' \
             'add_executable(quick quick.cpp)' 'target_link_libraries(quick chitty::chitty)' >CMakeLists.txt",
            "cmake -S . -B build -DCMAKE_PREFIX_PATH=\"$PREFIX\" && cmake --build build",
            "./build/quick",
        ],
    },
];

/// A fenced block and the first word after its fence.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    info: String,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let (mut found, mut open) = (Vec::new(), None::<Block>);
    for line in markdown.lines() {
        let fence = line.trim_start().strip_prefix("```");
        open = match (open, fence) {
            (None, Some(info)) => Some(Block {
                info: info.split_whitespace().next().unwrap_or("").to_owned(),
                text: String::new(),
            }),
            (Some(block), Some(_)) => {
                found.push(block);
                None
            }
            (Some(mut block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
                Some(block)
            }
            (None, None) => None,
        };
    }
    assert!(open.is_none(), "a block has no end");
    found
}

#[test]
fn blocks_are_found_with_their_language() {
    let found = blocks("a\n```c\nint x;\n\n```\n```sh extra\nls\n```\n```\nplain\n```\n");
    let shown: Vec<_> = found
        .iter()
        .map(|it| (it.info.as_str(), it.text.as_str()))
        .collect();
    assert_eq!(
        shown,
        [("c", "int x;\n\n"), ("sh", "ls\n"), ("", "plain\n")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_quick_start_gets_an_id() {
    let markdown = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let found = blocks(&markdown);
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let folder = tempfile::tempdir().expect("folder");
    let world = World::start(folder.path()).await;
    let mut prefix: Option<PathBuf> = None;
    for language in LANGUAGES {
        let mut own = found.iter().filter(|block| block.info == language.fence);
        let block = own.next().expect(language.fence);
        assert!(own.next().is_none(), "two blocks of {}", language.fence);
        if let Some(missing) = language.needs.iter().find(|tool| !exists(tool)) {
            assert!(!strict, "{missing} is missing");
            println!("skipped: {} without {missing}", language.fence);
            continue;
        }
        if language.needs.contains(&"cmake") {
            prefix.get_or_insert_with(|| installed(folder.path()));
        }
        let before = issued(&world).await;
        let prefix = prefix.clone().unwrap_or_default();
        let printed = quick_start(language, block, &world, folder.path(), &prefix).await;
        let after = issued(&world).await;
        let mut new = after.iter().filter(|id| !before.contains(id));
        let id = new.next().unwrap_or_else(|| panic!("no id: {printed}"));
        assert!(
            printed.contains(id.as_str()),
            "{printed} does not name {id}"
        );
        assert!(new.next().is_none(), "more than one id: {printed}");
    }
}

/// Runs one quick start in a folder of its own; what its last command printed.
async fn quick_start(
    language: &Language,
    block: &Block,
    world: &World,
    folder: &Path,
    prefix: &Path,
) -> String {
    let own = folder.join(language.fence);
    std::fs::create_dir(&own).expect("folder");
    std::fs::write(own.join(language.file), &block.text).expect("file");
    let mut printed = String::new();
    for line in language.commands {
        let mut command = Command::new("sh");
        environment(&mut command, world, &own, &dead_url().expect("a port"));
        command
            .args(["-c", line])
            .current_dir(&own)
            .env("ROOT", root())
            .env("PREFIX", prefix)
            .env("QUICK_START", env!("CARGO_BIN_EXE_quick-start"))
            .env("QUICK_START_SOURCE", env!("CHITTY_QUICK_START"))
            .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
            .env("LD_LIBRARY_PATH", prefix.join("lib"));
        let ended = tokio::task::spawn_blocking(move || run(&mut command)).await;
        printed = ended.expect(language.fence).expect(language.fence);
    }
    printed
}

async fn issued(world: &World) -> Vec<String> {
    let intents = world.main_intents().await;
    intents.into_iter().map(|(_, id)| id).collect()
}

/// The C library and its headers as a package.
fn installed(folder: &Path) -> PathBuf {
    let prefix = folder.join("prefix");
    let build = cmake(
        &library().expect("library"),
        "package",
        &["-DCMAKE_INSTALL_LIBDIR=lib"],
    )
    .expect("build");
    let mut install = Command::new("cmake");
    install.arg("--install").arg(build).arg("--prefix");
    run(install.arg(&prefix)).expect("install");
    prefix
}
