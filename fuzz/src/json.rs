//! The strict reader of JSON beside the parser that it stands before.

use serde_json::Value;
use spooky_core::encoding::{
    canonical_json,
    json::{check, numbers_fit, read, scan},
};

/// What the text check accepts the parser reads, with the same meaning; what it refuses for its form
/// the parser refuses too, but for members that repeat.
pub fn strict(data: &[u8]) {
    let parsed = serde_json::from_slice::<Value>(data);
    let Ok(beyond) = scan(data) else {
        return;
    };
    if beyond.is_some() {
        assert!(check(data).is_err());
        return;
    }
    let value = parsed.expect("what the text check accepts is JSON");
    assert!(numbers_fit(&value));
    assert_eq!(read::<Value>(data), Ok(value.clone()));
    let canonical = canonical_json(&value).expect("numbers fit");
    let again: Value = read(&canonical).expect("canonical JSON is strict");
    assert_eq!(canonical_json(&again), Ok(canonical));
}
