"""The bot's turn as the call, the chat and the page take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from dialogs.step import Listen, Say, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """Why a person is wanted, what the registrar hears before joining (Russian), and what is known so far."""

    reason: str
    summary_text: str
    fields: Mapping[str, str] = field(default_factory=dict)
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The bot's turn: say this, then listen, or hand over, or hang up. Times in milliseconds."""

    say: tuple[Say, ...] = ()
    listen: Listen | None = None
    action: Literal["transfer", "hangup"] | None = None
    transfer: TransferRequest | None = None
    state: str = "open"
    intent: str | None = None
    confidence: float | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    effect_ms: float = 0.0
    nlu_ms: float = 0.0
    desk_changed: bool = False
    """True when something was written that people at the desk see."""

    def preceded_by(self, say: Say) -> Reply:
        """The same reply with something said first, as the rest is said."""
        manner = replace(self.say[0].manner, pause_ms=0) if self.say else say.manner
        return replace(self, say=(replace(say, manner=manner), *self.say))


def transfer_of(step: Step) -> TransferRequest | None:
    """The handover that a step asks for."""
    if not step.effects or step.effects[0].name != "transfer":
        return None
    args = step.effects[0].args
    fields = {key: str(value) for key, value in (args.get("fields") or {}).items() if value}
    return TransferRequest(
        reason=str(args.get("reason") or ""),
        summary_text=str(args.get("summary") or ""),
        fields=fields,
        urgent=bool(args.get("urgent")),
    )
