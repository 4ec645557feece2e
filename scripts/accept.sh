#!/usr/bin/env bash
# Full and long runs: ten demos by seed, each listened to, the clinic's stories over SIP, hostile turns, spoken calls,
# two mornings, then every bench. Results as JSON lines in build/accept.jsonl.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
out=build/accept.jsonl
: >"$out"
for seed in $(seq 1 "${SEEDS:-10}"); do
  echo "== demo, seed $seed"
  .venv/bin/registratura demo --once --listen --seed "$seed" | tail -1 | tee -a "$out" || true
done
for story in medmis pyrus cleverbox-strikes ident-waitlist courses ryazan departmental dental911; do
  echo "== story $story over SIP, seed ${STORY_SEED:=1}, $(date +%H:%M)"
  .venv/bin/registratura story "$story" --sip --json --seed "$STORY_SEED" | tail -1 | tee -a "$out" || true
done
echo "== hostile turns"
.venv/bin/registratura accept hostile --turns "${TURNS:-10000}" --seed 1 --json | tail -1 | tee -a "$out" || true
echo "== spoken calls, ten of ninety on Rasa"
.venv/bin/registratura accept talk --calls 80 --json | tail -1 | tee -a "$out" || true
.venv/bin/registratura accept talk --first 80 --calls 10 --engine rasa --json | tail -1 | tee -a "$out" || true
for spam in 0 0.5; do
  echo "== the morning, sales pitches $spam, $(date +%H:%M)"
  .venv/bin/registratura accept morning --spam "$spam" --calls "${CALLS:-200}" --minutes "${MINUTES:-120}" --json |
    tail -1 | tee -a "$out" || true
done
echo "== zero forgotten"
.venv/bin/python scripts/accept_zero_forgotten.py --events "${EVENTS:-100000}" | tee -a "$out"
for what in nlu asr turn lines clinic; do
  echo "== bench $what"
  .venv/bin/registratura bench "$what" --json | tee -a "$out"
done
.venv/bin/python scripts/accept_totals.py "$out"
