#!/bin/sh
# Builds the package and runs its tests and the quick start of README.md against a live server on
# loopback. Takes the Swift compiler that toolchain.sh finds.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here"
./build.sh
target="${CARGO_TARGET_DIR:-$here/../../target}/debug"
# Inside the repository, which is all that the compiler's own root sees of this machine.
mkdir -p .build
folder="$(mktemp -d "$here/.build/test.XXXXXX")"
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM

: >"$folder/told"
"$target/test-server" serve --role all --dir "$folder" >>"$folder/told" 2>/dev/null &
server=$!
waited=0
while [ "$(wc -l <"$folder/told")" -lt 2 ]; do
    waited=$((waited + 1))
    [ "$waited" -lt 300 ] || { echo "the server did not start" >&2; exit 1; }
    sleep 0.1
done
text() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}
url() {
    grep "\"role\":\"$1\"" "$folder/told" | text listening
}
key() {
    "$target/test-server" api-key add --database "$folder/$1.sqlite" --role "$1" --tenant acme \
        --scopes generate,reconcile,verify,audit | text apiKey
}
CHITTY_MAIN_URL="$(url main)" CHITTY_FALLBACK_URL="$(url fallback)"
CHITTY_MAIN_KEY="$(key main)" CHITTY_FALLBACK_KEY="$(key fallback)"
CHITTY_FOLDER="$folder"
export CHITTY_MAIN_URL CHITTY_MAIN_KEY CHITTY_FALLBACK_URL CHITTY_FALLBACK_KEY CHITTY_FOLDER
for it in "$CHITTY_MAIN_URL" "$CHITTY_FALLBACK_URL" "$CHITTY_MAIN_KEY" "$CHITTY_FALLBACK_KEY"; do
    [ -n "$it" ] || { echo "the server did not say where it is, or gave no key" >&2; exit 1; }
done

linked="-Xlinker -L$here/Native -Xlinker -rpath -Xlinker $here/Native"
# The words of `linked` are separate arguments.
./toolchain.sh run swift test $linked
said="$(cd "$folder" && "$here/toolchain.sh" run "$here/.build/debug/QuickStart")"
echo "$said"
case "$said" in
??-C-*-*" temporary: false") ;;
*) echo "the quick start did not print an id" >&2 && exit 1 ;;
esac
