#!/bin/sh
# Writes the Swift source into bindings/swift/.build/generated and, where there is a Swift compiler,
# compiles it. Language mode 5: the compiler of Swift 6.0 crashes on async foreign traits in mode 6.
set -eu
cd "$(dirname "$0")/../.."
target="$PWD/${CARGO_TARGET_DIR:-target}/debug"
"${CARGO:-cargo}" build --quiet -p chitty-ffi -p chitty-uniffi-bindgen
out="$PWD/bindings/swift/.build/generated"
rm -rf "$out"
mkdir -p "$out"
library="$target/libchitty.so"
[ -e "$library" ] || library="$target/libchitty.dylib"
"$target/uniffi-bindgen" generate "$library" --language swift --no-format \
    --config bindings/uniffi.toml --out-dir "$out"
if ! command -v swiftc >/dev/null; then
    echo "not compiled: swiftc is missing" >&2
    exit 0
fi
cd "$out"
cp chittyFFI.modulemap module.modulemap
swiftc -swift-version 5 -parse-as-library -emit-library -module-name Chitty -I . \
    -Xcc -fmodule-map-file="$out/module.modulemap" chitty.swift -L "$target" -lchitty -o libChittySwift.so
