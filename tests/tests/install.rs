//! `bindings/c` as packages install it: multiarch folders, absolute folders, staged and moved. What
//! pkg-config and CMake say must lead to the files. The library is a stand-in of one function: where it
//! lies is what is tried. Without the tools nothing is tested, which fails where `CI=true`.
#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use chitty_tests::native::{exists, root, run};

const PROGRAM: &str =
    "#include <chitty.h>\nint main(void) { return chitty_abi_version() == 7 ? 0 : 1; }\n";
const PROJECT: &str = "cmake_minimum_required(VERSION 3.16)\nproject(user C)\n\
    find_package(Chitty REQUIRED)\nadd_executable(user user.c)\n\
    target_link_libraries(user chitty::chitty)\n";

/// A way to install, and where its parts then lie in the folder of the test.
struct Layout {
    name: &'static str,
    options: Vec<String>,
    staged: bool,
    lib: &'static str,
    include: &'static str,
    moves: bool,
}

fn layouts(place: &Path) -> Vec<Layout> {
    let option = |name: &str, value: &str| format!("-DCMAKE_INSTALL_{name}={value}");
    let inside = |name: &str, value: &str| option(name, &place.join(value).display().to_string());
    vec![
        Layout {
            name: "as it comes",
            options: vec![inside("PREFIX", "plain"), option("LIBDIR", "lib")],
            staged: false,
            lib: "plain/lib",
            include: "plain/include",
            moves: true,
        },
        Layout {
            name: "multiarch, staged",
            options: vec![
                option("PREFIX", "/usr"),
                option("LIBDIR", "lib/x86_64-linux-gnu"),
            ],
            staged: true,
            lib: "stage/usr/lib/x86_64-linux-gnu",
            include: "stage/usr/include",
            moves: true,
        },
        Layout {
            name: "deep folders",
            options: vec![
                inside("PREFIX", "deep"),
                option("LIBDIR", "a/b/c/lib64/"),
                option("INCLUDEDIR", "x/y"),
            ],
            staged: false,
            lib: "deep/a/b/c/lib64",
            include: "deep/x/y",
            moves: true,
        },
        Layout {
            name: "absolute folders elsewhere",
            options: vec![
                inside("PREFIX", "else"),
                inside("LIBDIR", "far/lib"),
                inside("INCLUDEDIR", "away/include"),
            ],
            staged: false,
            lib: "far/lib",
            include: "away/include",
            moves: false,
        },
        Layout {
            name: "one absolute folder",
            options: vec![
                inside("PREFIX", "half"),
                option("LIBDIR", "lib"),
                inside("INCLUDEDIR", "half/headers"),
            ],
            staged: false,
            lib: "half/lib",
            include: "half/headers",
            moves: false,
        },
    ]
}

fn said(command: &mut Command) -> String {
    run(command).unwrap_or_else(|reason| panic!("{reason}"))
}

fn stand_in(place: &Path) -> PathBuf {
    let (source, library) = (place.join("stand_in.c"), place.join("libchitty.so"));
    fs::write(&source, "unsigned chitty_abi_version(void) { return 7; }\n").expect("source");
    let mut build = Command::new("cc");
    build.args(["-shared", "-fPIC", "-Wl,-soname,libchitty.so.0", "-o"]);
    said(build.arg(&library).arg(&source));
    library
}

fn pkg_config(lib: &Path, words: &[&str]) -> String {
    let mut ask = Command::new("pkg-config");
    ask.env("PKG_CONFIG_LIBDIR", lib.join("pkgconfig"));
    said(ask.args(words).arg("chitty")).trim().to_owned()
}

/// Builds a program by what pkg-config says, and runs it.
fn builds(place: &Path, lib: &Path) -> Result<String, String> {
    let (source, program) = (place.join("user.c"), place.join("user"));
    fs::write(&source, PROGRAM).expect("source");
    let mut build = Command::new("cc");
    build.arg(&source).arg("-o").arg(&program);
    let flags = pkg_config(lib, &["--cflags", "--libs"]);
    run(build.args(flags.split_whitespace()))?;
    run(Command::new(&program).env("LD_LIBRARY_PATH", lib))
}

fn found_by_cmake(place: &Path, lib: &Path) {
    let project = tempfile::tempdir_in(place).expect("folder");
    fs::write(project.path().join("user.c"), PROGRAM).expect("source");
    fs::write(project.path().join("CMakeLists.txt"), PROJECT).expect("project");
    let build = project.path().join("build");
    let mut configure = Command::new("cmake");
    configure
        .arg("-S")
        .arg(project.path())
        .arg("-B")
        .arg(&build);
    said(configure.arg(format!(
        "-DChitty_DIR={}",
        lib.join("cmake/Chitty").display()
    )));
    said(Command::new("cmake").arg("--build").arg(&build));
    said(&mut Command::new(build.join("user")));
}

#[test]
fn what_is_installed_is_found_wherever_a_package_puts_it() {
    if let Some(tool) = ["cmake", "pkg-config", "cc", "c++"]
        .iter()
        .find(|tool| !exists(tool))
    {
        let strict = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!strict, "{tool} is missing");
        println!("skipped: there is no {tool}");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    // A name that needs no quoting, and no link in it.
    let place = folder.path().canonicalize().expect("path");
    let library = stand_in(&place);
    for (number, layout) in layouts(&place).into_iter().enumerate() {
        let name = layout.name;
        println!("{name}");
        let build = place.join(format!("build-{number}"));
        let mut configure = Command::new("cmake");
        configure
            .arg("-S")
            .arg(root().join("bindings/c"))
            .arg("-B")
            .arg(&build);
        configure.arg(format!("-DCHITTY_LIBRARY={}", library.display()));
        said(configure.args(&layout.options));
        let mut install = Command::new("cmake");
        if layout.staged {
            install.env("DESTDIR", place.join("stage"));
        }
        said(install.arg("--install").arg(&build));

        let (mut lib, mut include) = (place.join(layout.lib), place.join(layout.include));
        if layout.moves {
            let top = Path::new(layout.lib).components().next().expect("a folder");
            let moved = place.join(format!("moved-{number}"));
            fs::rename(place.join(top), &moved).expect("move");
            let within =
                |path: &str| moved.join(Path::new(path).strip_prefix(top).expect("inside"));
            (lib, include) = (within(layout.lib), within(layout.include));
        }
        for (variable, wanted) in [("libdir", &lib), ("includedir", &include)] {
            let told = pkg_config(&lib, &[&format!("--variable={variable}")]);
            let told = Path::new(&told).canonicalize();
            assert_eq!(told.as_ref().ok(), Some(wanted), "{name}: {variable}");
        }
        builds(&place, &lib).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        found_by_cmake(&place, &lib);

        if name.starts_with("multiarch") {
            // The control: a prefix two folders up, whatever the depth.
            let file = lib.join("pkgconfig/chitty.pc");
            let text = fs::read_to_string(&file).expect("chitty.pc");
            let flat = text.replacen(
                "prefix=${pcfiledir}/../../..",
                "prefix=${pcfiledir}/../..",
                1,
            );
            assert_ne!(text, flat);
            fs::write(&file, flat).expect("chitty.pc");
            assert!(builds(&place, &lib).is_err(), "it must not be found there");
        }
    }
}
