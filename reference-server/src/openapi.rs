//! stub
/// main
pub fn main() -> serde_json::Value {
    serde_json::json!({})
}
/// fallback
pub fn fallback() -> serde_json::Value {
    serde_json::json!({})
}
