//! Why the text of an app's metadata is refused, as errors of this crate.

use spooky_core::encoding::json::{JsonError, JsonFault};

use crate::error::{Code, Error};

/// The code of a refused text, with the place and nothing of the text.
pub(super) fn refused(error: JsonError) -> Error {
    let code = match error.fault() {
        JsonFault::MemberRepeated => Code::MemberRepeated,
        JsonFault::LoneSurrogate => Code::TextNotUnicode,
        _ => Code::MetadataInvalid,
    };
    Error::new(code).detail(error.to_string())
}
