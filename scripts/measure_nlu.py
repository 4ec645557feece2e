"""Print the table of understanding over the development splits of tests/data, or over other JSONL files.

python scripts/measure_nlu.py                       # every split, the packaged engine
python scripts/measure_nlu.py my.jsonl --errors 20  # one file, with what went wrong
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.evaluate import Judged, figures, judge
from dialogs.nlu.gold import same_value

SPLITS = Path(__file__).parents[1] / "tests" / "data"
NOW = datetime.fromisoformat("2026-11-23T10:00:00+03:00")
"""The moment from which the labels count."""


def main() -> int:
    """Print one column of figures per file and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="размеченные файлы; по умолчанию все из tests/data")
    parser.add_argument("--errors", type=int, default=0, help="сколько ошибок показать на файл")
    parser.add_argument("--cache", type=Path, help="папка обученных моделей")
    options = parser.parse_args()
    engine = EmbeddedEngine(cache=options.cache)
    files = options.files or sorted(SPLITS.glob("nlu_*.jsonl"))
    columns = {path.stem: judge(path, NOW, engine.rank_now) for path in files}
    columns["all"] = [one for judged in columns.values() for one in judged]
    _print_table({name: figures(judged) for name, judged in columns.items()})
    for name, judged in list(columns.items())[:-1]:
        _print_errors(name, judged, options.errors)
    return 0


def _print_table(columns: dict[str, dict[str, float]]) -> None:
    print("".join([f"{'':28}", *(f"{name[-14:]:>16}" for name in columns)]))
    for row in dict.fromkeys(row for found in columns.values() for row in found):
        values = [f"{found[row]:>16.3f}" if row in found else f"{'':>16}" for found in columns.values()]
        print("".join([f"{row:28}", *values]))


def _print_errors(name: str, judged: Sequence[Judged], count: int) -> None:
    wrong = [line for one in judged if (line := _fault(one))]
    for line in wrong[:count]:
        print(f"{name}: {line}")


def _fault(one: Judged) -> str:
    """Return what is wrong with a line, "" where nothing is."""
    gold = one.gold.get("slots")
    pieces = [] if one.is_right else [f"{one.wanted} -> {one.intent} {one.found.confidence:.2f}"]
    if one.is_danger and not (one.found.emergency or one.found.ask_red_flags):
        pieces.append("ОПАСНОСТЬ ПРОПУЩЕНА")
    if not one.is_danger and one.found.emergency:
        pieces.append("ЛОЖНАЯ ТРЕВОГА")
    if set(one.gold.get("intents") or ()) - set(one.found.intents) and len(one.gold["intents"]) > 1:
        pieces.append(f"{one.gold['intents']} -> {one.found.intents}")
    if gold is not None:
        names = sorted(gold.keys() | one.found.slots.keys())
        pieces += [
            f"{slot}: {gold.get(slot)} -> {one.found.slots.get(slot)}"
            for slot in names
            if slot not in gold
            or slot not in one.found.slots
            or not same_value(slot, gold[slot], one.found.slots[slot])
        ]
    return f"[{one.gold['state']}] {one.gold['text']} | " + "; ".join(pieces) if pieces else ""


if __name__ == "__main__":
    sys.exit(main())
