//! `cargo xtask size`: how large the libraries are, what a call across the border costs in each
//! language, and how long the first call of a fresh JVM takes.
//!
//! Owns the builds with the profile `mobile` and the table. Measures and asserts nothing about time:
//! what a language cannot do here is a line with the reason.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bindings;
use crate::process::{cargo, output, run as finish};

/// Fresh JVMs whose first call is timed.
const STARTS: usize = 5;

/// A library of the profile `mobile`: its name, its features, and what it is held against.
struct Library {
    name: &'static str,
    features: &'static str,
    against: &'static str,
}

const WHOLE: &str = "mobile, whole";
const C: &str = "C interface";

/// The figures are those of the probes that the design rests on.
const LIBRARIES: [Library; 3] = [
    Library {
        name: C,
        features: "capi",
        against: "0.34 MB was reached by a probe with two calls",
    },
    Library {
        name: "mobile, own transport and store",
        features: "uniffi",
        against: "0.98 MB was reached by a probe of this shape",
    },
    Library {
        name: WHOLE,
        features: "uniffi,http,sqlite",
        against: "target: at most 6 MB",
    },
];

pub(crate) fn run(root: &Path) -> Result<(), String> {
    let place = root.join(target()).join("size");
    let mut sizes = Vec::new();
    for library in &LIBRARIES {
        let file = build(root, &place, library)?;
        let bytes = std::fs::metadata(&file).map_err(|error| error.to_string())?;
        sizes.push((library, bytes.len()));
    }
    let base = [
        "build",
        "--quiet",
        "-p",
        "chitty-round-trip",
        "--profile",
        "mobile",
    ];
    finish(&mut cargo(root, &base))?;

    let rust = root.join(target()).join("mobile/round-trip");
    let mut rows = vec![("Rust, direct", output(&mut Command::new(rust)))];
    rows.push(("C", native(root, &place, "cc", "round_trip.c")));
    rows.push(("C++", native(root, &place, "c++", "round_trip.cpp")));
    rows.push(("Python", python(root, &place)));
    let mut starts = Vec::new();
    let kotlin = kotlin(root, &place, &mut starts);
    rows.push(("Kotlin", kotlin));

    println!("\n{:32} {:>10}", "stripped library", "MB");
    for (library, bytes) in sizes {
        let megabytes = format!("{}.{:02}", bytes / 1_000_000, bytes % 1_000_000 / 10_000);
        println!("{:32} {megabytes:>10}  {}", library.name, library.against);
    }
    println!(
        "\n{:32} {:>10} {:>10}",
        "nanoseconds per call", "empty", "parse_id"
    );
    for (language, said) in &rows {
        match said {
            Ok(said) => println!(
                "{language:32} {:>10} {:>10}",
                value(said, "empty"),
                value(said, "parse_id")
            ),
            Err(reason) => println!("{language:32} not measured: {reason}"),
        }
    }
    starts.sort_by(f64::total_cmp);
    if let Some(middle) = starts.get(starts.len() / 2) {
        let count = starts.len();
        println!("\nfirst call of a fresh JVM: {middle:.0} ms, the median of {count} starts");
    }
    Ok(())
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

/// Where the library of that name lies.
fn folder(place: &Path, name: &str) -> PathBuf {
    place.join(name.replace([',', ' '], "_"))
}

/// Builds a library and keeps it, since the next one is written to the same place.
fn build(root: &Path, place: &Path, library: &Library) -> Result<PathBuf, String> {
    let what = [
        "rustc",
        "--quiet",
        "-p",
        "chitty-ffi",
        "--lib",
        "--crate-type",
        "cdylib",
    ];
    let how = ["--profile", "mobile", "--no-default-features", "--features"];
    let mut command = cargo(root, &[&what[..], &how, &[library.features]].concat());
    finish(&mut command)?;
    let folder = folder(place, library.name);
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let built = root.join(target()).join("mobile/libchitty.so");
    // The name that it is loaded by, and the one that a linker looks for.
    for name in ["libchitty.so", "libchitty.so.0"] {
        std::fs::copy(&built, folder.join(name)).map_err(|error| error.to_string())?;
    }
    Ok(folder.join("libchitty.so"))
}

fn native(root: &Path, place: &Path, compiler: &str, source: &str) -> Result<Vec<u8>, String> {
    let (library, program) = (folder(place, C), place.join(source.replace('.', "_")));
    let mut command = Command::new(compiler);
    command.args(["-O2", "-Wall", "-Wextra", "-Werror", "-I"]);
    command.arg(root.join("bindings/c/include"));
    command.arg(root.join("bindings/c/bench").join(source));
    command.arg("-o").arg(&program).arg("-L").arg(&library);
    command
        .arg("-lchitty")
        .arg(format!("-Wl,-rpath,{}", library.display()));
    finish(&mut command)?;
    // Cargo's own library path leads to other builds.
    output(Command::new(program).env_remove("LD_LIBRARY_PATH"))
}

/// The package as it is, with the library of the profile `mobile` in it.
fn python(root: &Path, place: &Path) -> Result<Vec<u8>, String> {
    bindings::needs(&["python3"])?;
    let package = root.join("bindings/python");
    finish(Command::new("python3").arg(package.join("build.py")))?;
    let copy = place.join("python");
    finish(Command::new("rm").arg("-rf").arg(&copy))?;
    finish(Command::new("mkdir").arg("-p").arg(&copy))?;
    finish(
        Command::new("cp")
            .arg("-R")
            .arg(package.join("chitty"))
            .arg(&copy),
    )?;
    let whole = folder(place, WHOLE).join("libchitty.so");
    std::fs::copy(whole, copy.join("chitty/_generated/libchitty.so"))
        .map_err(|error| error.to_string())?;
    let mut command = Command::new("python3");
    command.arg(package.join("bench/round_trip.py"));
    output(command.env("PYTHONPATH", &copy))
}

fn kotlin(root: &Path, place: &Path, starts: &mut Vec<f64>) -> Result<Vec<u8>, String> {
    bindings::needs(&["java", "mvn"])?;
    let module = root.join("bindings/kotlin");
    let mut maven = Command::new("mvn");
    maven
        .current_dir(&module)
        .args(["-q", "-B", "-DskipTests", "process-test-classes"]);
    finish(&mut maven)?;
    let jars = std::fs::read_to_string(module.join("target/classpath.txt"))
        .map_err(|error| error.to_string())?;
    let whole = folder(place, WHOLE).join("libchitty.so");
    let mut said = Vec::new();
    for _ in 0..STARTS {
        let mut java = Command::new("java");
        java.current_dir(&module)
            .arg(format!(
                "-Duniffi.component.chitty.libraryOverride={}",
                whole.display()
            ))
            .args(["-cp", &format!("target/classes:target/test-classes:{jars}")])
            .arg("cc.chitty.RoundTripKt");
        said = output(&mut java)?;
        if let Ok(nanoseconds) = value(&said, "load").parse::<f64>() {
            starts.push(nanoseconds / 1e6);
        }
    }
    Ok(said)
}

/// The number that a program printed behind `name`.
fn value(said: &[u8], name: &str) -> String {
    let said = String::from_utf8_lossy(said);
    let mut lines = said.lines().filter_map(|line| line.split_once(' '));
    let found = lines.find(|(word, _)| *word == name);
    match found.and_then(|(_, number)| number.parse::<f64>().ok()) {
        Some(number) => format!("{number:.0}"),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_number_is_found_by_its_name() {
        let said = b"load 7\nempty 12.6\nparse_id x\n";
        assert_eq!(value(said, "empty"), "13");
        assert_eq!(value(said, "parse_id"), "-");
        assert_eq!(value(said, "missing"), "-");
    }
}
