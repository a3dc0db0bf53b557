//! Lists that C holds: handed out, counted, read and freed alike, whatever is in them.

use std::sync::Arc;

use super::{
    entry::{Slot, enter},
    handle::{self, Object, Owned},
    types::{ChittyError as Out, ChittyStatus},
};
use crate::facade::{ChittyError, Code};

/// A list in the table, or why there is none.
type Found<T> = Result<Arc<Owned<Vec<T>>>, ChittyError>;

/// Writes a list of `values` to `out`.
pub(super) fn give<T, P>(
    out: Slot<*mut P>,
    kind: fn(Arc<Owned<Vec<T>>>) -> Object,
    values: Vec<T>,
) -> Result<(), ChittyError> {
    out.write(handle::pointer(handle::put(kind(Owned::new(values)))?));
    Ok(())
}

/// How many values; 0 where there is no list.
pub(super) fn len<T>(list: Found<T>) -> usize {
    list.map_or(0, |list| list.value.len())
}

/// Writes value number `index` to `out`, as C sees it.
pub(super) fn get<T, U>(
    list: impl FnOnce() -> Found<T>,
    index: usize,
    out: *mut U,
    error: *mut Out,
    view: impl FnOnce(&T) -> U,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let list = list()?;
        out.write(view(list.value.get(index).ok_or(Code::ArgumentInvalid)?));
        Ok(())
    })
}

/// Frees what `wanted` accepts; NULL is fine.
pub(super) fn free<P>(list: *const P, wanted: impl Fn(&Object) -> bool) -> ChittyStatus {
    enter(std::ptr::null_mut(), || handle::free(list, wanted))
}
