"""What goes in and out of the dialog engine: events, effects and steps, all plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dialogs.port import Interpretation


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The call is up. `facts` is what is known before the first word: caller's phone, patients, visit to remind of."""

    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The caller said something that was understood, or not; `asr_confidence` 0..1, None for typed words."""

    interpretation: Interpretation
    asr_confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The caller pressed keys (complete input, without the terminator)."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The caller said nothing in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectDone:
    """An effect was performed. `ok` False carries a reason in `value["error"]`, never an exception."""

    name: str
    ok: bool
    value: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp:
    """The caller has gone: what the script does now nobody hears (give a hold back, finish what was agreed)."""


Event = Started | Heard | Keys | Silence | EffectDone | HungUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a prompt is spoken: `rate` of the usual pace, `gain_db` above the usual loudness, `pause_ms` at each comma.

    A pause is for what is dictated: the caller writes it down.
    """

    rate: float = 1.0
    gain_db: float = 0.0
    pause_ms: int = 0


USUAL = Manner()


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One prompt. `must_hear` bars barge-in; `prompt_id` names the script's prompt, for tests and the log.

    `recording` names the recorded sound of these very words; without it, or where it is missing, they are synthesised.
    """

    text: str
    prompt_id: str = ""
    must_hear: bool = False
    recording: str = ""
    manner: Manner = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Then wait. `state` as dialogs.port.State; `expected`: free, yes_no, date, name, digits, address."""

    state: str
    expected: str = "free"
    hints: tuple[str, ...] = ()
    no_input_ms: int = 6000
    key_digits: int = 1
    """How many keys make a complete input; more than one also ends on # or a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something to be done outside and reported back as EffectDone; names and arguments are listed in effects.py."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The engine's answer: say these, then perform the effects (each reported back), or listen, or end the call."""

    state: Any
    say: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()
    listen: Listen | None = None
    hangup: bool = False
