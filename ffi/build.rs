//! Gives the shared library its versioned name: `libchitty.so.0` for all of 0.x that keep the ABI.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libchitty.so.0");
    }
}
