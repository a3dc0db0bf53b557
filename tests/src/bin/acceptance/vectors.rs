//! The vectors of `spec/vectors`, flattened for programs with a tiny JSON reader, and the results
//! that the specification wants: computed here from the vectors' own fields, without any SDK.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spooky_core::encoding::{base64url, from_base64url, sha256};

/// All vectors of one kind.
pub(crate) struct Vectors {
    /// One flat JSON object per line.
    pub(crate) cases: String,
    /// One canonical result per line.
    pub(crate) lines: String,
    /// How many.
    pub(crate) count: u64,
    /// SHA-256 of the lines, in lower-case hexadecimal.
    pub(crate) sha256: String,
}

/// Reads the vectors of `kind`: `ids` or `receipts`.
pub(crate) fn read(folder: &Path, kind: &str) -> Result<Vectors, String> {
    let (mut cases, mut lines, mut count) = (String::new(), String::new(), 0);
    for path in files(folder, kind)? {
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let document: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if document["kind"] != kind {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = format!("{kind}/{name}");
        for case in document["cases"].as_array().into_iter().flatten() {
            // What only somebody who knows the request can judge is out of reach for the API.
            if case.get("expected").is_some() {
                continue;
            }
            let (flat, result) = match kind {
                "ids" => (json!({ "text": case["text"] }), id_result(case)),
                _ => receipt(case, &document["key_sets"])?,
            };
            let mut flat = flat;
            flat["kind"] = kind.into();
            flat["file"] = file.as_str().into();
            flat["case"] = case["description"].clone();
            let description = case["description"].as_str().unwrap_or_default();
            writeln!(cases, "{flat}").map_err(|error| error.to_string())?;
            writeln!(lines, "{file}\t{description}\t{result}").map_err(|it| it.to_string())?;
            count += 1;
        }
    }
    let mut digest = String::new();
    for byte in sha256(lines.as_bytes()) {
        write!(digest, "{byte:02x}").map_err(|error| error.to_string())?;
    }
    match count {
        0 => Err(format!("there are no vectors of the kind `{kind}`")),
        _ => Ok(Vectors {
            cases,
            lines,
            count,
            sha256: digest,
        }),
    }
}

fn files(folder: &Path, kind: &str) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder.join(kind)).map_err(|error| error.to_string())?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| error.to_string())?.path());
    }
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    Ok(paths)
}

/// `valid` with the profile, class, check and segments 3 to 6, or the code of a malformed id.
fn id_result(case: &Value) -> String {
    if case["result"] != "valid" {
        return "CHT-1001".to_owned();
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts = vec![text(&case["profile"]), text(&case["class"])];
    parts.push(text(&case["check"]).to_lowercase());
    parts.extend((2..=5).map(|segment| text(&case["segments"][segment])));
    format!("valid {}", parts.join(" "))
}

fn receipt(case: &Value, key_sets: &Value) -> Result<(Value, String), String> {
    let name = case["keys"].as_str().unwrap_or_default();
    let keys = key_sets.get(name).ok_or(format!("no key set `{name}`"))?;
    let flat = json!({ "id": case["id"], "receipt": case["receipt"], "now": case["now"],
                       "key_set_json": keys.to_string() });
    let result = match case["verdict"].as_str().unwrap_or_default() {
        "valid" => "valid".to_owned(),
        verdict => format!("{verdict} {}", case["result"].as_str().unwrap_or_default()),
    };
    Ok((flat, result))
}

/// A receipt's payload, issued one second later.
pub(crate) fn another_time(payload: &str) -> Result<String, String> {
    let bytes = from_base64url(payload).map_err(|_| "the payload is not base64url")?;
    let mut claims: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let issued = claims["iat"].as_i64().ok_or("the payload has no time")?;
    claims["iat"] = (issued + 1).into();
    Ok(base64url(claims.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vector_is_flat_and_has_a_result() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors");
        for (kind, least) in [("ids", 180), ("receipts", 100)] {
            let vectors = read(&folder, kind).unwrap();
            assert!(vectors.count >= least, "{kind}: {}", vectors.count);
            assert_eq!(vectors.lines.lines().count() as u64, vectors.count);
            for line in vectors.lines.lines() {
                assert_eq!(line.matches('\t').count(), 2, "{line}");
            }
            for case in vectors.cases.lines() {
                assert!(case.len() < 64 * 1024, "the limit of the protocol");
                let case: serde_json::Map<String, Value> = serde_json::from_str(case).unwrap();
                assert!(
                    case.values()
                        .all(|value| value.is_string() || value.is_i64())
                );
            }
        }
        assert!(read(&folder, "nothing").is_err());
    }
}
