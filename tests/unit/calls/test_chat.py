"""The command-line contract of `chat --jsonl`, and the chat for a person."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from bot.calls.chat import run_chat, run_chat_jsonl
from tests.fixtures.talk import Talk


async def feed(*acts: Any) -> AsyncIterator[str]:
    for act in acts:
        yield act if isinstance(act, str) else json.dumps(act, ensure_ascii=False)


async def run(talk: Talk, *acts: Any, **options: Any) -> list[dict[str, Any]]:
    written: list[str] = []
    outcome = await run_chat_jsonl(talk(**options), feed(*acts), written.append)
    lines = [json.loads(line) for line in written]
    assert lines[-1] == {"outcome": outcome}
    return lines


async def test_one_line_at_the_start_and_after_each_act(talk: Talk) -> None:
    lines = await run(talk, {"say": "сколько стоит приём кардиолога"}, {"silence": True}, {"hangup": True})
    assert len(lines) == 5
    assert set(lines[1]) == {"bot", "state", "intent", "confidence", "slots", "action"}
    assert lines[0]["state"] == "open"
    assert lines[1]["intent"] == "price_insurance"
    assert lines[1]["state"] == "ask_more"
    assert lines[3]["action"] == "hangup"
    assert lines[4]["outcome"]["topic"] == "price_insurance"


async def test_a_transfer_ends_the_talk(talk: Talk) -> None:
    lines = await run(talk, {"dtmf": "0"}, {"say": "этого уже никто не слышит"})
    assert [line.get("action") for line in lines] == [None, "transfer", None]
    assert lines[-1]["outcome"]["reason"] == "caller_request"


async def test_the_end_of_input_is_a_hang_up(talk: Talk) -> None:
    lines = await run(talk)
    assert lines[-1]["outcome"] == {"outcome": "ended_by_caller", "happened": ["ended_by_caller"]}


async def test_an_unreadable_line_is_named_and_the_talk_goes_on(talk: Talk) -> None:
    lines = await run(talk, "не json", {"кричу": "ау"}, {"say": 5}, {"say": "до свидания"})
    assert [("error" in line) for line in lines[1:4]] == [True, True, True]
    assert "строка 2" in lines[2]["error"]
    assert lines[4]["action"] == "hangup"


async def test_saying_nothing_is_silence(talk: Talk) -> None:
    lines = await run(talk, {"say": ""}, {"say": ""}, {"say": ""})
    assert lines[-1]["outcome"]["outcome"] == "ended_no_input"


async def test_outbound_begins_with_the_name(talk: Talk) -> None:
    lines = await run(talk, {"hangup": True}, direction="outbound", caller="+79161112203")
    assert lines[0]["state"] == "ask_identity"
    assert "Ахметовой Лейлой Маратовной" in " ".join(lines[0]["bot"])


async def test_a_person_types_keys_silence_and_the_end(talk: Talk) -> None:
    typed = iter(["", "/0"])
    shown: list[str] = []

    async def ask() -> str | None:
        return next(typed, None)

    outcome = await run_chat(talk(), ask, shown.append)
    assert outcome["reason"] == "caller_request"
    assert any("Регистратор услышит" in line for line in shown)


async def test_a_person_hangs_up(talk: Talk) -> None:
    async def ask() -> str | None:
        return "/конец"

    outcome = await run_chat(talk(), ask, lambda _: None)
    assert outcome["outcome"] == "ended_by_caller"
