#!/bin/sh
# Builds the library with the functions that only tests turn on, apart from what is shipped, and prints
# where it is. It has no HTTP and no SQLite; its interface is the same.
set -eu
cd "$(dirname "$0")/.."
"${CARGO:-cargo}" rustc --quiet -p chitty-ffi --lib --crate-type cdylib --no-default-features \
    --features uniffi,test-hooks --target-dir target/hooks >&2
for library in "$PWD"/target/hooks/debug/libchitty.so "$PWD"/target/hooks/debug/libchitty.dylib; do
    [ ! -e "$library" ] || echo "$library"
done
