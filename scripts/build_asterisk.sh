#!/usr/bin/env bash
# Builds the Asterisk root: a minimal Debian with Asterisk 22, Russian prompts and sipp, in the per-user cache.
#
#   scripts/build_asterisk.sh               build if missing; prints the root's path as the last line
#   scripts/build_asterisk.sh --print-root  only print where it is (or would be)
#
# Root is needed for the build only: debootstrap unpacks a system. Afterwards any user runs Asterisk from it.
# Packages come from the Debian mirror that this machine's apt is configured with.
set -euo pipefail

SUITE=forky
REVISION=1 # raise it when the package list or the steps below change: the cache is keyed by it
PACKAGES=(asterisk asterisk-core-sounds-ru-wav asterisk-core-sounds-ru sip-tester)

CACHE="${REGISTRATURA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/registratura}"
ROOT="$CACHE/asterisk-root-$SUITE-r$REVISION"
DEBS="$CACHE/asterisk-debs-$SUITE"
BUILD="$ROOT.build-$$"

say() { printf '[asterisk root] %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# The base repository of the running Debian, as apt resolved it from its own configuration.
mirror() {
    local codename
    codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' |
        awk -v release="$codename" '$2 == release && $3 == "main" { sub(/\/$/, "", $1); print $1; exit }'
}

# Proxy, credentials and date settings of this machine's apt, for as long as the build lasts.
lend_apt_settings() {
    apt-config dump | grep -E '^Acquire::(http|https|Check-Valid-Until|Check-Date|Retries)' \
        >"$BUILD/etc/apt/apt.conf.d/00host" || true
    if [ -d /etc/apt/auth.conf.d ]; then cp -rT /etc/apt/auth.conf.d "$BUILD/etc/apt/auth.conf.d"; fi
}

take_apt_settings_back() { rm -rf "$BUILD/etc/apt/apt.conf.d/00host" "$BUILD"/etc/apt/auth.conf.d/*; }

inside() {
    LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$BUILD" "$@"
}

# debootstrap leaves /proc mounted inside when it is interrupted; never delete through a mount.
clean_up() {
    [ -d "$BUILD" ] || return 0
    awk -v at="$BUILD/" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n1 umount
    rm -rf --one-file-system "$BUILD"
}

need_debootstrap() {
    command -v debootstrap >/dev/null && return 0
    say "installing debootstrap"
    apt-get install -y -qq --no-install-recommends debootstrap >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap >/dev/null; }
}

unpack_debian() {
    local scripts=/usr/share/debootstrap/scripts recipe
    recipe="$scripts/$SUITE"
    [ -e "$recipe" ] || recipe="$scripts/sid" # an older debootstrap does not know the suite's name
    say "1/3 unpacking Debian $SUITE (about 20 s)"
    http_proxy="${http_proxy:-$(apt-config dump | sed -n 's/^Acquire::http::Proxy "\(.*\)";/\1/p')}" \
        debootstrap --variant=minbase --cache-dir="$DEBS" "$SUITE" "$BUILD" "$1" "$recipe" >"$BUILD.log" 2>&1 ||
        fail "debootstrap failed; the end of $BUILD.log: $(tail -3 "$BUILD.log")"
}

install_packages() {
    say "2/3 installing ${PACKAGES[*]} (about 40 s)"
    printf '#!/bin/sh\nexit 101\n' >"$BUILD/usr/sbin/policy-rc.d" # nothing may start inside
    chmod 755 "$BUILD/usr/sbin/policy-rc.d"
    lend_apt_settings
    cp -n "$DEBS"/*.deb "$BUILD/var/cache/apt/archives/" 2>/dev/null || true
    { inside apt-get update -q &&
        inside apt-get install -y -q --no-install-recommends -o APT::Keep-Downloaded-Packages=true "${PACKAGES[@]}"; } \
        >>"$BUILD.log" 2>&1 || fail "installing failed; the end of $BUILD.log: $(tail -5 "$BUILD.log")"
    take_apt_settings_back
    cp -n "$BUILD"/var/cache/apt/archives/*.deb "$DEBS/" 2>/dev/null || true
}

finish() {
    say "3/3 checking and putting in place"
    rm -rf "$BUILD"/var/cache/apt/archives/*.deb "$BUILD"/var/lib/apt/lists/* "$BUILD/usr/sbin/policy-rc.d"
    chmod -R o+rX "$BUILD/usr" "$BUILD/lib64" 2>/dev/null || true # Asterisk runs as an ordinary user
    "$BUILD/lib64/ld-linux-x86-64.so.2" --library-path "$BUILD/usr/lib/x86_64-linux-gnu" \
        "$BUILD/usr/sbin/asterisk" -V >"$BUILD/asterisk-version" || fail "the built Asterisk does not start"
    rm -f "$BUILD.log"
    mv -T "$BUILD" "$ROOT" 2>/dev/null || [ -e "$ROOT/asterisk-version" ] || fail "cannot rename to $ROOT"
}

if [ "${1:-}" = "--print-root" ]; then
    echo "$ROOT"
    exit 0
fi
if [ -e "$ROOT/asterisk-version" ]; then
    say "present: $(cat "$ROOT/asterisk-version")"
    echo "$ROOT"
    exit 0
fi
[ "$(uname -m)" = x86_64 ] || fail "only x86_64 is supported, this is $(uname -m)"
command -v apt-get >/dev/null || fail "this needs Debian or Ubuntu: there is no apt-get here"
[ "$(id -u)" = 0 ] || fail "building needs root once. Run: sudo REGISTRATURA_CACHE=$CACHE $0"
mirror_url="$(mirror)"
[ -n "$mirror_url" ] || fail "apt has no base repository configured: see /etc/apt/sources.list.d"
mkdir -p "$CACHE" "$DEBS"
trap clean_up EXIT
need_debootstrap
unpack_debian "$mirror_url"
install_packages
finish
say "ready: $(cat "$ROOT/asterisk-version")"
echo "$ROOT"
