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
"${CARGO:-cargo}" build --quiet --profile "$profile" --target-dir "$target" -p chitty-ffi \
    --no-default-features --features capi,http,sqlite
library="$(pwd)/$target/$folder/libchitty.so"
case "$target" in
/*) library="$target/$folder/libchitty.so" ;;
esac
cmake -S bindings/c -B "$target/acceptance" -DCHITTY_LIBRARY="$library" -DCHITTY_ACCEPTANCE=ON >/dev/null
cmake --build "$target/acceptance" -- --quiet
