#!/usr/bin/env bash
# Full and long runs: ten demos by seed, each listened to, the clinic's stories over SIP, then every bench. Results as
# JSON lines in build/accept.jsonl.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
out=build/accept.jsonl
: >"$out"
for seed in $(seq 1 "${SEEDS:-10}"); do
  echo "== demo, seed $seed"
  .venv/bin/registratura demo --once --listen --seed "$seed" | tail -1 | tee -a "$out" || true
done
for story in medmis pyrus cleverbox-strikes ident-waitlist courses; do
  echo "== story $story over SIP, seed ${STORY_SEED:=1}, $(date +%H:%M)"
  .venv/bin/registratura story "$story" --sip --json --seed "$STORY_SEED" | tail -1 | tee -a "$out" || true
done
echo "== zero forgotten"
.venv/bin/python scripts/accept_zero_forgotten.py --events "${EVENTS:-100000}" | tee -a "$out"
for what in nlu asr turn lines clinic; do
  echo "== bench $what"
  .venv/bin/registratura bench "$what" --json | tee -a "$out"
done
.venv/bin/python - "$out" <<'PY'
import json, sys

rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
demos = [row for row in rows if "scenes" in row]
right = sum(row["right"] for row in demos)
wrong = sum(row["wrong_commits"] for row in demos)
print(f"demos {len(demos)}, wholly right {right}, wrong commits {wrong}")
stories = [row for row in rows if "story" in row]
for row in stories:
    print(f"story {row['story']}: {'right' if row['right'] else row['fault']}, seed {row['seed']}, {row['seconds']} s")
told = len(stories) == 5 and all(row["right"] for row in stories)
sys.exit(0 if demos and right >= 0.8 * len(demos) and wrong == 0 and told else 1)
PY
