#!/bin/sh
# Install the voices: RHVoice with its Russian voices (Debian non-free) and espeak-ng (main).
# Does nothing where they are present. Needs root only when something is missing.
set -eu

packages="librhvoice5 rhvoice-russian espeak-ng"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
source_file=/etc/apt/sources.list.d/registratura-voices.sources

installed() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

fail() {
    echo "install_voices: $1" >&2
    exit 1
}

missing=""
for package in $packages; do
    installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "Голоса уже установлены: $packages"
    exit 0
fi

command -v apt-get >/dev/null || fail "нет apt-get: нужен Debian 12 или новее"
[ "$(id -u)" -eq 0 ] || fail "не хватает пакетов:$missing. Запустите: sudo $0"
[ -r "$keyring" ] || fail "нет ключей архива Debian ($keyring): apt-get install debian-archive-keyring"

has_candidate() {
    apt-cache policy "$1" | grep -q 'Candidate: [0-9]'
}

# The mirror is the one this machine already uses for Debian main.
add_non_free() {
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL) $(COMPONENT) $(CODENAME)' \
        'Created-By: Packages' | awk '$2 == "Debian" && $3 == "Debian" && $4 == "main" { print $1, $5; exit }')
    [ -n "$mirror" ] || fail "в настройках apt не найден архив Debian main: выполните apt-get update"
    echo "Подключаю раздел non-free архива Debian: $source_file"
    cat >"$source_file" <<SOURCE
# RHVoice for Registratura: Debian's non-free component, from the mirror this machine uses.
Types: deb
URIs: ${mirror% *}
Suites: ${mirror#* }
Components: non-free
Signed-By: $keyring
SOURCE
    apt-get update -q
}

has_candidate librhvoice5 || add_non_free
echo "Ставлю голоса:$missing"
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
echo "Голоса установлены."
