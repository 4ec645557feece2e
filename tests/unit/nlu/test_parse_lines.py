"""The lines that acceptance reads."""

import json

import pytest

from dialogs.nlu.parse_lines import LineError, parse_lines
from dialogs.nlu.pipeline import Understander


async def parsed(engine, now, *lines: str) -> list[dict]:
    return [json.loads(line) for line in await parse_lines(Understander(engine), lines, now)]


async def test_a_line_gives_a_record(engine, now):
    (record,) = await parsed(engine, now, '{"id": "7", "text": "запишите к лору на завтра", "state": "open"}')
    assert set(record) == {"id", "intent", "confidence", "intents", "slots", "ms"}
    assert (record["id"], record["intent"]) == ("7", "book_appointment")
    assert record["slots"] == {"specialty": "лор", "date": "2026-11-24"}


async def test_fallback_and_red_flags_are_told(engine, now):
    silent, weak, strong = await parsed(
        engine,
        now,
        '{"id": 1, "text": "", "state": "open"}',
        '{"id": 2, "text": "болит сердце запишите к кардиологу", "state": "open"}',
        '{"id": 3, "text": "мама не дышит", "state": "open"}',
    )
    assert silent["intent"] == "nlu_fallback"
    assert (weak["intent"], weak["ask_red_flags"]) == ("book_appointment", True)
    assert strong["intent"] == "emergency"
    assert "ask_red_flags" not in strong


async def test_a_faulty_line_is_named(engine, now):
    with pytest.raises(LineError, match=r"Строка 2: text"):
        await parsed(engine, now, '{"id": 1, "text": "да"}', '{"id": 2}')
