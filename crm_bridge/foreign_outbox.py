"""What is to be written into somebody else's system, kept until that system has taken it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class WriteKind(StrEnum):
    """Writes that connectors take."""

    BOOKING = "booking"
    LEAD_OPENED = "lead_opened"
    LEAD_MOVED = "lead_moved"
    CALL_STARTED = "call_started"
    CALL_FINISHED = "call_finished"
    RECORDING = "recording"
    TASK_DONE = "task_done"


class WriteState(StrEnum):
    """`sent` means that an attempt was begun and its answer is not known: look for it before sending again."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    GIVEN_UP = "given_up"


OPEN_STATES = frozenset({WriteState.WAITING, WriteState.SENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignWrite:
    """One write; `id` is the request id by which the other system finds it again.

    `content` is what is told, plain values with moments in ISO form; it is emptied once the write is done, because it
    may hold names and phones. `after` is the id of a write whose `reference` this one needs.
    """

    id: str
    system: str
    kind: WriteKind
    content: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    after: str | None = None
    state: WriteState = WriteState.WAITING
    reference: str = ""
    attempts: int = 0
    fault: str = ""


class ForeignOutbox(Protocol):
    """The queue of such writes; it survives a crash."""

    async def add(self, write: ForeignWrite) -> bool:
        """Keep it; False when its id is known already, so that adding twice is harmless."""

    async def get(self, write_id: str) -> ForeignWrite | None: ...

    async def following(self, write_id: str) -> Sequence[ForeignWrite]:
        """Writes that come after this one, whatever has become of them, oldest first."""

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[ForeignWrite]:
        """Open writes whose time has come and whose predecessor is no longer open, oldest first."""

    async def claim(self, write: ForeignWrite, *, until: datetime) -> bool:
        """Take it for one attempt: it is `sent` from now on and due again at `until`; False if another took it."""

    async def done(self, write_id: str, reference: str) -> None: ...

    async def again(self, write_id: str, *, at: datetime, state: WriteState) -> None:
        """Try again then: `waiting` when nothing was written, `sent` when nobody knows."""

    async def give_up(self, write_id: str, fault: str) -> None:
        """Leave it to people; its content stays, so that they can see what was not told."""

    async def given_up(self) -> Sequence[ForeignWrite]: ...

    async def backlog(self) -> int:
        """How many are open."""


@dataclass
class MemoryForeignOutbox:
    """ForeignOutbox in a dictionary, for rehearsals and tests; no method awaits, so each is atomic in its loop."""

    writes: dict[str, ForeignWrite] = field(default_factory=dict)

    async def add(self, write: ForeignWrite) -> bool:
        return self.writes.setdefault(write.id, write) is write

    async def get(self, write_id: str) -> ForeignWrite | None:
        return self.writes.get(write_id)

    async def following(self, write_id: str) -> Sequence[ForeignWrite]:
        return sorted((one for one in self.writes.values() if one.after == write_id), key=lambda one: one.created_at)

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[ForeignWrite]:
        ready = (write for write in self.writes.values() if write.due_at <= now and self._may_go(write))
        return sorted(ready, key=lambda write: write.created_at)[:limit]

    def _may_go(self, write: ForeignWrite) -> bool:
        before = self.writes.get(write.after or "")
        return write.state in OPEN_STATES and (before is None or before.state not in OPEN_STATES)

    async def claim(self, write: ForeignWrite, *, until: datetime) -> bool:
        known = self.writes[write.id]
        if known.state not in OPEN_STATES or known.attempts != write.attempts:
            return False
        self._change(write.id, state=WriteState.SENT, attempts=known.attempts + 1, due_at=until)
        return True

    async def done(self, write_id: str, reference: str) -> None:
        self._change(write_id, state=WriteState.DONE, reference=reference, content={}, fault="")

    async def again(self, write_id: str, *, at: datetime, state: WriteState) -> None:
        self._change(write_id, state=state, due_at=at)

    async def give_up(self, write_id: str, fault: str) -> None:
        self._change(write_id, state=WriteState.GIVEN_UP, fault=fault)

    async def given_up(self) -> Sequence[ForeignWrite]:
        return [write for write in self.writes.values() if write.state is WriteState.GIVEN_UP]

    async def backlog(self) -> int:
        return sum(write.state in OPEN_STATES for write in self.writes.values())

    def _change(self, write_id: str, **values: Any) -> None:
        self.writes[write_id] = replace(self.writes[write_id], **values)
