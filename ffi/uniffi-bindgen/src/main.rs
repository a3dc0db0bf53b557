//! `cargo run -p chitty-uniffi-bindgen -- generate <libchitty.so> --language kotlin --out-dir DIR`

fn main() {
    uniffi::uniffi_bindgen_main();
}
