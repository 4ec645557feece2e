"""Replays a written dialogue (docs/reference/dialogues.md) against the bot and says what came out otherwise."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.calls.conversation import Conversation, Reply

MAX_EXCHANGES = 20


class DialogueError(ValueError):
    """The dialogues cannot be read; the text is Russian and says where and why."""


def _is_pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error:
        raise ValueError("not a regular expression") from None
    return value


Pattern = Annotated[str, AfterValidator(_is_pattern)]


def _as_turn(value: Any) -> Any:
    return {"say": value} if isinstance(value, str) else value


class Turn(BaseModel):
    """What the caller does: `say` ("" is silence) or `dtmf`; and what the bot must answer to it.

    `state` is what the bot must ask next, `says` and `never_says` are regular expressions over this answer alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: str = ""
    dtmf: str = ""
    state: str = ""
    says: tuple[Pattern, ...] = ()
    never_says: tuple[Pattern, ...] = ()

    @property
    def shown(self) -> str:
        return f"[клавиши {self.dtmf}]" if self.dtmf else self.say or "[молчание]"


class Given(BaseModel):
    """What there is between clinic and caller before the call, by specialty.

    `waiting`: they wait, and an opening is being kept for them. `errand`: the bot has the task to invite them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    waiting: str = ""
    errand: str = ""


class Dialogue(BaseModel):
    """A dialogue: what the caller says in order, what he answers when asked, what must come of it.

    A turn is a text ("" is silence), {dtmf: digits}, or a Turn with what is expected of the answer. `says` and
    `never_says` are regular expressions over all that the bot said, for disclosure and secrecy. `script` names another
    script than the direction's own. `max_turn_ms` bounds the work between a turn and its answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    scenario: str = ""
    script: str = ""
    direction: Literal["inbound", "outbound"] = "inbound"
    caller_phone: str | None = None
    given: Given = Given()
    turns: tuple[Annotated[Turn, BeforeValidator(_as_turn)], ...]
    answers: dict[str, str] = {}
    expected: dict[str, Any]
    must_not: tuple[str, ...] = ()
    says: tuple[Pattern, ...] = ()
    never_says: tuple[Pattern, ...] = ()
    max_turn_ms: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What happened: lines as (who, state, text), the outcome, every failed expectation in words, ms of each turn."""

    lines: tuple[tuple[str, str, str], ...]
    outcome: Mapping[str, Any]
    failures: tuple[str, ...] = ()
    turns_ms: tuple[float, ...] = ()

    @property
    def transcript(self) -> str:
        """The talk as text, for the reader of a failed test."""
        return "\n".join(f"{who:6} [{state}] {text}" for who, state, text in self.lines)


@dataclass(slots=True)
class _Caller:
    """The caller's side of a dialogue."""

    turns: list[Turn]
    answers: dict[str, str]
    begun: bool = False

    def next(self, state: str) -> Turn | None:
        """What he does now; None when he hangs up."""
        if self.begun and state in self.answers:
            return Turn(say=self.answers.pop(state))
        self.begun = True
        return self.turns.pop(0) if self.turns else None


@dataclass(slots=True)
class _Talk:
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    turns_ms: list[float] = field(default_factory=list)

    def bot(self, reply: Reply) -> None:
        self.lines.append(("bot", reply.state, " ".join(say.text for say in reply.say)))

    @property
    def said_by_bot(self) -> str:
        return "\n".join(text for who, _, text in self.lines if who == "bot")


def read_dialogues(path: Path) -> list[Dialogue]:
    """Read a YAML list of dialogues. Raises DialogueError."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DialogueError(f"{path.name}: файл не в кодировке UTF-8") from None
    return parse_dialogues(text, path.name)


def parse_dialogues(text: str, name: str) -> list[Dialogue]:
    """Read a YAML list of dialogues from its text; `name` is the file's, for errors. Raises DialogueError."""
    try:
        items = YAML(typ="safe", pure=True).load(text) or []
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DialogueError(f"{name}:{mark.line + 1 if mark else 1}: это не YAML") from None
    if not isinstance(items, list):
        raise DialogueError(f"{name}: нужен список диалогов, каждый начинается с «- id: …»")
    return [_dialogue(item, name, number) for number, item in enumerate(items, 1)]


def _dialogue(item: Any, name: str, number: int) -> Dialogue:
    try:
        return Dialogue.model_validate(item)
    except ValidationError as error:
        called = item.get("id", number) if isinstance(item, Mapping) else number
        fields = ", ".join(".".join(str(part) for part in one["loc"]) or "диалог" for one in error.errors())
        raise DialogueError(f"{name}: диалог {called}: неверно заполнено: {fields}") from None


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
        reply = await _exchange(conversation, turn, reply.state, talk)
    outcome = conversation.outcome() if reply.action else await conversation.hungup()
    failures = (*talk.failures, *_failures(dialogue, outcome, talk))
    return Played(lines=tuple(talk.lines), outcome=outcome, failures=failures, turns_ms=tuple(talk.turns_ms))


async def _exchange(conversation: Conversation, turn: Turn, state: str, talk: _Talk) -> Reply:
    talk.lines.append(("caller", state, turn.shown))
    began = time.perf_counter()
    reply = await _take(conversation, turn)
    talk.turns_ms.append((time.perf_counter() - began) * 1000)
    talk.bot(reply)
    talk.failures.extend(_unexpected(turn, reply))
    return reply


async def _take(conversation: Conversation, turn: Turn) -> Reply:
    if turn.dtmf:
        return await conversation.keys(turn.dtmf)
    return await conversation.heard(turn.say) if turn.say else await conversation.silence()


def _unexpected(turn: Turn, reply: Reply) -> Iterator[str]:
    said = " ".join(say.text for say in reply.say)
    if turn.state and reply.state != turn.state:
        yield f"после «{turn.shown}»: ожидалось состояние {turn.state}, вышло {reply.state}"
    for one in turn.says:
        if not re.search(one, said, re.I):
            yield f"после «{turn.shown}» бот не сказал: {one}"
    for one in turn.never_says:
        if re.search(one, said, re.I):
            yield f"после «{turn.shown}» бот сказал лишнее: {one}"


def _failures(dialogue: Dialogue, outcome: Mapping[str, Any], talk: _Talk) -> Iterator[str]:
    for name, wanted in dialogue.expected.items():
        if not _same(wanted, outcome.get(name)):
            yield f"{name}: ожидалось {wanted!r}, вышло {outcome.get(name)!r}"
    for name in dialogue.must_not:
        if name in outcome["happened"]:
            yield f"случилось запрещённое: {name}"
    said = talk.said_by_bot
    for one in dialogue.says:
        if not re.search(one, said, re.I):
            yield f"бот не сказал: {one}"
    for one in dialogue.never_says:
        if re.search(one, said, re.I):
            yield f"бот сказал лишнее: {one}"
    slowest = max(talk.turns_ms, default=0.0)
    if dialogue.max_turn_ms is not None and slowest > dialogue.max_turn_ms:
        yield f"ответ готовился {slowest:.0f} мс при допустимых {dialogue.max_turn_ms:.0f}"


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
