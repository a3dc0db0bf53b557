//! `cargo xtask codegen`: writes what is generated from `spec/error-codes.toml`.

mod names;

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    code: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    number: u16,
    name: String,
    kind: String,
    what: String,
    hint: String,
}

type Writer = fn(&Table) -> String;

/// What is generated, and where to.
const OUTPUTS: [(&str, Writer); 5] = [
    ("chitty-client/src/error/codes.rs", rust),
    ("ffi/src/capi/codes.rs", c),
    ("bindings/swift/Sources/Chitty/ChittyCodes.swift", swift),
    (names::KOTLIN, names::kotlin),
    (names::PYTHON, names::python),
];

/// Writes the files, or with `check` only compares them.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    let source = std::fs::read_to_string(root.join("spec/error-codes.toml"))
        .map_err(|error| error.to_string())?;
    let table: Table = toml::from_str(&source).map_err(|error| error.to_string())?;
    for pair in table.code.windows(2) {
        if pair[0].number >= pair[1].number {
            return Err(format!("CHT-{} is not in rising order", pair[1].number));
        }
    }
    for (file, write) in OUTPUTS {
        let wanted = write(&table);
        let path = root.join(file);
        if !check {
            std::fs::write(path, wanted).map_err(|error| error.to_string())?;
        } else if std::fs::read_to_string(&path).unwrap_or_default() != wanted {
            return Err(format!("{file} is stale: run `cargo xtask codegen`"));
        }
    }
    header(root, check)
}

/// The C header, which takes the codes from what was written above.
fn header(root: &Path, check: bool) -> Result<(), String> {
    let mut command = crate::process::cargo(root, &["run", "--quiet", "-p", "chitty-cbindgen"]);
    if check {
        command.args(["--", "--check"]);
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the C header could not be written, or is stale".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

const NOTICE: &str =
    "Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.";

/// The enum that cbindgen puts into the C header.
fn c(table: &Table) -> String {
    let mut out = format!(
        "//! {NOTICE}\n\n\
         /// What happened, as a stable number. Every status is one of these, or newer.\n\
         #[repr(C)]\n#[expect(dead_code, reason = \"for the C header only\")]\n\
         pub enum ChittyCode {{\n    /// No error.\n    Ok = 0,\n"
    );
    for row in &table.code {
        let _ = writeln!(out, "    /// {}.", sentence(&row.what));
        let _ = writeln!(out, "    {} = {},", row.name, row.number);
    }
    out.push_str("}\n");
    rustfmt(&out).unwrap_or(out)
}

fn swift(table: &Table) -> String {
    let mut out = format!(
        "// {NOTICE}\n\n\
         /// What happened, as a stable number: the `code` of a `ChittyError` is one of these, or newer.\n\
         public enum ChittyCodes {{\n"
    );
    for row in &table.code {
        let (first, rest) = row.name.split_at(1);
        let name = format!("{}{rest}", first.to_lowercase());
        // A word of Swift's own.
        let name = if name == "internal" {
            "`internal`"
        } else {
            &name
        };
        let _ = writeln!(out, "    /// {}.", sentence(&row.what));
        let _ = writeln!(out, "    public static let {name}: UInt16 = {}", row.number);
    }
    out.push_str("}\n");
    out
}

fn rust(table: &Table) -> String {
    let mut out = String::from(
        "//! Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.\n\n\
         use super::ErrorKind;\n\n\
         /// What happened, as a stable number: `CHT-1306` is the same in every language and version.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]\n\
         #[non_exhaustive]\n#[repr(u16)]\npub enum Code {\n",
    );
    for row in &table.code {
        let _ = writeln!(out, "    /// {}.", sentence(&row.what));
        let _ = writeln!(out, "    {} = {},", row.name, row.number);
    }
    out.push_str("}\n\nimpl Code {\n    /// Every code, in rising order.\n    pub const ALL: &'static [Self] = &[\n");
    for row in &table.code {
        let _ = writeln!(out, "        Self::{},", row.name);
    }
    out.push_str("    ];\n\n    /// The code as text, such as `CHT-1306`.\n    pub const fn as_str(self) -> &'static str {\n        match self {\n");
    for row in &table.code {
        let _ = writeln!(
            out,
            "            Self::{} => \"CHT-{}\",",
            row.name, row.number
        );
    }
    out.push_str("        }\n    }\n\n    /// What the caller should do.\n    pub const fn kind(self) -> ErrorKind {\n        match self {\n");
    let mut kinds: Vec<&str> = table.code.iter().map(|row| row.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let names: Vec<String> = table
            .code
            .iter()
            .filter(|row| row.kind == kind)
            .map(|row| format!("Self::{}", row.name))
            .collect();
        let _ = writeln!(
            out,
            "            {} => ErrorKind::{kind},",
            names.join("\n            | ")
        );
    }
    out.push_str("        }\n    }\n\n    /// What happened, for people.\n    pub const fn what(self) -> &'static str {\n        match self {\n");
    for row in &table.code {
        let _ = writeln!(out, "            Self::{} => {:?},", row.name, row.what);
    }
    out.push_str("        }\n    }\n\n    /// What to do next, for people.\n    pub const fn hint(self) -> &'static str {\n        match self {\n");
    for row in &table.code {
        let _ = writeln!(out, "            Self::{} => {:?},", row.name, row.hint);
    }
    out.push_str("        }\n    }\n}\n");
    rustfmt(&out).unwrap_or(out)
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

fn rustfmt(source: &str) -> Option<String> {
    use std::io::Write as _;
    let mut child = std::process::Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(source.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).ok())?
}
