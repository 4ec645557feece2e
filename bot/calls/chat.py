"""The talk without sound: one JSON object a line for other programs, and a chat for a person at a terminal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from bot.calls.conversation import Conversation, Reply

Write = Callable[[str], None]
Ask = Callable[[], Awaitable[str | None]]
"""Gives the next line that a person typed; None at the end of input."""

HELP = "Пишите, что говорит звонящий. Пустая строка: он молчит. /1 или /0503: нажал клавиши. /конец: положил трубку."


class BadLine(ValueError):
    """A line of input that is no act of a caller; the message is Russian and names the line."""


async def run_chat_jsonl(conversation: Conversation, lines: AsyncIterator[str], write: Write) -> dict[str, Any]:
    """Lead a talk over JSON lines and return its outcome.

    In: {"say": text}, {"dtmf": digits}, {"silence": true}, {"hangup": true}. Out: one line at the start and after each;
    at the end {"outcome": ...}. A line that cannot be read is answered with {"error": ...} and the talk goes on.
    The end of input is a hang-up; a transfer ends the talk.
    """
    reply = await conversation.start()
    _put(write, reply_line(reply))
    number = 0
    while reply.action is None:
        line = await anext(lines, None)
        number += 1
        if line is None:
            break
        if not line.strip():
            continue
        try:
            act = _parse(line, number)
        except BadLine as fault:
            _put(write, {"error": str(fault)})
            continue
        if "hangup" in act:
            outcome = await conversation.hungup()
            _put(
                write,
                {"bot": [], "state": reply.state, "intent": None, "confidence": None, "slots": {}, "action": "hangup"},
            )
            _put(write, {"outcome": outcome})
            return outcome
        reply = await _do(conversation, act)
        _put(write, reply_line(reply))
    outcome = conversation.outcome() if reply.action is not None else await conversation.hungup()
    _put(write, {"outcome": outcome})
    return outcome


def reply_line(reply: Reply) -> dict[str, Any]:
    """A reply in the form of the command-line contract."""
    return {
        "bot": [say.text for say in reply.say],
        "state": reply.state,
        "intent": reply.intent,
        "confidence": reply.confidence,
        "slots": dict(reply.slots),
        "action": reply.action,
    }


def _put(write: Write, line: Mapping[str, Any]) -> None:
    write(json.dumps(line, ensure_ascii=False))


def _parse(line: str, number: int) -> dict[str, Any]:
    wanted = 'нужен один из видов {"say": "…"}, {"dtmf": "1"}, {"silence": true}, {"hangup": true}'
    try:
        act = json.loads(line)
    except ValueError:
        raise BadLine(f"строка {number}: это не JSON; {wanted}") from None
    if not isinstance(act, dict) or len(act) != 1 or not set(act) <= {"say", "dtmf", "silence", "hangup"}:
        raise BadLine(f"строка {number}: {wanted}")
    kind, value = next(iter(act.items()))
    if kind in {"say", "dtmf"} and not isinstance(value, str):
        raise BadLine(f"строка {number}: в «{kind}» нужен текст")
    return act


async def _do(conversation: Conversation, act: Mapping[str, Any]) -> Reply:
    if act.get("say"):
        return await conversation.heard(act["say"])
    if act.get("dtmf"):
        return await conversation.keys(act["dtmf"])
    return await conversation.silence()


async def run_chat(conversation: Conversation, ask: Ask, write: Write) -> dict[str, Any]:
    """Lead a talk with a person at a terminal and return its outcome; `write` takes plain text."""
    write(HELP)
    reply = await conversation.start()
    while True:
        _show(reply, write)
        if reply.action is not None:
            outcome = conversation.outcome()
            break
        typed = await ask()
        if typed is None or typed.strip().lower() in {"/конец", "/q", "/quit"}:
            outcome = await conversation.hungup()
            break
        reply = await _typed(conversation, typed.strip())
    write(f"Итог: {json.dumps(outcome, ensure_ascii=False)}")
    return outcome


async def _typed(conversation: Conversation, text: str) -> Reply:
    if text.startswith("/") and text[1:].strip("#"):
        return await conversation.keys(text[1:].strip("#"))
    return await conversation.heard(text) if text else await conversation.silence()


def _show(reply: Reply, write: Write) -> None:
    for say in reply.say:
        write(f"Бот: {say.text}")
    if reply.transfer is not None:
        write(f"Перевод на человека. Регистратор услышит: {reply.transfer.summary_text}")
    heard = f"понято: {reply.intent} {reply.confidence:.2f}, " if reply.intent and reply.confidence is not None else ""
    times = f"понимание {reply.nlu_ms:.0f} мс, клиника {reply.effect_ms:.0f} мс"
    write(f"     ({heard}ждёт: {reply.state}, {times})")
