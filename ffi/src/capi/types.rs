//! The structs that cross to C. Numbers in them never change their meaning.

use std::ffi::c_char;

use super::handle::{self, Object, Owned};
use crate::facade::{self, Code, IdClass};

/// `CHITTY_CODE_OK` (0), or the number of what went wrong: one of `ChittyCode`. Newer libraries may
/// return numbers that an older header does not name.
pub type ChittyStatus = i32;

/// Text as C hands it in: UTF-8 without a NUL inside, not terminated. NULL with length 0 means
/// "none". It is read during the call only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyStr {
    /// The first byte, or NULL.
    pub data: *const c_char,
    /// How many bytes.
    pub len: usize,
}

impl ChittyStr {
    pub(super) fn of(text: &str) -> Self {
        Self {
            data: text.as_ptr().cast(),
            len: text.len(),
        }
    }

    pub(super) fn of_option(text: Option<&str>) -> Self {
        text.map_or(
            Self {
                data: std::ptr::null(),
                len: 0,
            },
            Self::of,
        )
    }
}

/// Bytes as C hands them in. NULL with length 0 means "none".
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyBytes {
    /// The first byte, or NULL.
    pub data: *const u8,
    /// How many bytes.
    pub len: usize,
}

impl ChittyBytes {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            data: bytes.as_ptr(),
            len: bytes.len(),
        }
    }

    pub(super) fn of_option(bytes: Option<&[u8]>) -> Self {
        bytes.map_or(
            Self {
                data: std::ptr::null(),
                len: 0,
            },
            Self::of,
        )
    }
}

/// Bytes that the SDK owns, until `chitty_buffer_free`. A byte 0 follows the last one, so text may be
/// used as a C string.
#[repr(C)]
pub struct ChittyBuffer {
    /// The first byte, or NULL.
    pub data: *const c_char,
    /// How many bytes, the terminating 0 not counted.
    pub len: usize,
    /// Names the owner; do not touch.
    pub owner: usize,
}

impl ChittyBuffer {
    pub(super) const EMPTY: Self = Self {
        data: std::ptr::null(),
        len: 0,
        owner: 0,
    };

    pub(super) fn of(text: String) -> Result<Self, facade::ChittyError> {
        Self::of_bytes(text.into_bytes())
    }

    pub(super) fn of_bytes(mut bytes: Vec<u8>) -> Result<Self, facade::ChittyError> {
        let len = bytes.len();
        bytes.push(0);
        let owned = Owned::new(bytes);
        let data = owned.value.as_ptr().cast();
        let owner = handle::put(Object::Bytes(owned))?;
        Ok(Self { data, len, owner })
    }
}

/// An id as a C string, terminated; empty when there is none.
pub type ChittyIdText = [c_char; 32];

/// Copies `text` with a terminating 0, cut where it does not fit.
pub(super) fn fixed<const N: usize>(text: &str) -> [c_char; N] {
    let mut out = [0; N];
    let mut end = text.len().min(N.saturating_sub(1));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    for (slot, byte) in out.iter_mut().zip(&text.as_bytes()[..end]) {
        *slot = c_char::from_ne_bytes([*byte]);
    }
    out
}

/// Why a call failed. The caller's own memory: needs no initialisation and no free.
#[repr(C)]
pub struct ChittyError {
    /// One of `ChittyCode`; `CHITTY_CODE_OK` after success.
    pub code: ChittyStatus,
    /// What to do: one of `ChittyErrorKind`, 0 after success.
    pub kind: i32,
    /// How far the request got: one of `ChittyStage`, 0 after success.
    pub stage: i32,
    /// The code that the service itself gave; 0 when it gave none.
    pub service_code: i32,
    /// When to come back, in milliseconds; -1 when nobody said so.
    pub retry_after_ms: i64,
    /// The code as text, such as `CHT-1306`.
    pub code_text: [c_char; 16],
    /// What happened and what to do next, for people. Carries no id, key, receipt or metadata.
    pub reason: [c_char; 512],
    /// Zero.
    pub reserved: [u64; 4],
}

impl ChittyError {
    pub(super) fn none() -> Self {
        Self {
            code: 0,
            kind: 0,
            stage: 0,
            service_code: 0,
            retry_after_ms: -1,
            code_text: [0; 16],
            reason: [0; 512],
            reserved: [0; 4],
        }
    }

    pub(super) fn of(error: &facade::ChittyError) -> Self {
        let facade::ChittyError::Failed {
            kind,
            code,
            code_text,
            stage,
            retry_after_ms,
            reason,
            service_code,
        } = error;
        Self {
            code: (*code).into(),
            kind: *kind as i32,
            stage: *stage as i32,
            service_code: service_code.unwrap_or(0).into(),
            retry_after_ms: retry_after_ms.map_or(-1, |ms| i64::try_from(ms).unwrap_or(i64::MAX)),
            code_text: fixed(code_text),
            reason: fixed(reason),
            reserved: [0; 4],
        }
    }
}

