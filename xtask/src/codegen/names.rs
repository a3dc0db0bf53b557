//! The names of the codes for languages whose bindings know a code only as a number.

use std::fmt::Write as _;

use super::{Table, sentence};

pub(super) const PYTHON: &str = "bindings/python/chitty/codes.py";
pub(super) const KOTLIN: &str = "bindings/kotlin/src/main/kotlin/cc/chitty/Code.kt";

pub(super) fn python(table: &Table) -> String {
    let mut out = String::from(
        "\"\"\"Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.\"\"\"\n\n\
         from enum import IntEnum\n\n\nclass Code(IntEnum):\n    \
         \"\"\"What happened, as a stable number: the same in every language and version.\"\"\"\n",
    );
    for row in &table.code {
        let name = screaming(&row.name);
        let _ = write!(out, "\n    #: {}.\n", sentence(&row.what));
        let _ = writeln!(out, "    {name} = {}", row.number);
    }
    out
}

pub(super) fn kotlin(table: &Table) -> String {
    let mut out = String::from(
        "// Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.\n\n\
         package cc.chitty\n\n\
         /** What happened, as a stable number: the same in every language and version. */\n\
         object Code {\n",
    );
    for row in &table.code {
        let name = screaming(&row.name);
        let _ = writeln!(out, "    /** {}. */", sentence(&row.what));
        let _ = writeln!(out, "    const val {name}: Int = {}", row.number);
    }
    out.push_str("}\n");
    out
}

/// `IdMalformed` as `ID_MALFORMED`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(character.to_ascii_uppercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::screaming;

    #[test]
    fn names_get_the_shape_of_constants() {
        assert_eq!(screaming("IdMalformed"), "ID_MALFORMED");
        assert_eq!(screaming("Closed"), "CLOSED");
    }
}
