#!/bin/sh
# Builds the library, writes its Kotlin source to $1 and puts the library into $2, in the folder that
# JNA looks into. Maven runs it. NO_CARGO=1 takes what target/ holds; PROFILE names a cargo profile
# other than `dev`.
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
case "$(uname -s)-$(uname -m)" in
Linux-x86_64) folder=linux-x86-64 library=libchitty.so ;;
Linux-aarch64) folder=linux-aarch64 library=libchitty.so ;;
Darwin-x86_64) folder=darwin-x86-64 library=libchitty.dylib ;;
Darwin-arm64) folder=darwin-aarch64 library=libchitty.dylib ;;
*)
    echo "no JVM library is built for this machine" >&2
    exit 1
    ;;
esac
rm -rf "$1" "$2"
mkdir -p "$1" "$2/$folder"
"$target/uniffi-bindgen" generate "$target/$library" --language kotlin --no-format \
    --config bindings/uniffi.toml --out-dir "$1"
cp "$target/$library" "$2/$folder/"
