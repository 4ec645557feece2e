"""The page's ports in memory: for tests and for looking at the page without a clinic behind it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.call import CallRecord, Turn
from bot.domain.clinic import ClinicRequest, Visit
from bot.domain.events import CallEnded, CallStarted, LiveEvent, Numbered, TurnTaken
from bot.domain.phone import mask_phone
from bot.domain.task import CallTask
from bot.web.ports import AuditEntry, ChatReply, EventsLost, PartHealth, VoiceSocket
from crm_bridge.port import NotFound


class MemoryEvents:
    """Live events of this process; keeps the last `keep` for listeners who were away."""

    def __init__(self, keep: int = 1000) -> None:
        self._history: deque[Numbered] = deque(maxlen=keep)
        self._last = 0
        self._news = asyncio.Event()

    async def publish(self, event: LiveEvent) -> None:
        """Number the event and wake every listener."""
        self._last += 1
        self._history.append(Numbered(number=self._last, event=event))
        self._news.set()
        self._news = asyncio.Event()

    async def latest(self) -> int:
        return self._last

    async def subscribe(self, after: int | None) -> AsyncIterator[Numbered]:
        seen = self._last if after is None else after
        while True:
            news = self._news
            oldest = self._history[0].number if self._history else self._last + 1
            if seen > self._last or seen < oldest - 1:
                raise EventsLost
            for item in [item for item in self._history if item.number > seen]:
                yield item
                seen = item.number
            if seen == self._last:
                await news.wait()


class MemoryJournal:
    """Calls by id; `start`, `turn` and `end` also publish, as a call does."""

    def __init__(self, events: MemoryEvents, calls: Iterable[CallRecord] = ()) -> None:
        self._events = events
        self._calls = {call.id: call for call in calls}

    async def live(self) -> Sequence[CallRecord]:
        going = (call for call in self._calls.values() if call.ended_at is None)
        return sorted(going, key=lambda call: call.started_at)

    async def past(self, *, before: datetime | None, limit: int) -> Sequence[CallRecord]:
        ended = [call for call in self._calls.values() if call.ended_at is not None]
        asked = [call for call in ended if before is None or call.started_at < before]
        return sorted(asked, key=lambda call: call.started_at, reverse=True)[:limit]

    async def call(self, call_id: str) -> CallRecord | None:
        return self._calls.get(call_id)

    def forget(self) -> None:
        """No call has ever been."""
        self._calls.clear()

    async def start(self, call: CallRecord) -> None:
        """A call begins."""
        self._calls[call.id] = call
        caller = mask_phone(call.caller)
        await self._events.publish(
            CallStarted(call_id=call.id, direction=call.direction, caller=caller, at=call.started_at)
        )

    async def turn(self, call_id: str, turn: Turn) -> None:
        """A turn of a live call is taken; the same number again replaces it."""
        call = self._calls[call_id]
        others = tuple(item for item in call.turns if item.number != turn.number)
        self._calls[call_id] = replace(call, turns=(*others, turn))
        await self._events.publish(
            TurnTaken(
                call_id=call_id,
                number=turn.number,
                at=turn.at,
                speaker=turn.speaker,
                text=turn.text,
                state=turn.state,
                intent=turn.intent,
                confidence=turn.confidence,
                timings=turn.timings,
            )
        )

    async def end(self, call_id: str, at: datetime, outcome: Mapping[str, Any], recording: str | None = None) -> None:
        """A live call ends."""
        self._calls[call_id] = replace(self._calls[call_id], ended_at=at, outcome=outcome, recording=recording)
        await self._events.publish(CallEnded(call_id=call_id, at=at, outcome=outcome))


@dataclass(slots=True, kw_only=True)
class MemoryDesk:
    """The desk's lists; change the fields to change the lists."""

    zone: ZoneInfo
    visits: Sequence[Visit] = ()
    requests: Sequence[ClinicRequest] = ()
    tasks: Sequence[CallTask] = ()

    async def visits_on(self, day: date) -> Sequence[Visit]:
        found = [visit for visit in self.visits if visit.starts_at.astimezone(self.zone).date() == day]
        return sorted(found, key=lambda visit: visit.starts_at)

    async def open_requests(self) -> Sequence[ClinicRequest]:
        return sorted(self.requests, key=lambda request: request.created_at)

    async def finish_request(self, request_id: str) -> None:
        left = [request for request in self.requests if request.id != request_id]
        if len(left) == len(self.requests):
            raise NotFound("Заявка не найдена")
        self.requests = left

    async def open_tasks(self) -> Sequence[CallTask]:
        return sorted(self.tasks, key=lambda task: task.due_at)


class ScriptedChat:
    """Answers with prepared replies in turn, the last one for ever; remembers what the patient did."""

    def __init__(self, replies: Sequence[ChatReply]) -> None:
        self._replies = deque(replies)
        self.heard: list[str] = []

    async def start(self) -> ChatReply:
        return self._next()

    async def say(self, text: str) -> ChatReply:
        self.heard.append(text)
        return self._next()

    async def keys(self, digits: str) -> ChatReply:
        self.heard.append(f"[{digits}]")
        return self._next()

    async def silence(self) -> ChatReply:
        self.heard.append("…")
        return self._next()

    async def hangup(self) -> ChatReply:
        self.heard.append("[hangup]")
        return ChatReply(bot=(), state="open", action="hangup", outcome={"outcome": "ended_by_caller"})

    def _next(self) -> ChatReply:
        return self._replies.popleft() if len(self._replies) > 1 else self._replies[0]


@dataclass(slots=True, kw_only=True)
class ScriptedChats:
    """Opens the same scripted conversation for everybody."""

    replies: Sequence[ChatReply]
    opened: list[ScriptedChat] = field(default_factory=list)
    callers: list[str | None] = field(default_factory=list)

    async def open(self, *, caller: str | None) -> ScriptedChat:
        chat = ScriptedChat(self.replies)
        self.opened.append(chat)
        self.callers.append(caller)
        return chat


@dataclass(slots=True, kw_only=True)
class MemoryRecordings:
    """Knows the recordings that it was given, by the journal's name for them."""

    paths: Mapping[str, Path]

    def path(self, recording: str) -> Path | None:
        return self.paths.get(recording)


@dataclass(slots=True)
class MemoryAudit:
    """Entries in a list."""

    entries: list[AuditEntry] = field(default_factory=list)

    async def record(self, entry: AuditEntry) -> None:
        self.entries.append(entry)


@dataclass(slots=True, kw_only=True)
class FixedHealth:
    """Says what it was told; change `parts` to change it."""

    parts: Sequence[PartHealth]

    async def check(self) -> Sequence[PartHealth]:
        return self.parts


class EchoVoice:
    """Sends every sound back, until the page hangs up: proves a microphone without a bot."""

    def __init__(self) -> None:
        self.callers: list[str] = []

    async def serve(self, socket: VoiceSocket, *, caller: str) -> None:
        self.callers.append(caller)
        await socket.send_str('{"type": "call", "call_id": "echo"}')
        async for piece in socket:
            if isinstance(piece, bytes):
                await socket.send_bytes(piece)
            elif '"hangup"' in piece:
                return
