#!/usr/bin/env bash
# Everything that pip does not bring: each step says what it does and is a quick no-op when it is already there.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/.."
step() { printf '== %s\n' "$1"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
  echo "Нужны права root: $*" >&2; exit 1; fi; }

step "Voices: RHVoice and espeak-ng"
as_root "$here/install_voices.sh"
step "PostgreSQL (tests and production)"
as_root "$here/install_postgres.sh"
step "Chromium (browser tests)"
command -v chromium >/dev/null || { as_root apt-get update -qq; as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null; }
step "Recogniser models"
.venv/bin/python "$here/fetch_models.py" whisper vosk-test
step "Asterisk 22 root"
"$here/build_asterisk.sh"
if [ -n "${WITH_RASA:-}" ]; then
  step "Rasa environment (optional service)"
  "$here/build_rasa.sh"
fi
