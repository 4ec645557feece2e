#!/usr/bin/env bash
# Builds the environment of the optional Rasa service: a Python of its own with Rasa, in the per-user cache (2.7 GB).
#
#   scripts/build_rasa.sh               build if missing; prints its path as the last line
#   scripts/build_rasa.sh --print-root  only print where it is (or would be)
#
# Rasa 3.6 needs Python 3.8-3.10 and old packages, so it never shares an environment with the project. The Python is
# looked for on PATH and among pyenv's versions; else Debian bullseye's own 3.9 is unpacked beside it (apt, no root).
# RASA_PYTHON names another one.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"

VERSION=3.6.21
REVISION=1 # raise it when the steps below change: the cache is keyed by it and by the constraints
PIP=24.0   # the last ones refuse Python 3.8
CONSTRAINTS="$here/../docker/rasa/constraints.txt"

CACHE="${REGISTRATURA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/registratura}"
case "$CACHE" in /*) ;; *) CACHE="$PWD/$CACHE" ;; esac
ROOT="$CACHE/rasa-env-$VERSION-r$REVISION-$(sha256sum "$CONSTRAINTS" | cut -c1-8)"
OWN_PYTHON="$CACHE/python3.9-bullseye"

say() { printf '[rasa] %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

fits() { "$1" -I -c 'import sys, ssl, venv; sys.exit(not (3, 8) <= sys.version_info[:2] <= (3, 10))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in "${RASA_PYTHON:-}" python3.10 python3.9 python3.8 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.{10,9,8}.*/bin/python; do
        [ -n "$candidate" ] && candidate="$(command -v "$candidate")" && fits "$candidate" &&
            { "$candidate" -I -c 'import sys; print(sys.executable)'; return; }
    done
    return 1
}

# Debian bullseye's Python 3.9 with the libraries that newer Debians no longer have, unpacked and not installed.
bullseye_python() {
    local apt="$OWN_PYTHON.apt" mirror
    [ -x "$OWN_PYTHON/python" ] && { echo "$OWN_PYTHON/python"; return; }
    command -v apt-get >/dev/null && [ "$(dpkg --print-architecture)" = amd64 ] || return 1
    mirror="$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 == "Debian" && $4 == "main" { print $1; exit }')"
    [ -n "$mirror" ] || return 1
    say "no Python 3.8-3.10 here: unpacking Debian bullseye's 3.9 from $mirror"
    rm -rf "$apt" "$OWN_PYTHON"
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$OWN_PYTHON"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bullseye main" >"$apt/sources.list"
    : >"$apt/status"
    local options=(-q -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$apt/lists" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt"
        -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root)
    (cd "$apt/archives" && apt-get "${options[@]}" update && apt-get "${options[@]}" download python3.9 \
        python3.9-minimal libpython3.9-minimal libpython3.9-stdlib libpython3.9 python3-distutils python3-lib2to3 \
        libssl1.1 libffi7 libmpdec3) >"$OWN_PYTHON.log" 2>&1 || return 1
    local deb
    for deb in "$apt"/archives/*.deb; do dpkg-deb -x "$deb" "$OWN_PYTHON"; done
    rm -rf "$apt"
    {
        echo '#!/bin/sh'
        echo "export LD_LIBRARY_PATH='$OWN_PYTHON/usr/lib/x86_64-linux-gnu'"
        echo "exec '$OWN_PYTHON/usr/bin/python3.9' \"\$@\""
    } >"$OWN_PYTHON/python"
    chmod 755 "$OWN_PYTHON/python"
    fits "$OWN_PYTHON/python" && echo "$OWN_PYTHON/python"
}

# pip as a wheel that runs as it is: neither the found Python nor the new environment needs one of its own.
fetch_pip() {
    local python
    for python in "$1" "$here/../.venv/bin/python" python3; do
        "$python" -m pip download -q --no-deps --only-binary=:all: -d "$ROOT" "pip==$PIP" 2>/dev/null && return
    done
    fail "no Python here has pip; install python3-pip, or build the project's environment first: make venv"
}

install_rasa() {
    say "2/3 installing rasa $VERSION and its 160 packages (a download of 1 GB: minutes)"
    "$ROOT/run" "$ROOT/pip-$PIP-py3-none-any.whl/pip" install --quiet --disable-pip-version-check \
        --no-warn-script-location --constraint "$CONSTRAINTS" "rasa==$VERSION" >"$ROOT/build.log" 2>&1 ||
        fail "installing failed; the end of $ROOT/build.log: $(tail -5 "$ROOT/build.log")"
}

# The command that starts this Python shielded from the caller's one, quiet and without telemetry.
write_run() {
    {
        echo '#!/bin/sh'
        echo 'export RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1'
        [ "$1" != "$OWN_PYTHON/python" ] || echo "export LD_LIBRARY_PATH='$OWN_PYTHON/usr/lib/x86_64-linux-gnu'"
        echo "exec '$ROOT/bin/python' -I -W ignore \"\$@\""
    } >"$ROOT/run"
    chmod 755 "$ROOT/run"
}

if [ "${1:-}" = "--print-root" ]; then
    echo "$ROOT"
    exit 0
fi
mkdir -p "$CACHE"
exec 9>"$CACHE/rasa-env.lock"
flock 9 # two builds at once make one
if [ -e "$ROOT/rasa-version" ]; then
    say "present: $(cat "$ROOT/rasa-version")"
    echo "$ROOT"
    exit 0
fi
python="$(find_python || bullseye_python)" ||
    fail "no Python 3.8, 3.9 or 3.10: install one (for example with pyenv: pyenv install 3.10) or name it: RASA_PYTHON=/path $0. Without Rasa the embedded engine understands the callers."
say "1/3 making an environment with $("$python" -V 2>&1) ($python)"
rm -rf "$ROOT"
"$python" -m venv --without-pip "$ROOT"
fetch_pip "$python"
write_run "$python"
install_rasa
say "3/3 checking that it starts"
told="$("$ROOT/run" -m rasa --version 2>>"$ROOT/build.log")" || fail "Rasa does not start; see $ROOT/build.log"
echo "$told" | awk -F' *: *' '/^(Rasa|Python) Version/ { printf "%s%s %s", sep, $1, $2; sep = ", " } END { print "" }' \
    >"$ROOT/rasa-version.part"
rm -f "$ROOT"/pip-*.whl
mv "$ROOT/rasa-version.part" "$ROOT/rasa-version"
for old in "$CACHE"/rasa-env-*/; do
    [ "$old" = "$ROOT/" ] || say "used no longer, may be deleted: $old"
done
say "ready: $(cat "$ROOT/rasa-version")"
echo "$ROOT"
