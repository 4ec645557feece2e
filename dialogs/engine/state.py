"""Where a conversation stands: a frozen value that goes to JSON and back, so that a call outlives the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from dataclasses import field as of
from typing import Any, Literal

Waiting = Literal["caller", "effect", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a sub-flow returns to. `replay` is what the caller said before it, to be heard anew."""

    step: str
    field: str = ""
    replay: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogState:
    """All that the engine remembers between events.

    `step` and `field` are the place in the script; `vars` what is known; `heard` the last understood utterance.
    `silences`, `misses`, `small_talk` count failures in a row; `asked` how often each prompt was said.
    `idle` counts utterances of which nothing came, `place` is the fingerprint that tells so.
    `said` is the last turn of the bot as (text, prompt id, must hear), for «повторите».
    `gone` is true once the caller has hung up; `happened` and `record` become the call's outcome.
    """

    script: str
    step: str = ""
    field: str = ""
    stack: tuple[Frame, ...] = ()
    waiting: Waiting = "nothing"
    ended: bool = False
    gone: bool = False
    vars: Mapping[str, Any] = of(default_factory=dict)
    heard: Mapping[str, Any] = of(default_factory=dict)
    silences: int = 0
    misses: int = 0
    small_talk: int = 0
    turns: int = 0
    idle: int = 0
    place: int = 0
    spoken: bool = False
    asked: Mapping[str, int] = of(default_factory=dict)
    said: tuple[tuple[str, str, bool], ...] = ()
    happened: tuple[str, ...] = ()
    record: Mapping[str, Any] = of(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data without the fields that stand at their defaults."""
        plain = asdict(self)
        empty = asdict(DialogState(script=self.script))
        return {"script": self.script} | {key: value for key, value in plain.items() if value != empty[key]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DialogState:
        """Read what `to_json` wrote; fields of an older version are ignored."""
        known = {item.name for item in fields(cls)}
        state = cls(**{key: value for key, value in data.items() if key in known})
        return replace(
            state,
            stack=tuple(Frame(**frame) for frame in state.stack),  # type: ignore[arg-type]  # plain data from JSON
            said=tuple((text, prompt, bool(must)) for text, prompt, must in state.said),
            happened=tuple(state.happened),
        )
