//! What C hands in: views, structs that grow, user data.

use std::ffi::c_void;

use super::types::{ChittyBytes, ChittyStr};
use crate::facade::{ChittyError, Code};

/// Longest text or byte string that is taken. Everything real is far shorter; a length beyond it is
/// a mistake in the caller, found before a byte is read.
const LONGEST: usize = 16 * 1024 * 1024;

fn invalid() -> ChittyError {
    Code::ArgumentInvalid.into()
}

fn view<'a>(data: *const u8, len: usize) -> Result<Option<&'a [u8]>, ChittyError> {
    if data.is_null() {
        return if len == 0 { Ok(None) } else { Err(invalid()) };
    }
    if len > LONGEST {
        return Err(invalid());
    }
    // SAFETY: not NULL; the header demands `len` readable bytes that stay for the call, and every
    // use here ends before the call does.
    Ok(Some(unsafe { std::slice::from_raw_parts(data, len) }))
}

/// Bytes; none for NULL.
pub(super) fn bytes(bytes: ChittyBytes) -> Result<Option<Vec<u8>>, ChittyError> {
    Ok(view(bytes.data, bytes.len)?.map(<[u8]>::to_vec))
}

/// The text of an id; none for NULL. No id holds a NUL, so that one with a NUL is malformed like any
/// other, and the parser says so.
pub(super) fn optional_id(text: ChittyStr) -> Result<Option<String>, ChittyError> {
    let Some(bytes) = view(text.data.cast(), text.len)? else {
        return Ok(None);
    };
    let text = std::str::from_utf8(bytes).map_err(|_| invalid())?;
    Ok(Some(text.to_owned()))
}

/// The text of an id that must be there.
pub(super) fn id(text: ChittyStr) -> Result<String, ChittyError> {
    optional_id(text)?.ok_or_else(invalid)
}

/// Text without NUL; none for NULL.
pub(super) fn optional_text(text: ChittyStr) -> Result<Option<String>, ChittyError> {
    let text = optional_id(text)?;
    match text.as_ref().is_some_and(|text| text.contains('\0')) {
        true => Err(invalid()),
        false => Ok(text),
    }
}

/// Text without NUL that must be there.
pub(super) fn text(text: ChittyStr) -> Result<String, ChittyError> {
    optional_text(text)?.ok_or_else(invalid)
}

/// A struct whose first member is its size as the caller knows it.
///
/// # Safety
/// `T` is `repr(C)`, starts with `struct_size: usize`, and all zero bytes are a valid `T`.
pub(super) unsafe trait Grows: Copy {}

/// Reads a struct that may be older (shorter: the rest is zero) or newer (longer: the rest must be
/// zero) than the one this library knows.
pub(super) fn record<T: Grows>(given: *const T) -> Result<T, ChittyError> {
    if given.is_null() || !given.is_aligned() {
        return Err(invalid());
    }
    let known = size_of::<T>();
    // SAFETY: not NULL and aligned; the header demands a struct that starts with its size.
    let size = unsafe { given.cast::<usize>().read() };
    if size < size_of::<usize>() * 2 || size > known.saturating_add(4096) {
        return Err(invalid());
    }
    // SAFETY: the header demands that `struct_size` is the size of what `given` points to.
    let bytes = unsafe { std::slice::from_raw_parts(given.cast::<u8>(), size) };
    if bytes.iter().skip(known).any(|byte| *byte != 0) {
        return Err(invalid());
    }
    // SAFETY: `Grows` says that zero bytes are a valid T.
    let mut record: T = unsafe { std::mem::zeroed() };
    // SAFETY: both have at least `min` bytes and cannot overlap: `record` is ours.
    unsafe {
        std::ptr::copy_nonoverlapping(
            given.cast::<u8>(),
            std::ptr::from_mut(&mut record).cast::<u8>(),
            size.min(known),
        );
    }
    Ok(record)
}

/// A C array of `len` elements.
pub(super) fn array<T: Copy>(data: *const T, len: usize) -> Result<Vec<T>, ChittyError> {
    if len == 0 {
        return Ok(Vec::new());
    }
    if data.is_null() || !data.is_aligned() || len > LONGEST / size_of::<T>().max(1) {
        return Err(invalid());
    }
    // SAFETY: not NULL, aligned, and the header demands `len` elements.
    Ok(unsafe { std::slice::from_raw_parts(data, len) }.to_vec())
}

/// User data with its destructor, which runs once, when the SDK lets go.
pub(super) struct User {
    data: *mut c_void,
    drop: Option<extern "C" fn(*mut c_void)>,
}

// SAFETY: the header demands that user data may be used from any thread, also from several at once.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    pub(super) fn new(data: *mut c_void, drop: Option<extern "C" fn(*mut c_void)>) -> Self {
        Self { data, drop }
    }

    pub(super) fn data(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            drop(self.data);
        }
    }
}
