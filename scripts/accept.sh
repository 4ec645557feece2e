#!/usr/bin/env bash
# Full and long runs: ten demos by seed, each listened to, then every bench. Results as JSON lines in build/accept.jsonl.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
out=build/accept.jsonl
: >"$out"
for seed in $(seq 1 "${SEEDS:-10}"); do
  echo "== demo, seed $seed"
  .venv/bin/registratura demo --once --listen --seed "$seed" | tail -1 | tee -a "$out" || true
done
echo "== zero forgotten"
.venv/bin/python scripts/accept_zero_forgotten.py --events "${EVENTS:-100000}" | tee -a "$out"
for what in nlu asr turn lines; do
  echo "== bench $what"
  .venv/bin/registratura bench "$what" --json | tee -a "$out"
done
.venv/bin/python - "$out" <<'PY'
import json, sys

demos = [row for row in map(json.loads, open(sys.argv[1], encoding="utf-8")) if "scenes" in row]
right = sum(row["right"] for row in demos)
wrong = sum(row["wrong_commits"] for row in demos)
print(f"demos {len(demos)}, wholly right {right}, wrong commits {wrong}")
sys.exit(0 if demos and right >= 0.8 * len(demos) and wrong == 0 else 1)
PY
