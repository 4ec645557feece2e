"""Live events by caller: what the bot asks each person now, and how each call ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.domain.call import Speaker
from bot.domain.events import CallEnded, CallStarted, LiveEvent, TurnTaken


@dataclass(slots=True)
class WatchedCall:
    """One call as it is going: the bot's newest turn and, at the end, the outcome."""

    call_id: str
    direction: str
    caller_tail: str
    turns: dict[int, TurnTaken] = field(default_factory=dict)
    heard_out: set[int] = field(default_factory=set)
    """The bot's turns that were heard to their end, or cut short: told a second time, with their timings."""
    outcome: dict[str, Any] | None = None

    @property
    def question(self) -> TurnTaken | None:
        """What the bot said last."""
        spoken = [turn for turn in self.turns.values() if turn.speaker is Speaker.BOT]
        return max(spoken, key=lambda turn: turn.number, default=None)


class CallWatch:
    """Takes live events and lets people wait for what concerns them."""

    def __init__(self, on_event: Callable[[WatchedCall, LiveEvent], None] = lambda _call, _event: None) -> None:
        self.calls: dict[str, WatchedCall] = {}
        self._changed = asyncio.Condition()
        self._on_event = on_event

    async def take(self, event: LiveEvent) -> None:
        """Note one event."""
        if isinstance(event, CallStarted):
            self.calls[event.call_id] = WatchedCall(event.call_id, event.direction, event.caller[-4:])
        call = self.calls.get(getattr(event, "call_id", ""))
        if call is None:
            return
        if isinstance(event, TurnTaken):
            if event.number in call.turns:
                call.heard_out.add(event.number)
            call.turns[event.number] = event
        elif isinstance(event, CallEnded):
            call.outcome = dict(event.outcome)
        self._on_event(call, event)
        async with self._changed:
            self._changed.notify_all()

    async def call_of(self, phone: str, *, since: int = 0) -> WatchedCall:
        """The newest call with this number that began after `since` calls were known."""

        def find() -> WatchedCall | None:
            calls = list(self.calls.values())[since:]
            return next((call for call in reversed(calls) if call.caller_tail == phone[-4:]), None)

        async with self._changed:
            await self._changed.wait_for(lambda: find() is not None)
        found = find()
        assert found is not None
        return found

    async def question_after(self, call: WatchedCall, number: int) -> TurnTaken | None:
        """The bot's next turn after turn `number`; None when the call has ended."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: call.outcome is not None or (call.question is not None and call.question.number > number)
            )
        question = call.question
        return question if question is not None and question.number > number else None

    async def until_heard_out(self, call: WatchedCall, number: int) -> None:
        """Return when the bot has said all of turn `number`, or the call has ended."""
        async with self._changed:
            await self._changed.wait_for(lambda: call.outcome is not None or number in call.heard_out)

    async def ended(self, call: WatchedCall) -> dict[str, Any]:
        """The outcome, when the call is over."""
        async with self._changed:
            await self._changed.wait_for(lambda: call.outcome is not None)
        return call.outcome or {}
