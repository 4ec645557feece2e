"""Replays a written dialogue against the bot (nlu.md «Dialogues») and says what did not come out as expected."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from bot.calls.conversation import Conversation, Reply

MAX_EXCHANGES = 20


class Dialogue(BaseModel):
    """A dialogue: what the caller says in order, what he answers when asked, what must come of it.

    A turn is a text ("" is silence) or {dtmf: digits}. `says` and `never_says` are regular expressions over all that
    the bot said, for disclosure and secrecy.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    scenario: str = ""
    direction: Literal["inbound", "outbound"] = "inbound"
    caller_phone: str | None = None
    turns: tuple[str | dict[str, str], ...]
    answers: dict[str, str] = {}
    expected: dict[str, Any]
    must_not: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What happened: lines as (who, state, text), the outcome, and every failed expectation in words."""

    lines: tuple[tuple[str, str, str], ...]
    outcome: Mapping[str, Any]
    failures: tuple[str, ...] = ()

    @property
    def transcript(self) -> str:
        """The talk as text, for the reader of a failed test."""
        return "\n".join(f"{who:6} [{state}] {text}" for who, state, text in self.lines)


@dataclass(slots=True)
class _Caller:
    """The caller's side of a dialogue."""

    turns: list[str | dict[str, str]]
    answers: dict[str, str]
    begun: bool = False

    def next(self, state: str) -> str | dict[str, str] | None:
        """What he does now; None when he hangs up."""
        if self.begun and state in self.answers:
            return self.answers.pop(state)
        self.begun = True
        return self.turns.pop(0) if self.turns else None


@dataclass(slots=True)
class _Talk:
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def bot(self, reply: Reply) -> None:
        self.lines.append(("bot", reply.state, " ".join(say.text for say in reply.say)))

    @property
    def said_by_bot(self) -> str:
        return "\n".join(text for who, _, text in self.lines if who == "bot")


def read_dialogues(path: Path) -> list[Dialogue]:
    """Read a YAML list of dialogues. Raises pydantic.ValidationError."""
    return [
        Dialogue.model_validate(item) for item in YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    ]


async def play(
    dialogue: Dialogue, conversation: Conversation, *, restart: Callable[..., Conversation] | None = None
) -> Played:
    """Lead the dialogue to its end; with `restart` a new conversation takes the snapshot up before every turn."""
    caller, talk = _Caller(turns=list(dialogue.turns), answers=dict(dialogue.answers)), _Talk()
    reply = await conversation.start()
    talk.bot(reply)
    for _ in range(MAX_EXCHANGES):
        if reply.action is not None:
            break
        turn = caller.next(reply.state)
        if turn is None:
            break
        if restart is not None:
            snapshot = json.loads(json.dumps(conversation.snapshot(), ensure_ascii=False))
            conversation = restart(caller=dialogue.caller_phone, direction=dialogue.direction)
            conversation.resume(snapshot)
        reply = await _take(conversation, turn, reply.state, talk)
        talk.bot(reply)
    outcome = conversation.outcome() if reply.action else await conversation.hungup()
    return Played(lines=tuple(talk.lines), outcome=outcome, failures=tuple(_failures(dialogue, outcome, talk)))


async def _take(conversation: Conversation, turn: str | dict[str, str], state: str, talk: _Talk) -> Reply:
    if isinstance(turn, dict):
        talk.lines.append(("caller", state, f"[клавиши {turn['dtmf']}]"))
        return await conversation.keys(turn["dtmf"])
    talk.lines.append(("caller", state, turn or "[молчание]"))
    return await conversation.heard(turn) if turn else await conversation.silence()


def _failures(dialogue: Dialogue, outcome: Mapping[str, Any], talk: _Talk) -> list[str]:
    failures = [
        f"{name}: ожидалось {wanted!r}, вышло {outcome.get(name)!r}"
        for name, wanted in dialogue.expected.items()
        if not _same(wanted, outcome.get(name))
    ]
    failures += [f"случилось запрещённое: {name}" for name in dialogue.must_not if name in outcome["happened"]]
    said = talk.said_by_bot
    failures += [f"бот не сказал: {one}" for one in dialogue.says if not re.search(one, said, re.I)]
    failures += [f"бот сказал лишнее: {one}" for one in dialogue.never_says if re.search(one, said, re.I)]
    return failures


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(got, Mapping) and all(_same(value, got.get(key)) for key, value in wanted.items())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return isinstance(got, Sequence) and len(wanted) == len(got) and all(map(_same, wanted, got))
    if isinstance(wanted, str) and isinstance(got, str):
        return _folded(wanted) == _folded(got)
    return bool(wanted == got)


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
