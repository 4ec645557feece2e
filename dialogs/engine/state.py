"""Where a conversation stands: a frozen value that goes to JSON and back, so that a call outlives the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from dataclasses import field as of
from typing import Any, Literal

from dialogs.engine.ease import Ease
from dialogs.step import Manner, Say

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
    `idle` counts utterances of which nothing came, `places` the fingerprints that tell so.
    `said` is the last turn of the bot, for «повторите». `ease` is how this caller follows best; `comforted` which of
    their feelings have had a kind word; `dictated` the digits of a number that comes in parts.
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
    places: tuple[int, ...] = ()
    spoken: bool = False
    asked: Mapping[str, int] = of(default_factory=dict)
    said: tuple[Say, ...] = ()
    ease: Ease = of(default_factory=Ease)
    comforted: tuple[str, ...] = ()
    dictated: str = ""
    happened: tuple[str, ...] = ()
    record: Mapping[str, Any] = of(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data without the fields that stand at their defaults."""
        plain = asdict(self) | {"said": [_row(say) for say in self.said]}
        empty = asdict(DialogState(script=self.script)) | {"said": []}
        return {"script": self.script} | {key: value for key, value in plain.items() if value != empty[key]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DialogState:
        """Read what `to_json` wrote; fields of an older version are ignored."""
        known = {item.name for item in fields(cls)}
        state = cls(**{key: value for key, value in data.items() if key in known})
        return replace(
            state,
            stack=tuple(Frame(**frame) for frame in state.stack),  # type: ignore[arg-type]  # plain data from JSON
            said=tuple(_say(*row) for row in data.get("said", ())),
            ease=_ease(data.get("ease", {})),
            comforted=tuple(state.comforted),
            places=tuple(state.places),
            happened=tuple(state.happened),
        )


def _ease(data: Mapping[str, Any]) -> Ease:
    known = {item.name for item in fields(Ease)}
    return Ease(**{key: value for key, value in data.items() if key in known})


def _row(say: Say) -> list[Any]:
    """A prompt as short as it can be kept: how it is spoken is the caller's matter, but a pause is its own."""
    row: list[Any] = [say.text, say.prompt_id, say.must_hear]
    extra = [say.recording, say.manner.pause_ms]
    return row + extra if any(extra) else row


def _say(text: str, prompt_id: str, must_hear: bool, recording: str = "", pause_ms: int = 0) -> Say:
    return Say(
        text=text,
        prompt_id=prompt_id,
        must_hear=bool(must_hear),
        recording=recording,
        manner=Manner(pause_ms=pause_ms),
    )
