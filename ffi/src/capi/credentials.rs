//! What a wallet holds, as a list.

use super::{
    handle::{self, Object},
    lists,
    types::{ChittyError, ChittyStatus, ChittyStr},
};
use crate::facade::CredentialInfo;

/// A list of credentials. Not an address: a number that is never given out twice.
pub enum ChittyCredentials {}

/// A credential that a wallet holds. The texts stay until the list is freed; they are not terminated.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittyCredential {
    /// Who issued it.
    pub issuer: ChittyStr,
    /// The digest of its schema, base64url.
    pub schema: ChittyStr,
    /// Its last day, `YYYY-MM-DD`.
    pub not_after: ChittyStr,
    /// What it says: one JSON object `{name: {type, value}}`.
    pub attributes_json: ChittyStr,
}

impl ChittyCredential {
    fn of(held: &CredentialInfo) -> Self {
        Self {
            issuer: ChittyStr::of(&held.issuer),
            schema: ChittyStr::of(&held.schema),
            not_after: ChittyStr::of(&held.not_after),
            attributes_json: ChittyStr::of(&held.attributes_json),
        }
    }
}

/// How many credentials the list holds; 0 for NULL and for what is no list. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_credentials_len(list: *const ChittyCredentials) -> usize {
    lists::len(handle::credentials(list))
}

/// Writes credential number `index` to `out`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_credentials_get(
    list: *const ChittyCredentials,
    index: usize,
    out: *mut ChittyCredential,
    error: *mut ChittyError,
) -> ChittyStatus {
    let found = || handle::credentials(list);
    lists::get(found, index, out, error, ChittyCredential::of)
}

/// Frees the list and its texts. NULL is fine; freeing twice is refused. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_credentials_free(list: *mut ChittyCredentials) -> ChittyStatus {
    lists::free(list, |object| matches!(object, Object::Credentials(_)))
}
