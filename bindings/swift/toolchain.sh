#!/bin/sh
# Owns where the Swift compiler comes from: the machine's own, or Debian 13's in a root of its own,
# since Debian 12 has none. That root lies in CHITTY_SWIFT, by default chitty-swift in the user's cache.
#
#   toolchain.sh state          prints `machine`, `root`, or why there is none (and fails: with 3 where
#                               this system allows none, with 1 where it is only not there yet)
#   toolchain.sh prepare        makes the root where the machine has no compiler (3 GB)
#   toolchain.sh run COMMAND…   runs a command where the compiler is, in this folder, with this environment
#
# The root needs the rights of root, `debootstrap` and a kernel that lets us mount.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
repository="$(cd "$here/../.." && pwd)"
cache="${CHITTY_SWIFT:-${XDG_CACHE_HOME:-$HOME/.cache}/chitty-swift}"
root="$cache/trixie"

fail() {
    echo "$1" >&2
    exit "${2:-1}"
}

# A root takes mounts of its own, which containers often forbid.
allowed() {
    [ "$(id -u)" = 0 ] || fail "Swift: only root may use a Debian 13 root" 3
    probe="$(mktemp -d)"
    unshare --mount sh -euc 'mount --make-rprivate /; mount --rbind /proc "$1"' sh "$probe" 2>/dev/null ||
        fail "Swift: this system does not let us mount, and a Debian 13 root needs it" 3
    rmdir "$probe"
}

state() {
    if command -v swiftc >/dev/null; then
        echo machine
        return
    fi
    allowed
    [ -x "$root/usr/bin/swiftc" ] ||
        fail "there is no swiftc, and no Debian 13 in $cache: bindings/swift/toolchain.sh prepare"
    echo root
}

prepare() {
    if command -v swiftc >/dev/null || [ -x "$root/usr/bin/swiftc" ]; then
        return
    fi
    allowed
    command -v debootstrap >/dev/null || fail "Swift: debootstrap is missing"
    mirror="$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -n 1)"
    [ -n "$mirror" ] || fail "Swift: apt knows no mirror to take Debian 13 from"
    mkdir -p "$cache"
    # One at a time; a root that is not complete is never found under its name.
    exec 9>"$cache/lock"
    flock 9
    [ ! -x "$root/usr/bin/swiftc" ] || return 0
    rm -rf "$root.new" "$root"
    debootstrap --variant=minbase --include=ca-certificates trixie "$root.new" "$mirror" >"$cache/log" 2>&1 ||
        fail "Swift: debootstrap of Debian 13 from $mirror failed: $(tail -n 3 "$cache/log")"
    (inside "$root.new" / sh -c 'apt-get update && apt-get install -y --no-install-recommends \
        swiftlang libc6-dev libstdc++-14-dev gcc && apt-get clean') >>"$cache/log" 2>&1 ||
        fail "Swift: the compiler was not installed: $(tail -n 3 "$cache/log")"
    mv "$root.new" "$root"
}

# inside ROOT FOLDER COMMAND…: mounts are made in a namespace of their own and end with the command.
inside() {
    DEBIAN_FRONTEND=noninteractive exec unshare --mount sh -euc '
        repository="$1" root="$2" folder="$3"
        shift 3
        mount --make-rprivate /
        for shared in /proc /dev "$repository"; do
            mkdir -p "$root$shared"
            mount --rbind "$shared" "$root$shared"
        done
        exec chroot "$root" sh -euc "cd \"\$1\"; shift; exec \"\$@\"" sh "$folder" "$@"
    ' sh "$repository" "$@"
}

case "${1:-}" in
state) state ;;
prepare) prepare ;;
run)
    shift
    case "$(state)" in
    machine) exec "$@" ;;
    root) inside "$root" "$PWD" "$@" ;;
    esac
    ;;
*) fail "toolchain.sh state | prepare | run COMMAND…" ;;
esac
