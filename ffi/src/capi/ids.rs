//! Ids as text.

use std::ffi::c_char;

use super::{
    entry::{Slot, enter},
    handle::{self, Object},
    input, lists,
    types::{ChittyError, ChittyStatus, ChittyStr, fixed},
};
use crate::facade;

/// A well-formed id, taken apart. That it is well formed says nothing about who issued it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyParsedId {
    /// One of `ChittyProfile`.
    pub profile: i32,
    /// One of `ChittyClass`: what the text claims. Only a receipt proves it.
    pub id_class: i32,
    /// 1 when the check character fits: a hint at typos, no proof.
    pub check_ok: u32,
    /// The namespace, or the jurisdiction of a canonical id.
    pub id_namespace: [c_char; 8],
    /// One letter.
    pub entity_type: [c_char; 4],
    /// Four digits.
    pub sequence: [c_char; 8],
    /// Two characters, or four digits of a canonical id.
    pub year_month: [c_char; 8],
    /// The letter of the domain that issued it; empty for a canonical id.
    pub domain: [c_char; 4],
}

/// A list of texts. Not an address: a number that is never given out twice.
pub enum ChittyStrings {}

/// Takes an id apart. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_parse_id(
    text: ChittyStr,
    out: *mut ChittyParsedId,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let id = facade::parse_id(&input::id(text)?)?;
        out.write(ChittyParsedId {
            profile: id.profile as i32,
            id_class: id.class as i32,
            check_ok: id.check_ok.into(),
            id_namespace: fixed(&id.namespace),
            entity_type: fixed(&id.entity_type),
            sequence: fixed(&id.sequence),
            year_month: fixed(&id.year_month),
            domain: fixed(id.domain.as_deref().unwrap_or_default()),
        });
        Ok(())
    })
}

/// The ids among the `held_len` ones at `held` that differ from `text` by one edit. Nothing that is
/// not held comes out. Release the list with `chitty_strings_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_suggest(
    text: ChittyStr,
    held: *const ChittyStr,
    held_len: usize,
    out: *mut *mut ChittyStrings,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let held = input::array(held, held_len)?;
        let held: Vec<String> = held.into_iter().map(input::id).collect::<Result<_, _>>()?;
        let near = facade::suggest(&input::id(text)?, &held)?;
        lists::give(out, Object::Strings, near)
    })
}

/// How many texts the list holds; 0 for NULL and for what is no list. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_strings_len(list: *const ChittyStrings) -> usize {
    lists::len(handle::strings(list))
}

/// Writes text number `index` to `out`; it stays until the list is freed and is not terminated.
/// `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_strings_get(
    list: *const ChittyStrings,
    index: usize,
    out: *mut ChittyStr,
    error: *mut ChittyError,
) -> ChittyStatus {
    let found = || handle::strings(list);
    lists::get(found, index, out, error, |text| ChittyStr::of(text))
}

/// Frees the list and its texts. NULL is fine; freeing twice is refused. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_strings_free(list: *mut ChittyStrings) -> ChittyStatus {
    lists::free(list, |object| matches!(object, Object::Strings(_)))
}
