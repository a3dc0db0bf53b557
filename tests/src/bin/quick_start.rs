//! The Rust quick start of README.md, as it stands there.

include!(env!("CHITTY_QUICK_START"));
