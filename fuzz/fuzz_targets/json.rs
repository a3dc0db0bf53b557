#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chitty_fuzz::json::strict(data));
