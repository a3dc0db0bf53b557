#!/bin/sh
# Builds the library with its C face alone, and the C and C++ programs of the acceptance suite, into
# target/native. PROFILE names a cargo profile other than `dev`.
set -eu
cd "$(dirname "$0")/../../.."
profile="${PROFILE:-dev}"
target="${CARGO_TARGET_DIR:-target}/native"
case "$profile" in
dev | test) folder=debug ;;
*) folder="$profile" ;;
esac
# What cargo told the program that runs this would be a change to build scripts such as ring's.
for name in $(env | grep -oE '^(CARGO_(PKG|MANIFEST)_[A-Z_]+|OUT_DIR)'); do
    unset "$name"
done
"${CARGO:-cargo}" build --quiet --profile "$profile" --target-dir "$target" -p chitty-ffi \
    --no-default-features --features capi,http,sqlite
library="$(cd "$target/$folder" && pwd)/libchitty.so"
cmake -S bindings/c -B "$target/acceptance" -DCHITTY_LIBRARY="$library" -DCHITTY_ACCEPTANCE=ON >/dev/null
cmake --build "$target/acceptance" -- --quiet
