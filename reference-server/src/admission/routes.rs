//! What each route takes: whether it looks at an API key, and how large a body may be.
//!
//! Owns the table of `spec/receipts.md` section 7 and `spec/broker.md` section 1. A route that is not in it
//! takes no key and no body.

/// What a request to a route may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    /// Answered whatever else is the matter.
    pub(crate) always: bool,
    /// Whether it looks at an API key. On every other route a key changes nothing.
    pub(crate) key: bool,
    /// Largest body, in bytes.
    pub(crate) bytes: usize,
    /// Most values in its JSON, counting those inside others.
    pub(crate) values: usize,
}

const KIB: usize = 1024;

/// The route with this pattern.
pub(crate) fn route(pattern: Option<&str>) -> Route {
    let takes = |key, bytes, values| Route {
        always: false,
        key,
        bytes,
        values,
    };
    match pattern.unwrap_or_default() {
        "/health" | "/metrics" => Route {
            always: true,
            ..takes(false, 0, 0)
        },
        // 16 640 bytes of intent in canonical form hold no more values.
        "/api/chittyid/generate" | "/api/chittyid/fallback" => takes(true, 64 * KIB, 8500),
        // 100 items of usual size; at least one of any size.
        "/api/chittyid/reconcile" => takes(true, 1024 * KIB, 16_384),
        "/api/chittyid/verify/{id}"
        | "/api/chittyid/resolve/{id}"
        | "/api/chittyid/lifecycle/{id}" => takes(true, 0, 0),
        // One statement of at most 16 KiB.
        "/api/chittyid/fallback/grant" => takes(false, 32 * KIB, 64),
        // 500 entries.
        "/api/chittyid/fallback/issue-log" => takes(false, 1024 * KIB, 8192),
        "/api/anchor/register" | "/api/anchor/revoke" | "/api/oidc/credential" => {
            takes(false, 32 * KIB, 64)
        }
        // A presentation of at most 64 KiB and a policy.
        "/api/oidc/verify" => takes(true, 160 * KIB, 2048),
        _ => takes(false, 0, 0),
    }
}

/// Whether a JSON text holds more values than `most`, seen without building any of them. Of what is no
/// JSON the count means nothing, and the parser says so.
pub(crate) fn too_many_values(text: &[u8], most: usize) -> bool {
    let (mut values, mut quoted, mut escaped) = (1_usize, false, false);
    for byte in text {
        match (quoted, byte) {
            _ if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            // Each begins one more value at most; names of members are not counted.
            (false, b',' | b'[' | b'{') => {
                values += 1;
                if values > most {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_texts() {
        for (text, values) in [
            ("7", 1),
            ("[1,2,3]", 4),
            (r#"{"a":[1,2],"b":{"c":3}}"#, 6),
            (r#"{"a,,[{":"\",,,[","b":1}"#, 3),
        ] {
            assert!(!too_many_values(text.as_bytes(), values), "{text}");
            assert!(
                too_many_values(text.as_bytes(), values - 1) || values == 1,
                "{text}"
            );
        }
    }

    #[test]
    fn the_largest_intent_passes_and_a_mebibyte_of_small_values_does_not() {
        let generate = route(Some("/api/chittyid/generate"));
        let dense = format!("{{\"metadata\":{{\"a\":[{}1]}}}}", "1,".repeat(8180));
        assert!(dense.len() <= 16 * KIB + 256);
        assert!(!too_many_values(dense.as_bytes(), generate.values));
        let large = format!("[{}1]", "1,".repeat(512 * KIB));
        assert!(large.len() > generate.bytes);
        assert!(too_many_values(
            large.as_bytes(),
            route(Some("/api/chittyid/reconcile")).values
        ));
    }
}
