#!/bin/sh
# Builds the library and writes what Package.swift names: the generated source must come from the very
# library that it loads. NO_CARGO=1 takes what target/ holds; PROFILE names a cargo profile other than
# `dev`. Needs no Swift.
set -eu
cd "$(dirname "$0")/../.."
profile="${PROFILE:-dev}"
case "$profile" in
dev | test) target="${CARGO_TARGET_DIR:-target}/debug" ;;
*) target="${CARGO_TARGET_DIR:-target}/$profile" ;;
esac
if [ -z "${NO_CARGO:-}" ]; then
    "${CARGO:-cargo}" build --quiet --profile "$profile" -p chitty-ffi -p chitty-uniffi-bindgen
fi
package=bindings/swift
source="$package/Sources/Chitty/Generated" header="$package/Sources/chittyFFI"
native="$package/Native" start="$package/Sources/QuickStart"
rm -rf "$source" "$header" "$native" "$start"
mkdir -p "$source" "$header" "$native" "$start"
library="$target/libchitty.so" loaded=libchitty.so.0
[ -e "$library" ] || library="$target/libchitty.dylib" loaded=libchitty.dylib
cp "$library" "$native/$loaded"
[ "$loaded" = libchitty.dylib ] || ln -s "$loaded" "$native/libchitty.so"
"$target/uniffi-bindgen" generate "$library" --language swift --no-format \
    --config bindings/uniffi.toml --out-dir "$source" >&2
mv "$source/chittyFFI.h" "$header/"
mv "$source/chittyFFI.modulemap" "$header/module.modulemap"
sed -n '/^```swift$/,/^```$/{/^```/!p}' README.md >"$start/main.swift"
[ -s "$start/main.swift" ] || {
    echo "README.md has no quick start for Swift" >&2
    exit 1
}
