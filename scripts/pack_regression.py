"""Write dialogs/nlu/regression.json, the regression set of an installed product, from the development split in tests.

Run after a change of tests/data/nlu_*.jsonl: python scripts/pack_regression.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SPLITS = ("nlu_dev.jsonl", "nlu_dev_asr.jsonl", "nlu_danger.jsonl")
TARGET = ROOT / "dialogs" / "nlu" / "regression.json"


def packed() -> list[dict[str, Any]]:
    """The lines of all splits."""
    records = []
    for split in SPLITS:
        for line in (ROOT / "tests" / "data" / split).read_text(encoding="utf-8").splitlines():
            gold = json.loads(line)
            records.append({"text": gold["text"], "state": gold["state"], "intent": gold["intent"]})
    return records


def written(records: list[dict[str, Any]]) -> str:
    """One record a line, so that a change shows what it changes."""
    return "[\n" + ",\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n]\n"


if __name__ == "__main__":
    TARGET.write_text(written(packed()), encoding="utf-8")
