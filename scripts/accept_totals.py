"""Reads the JSON lines of an acceptance run, prints what they come to, and ends with 0 only if all is as it must be.

Usage: accept_totals.py build/accept.jsonl
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

STORIES: Final = 8
RIGHT_DEMOS: Final = 0.8
RIGHT_CALLS: Final = 0.85
NOISES: Final = ("clean", "snr20", "snr10")
COUNTS: Final = ("calls", "right", "wrong")
Row = dict[str, Any]


def demos(rows: Sequence[Row]) -> bool:
    """At least eight of ten wholly right, nothing wrong committed."""
    found = [row for row in rows if "scenes" in row]
    right, wrong = sum(row["right"] for row in found), sum(row["wrong_commits"] for row in found)
    print(f"demos {len(found)}, wholly right {right}, wrong commits {wrong}")
    return bool(found) and right >= RIGHT_DEMOS * len(found) and wrong == 0


def stories(rows: Sequence[Row]) -> bool:
    """Every story came out."""
    found = [row for row in rows if "story" in row]
    for row in found:
        told = "right" if row["right"] else row["fault"]
        print(f"story {row['story']}: {told}, seed {row['seed']}, {row['seconds']} s")
    return len(found) == STORIES and all(row["right"] for row in found)


def hostile(rows: Sequence[Row]) -> bool:
    """No rule was broken by anybody."""
    found = [row for row in rows if "hostile" in row]
    for row in found:
        print(f"hostile turns {row['turns']}: {'right' if row['right'] else row['broken']}")
    return bool(found) and all(row["right"] for row in found)


def talks(rows: Sequence[Row]) -> bool:
    """Spoken calls of all runs together: 85 % right over clean and SNR 20, nothing wrong committed there."""
    found = [row["by_noise"] for row in rows if row.get("spoken") == "talk"]
    total = {noise: {count: sum(row[noise][count] for row in found) for count in COUNTS} for noise in NOISES}
    for noise, counts in total.items():
        print(f"spoken calls, {noise}: {counts['right']} of {counts['calls']} right, {counts['wrong']} wrong commits")
    good = {count: total["clean"][count] + total["snr20"][count] for count in COUNTS}
    return len(found) == 2 and good["right"] >= RIGHT_CALLS * good["calls"] and good["wrong"] == 0


def mornings(rows: Sequence[Row]) -> bool:
    """Both mornings, without and with sales pitches, kept their limits."""
    found = [row for row in rows if row.get("spoken") == "morning"]
    for row in found:
        limits = {name: value["value"] for name, value in row.items() if isinstance(value, dict) and "met" in value}
        print(f"morning, sales pitches {row['spam']:g}: {row['calls']} calls, {limits}")
    return len(found) == 2 and all(row["right"] for row in found)


def main(file: str) -> int:
    rows = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    kept = [part(rows) for part in (demos, stories, hostile, talks, mornings)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