/// An id that a service issued, with the proof. Release it with `chitty_issued_free`.
#[repr(C)]
pub struct ChittyIssued {
    /// The id.
    pub id: ChittyIdText,
    /// One of `ChittyClass`.
    pub id_class: i32,
    /// 1 when the id will be replaced, else 0.
    pub temporary: u32,
    /// The proof: keep it with the id, anyone can check it offline.
    pub receipt: ChittyBuffer,
}

impl ChittyIssued {
    pub(super) const EMPTY: Self = Self {
        id: [0; 32],
        id_class: 0,
        temporary: 0,
        receipt: ChittyBuffer::EMPTY,
    };

    pub(super) fn of(issued: facade::Issued) -> Result<Self, facade::ChittyError> {
        Ok(Self {
            id: fixed(&issued.id),
            id_class: issued.class as i32,
            temporary: issued.temporary.into(),
            receipt: ChittyBuffer::of(issued.receipt)?,
        })
    }
}

/// What main says about an id.
#[repr(C)]
pub struct ChittyVerification {
    /// 1 when main issued the id and has not superseded it. Only 1 passes.
    pub valid: u32,
    /// One of `ChittyClass`; 0 for an id that main does not know.
    pub id_class: i32,
    /// `active`, `pending`, `superseded` or `unknown`.
    pub status: [c_char; 24],
    /// The permanent id that replaced it, for its owner; else empty.
    pub permanent_id: ChittyIdText,
}

impl ChittyVerification {
    pub(super) fn of(answer: &facade::Verification) -> Self {
        Self {
            valid: answer.valid.into(),
            id_class: answer.class.map_or(0, |class: IdClass| class as i32),
            status: fixed(&answer.status),
            permanent_id: fixed(answer.permanent_id.as_deref().unwrap_or_default()),
        }
    }
}

/// What a drain did.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyDrainReport {
    /// Fallback ids replaced.
    pub reconciled: u64,
    /// Open requests answered.
    pub recovered: u64,
    /// Fallback ids that the service refuses to replace.
    pub wedged: u64,
    /// Rows that failed for now and come up again later.
    pub deferred: u64,
    /// Fallback ids still owed, wedged ones included.
    pub remaining: u64,
    /// Why the drain stopped early: one of `ChittyCode`, 0 when it did not.
    pub stopped: i32,
}

impl From<facade::DrainReport> for ChittyDrainReport {
    fn from(report: facade::DrainReport) -> Self {
        Self {
            reconciled: report.reconciled,
            recovered: report.recovered,
            wedged: report.wedged,
            deferred: report.deferred,
            remaining: report.remaining,
            stopped: number(report.stopped),
        }
    }
}

/// A code, or 0.
pub(super) fn number(code: Option<u16>) -> i32 {
    code.unwrap_or(0).into()
}

/// What the SDK shows to C and then releases.
pub(super) struct Shown<T: Lends>(pub(super) T);

/// # Safety
/// `buffer` holds the only pointer in it, to bytes that the table owns and nobody writes.
pub(super) unsafe trait Lends {
    fn buffer(&mut self) -> &mut ChittyBuffer;
}

// SAFETY: `ChittyIssued` has no other pointer.
unsafe impl Lends for ChittyIssued {
    fn buffer(&mut self) -> &mut ChittyBuffer {
        &mut self.receipt
    }
}

// SAFETY: `Lends` says that its pointer may be read from any thread.
unsafe impl<T: Lends> Send for Shown<T> {}

impl<T: Lends> Drop for Shown<T> {
    fn drop(&mut self) {
        let _ = release(std::ptr::from_mut(self.0.buffer()));
    }
}

/// Releases a buffer and empties it, so doing it twice is harmless; a copy of it that is released
/// again is refused with `CHITTY_CODE_OBJECT_INVALID`. NULL is fine. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_buffer_free(buffer: *mut ChittyBuffer) -> ChittyStatus {
    super::entry::enter(std::ptr::null_mut(), || release(buffer))
}

/// Releases what `issued` owns and empties it. NULL is fine, twice is harmless. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_issued_free(issued: *mut ChittyIssued) -> ChittyStatus {
    super::entry::enter(std::ptr::null_mut(), || {
        if issued.is_null() {
            return Ok(());
        }
        // SAFETY: not NULL; the header demands a ChittyIssued that the SDK wrote or that is zero.
        let receipt = unsafe { &raw mut (*issued).receipt };
        release(receipt)
    })
}

pub(super) fn release(buffer: *mut ChittyBuffer) -> Result<(), facade::ChittyError> {
    if buffer.is_null() {
        return Ok(());
    }
    if !buffer.is_aligned() {
        return Err(Code::ArgumentInvalid.into());
    }
    // SAFETY: not NULL and aligned; the header demands a buffer that the SDK wrote or that is zero.
    let found = unsafe { std::mem::replace(&mut *buffer, ChittyBuffer::EMPTY) };
    if found.owner == 0 {
        return Ok(());
    }
    handle::take(found.owner, |object| matches!(object, Object::Bytes(_))).map(drop)
}
